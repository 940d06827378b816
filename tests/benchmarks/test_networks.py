# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
from peers.networks import NETWORKS


def test_random_images_stand_in_only_for_data_that_are_not_there():
    assert "--data_fake_dataset" not in NETWORKS["gan_digits"].flags()
    assert "--data_fake_dataset" in NETWORKS["resnet_cifar10"].flags()
