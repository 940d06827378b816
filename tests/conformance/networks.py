# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tiny networks around the part that is checked, for images of any size; XLA compiles them fast."""

import types

import gin
import numpy as np
import tensorflow as tf

from compare_gan.architectures import Architecture
from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork
from compare_gan.architectures.parts import Parts, normalize_and_activate, vector_shape

CLASSES = 3
_WIDTH = 6


class TinyGenerator(GeneratorNetwork):
    """sigmoid(norm(z A)), as images."""

    def __init__(
        self, image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, name
    ):
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, None, name
        )
        self.build()

    def build(self):
        parts = Parts.of(self)
        self.first = parts.linear("first", self.z_dim, int(np.prod(self.image_shape)))
        shapes = (None, *self.image_shape), vector_shape(self.z_dim), self.label_shape
        self.norm = parts.norm("norm", *shapes)

    def generate(self, z, y, training):
        x = tf.reshape(self.first(z), [-1, *self.image_shape])
        return normalize_and_activate(x, self.norm, None, z, y, training, tf.sigmoid)


class TinyDiscriminator(DiscriminatorNetwork):
    """Features tanh(x A); logits are linear in them, plus the label's projection."""

    def __init__(
        self, image_shape, num_classes, normalizer, layer_norm, spectral_norm, initializer, name
    ):
        super().__init__(
            image_shape,
            num_classes,
            normalizer,
            layer_norm,
            spectral_norm,
            initializer,
            None,
            name,
        )
        self.build()

    def build(self):
        parts = Parts.of(self)
        self.first = parts.linear("first", int(np.prod(self.image_shape)), _WIDTH)
        self.last = parts.linear("last", _WIDTH, 1)
        self.embedding = parts.linear("embedding", self.num_classes, _WIDTH, use_bias=False)

    def discriminate(self, x, y, training):
        features = tf.tanh(self.first(tf.reshape(x, [-1, self.first.kernel.shape[0]])))
        return self.last(features) + self.projection(self.embedding, y, features), features


@gin.register
def tiny_arch() -> Architecture:
    return Architecture(TinyGenerator, TinyDiscriminator)


def dataset(image_shape):
    """As much of a data set as a GAN asks for."""
    return types.SimpleNamespace(
        name="tiny",
        image_shape=image_shape,
        num_classes=CLASSES,
        class_names=None,
        class_histogram=lambda split=None: np.ones(CLASSES),
        soft_labels=False,
    )
