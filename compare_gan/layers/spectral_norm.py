# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Spectral normalization: dividing a kernel by (an estimate of) its largest singular value.

The estimate comes from power iteration (Miyato et al., https://arxiv.org/abs/1802.05957). Layers
store both singular vectors. A forward pass only reads them, so any number of passes within one
update of a network sees the same normalization; `advance_spectral_norms` performs the one
iteration that belongs to an update.
"""

import dataclasses
import functools
from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number

_SINGULAR_VALUES = ("left", "right", "auto")


@gin.register("spectral_norm")
@dataclasses.dataclass(frozen=True)
class SpectralNorm:
    """Settings of spectral normalization, `spectral_normalize`.

    Attributes:
      singular_value: Which singular vector is carried from one iteration to the next: "left" (one
        entry per row of the kernel matrix [product of the leading sizes, last size]), "right" (one
        per column), or "auto", the shorter of the two.
      epsilon: Lower bound on the squared norms by which vectors are divided.

    Raises:
      ValueError: If `singular_value` is none of the three, or `epsilon` is not positive.
    """

    singular_value: str = "left"
    epsilon: float = 1e-12

    def __post_init__(self) -> None:
        if self.singular_value not in _SINGULAR_VALUES:
            raise ValueError(
                f"spectral_norm.singular_value = {self.singular_value!r} is not known; use one of "
                f"{', '.join(map(repr, _SINGULAR_VALUES))}."
            )
        check_number("spectral_norm.epsilon", self.epsilon, "(0, inf)", usual=1e-12)

    @classmethod
    def of(cls, value: "bool | SpectralNorm | Mapping | None") -> "SpectralNorm | None":
        """Understands the ways of saying whether and how to normalize.

        Args:
          value: None or False for no normalization, True for the default settings, settings, or a
            mapping with their fields (as found in a configuration read from JSON).

        Raises:
          ValueError: If it is something else.
        """
        if value is None or value is False:
            return None
        if value is True:
            return cls()
        if isinstance(value, SpectralNorm):
            return value
        if isinstance(value, Mapping):
            return cls(**value)
        raise ValueError(
            f"spectral_norm = {value!r} is not understood; use True, False or SpectralNorm(...)."
        )

    def carries_left_vector(self, rows: int, columns: int) -> bool:
        """Whether the left vector is the one carried on, for a rows × columns matrix."""
        if self.singular_value == "auto":
            return rows <= columns
        return self.singular_value == "left"


def as_matrix(kernel: tf.Tensor) -> tf.Tensor:
    """Returns the kernel as a matrix [product of the leading sizes, last size]."""
    return tf.reshape(kernel, [-1, kernel.shape[-1]])


def unit_vector(vector: tf.Tensor, epsilon: float) -> tf.Tensor:
    """Returns vector / sqrt(max(Σ vector², epsilon))."""
    return vector * tf.math.rsqrt(tf.maximum(tf.reduce_sum(tf.square(vector)), epsilon))


def power_iteration(
    matrix: tf.Tensor, u: tf.Tensor, v: tf.Tensor, from_left: bool, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """One step of power iteration.

    Args:
      matrix: W, [rows, columns].
      u: The left singular vector so far, [rows].
      v: The right singular vector so far, [columns].
      from_left: True for v ← Wᵀu/‖·‖, u ← Wv/‖·‖; False for u ← Wv/‖·‖, v ← Wᵀu/‖·‖.
      epsilon: Lower bound on squared norms.

    Returns:
      The new u and v. No gradient flows through them.
    """
    matrix = tf.stop_gradient(matrix)
    if from_left:
        v = unit_vector(tf.linalg.matvec(matrix, u, transpose_a=True), epsilon)
        u = unit_vector(tf.linalg.matvec(matrix, v), epsilon)
    else:
        u = unit_vector(tf.linalg.matvec(matrix, v), epsilon)
        v = unit_vector(tf.linalg.matvec(matrix, u, transpose_a=True), epsilon)
    return tf.stop_gradient(u), tf.stop_gradient(v)


@functools.partial(tf.function, autograph=False, reduce_retracing=True)
def power_iterations(
    matrix: tf.Tensor, carried: tf.Tensor, from_left: bool, epsilon: float, count: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Several steps of power iteration, compiled: a network has dozens of kernels to begin with.

    Args:
      matrix, from_left, epsilon: See `power_iteration`.
      carried: The vector to start from, [rows] if `from_left`, else [columns].
      count: Number of steps, 1 or more.

    Returns:
      u and v. No gradient flows through them.
    """
    u = v = carried
    for _ in range(count):
        u, v = power_iteration(matrix, u, v, from_left, epsilon)
    return u, v


def divide_by_sigma(kernel: tf.Tensor, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    """Returns kernel / σ with σ = uᵀWv; the gradient flows through W, u and v are constants."""
    sigma = tf.reduce_sum(u * tf.linalg.matvec(as_matrix(kernel), v))
    return kernel / sigma


def spectral_normalize(
    kernel: tf.Tensor, u: tf.Tensor, singular_value: str = "left", epsilon: float = 1e-12
) -> tuple[tf.Tensor, tf.Tensor]:
    """Divides a kernel by its largest singular value, estimated by one power iteration.

        "left":   v = n(Wᵀu),   u' = n(Wv),    σ = u'ᵀWv
        "right":  v = n(Wu),    u' = n(Wᵀv),   σ = vᵀWu'
        "auto":   "left" if rows ≤ columns, else "right"

    with W the kernel as a matrix [rows, columns] = [product of the leading sizes, last size] and
    n(x) = x / sqrt(max(Σx², epsilon)). (Miyato, Kataoka, Koyama, Yoshida, "Spectral Normalization
    for Generative Adversarial Networks", ICLR 2018, https://arxiv.org/abs/1802.05957.)

    Args:
      kernel: Floats of any rank from 2 on.
      u: The vector carried from the previous call: `rows` entries for "left", `columns` for
        "right", in any shape, e.g. [rows, 1] and [1, columns]. Draw the first from N(0, 1).
      singular_value: "left", "right" or "auto".
      epsilon: Lower bound on squared norms.

    Returns:
      (kernel / σ, u' in the shape of u). No gradient flows through u', v and u.

    Raises:
      ValueError: If `singular_value` is unknown, or u has the wrong number of entries.
    """
    kernel = tf.convert_to_tensor(kernel)
    u = tf.cast(tf.convert_to_tensor(u), kernel.dtype)
    settings = SpectralNorm(singular_value, epsilon)
    matrix = as_matrix(kernel)
    rows, columns = matrix.shape
    from_left = settings.carries_left_vector(rows, columns)
    needed = rows if from_left else columns
    if u.shape.num_elements() != needed:
        raise ValueError(
            f"spectral_normalize: u has shape {tuple(u.shape)}, but singular_value="
            f"{singular_value!r} and a {rows} × {columns} kernel matrix need {needed} entries."
        )
    carried = tf.reshape(u, [-1])
    left, right = power_iteration(matrix, carried, carried, from_left, epsilon)
    normalized = divide_by_sigma(kernel, left, right)
    return normalized, tf.reshape(left if from_left else right, u.shape)


def spectral_norm_updates(
    network: keras.layers.Layer,
) -> list[tuple[keras.Variable, tf.Tensor]]:
    """Returns (vector, its value after one power iteration) for every normalized kernel.

    Nothing is written; see `advance_spectral_norms`.

    Args:
      network: A network, or any Keras layer.
    """
    updates = []
    for layer in network._flatten_layers():
        layer_updates = getattr(layer, "spectral_norm_updates", None)
        if layer_updates is not None:
            updates.extend(layer_updates())
    return updates


def advance_spectral_norms(network: keras.layers.Layer) -> None:
    """Performs one power iteration for every spectrally normalized kernel of a network.

    A GAN calls it once at the start of each update of that network; forward passes never do.

    Args:
      network: A network, or any Keras layer.
    """
    for vector, value in spectral_norm_updates(network):
        vector.assign(value)
