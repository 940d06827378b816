# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A configuration that trains in seconds, and a run that was not trained at all."""

import json
import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan import schedules
from compare_gan.architectures import network_config
from compare_gan.architectures.resnet_biggan import Generator
from compare_gan.gans.latents import LatentPrior, normal
from compare_gan.normalizers import BatchNorm, StandardizeBatch, inference_statistics
from compare_gan.schedules import RunFlags
from compare_gan.training import Checkpoints

TINY = [
    'dataset.name = "digits"',
    "options.gan_class = @ModularGAN",
    # Of all families the quickest to trace, of which these runs mostly consist.
    'options.architecture = "infogan_arch"',
    "options.batch_size = 8",
    "options.training_steps = 6",
    "options.disc_iters = 2",
    "options.z_dim = 4",
    "infogan.Generator.ch = 2",
    "infogan.Discriminator.ch = 2",
    "infogan.Discriminator.project_y = True",
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


@pytest.fixture(scope="session")
def six_steps(tmp_path_factory, tiny):
    """The folder of a finished run of six steps, with the checkpoints of steps 3 and 6: to copy."""
    folder = tmp_path_factory.mktemp("six_steps") / "run"
    schedules.run("train", [], tiny, RunFlags(folder))
    assert Checkpoints(folder / "checkpoints").steps() == [3, 6]
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Statistics of the reals are kept in a folder of the test run."""
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def make_run(tmp_path):
    """A folder with checkpoints of an untrained generator, some of whose weights are NaN."""

    def make(steps=(1, 2), broken=(), standing=False):
        network = Generator(
            image_shape=(8, 8, 1),
            z_dim=4,
            num_classes=10,
            normalizer=BatchNorm(StandardizeBatch(use_moving_averages=not standing)),
            ch=4,
            hierarchical_z=False,
        )
        frequencies = tf.Variable(np.full(10, 0.1, np.float32))
        model = {
            "generator": network_config(network),
            "averaged": False,
            "bn_mode": "standing" if standing else "moving",
            "standing_samples": 64,
            "z_dim": 4,
            "prior": LatentPrior(normal).to_config(),
            "num_classes": 10,
            "class_names": [str(digit) for digit in range(10)],
        }
        folder = tmp_path / "run"
        folder.mkdir()
        (folder / "model.json").write_text(json.dumps(model))
        variable = network.trainable_variables[-1]
        healthy = variable.numpy()
        # Means of 0 and variances that fall, so that images of later steps have more contrast.
        averages = [] if standing else inference_statistics(network)
        for step in steps:
            variable.assign(healthy * math.nan if step in broken else healthy)
            for average in averages:
                average.assign(0.01 * average)
            state = {"generator": network, "label_frequencies": frequencies}
            Checkpoints(folder / "checkpoints").save(step, state)
        return RunFlags(folder, eval_every_steps=1)

    return make
