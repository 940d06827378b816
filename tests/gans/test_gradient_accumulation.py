# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""GANs whose batch passes in micro-batches: equal to the joint batch, or refused."""

import functools

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses, regularizers
from compare_gan.augmentation import Ada
from compare_gan.configuration import ConfigurationError
from compare_gan.gans import ModularGAN, TopK, auxiliary
from compare_gan.training import LoopSettings, train
from compare_gan.training.graphs import update_graphs
from compare_gan.training.micro_batches import micro_gradients
from tests.gans import toy

SPECS = {
    "images": tf.TensorSpec([8, *toy.SHAPE], tf.uint8),
    "labels": tf.TensorSpec([8], tf.int32),
}


_batches = functools.partial(toy.training_batches, 1, 8)


def _gan():
    """With a penalty, unlabelled rows and turned rows."""
    gin.bind_parameter("penalty.fn", regularizers.wgangp_penalty)
    gin.bind_parameter("penalty.interval", 2)
    keras.utils.set_random_seed(0)
    return ModularGAN(
        toy.dataset(), toy.options(), conditional=True, g_lr=0.05,
        g_optimizer_fn=keras.optimizers.SGD, g_use_ema=True, ema_decay=0.5, ema_start_step=1,
        auxiliary_tasks=[
            auxiliary.Consistency(), auxiliary.LatentConsistency(), auxiliary.LabelProjection(),
            auxiliary.OpenSetPredictor(), auxiliary.RotationMinimax(4),
            auxiliary.LeCam(start_update=1),
        ],
    )  # fmt: skip


@pytest.mark.parametrize("count", [2, 4])
def test_mean_gradients_are_those_of_the_joint_batch(float64, count):
    gan = _gan()
    labels = np.array([0, 1, 2, -1, 1, -1, 2, 2], np.int32)
    batch = toy.batch(labels)
    # Micro-batches share the rows with a label unevenly.
    known = (labels >= 0).reshape(-1, count).sum(axis=0)
    assert list(known) == {2: [4, 2], 4: [2, 1, 2, 1]}[count]
    for update in gan.updates:
        joint, _ = micro_gradients(update, batch, (0, 0, 0))
        # The predictor asks three times how many they are.
        whole = tf.fill([3], np.float64(known.mean()))
        found = []
        for number in range(count):
            computed, own = micro_gradients(update, batch, (0, 0, 0), number, count, whole)
            assert [float(value) for value in own] == len(own) * [known[number]]
            values = [value for _, value in computed.assignments]
            found.append([*computed.gradients, *computed.scalars.values(), *values])
        means = [sum(parts) / count for parts in zip(*found, strict=True)]
        values = [value for _, value in joint.assignments]
        expected = [*joint.gradients, *joint.scalars.values(), *values]
        for one, other in zip(means, expected, strict=True):
            # Normal draws are float32, and round as the place in a vector register has it.
            rtol = 1e-7 if other.dtype == tf.float64 else 1e-5
            np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-9)


@pytest.mark.slow
def test_weights_are_those_of_the_joint_batch(float64, tmp_path):
    found = []
    for count in (1, 2, 4):
        gan = _gan()
        settings = LoopSettings(3, seed=1, gradient_accumulation=count)
        train(gan, _batches, tmp_path / str(count), settings)
        networks = (gan.generator, gan.average_generator, gan.discriminator, *gan.heads.values())
        found.append([variable.numpy() for network in networks for variable in network.variables])
    for weights in found[1:]:
        for one, other in zip(weights, found[0], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)  # through LeCam's averages


@pytest.mark.parametrize(
    "part, settings, bindings",
    [
        ("a relativistic average loss", {}, {"loss.fn": losses.relativistic_average}),
        ("@dragan_penalty", {}, {"penalty.fn": regularizers.dragan_penalty}),
        ("@top_k", {"top_k": TopK()}, {}),
        ("@d2d_ce", {"auxiliary_tasks": [auxiliary.D2DCE(dimensions=2)]}, {}),
        ("ada.adaptive = True", {"augmentation": Ada(("flip",))}, {}),
    ],
)
def test_what_looks_at_all_rows_is_refused(part, settings, bindings):
    for name, value in bindings.items():
        gin.bind_parameter(name, value)
    gan = ModularGAN(toy.dataset(), toy.options(), conditional=True, **settings)
    update_graphs(gan, SPECS)
    words = f"^run_config.gradient_accumulation=2 .*but {part} needs all .* of that.$"
    with pytest.raises(ConfigurationError, match=words):
        update_graphs(gan, SPECS, 2)


def test_rotated_images_that_micro_batches_cannot_share():
    tasks = [auxiliary.Rotation(2)]
    gan = ModularGAN(toy.dataset(), toy.options(), conditional=True, auxiliary_tasks=tasks)
    update_graphs(gan, SPECS, 2)
    words = r"rotation.rotated_images .* = 2, .* 2 on each .* run_config.gradient_accumulation=4"
    with pytest.raises(ConfigurationError, match=words):
        update_graphs(gan, SPECS, 4)
