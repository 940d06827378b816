# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Draws whose outcome a test writes down, and what every random part of a step must keep."""

import numpy as np
import tensorflow as tf

from compare_gan.randomness import Draws


class ScriptedDraws:
    """Gives, for a name that ends with a key of `values`, that value: a list with one per image.

    Uniform draws and integers are given as they come out, normal ones as standard deviations.
    """

    def __init__(self, **values):
        self._values = values
        self.asked = {}

    def _value(self, name, shape, dtype):
        part = name.split("/")[-1]
        return np.asarray(self._values[part], dtype).reshape(shape)

    def uniform(self, name, shape, minval=0.0, maxval=1.0):
        self.asked[name.split("/")[-1]] = (minval, maxval)
        return tf.constant(self._value(name, shape, np.float32))

    def integers(self, name, shape, minval, maxval):
        self.asked[name.split("/")[-1]] = (minval, maxval)
        return tf.constant(self._value(name, shape, np.int32))

    def normal(self, name, shape, mean=0.0, stddev=1.0):
        return tf.constant(mean + stddev * self._value(name, shape, np.float32))


def pictures(batch, height, width, channels, seed=0):
    """Floats in [0, 1), float64."""
    return np.random.default_rng(seed).uniform(size=(batch, height, width, channels))


def assert_same_in_graph_and_xla(augment, images):
    """`augment(images, draws, name)` gives the same eagerly, in a graph and compiled by XLA."""
    images = tf.constant(images, tf.float32)
    draws = Draws(seed=3, step=5, update="u")
    eager = augment(images, draws, "a")
    for jit_compile in (False, True):
        step = tf.function(
            lambda x: augment(x, draws, "a"), autograph=False, jit_compile=jit_compile
        )
        np.testing.assert_allclose(step(images), eager, rtol=1e-5, atol=1e-5)


def assert_two_replicas_see_what_one_sees(augment, images):
    """The rows of two replicas together are those of one with the joint batch."""
    images = tf.constant(images, tf.float32)
    together = augment(images, Draws(3, 5, "u"), "a")
    for replica in (0, 1):  # row i of the global batch is on replica i mod 2
        part = augment(images[replica::2], Draws(3, 5, "u", 0, replica, 2), "a")
        np.testing.assert_allclose(part, together[replica::2], rtol=1e-6, atol=1e-6)


def assert_only_draws_decide(augment, images):
    """Equal draws give equal images; another step, name or seed gives others."""
    images = tf.constant(images, tf.float32)
    first = augment(images, Draws(3, 5, "u"), "a").numpy()
    np.testing.assert_array_equal(augment(images, Draws(3, 5, "u"), "a"), first)
    for draws, name in (
        (Draws(3, 6, "u"), "a"),
        (Draws(4, 5, "u"), "a"),
        (Draws(3, 5, "v"), "a"),
        (Draws(3, 5, "u"), "b"),
    ):
        assert not np.allclose(augment(images, draws, name), first, atol=1e-3)
