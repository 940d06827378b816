# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every part becomes for the checks: a function from a batch to numbers and derivatives."""

import contextlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from compare_gan.layers import advance_spectral_norms
from compare_gan.randomness import Draws
from compare_gan.training.task import gradients_of, watch

Inputs = Mapping[str, tf.Tensor]

ROWS = 4  # of the global batch
_POWER_ITERATIONS = 30


class Measured(NamedTuple):
    """What was computed from a batch.

    Attributes:
      rows: Tensors whose first axis is the batch: of two replicas, they are put together.
      shared: Tensors that belong to the batch as a whole: of two replicas, the mean counts.
    """

    rows: Mapping[str, tf.Tensor]
    shared: Mapping[str, tf.Tensor]

    def flat(self) -> dict[str, tf.Tensor]:
        """All by name."""
        return {**self.rows, **self.shared}


class Instance(NamedTuple):
    """A part that was built.

    Attributes:
      outputs: `(inputs, draws) -> Measured`.
      state: What a checkpoint holds, by name.
      own: Those names in `state` that are there because of the part.
      variables: Trained variables.
      differentiated: Whether the checks differentiate `outputs`; updates of GANs bring their
        gradients along.
      penalized: The names of outputs that gradient penalties differentiate.
    """

    outputs: Callable[[Inputs, Draws], Measured]
    state: Mapping[str, Any] = {}
    own: Sequence[str] = ()
    variables: Sequence[keras.Variable] = ()
    differentiated: bool = True
    penalized: Sequence[str] = ()


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Networks made inside have this Keras dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def variables_of(state: Mapping[str, Any]) -> list[Any]:
    """All variables of a checkpoint's state, in a fixed order."""
    found = []
    for name in sorted(state):
        found += state[name].variables if hasattr(state[name], "variables") else [state[name]]
    return found


def randomize(instance: Instance, seed: int) -> None:
    """Gives every variable a value that hides nothing: no zeros, no ones, no tiny kernels."""
    for index, variable in enumerate(variables_of(instance.state)):
        if not tf.as_dtype(variable.dtype).is_floating:
            continue
        values = np.random.default_rng([seed, index])
        noise = values.normal(size=variable.shape)
        if getattr(variable, "trainable", False) and len(variable.shape) > 1:
            new = noise / np.sqrt(np.prod(variable.shape[:-1]))
        elif getattr(variable, "trainable", False):
            new = variable.numpy() + 0.2 * noise
        else:  # a variance, a counter, a probability: it must stay positive
            new = variable.numpy() + 0.2 * np.abs(noise)
        variable.assign(new.astype(tf.as_dtype(variable.dtype).as_numpy_dtype))
    for owned in instance.state.values():
        if isinstance(owned, keras.layers.Layer):
            for _ in range(_POWER_ITERATIONS):
                advance_spectral_norms(owned)


def weighted(measured: Measured) -> tf.Tensor:
    """One number that depends on every output, and not linearly on those of rows.

    The mean over rows of Σ w sin(output), plus Σ w · output over what is shared, with fixed w.
    """
    terms = []
    for name, value in measured.rows.items():
        weights = _weights(name, value.shape[1:])
        value = _precise(value)
        terms.append(tf.reduce_sum(tf.cast(weights, value.dtype) * tf.sin(value)) / value.shape[0])
    for name, value in measured.shared.items():
        value = _precise(value)
        terms.append(tf.reduce_sum(tf.cast(_weights(name, value.shape), value.dtype) * value))
    # State may be float32 where images are float64.
    return tf.add_n([tf.cast(term, terms[0].dtype) for term in terms])


def _weights(name: str, shape: Sequence[int]) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(name.encode())).uniform(0.5, 1.5, size=shape)


def _precise(value: tf.Tensor) -> tf.Tensor:
    return value if value.dtype == tf.float64 else tf.cast(value, tf.float32)


def is_differentiable(name: str, value: tf.Tensor) -> bool:
    """Whether derivatives by an input are looked at: labels are given."""
    return value.dtype.is_floating and not name.startswith("labels")


def measure(instance: Instance, inputs: Inputs, draws: Draws) -> Measured:
    """Outputs and their first derivatives, by inputs and variables."""
    if not instance.differentiated:
        return instance.outputs(inputs, draws)
    points = {name: x for name, x in inputs.items() if is_differentiable(name, x)}
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(points)
        variables = watch(tape, instance.variables)
        measured = instance.outputs(inputs, draws)
        loss = weighted(measured)
    by_points, by_variables = gradients_of(loss, [list(points.values()), variables], tape)
    # Each replica's loss is the mean over its own rows.
    rows = {f"d/d {n}": g.shape[0] * g for n, g in zip(points, by_points, strict=True)}
    shared = {f"d/d variable {i}": gradient for i, gradient in enumerate(by_variables)}
    return Measured({**measured.rows, **rows}, {**measured.shared, **shared})
