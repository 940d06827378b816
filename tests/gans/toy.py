# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks small enough to be computed again in NumPy, and data to go with them."""

import types

import numpy as np
import tensorflow as tf

from compare_gan.architectures import Architecture
from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork
from compare_gan.gans import ModularGAN, Options

CLASSES = 3
SHAPE = (2, 2, 1)
FEATURES = 5


def add_generator_weights(network, image_shape, z_dim, num_classes):
    """A for latents and B for labels, drawn from N(0, 1)."""
    pixels = int(np.prod(image_shape))
    values = np.random.default_rng(0)
    network.a = network.add_weight(shape=(z_dim, pixels), name="a")
    network.a.assign(values.normal(size=(z_dim, pixels)))
    network.b = network.add_weight(shape=(max(num_classes, 1), pixels), name="b")
    network.b.assign(values.normal(size=(max(num_classes, 1), pixels)))
    network.built = True


class ToyGenerator(GeneratorNetwork):
    """G(z, y) = sigmoid(z A + y B), as images; it counts its calls."""

    def __init__(self, image_shape, z_dim, num_classes, name=None, dtype=None, **unused):
        super().__init__(image_shape, z_dim, num_classes, None, None, "normal", dtype, name)
        add_generator_weights(self, image_shape, z_dim, num_classes)
        self.calls = 0

    def generate(self, z, y, training):
        self.calls += 1
        flat = z @ self.a.value if y is None else z @ self.a.value + y @ self.b.value
        return tf.sigmoid(tf.reshape(flat, [-1, *self.image_shape]))

    def in_numpy(self, draws, rows):
        """Latents, one-hot labels (uniform) and images of an update, float64."""
        z = draws.uniform("latents", [rows, self.z_dim], -1.0, 1.0).numpy().astype(np.float64)
        y = np.zeros([rows, self.b.shape[0]])
        if self.num_classes:
            uniform = [1 / self.num_classes] * self.num_classes
            y = np.eye(self.num_classes)[draws.categorical("labels", uniform, rows).numpy()]
        a, b = (v.numpy().astype(np.float64) for v in (self.a, self.b))
        return z, y, (1 / (1 + np.exp(-(z @ a + y @ b)))).reshape(rows, *self.image_shape)


class ToyDiscriminator(DiscriminatorNetwork):
    """Features tanh(x F), logits features · w; it writes down which batches it was shown."""

    def __init__(
        self, image_shape, num_classes, spectral_norm=None, name=None, dtype=None, **unused
    ):
        super().__init__(
            image_shape, num_classes, None, False, spectral_norm, "normal", dtype, name
        )
        pixels = int(np.prod(image_shape))
        values = np.random.default_rng(1)
        self.f = self.add_weight(shape=(pixels, FEATURES), name="f")
        self.f.assign(values.normal(size=(pixels, FEATURES)))
        self.w = self.add_weight(shape=(FEATURES, 1), name="w")
        self.w.assign(values.normal(size=(FEATURES, 1)))
        self.built = True
        self.shown = []

    def discriminate(self, x, y, training):
        if tf.executing_eagerly():
            self.shown.append((x.numpy(), None if y is None else y.numpy()))
        features = tf.tanh(tf.reshape(x, [-1, self.f.shape[0]]) @ self.f.value)
        return features @ self.w.value, features

    def in_numpy(self, images):
        """Features and logits of images, float64."""
        flat = np.asarray(images, np.float64).reshape(len(images), -1)
        features = np.tanh(flat @ self.f.numpy().astype(np.float64))
        return features, features @ self.w.numpy().astype(np.float64)


def dataset(num_classes=CLASSES, soft_labels=False, shape=SHAPE):
    return types.SimpleNamespace(
        name="toy",
        image_shape=shape,
        num_classes=num_classes,
        class_names=[str(index) for index in range(num_classes)],
        class_histogram=lambda split=None: np.arange(1, num_classes + 1),
        soft_labels=soft_labels,
    )


def options(batch_size=8, **changes):
    architecture = Architecture(ToyGenerator, ToyDiscriminator)
    made = Options(ModularGAN, lambda: architecture, batch_size, 10, 1.0, 1, 3)
    return made._replace(**changes)


def batch(labels, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, [len(labels), *SHAPE])
    return {"images": tf.constant(images, tf.uint8), "labels": tf.constant(labels)}


def training_batches(per_step, rows, step):
    """What a training that goes on from a step takes: `per_step` batches each; some lack labels."""

    def element(position):
        seed = tf.stack([position, 1])
        images = tf.random.stateless_uniform([per_step, rows, *SHAPE], seed, 0, 256, tf.int32)
        labels = tf.random.stateless_uniform([per_step, rows], seed, -1, CLASSES, tf.int32)
        return {"images": tf.cast(images, tf.uint8), "labels": labels}

    return tf.data.Dataset.range(step, 100).map(element)


def one_hot(labels):
    """[n, CLASSES] float64; zeros where the label is −1."""
    return (np.asarray(labels)[:, None] == np.arange(CLASSES)).astype(np.float64)


def cross_entropy(logits, labels):
    """Of each row, in float64."""
    logits = np.asarray(logits, np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(labels * log_softmax).sum(axis=1)


def head(gan, name):
    """A head's kernel and bias (or 0), float64."""
    layer = gan.heads[name]
    bias = layer.bias.numpy().astype(np.float64) if layer.use_bias else 0.0
    return layer.kernel.numpy().astype(np.float64), bias
