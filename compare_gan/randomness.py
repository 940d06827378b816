# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every random draw inside a training step.

A draw is a pure function of (seed, step, update, iteration, name): nothing is carried from one step
to the next, so a resumed run draws what an uninterrupted one would have drawn. It is made for the
*global* batch and each replica takes its rows, so that two replicas see together what one replica
would see. Row i belongs to replica i mod replicas, so that "the last n rows of the global batch",
which some losses single out, are the last n / replicas rows of every replica. Micro-batches, which
a replica passes one after the other, share its rows alike: `compare_gan.training.micro_batches`.

Floats are made from integer bits by plain arithmetic, because `tf.random.stateless_uniform` and
`stateless_normal` give other values when XLA compiles them.
"""

import hashlib
import math
from collections.abc import Sequence

import tensorflow as tf

_MANTISSA_BITS = 24  # of a float32; more bits would be rounded, and could round up to 1.0


def _key(*parts: str | int) -> int:
    """A stable non-negative 63-bit integer for the parts (Python's `hash` differs between
    processes).
    """
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


class Draws:
    """The random numbers of one update of one step.

    Args:
      seed: The run's seed.
      step: The step the update belongs to, an int or an integer scalar tensor.
      update: The update's name; updates of one step draw independently.
      iteration: Which repetition of the update within the step, an int or an integer scalar tensor.
      replica: This replica's index among `replicas`.
      replicas: How many replicas share the global batch.

    Attributes:
      step: The step as an int64 scalar tensor: how many steps have gone before.
    """

    def __init__(
        self,
        seed: int = 0,
        step: int | tf.Tensor = 0,
        update: str = "",
        iteration: int | tf.Tensor = 0,
        replica: int | tf.Tensor = 0,
        replicas: int = 1,
    ):
        self.step = tf.cast(step, tf.int64)
        self._seed = seed
        self._update = update
        # Steps stay below 2^40 and iterations below 2^22, so one integer holds both without a
        # clash.
        self._moment = self.step * 2**22 + tf.cast(iteration, tf.int64)
        self._replica = replica
        self._replicas = replicas

    def _bits(self, name: str, shape: Sequence[int]) -> tf.Tensor:
        """Uniform uint32 for this replica's rows of the global draw called `name`."""
        shape = [int(size) for size in shape]
        seed = tf.stack([tf.constant(_key(self._seed, self._update, name), tf.int64), self._moment])
        if self._replicas == 1 or not shape:
            return _uniform_bits(shape, seed)
        everything = _uniform_bits([shape[0] * self._replicas, *shape[1:]], seed)
        rows = tf.reshape(everything, [shape[0], self._replicas, *shape[1:]])
        return tf.gather(rows, self._replica, axis=1)

    def uniform(
        self, name: str, shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0
    ) -> tf.Tensor:
        """Floats from U[minval, maxval); `shape[0]` counts this replica's rows."""
        high_bits = tf.bitwise.right_shift(
            self._bits(name, shape), tf.constant(32 - _MANTISSA_BITS, tf.uint32)
        )
        return minval + (maxval - minval) * (tf.cast(high_bits, tf.float32) * 2.0**-_MANTISSA_BITS)

    def _open_uniform(self, name: str, shape: Sequence[int]) -> tf.Tensor:
        """Floats from the open interval (0, 1), symmetric about 1/2: what an inverse CDF needs."""
        high_bits = tf.bitwise.right_shift(
            self._bits(name, shape), tf.constant(33 - _MANTISSA_BITS, tf.uint32)
        )
        return (tf.cast(high_bits, tf.float32) + 0.5) * 2.0 ** (1 - _MANTISSA_BITS)

    def normal(
        self, name: str, shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0
    ) -> tf.Tensor:
        """Floats from N(mean, stddev²), by the inverse CDF: mean + stddev · √2 · erfinv(2u − 1)."""
        u = self._open_uniform(name, shape)
        return mean + stddev * math.sqrt(2.0) * tf.math.erfinv(2.0 * u - 1.0)

    def truncated_normal(self, name: str, shape: Sequence[int], truncation: float) -> tf.Tensor:
        """Floats from N(0, 1) given |x| ≤ truncation: the distribution of redrawing what falls
        outside.

        This is BigGAN's truncation trick (Brock et al., 2019). By the inverse CDF on the kept
        interval, so no draw is repeated; the result keeps N(0, 1)'s shape and is not scaled.

        Raises:
          ValueError: `truncation` is not positive.
        """
        if not truncation > 0:
            raise ValueError(
                "truncation must be a positive number of standard deviations, received "
                f"{truncation}."
            )
        u = self._open_uniform(name, shape)
        kept = math.erf(truncation / math.sqrt(2.0))
        values = math.sqrt(2.0) * tf.math.erfinv((2.0 * u - 1.0) * kept)
        return tf.clip_by_value(values, -truncation, truncation)  # rounding can overshoot by an ulp

    def integers(self, name: str, shape: Sequence[int], minval: int, maxval: int) -> tf.Tensor:
        """int32 uniform over minval, …, maxval − 1."""
        bits = tf.cast(self._bits(name, shape), tf.int64)
        return tf.cast(
            minval + tf.bitwise.right_shift(bits * (maxval - minval), tf.constant(32, tf.int64)),
            tf.int32,
        )

    def categorical(
        self, name: str, probabilities: tf.Tensor | Sequence[float], count: int
    ) -> tf.Tensor:
        """int32 [count], class c with probability `probabilities[c]`; classes of probability 0
        never come.
        """
        cumulative = tf.cumsum(tf.cast(probabilities, tf.float32))
        # Scaled by the last entry, so that a sum that rounds below 1 leaves no draw without a
        # class.
        u = self.uniform(name, [count, 1]) * cumulative[-1]
        return tf.reduce_sum(tf.cast(u >= cumulative[None, :-1], tf.int32), axis=1)


def _uniform_bits(shape: Sequence[int], seed: tf.Tensor) -> tf.Tensor:
    # The algorithm is named because "auto_select" chooses another one on some devices.
    return tf.random.stateless_uniform(
        shape, seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )
