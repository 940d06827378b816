# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import scipy.special
import tensorflow as tf

from compare_gan.label_inference.pretraining import PretrainingSettings, RotationPretraining
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train

SHAPE = (4, 4, 1)


def brighter(images, draws, name):
    return images / 2 + 0.5


def constant_rate(learning_rate, training_steps, warmup_steps):
    return learning_rate


def _task(toy_encoder, **changes):
    tf.keras.utils.set_random_seed(0)
    settings = dict(training_steps=5, batch_size=6, schedule=constant_rate, view=brighter)
    return RotationPretraining(toy_encoder(SHAPE), PretrainingSettings(**{**settings, **changes}))


def test_loss_is_that_of_numpy(toy_encoder):
    task = _task(toy_encoder, weight_decay=0.03)
    images = np.random.default_rng(0).integers(0, 256, [6, *SHAPE]).astype(np.uint8)
    seen = images / 255 / 2 + 0.5
    seen = np.concatenate([np.rot90(seen, turn, axes=(1, 2)) for turn in range(4)])
    logits = task.network(seen.astype(np.float32), training=True)["rotation"].numpy()
    angles = np.repeat(range(4), 6)
    expected = -scipy.special.log_softmax(logits.astype(np.float64), axis=1)[
        range(24), angles
    ].mean()
    computed = task.updates[0].gradients({"images": tf.constant(images)}, Draws())
    np.testing.assert_allclose(computed.scalars["rotation_loss"], expected, rtol=1e-5)
    kernels = (task.network.encoder.kernel, task.network.heads[0].kernel)
    decay = 0.03 * sum((kernel.numpy().astype(np.float64) ** 2).sum() / 2 for kernel in kernels)
    np.testing.assert_allclose(computed.scalars["loss"], expected + decay, rtol=1e-5)


def test_learns_to_tell_rotations(toy_encoder, tmp_path):
    # Images with a bright upper left half can be told in any direction.
    rng = np.random.default_rng(0)
    images = rng.integers(0, 100, [64, *SHAPE])
    images[:, :2, :, :] += 150
    images = tf.constant(images[None], tf.uint8)
    task = _task(toy_encoder, training_steps=150, batch_size=64, learning_rate=0.1)
    train(
        task,
        lambda step: tf.data.Dataset.from_tensors({"images": images}).repeat(),
        tmp_path,
        LoopSettings(training_steps=150),
    )
    computed = task.updates[0].gradients({"images": images[0]}, Draws())
    assert computed.scalars["rotation_accuracy"] > 0.95
