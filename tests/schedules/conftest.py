# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A configuration that trains in seconds."""

import pytest

TINY = [
    'dataset.name = "digits"',
    "options.gan_class = @ModularGAN",
    'options.architecture = "resnet_biggan_arch"',
    "options.batch_size = 8",
    "options.training_steps = 6",
    "options.disc_iters = 2",
    "options.z_dim = 4",
    "resnet_biggan.Generator.ch = 4",
    "resnet_biggan.Generator.hierarchical_z = False",
    "resnet_biggan.Generator.embed_y_dim = 4",
    "resnet_biggan.Discriminator.ch = 4",
    "ModularGAN.conditional = True",
    "ModularGAN.g_use_ema = True",
    "ModularGAN.ema_decay = 0.9",
    "ModularGAN.ema_start_step = 2",
    "G.batch_norm_fn = @conditional_batch_norm",
    "G.spectral_norm = True",
    "D.spectral_norm = True",
    "standardize_batch.use_moving_averages = False",
    "z.distribution_fn = @tf.random.normal",
    "run_config.save_checkpoints_steps = 3",
    "eval.metrics = [@fid, @inception_score]",
    "eval.backbone = @digits_cnn",
    "eval.num_samples = 70",
    "eval.num_fake_sets = 2",
    "eval.standing_samples = 128",
]


@pytest.fixture(scope="session")
def tiny():
    """The bindings of a tiny conditional GAN on digits."""
    return tuple(TINY)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Statistics of the reals are kept in a folder of the test run."""
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
