# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.

import functools

import numpy as np
import pytest

from compare_gan.gans import ModularGAN
from compare_gan.training import LoopSettings, train
from tests.gans import toy


def _trained(folder, steps):
    gan = ModularGAN(toy.dataset(), toy.options(), g_lr=0.1)
    train(gan, functools.partial(toy.training_batches, 1, 8), folder, LoopSettings(steps))
    return gan


def test_the_networks_of_another_run_are_taken(tmp_path):
    first = _trained(tmp_path, 3)
    second = ModularGAN(toy.dataset(), toy.options(), g_use_ema=True, warm_start=str(tmp_path))
    assert np.any(second.generator.a.numpy() != first.generator.a.numpy())
    second.initialize()
    for ours, theirs in (
        (second.generator.a, first.generator.a),
        (second.average_generator.a, first.generator.a),
        (second.discriminator.w, first.discriminator.w),
    ):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert second.updates[1].optimizer.iterations.numpy() == 0


def test_no_run_and_other_networks_are_refused(tmp_path):
    warm = {"warm_start": str(tmp_path)}
    with pytest.raises(ValueError, match="ModularGAN.warm_start=.* holds no checkpoint"):
        ModularGAN(toy.dataset(), toy.options(), **warm).initialize()
    _trained(tmp_path, 1)
    with pytest.raises(ValueError, match="ModularGAN.warm_start"):
        ModularGAN(toy.dataset(), toy.options(z_dim=5), **warm).initialize()
