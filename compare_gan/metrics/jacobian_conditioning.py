# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How unevenly a generator's images react to its latents."""

import math
from collections.abc import Callable
from typing import NamedTuple

import gin
import numpy as np
import tensorflow as tf

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.model_metric import ModelMetric, TrainedModel
from compare_gan.normalizers import uses_batch_statistics

# Jacobians that are held at once.
_LATENTS_AT_A_TIME = 16


class Conditioning(NamedTuple):
    """Of each latent, what the generator's Jacobian there looks like.

    Attributes:
      log_condition_number: float64 [n], log(largest / smallest eigenvalue) of the metric tensor;
        infinite where an eigenvalue is 0, as where there are fewer pixels than latents.
      log_determinant: float64 [n], of the metric tensor; −infinity there.
      eigenvalues: float64 [n, z_dim], ascending.
      mean_metric_tensor: float64 [z_dim, z_dim], the mean of M over the latents.
    """

    log_condition_number: np.ndarray
    log_determinant: np.ndarray
    eigenvalues: np.ndarray
    mean_metric_tensor: np.ndarray


def condition_numbers(
    generator: Callable[..., tf.Tensor],
    z: tf.Tensor | np.ndarray,
    labels: tf.Tensor | np.ndarray | None = None,
) -> Conditioning:
    """The condition of the generator's metric tensor at each latent.

        J = ∂ G(z) / ∂ z  [pixels, z_dim],   M = Jᵀ J,   log(λ_max(M) / λ_min(M))

    A G whose images change much along some directions and hardly along others has a large
    condition number, and tends to score worse. Odena, Buckman, Olsson, Brown, Olah, Raffel,
    Goodfellow, "Is Generator Conditioning Causally Related to GAN Performance?", ICML 2018,
    https://arxiv.org/abs/1802.08768.

    J is computed a column at a time by forward differentiation, in z_dim passes of the compiled
    generator. The roots of the eigenvalues are J's singular values, which M's own rounding would
    spoil; but they are as precise as J only, so that those below about 1e-7 of the largest are
    noise in a float32 G: a direction to which it does not react may show as a log condition number
    of 30 or more in the place of infinity. Where all are 0, it is NaN.

    Args:
      generator: `(z [n, z_dim]) -> [n, ...]`, or `(z, labels)`, in TensorFlow, treating each row by
        itself, as a G with moving or standing statistics does, and the same whenever it is called.
      z: [n, z_dim].
      labels: [n, ...], for a generator that takes them; None for one that does not.

    Returns:
      One entry for each row of z.

    Raises:
      ValueError: z is not [n, z_dim], labels or images have other rows.
    """
    z = tf.convert_to_tensor(z)
    if z.shape.rank != 2:
        raise ValueError(f"condition_numbers takes latents [n, z_dim], received {z.shape}.")
    given = () if labels is None else (tf.convert_to_tensor(labels),)
    if any(tensor.shape[0] != z.shape[0] for tensor in given):
        raise ValueError(
            f"condition_numbers needs one label for each of {z.shape[0]} latents, received "
            f"{given[0].shape[0]}."
        )

    def column(direction: tf.Tensor, latents: tf.Tensor, *given: tf.Tensor) -> tf.Tensor:
        with tf.autodiff.ForwardAccumulator(
            latents, tf.broadcast_to(direction, latents.shape)
        ) as accumulator:
            images = tf.convert_to_tensor(generator(latents, *given))
        if images.shape[0] != latents.shape[0]:
            raise ValueError(
                f"The generator made {images.shape[0]} images of {latents.shape[0]} latents."
            )
        tangents = accumulator.jvp(images, tf.UnconnectedGradients.ZERO)
        return tf.reshape(tangents, [latents.shape[0], -1])

    compiled = tf.function(column, autograph=False)
    eigenvalues = np.zeros(z.shape)
    metric_tensor = np.zeros([z.shape[1], z.shape[1]])
    for first in range(0, z.shape[0], _LATENTS_AT_A_TIME):
        rows = slice(first, first + _LATENTS_AT_A_TIME)
        inputs = [tensor[rows] for tensor in (z, *given)]
        columns = [compiled(direction, *inputs) for direction in tf.eye(z.shape[1], dtype=z.dtype)]
        jacobians = tf.stack(columns, axis=-1).numpy().astype(np.float64)
        values = np.linalg.svd(jacobians, compute_uv=False)
        eigenvalues[rows, : values.shape[1]] = values**2
        metric_tensor += np.tensordot(jacobians, jacobians, axes=((0, 1), (0, 1)))
    eigenvalues = np.sort(eigenvalues, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(eigenvalues)
        condition = logs[:, -1] - logs[:, 0]
    return Conditioning(condition, logs.sum(axis=1), eigenvalues, metric_tensor / z.shape[0])


@gin.register("jacobian_conditioning")
class JacobianConditioning(ModelMetric):
    """`condition_numbers` of G at latents of its prior, with classes as in training.

        log_condition_number         = mean over latents of log(λ_max(M) / λ_min(M))
        log_condition_number_std     = their standard deviation
        log_condition_number_of_mean = log(λ_max / λ_min) of the mean of M

    Infinite, and so not measurable, where G does not react to a direction at all, as where it has
    fewer pixels than latents.

    Args:
      num_samples: At how many latents; v3 took a batch.

    Raises:
      ValueError: It is no whole number from 1.
    """

    names = (
        "log_condition_number",
        "log_condition_number_std",
        "log_condition_number_of_mean",
    )

    def __init__(self, num_samples: int = 64):
        check_whole_number("jacobian_conditioning.num_samples", num_samples)
        self.num_fake = num_samples

    def measure(self, model: TrainedModel) -> dict[str, float]:
        """The three numbers.

        Raises:
          UnmeasurableError: G's images depend on the others of their batch, or do not react to
            some direction.
        """
        generator = model.generator
        if generator.bn_mode == "batch" and uses_batch_statistics(generator.network):
            raise UnmeasurableError(
                "jacobian_conditioning needs a G that treats each latent by itself, but "
                "eval.bn_mode = 'batch': choose another, or take it out of eval.metrics."
            )
        latents, labels = generator.draw(model.draws("jacobian"), self.num_fake)

        def generate(z: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
            return generator.generate(z, y)

        found = condition_numbers(generate, latents, labels)
        of_mean = np.linalg.eigvalsh(found.mean_metric_tensor)
        if of_mean[0] <= 0 or not np.isfinite(found.log_condition_number).all():
            values = math.prod(generator.network.image_shape)
            raise UnmeasurableError(
                "G does not react to some direction of its latents at all, so that its condition "
                f"number is infinite (images have {values} values, latents {generator.z_dim}): "
                "take jacobian_conditioning out of eval.metrics."
            )
        return {
            "log_condition_number": float(np.mean(found.log_condition_number)),
            "log_condition_number_std": float(np.std(found.log_condition_number)),
            "log_condition_number_of_mean": float(np.log(of_mean[-1]) - np.log(of_mean[0])),
        }
