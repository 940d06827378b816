# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How unevenly a generator's images react to its latents."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf


class Conditioning(NamedTuple):
    """Of each latent, what the generator's Jacobian there looks like.

    Attributes:
      log_condition_number: float64 [n], log(largest / smallest eigenvalue) of the metric tensor;
        infinite where an eigenvalue is 0, as where there are fewer pixels than latents.
      log_determinant: float64 [n], of the metric tensor; −infinity there.
      eigenvalues: float64 [n, z_dim], ascending.
    """

    log_condition_number: np.ndarray
    log_determinant: np.ndarray
    eigenvalues: np.ndarray


def condition_numbers(
    generator: Callable[[tf.Tensor], tf.Tensor], z: tf.Tensor | np.ndarray
) -> Conditioning:
    """The condition of the generator's metric tensor at each latent.

        J = ∂ G(z) / ∂ z  [pixels, z_dim],   M = Jᵀ J,   log(λ_max(M) / λ_min(M))

    A G whose images change much along some directions and hardly along others has a large
    condition number, and tends to score worse. Odena, Buckman, Olsson, Brown, Olah, Raffel,
    Goodfellow, "Is Generator Conditioning Causally Related to GAN Performance?", ICML 2018,
    https://arxiv.org/abs/1802.08768.

    J is computed a column at a time by forward differentiation, z_dim passes in all. The roots of
    the eigenvalues are J's singular values, which M's own rounding would spoil; but they are as
    precise as J only, so that those below about 1e-7 of the largest are noise in a float32 G: a
    direction to which it does not react may show as a log condition number of 30 or more in the
    place of infinity.

    Args:
      generator: `(z [n, z_dim]) -> [n, ...]`, treating each row by itself, as a G with moving or
        standing statistics does, and the same whenever it is called.
      z: [n, z_dim].

    Returns:
      One entry for each row of z.

    Raises:
      ValueError: z is not [n, z_dim], or the images have other rows.
    """
    z = tf.convert_to_tensor(z)
    if z.shape.rank != 2:
        raise ValueError(f"condition_numbers takes latents [n, z_dim], received {z.shape}.")
    columns = []
    for direction in tf.eye(z.shape[1], dtype=z.dtype):
        tangents = tf.broadcast_to(direction, z.shape)
        with tf.autodiff.ForwardAccumulator(z, tangents) as accumulator:
            images = tf.convert_to_tensor(generator(z))
        if images.shape[0] != z.shape[0]:
            raise ValueError(
                f"The generator made {images.shape[0]} images of {z.shape[0]} latents."
            )
        column = accumulator.jvp(images, tf.UnconnectedGradients.ZERO)
        columns.append(tf.reshape(column, [z.shape[0], -1]).numpy())
    jacobians = np.stack(columns, axis=-1)
    values = np.linalg.svd(jacobians.astype(np.float64), compute_uv=False)
    eigenvalues = np.zeros(z.shape)
    eigenvalues[:, : values.shape[1]] = values**2
    eigenvalues = np.sort(eigenvalues, axis=1)
    with np.errstate(divide="ignore"):
        logs = np.log(eigenvalues)
    return Conditioning(logs[:, -1] - logs[:, 0], logs.sum(axis=1), eigenvalues)
