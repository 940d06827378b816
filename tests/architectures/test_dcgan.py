# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DCGAN: sizes that aren't powers of two, and which layers obey spectral norm."""

import numpy as np
import pytest

from compare_gan.architectures import dcgan
from compare_gan.architectures.resolution_plan import halvings
from compare_gan.normalizers import SelfModulatedBatchNorm


@pytest.mark.parametrize("shape", [(28, 28, 1), (17, 17, 3), (8, 8, 1), (20, 36, 2)])
def test_any_size(shape):
    g, d = dcgan.Generator(shape, 5), dcgan.Discriminator(shape)
    images = g(np.ones((2, 5), np.float32))
    assert images.shape == (2, *shape)
    assert d(images).features.shape == (2, halvings(shape[0], 4)[0], halvings(shape[1], 4)[0], 512)


def test_spectral_norm_reaches_only_the_normalizers_of_g_and_all_of_d():
    g = dcgan.Generator((16, 16, 1), 5, normalizer=SelfModulatedBatchNorm, spectral_norm=True)
    normalized = {v.path.split("/")[1] for v in g.variables if v.name == "u"}
    assert normalized == {"g_bn1", "g_bn2", "g_bn3", "g_bn4"}
    d = dcgan.Discriminator((16, 16, 1), spectral_norm=True)
    kernels = [v for v in d.variables if v.name == "kernel"]
    assert len([v for v in d.variables if v.name == "u"]) == len(kernels) == 5


def test_layer_norm_follows_all_convolutions_of_d_but_the_first():
    d = dcgan.Discriminator((16, 16, 1), layer_norm=True)
    assert {v.path.split("/")[1] for v in d.variables if v.name == "gamma"} == {
        "d_ln2",
        "d_ln3",
        "d_ln4",
    }
