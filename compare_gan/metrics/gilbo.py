# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""GILBO: how much G's images tell about the latents that they were made from."""

import logging
import math
from collections.abc import Iterable, Iterator
from typing import Any

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.model_metric import ModelMetric, TrainedModel
from compare_gan.metrics.posteriors import Posterior, posterior_for

_log = logging.getLogger(__name__)

_BATCH = 64
_CONSISTENCY_BATCHES = 5  # as in v3
_STEPS_AT_A_TIME = 500


@gin.register("gilbo")
class GILBO(ModelMetric):
    """The generative information lower bound, in nats, under the name `gilbo`.

        GILBO = max over e of E[log e(z | x) − log p(z)] ≤ I(x; z),   z ~ p(z), x = G(z)

    e is an encoder trained for it on fresh fakes of a G that stays as it is: two convolutions and
    two dense layers, as in Compare GAN v3, that give a distribution of each latent (see
    `compare_gan.metrics.posteriors`). It tells how much there is to say about an image, not how
    good it is: near 0 images do not depend on the latents, and all variety is lost. I(x; z) itself
    may be infinite where G adds no noise, so that the bound is what e can read; a weaker or shorter
    trained e reads less, and values are comparable at equal settings only. What is reported was
    measured on latents that e was not trained on, so that it exceeds I(x; z) by chance at most.
    Alemi and Fischer, "GILBO: One Metric to Measure Them All", NeurIPS 2018,
    https://arxiv.org/abs/1802.04874.

    With classes, x = G(z, y) with y as in training, which e is not told. Latents must be uniform,
    normal or truncated normal, for p(z) to be known.

    `gilbo_train_consistency`, `gilbo_eval_consistency` and `gilbo_self_consistency` tell whether G
    makes something again of what e saw in training images, in those of the evaluation split, and
    in fakes: the mean over 320 images of (KL(p ‖ q) + KL(q ‖ p)) / 2 in nats, p = e(· | x) and
    q = e(· | G(z')), z' ~ p, with x's class. 0 is the best.

    Args:
      training_steps: Of e, each on 64 fresh fakes. v3 went on until nothing was gained, through 1
        to 50 cycles of 10,000.
      learning_rate: Adam's, at the start; it falls to 0 along half a cosine.
      channels: Of e's first convolution; the second has twice, the hidden layer 16 times as many.
      num_samples: Fakes over which the trained e is averaged.

    Raises:
      ValueError: A number is out of its range.
    """

    names = (
        "gilbo",
        "gilbo_train_consistency",
        "gilbo_eval_consistency",
        "gilbo_self_consistency",
    )
    num_real = _CONSISTENCY_BATCHES * _BATCH

    def __init__(
        self,
        training_steps: int = 10_000,
        learning_rate: float = 4e-4,
        channels: int = 64,
        num_samples: int = 10_000,
    ):
        check_whole_number("gilbo.training_steps", training_steps)
        check_whole_number("gilbo.channels", channels)
        check_whole_number("gilbo.num_samples", num_samples)
        check_number("gilbo.learning_rate", learning_rate, "(0, inf)")
        self._training_steps = training_steps
        self._learning_rate = learning_rate
        self._channels = channels
        self.num_fake = num_samples

    def measure(self, model: TrainedModel) -> dict[str, float]:
        """The bound and the three consistencies.

        Raises:
          UnmeasurableError: The latents' density is not known, or the encoder has diverged.
        """
        posterior = posterior_for(model.generator.prior)
        encoder = _train(
            model,
            posterior,
            _encoder(self._channels, model.generator.z_dim),
            self._training_steps,
            self._learning_rate,
        )
        reader = _Reader(model, posterior, encoder)
        information = reader.information(self.num_fake)
        if not math.isfinite(information):
            raise UnmeasurableError(
                "GILBO's encoder has diverged: lower gilbo.learning_rate, which is "
                f"{self._learning_rate}."
            )
        train = model.real_batches(model.dataset.train_split, self.num_real, _BATCH)
        held_out = model.real_batches(model.split, self.num_real, _BATCH)
        return {
            "gilbo": information,
            "gilbo_train_consistency": reader.consistency(train),
            "gilbo_eval_consistency": reader.consistency(held_out),
            "gilbo_self_consistency": reader.consistency(reader.fakes(_CONSISTENCY_BATCHES)),
        }


class _Reader:
    """A trained encoder at work.

    Args:
      model: With G.
      posterior: What the encoder's output means.
      encoder: Images to [batch, 2 · z_dim].
    """

    def __init__(self, model: TrainedModel, posterior: Posterior, encoder: keras.Model):
        self._model = model
        self._posterior = posterior
        self._encode = tf.function(encoder, autograph=False)
        self._generate = tf.function(model.generator.generate, autograph=False)
        self._drawn = tf.function(self._draw, autograph=False)
        self._rng = np.random.default_rng(model.seed)

    def _draw(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        return self._model.generator.draw(self._model.draws("gilbo", index), _BATCH)

    def _parameters(self, images: tf.Tensor) -> tf.Tensor:
        """What the encoder says, float64: densities are small differences of large numbers."""
        return tf.cast(self._encode(images), tf.float64)

    def information(self, n: int) -> float:
        """The mean of log e(z | x) − log p(z) over n new fakes."""
        found = []
        for index in range(-(-n // _BATCH)):
            latents, labels = self._drawn(tf.constant(index, tf.int64))
            parameters = self._parameters(self._generate(latents, labels))
            latents = tf.cast(latents, tf.float64)
            found.append(_information(self._posterior, parameters, latents).numpy())
        return float(np.mean(np.concatenate(found)[:n]))

    def fakes(self, batches: int) -> Iterator[tuple[tf.Tensor, tf.Tensor | None]]:
        """Batches of fakes, with one-hot labels or None."""
        for index in range(batches):
            latents, labels = self._drawn(tf.constant(index, tf.int64))
            yield self._generate(latents, labels), labels

    def consistency(self, batches: Iterable[tuple[tf.Tensor, tf.Tensor | None]]) -> float:
        """The mean symmetric divergence of e(· | x) and e(· | G(z')), z' ~ e(· | x).

        Args:
          batches: Images x and one-hot labels, or None without classes. Where a row is all zeros,
            the class is drawn as in training.
        """
        found = []
        for index, (images, labels) in enumerate(batches):
            before = self._parameters(tf.constant(images))
            if labels is not None:
                _, drawn = self._drawn(tf.constant(index, tf.int64))
                known = tf.reduce_any(labels != 0, axis=1, keepdims=True)
                labels = tf.where(known, labels, drawn[: len(labels)])
            latents = self._posterior.sample(before.numpy(), self._rng)
            after = self._parameters(self._generate(tf.constant(latents), labels))
            found.append(self._posterior.symmetric_divergence(before, after).numpy())
        return float(np.mean(np.concatenate(found)))


def _train(
    model: TrainedModel,
    posterior: Posterior,
    encoder: keras.Model,
    steps: int,
    learning_rate: float,
) -> keras.Model:
    """Trains the encoder on fresh fakes, and returns it."""
    generator = model.generator
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps))
    encoder.build([_BATCH, *generator.network.image_shape])
    optimizer.build(encoder.trainable_variables)

    def step(index: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        latents, labels = generator.draw(model.draws("gilbo_training", index), _BATCH)
        images = generator.generate(latents, labels)
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(_information(posterior, encoder(images), latents))
        gradients = tape.gradient(loss, encoder.trainable_variables)
        optimizer.apply(gradients, encoder.trainable_variables)
        return index + 1, total - loss

    def several(first: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        _, total = tf.while_loop(lambda index, _: index < end, step, [first, tf.constant(0.0)])
        return total / tf.cast(end - first, tf.float32)

    compiled = tf.function(several, autograph=False)
    for first in range(0, steps, _STEPS_AT_A_TIME):
        end = min(first + _STEPS_AT_A_TIME, steps)
        bound = compiled(tf.constant(first, tf.int64), tf.constant(end, tf.int64))
        _log.info("GILBO's encoder, step %d of %d: %.3f nats.", end, steps, float(bound))
    return encoder


def _information(posterior: Posterior, parameters: tf.Tensor, latents: tf.Tensor) -> tf.Tensor:
    """log e(z | x) − log p(z), [batch]."""
    return posterior.log_density(parameters, latents) - posterior.prior_log_density(latents)


def _encoder(channels: int, z_dim: int) -> keras.Model:
    """v3's encoder, but padded, so that small images do; its start is always the same."""

    def settings(seed: int) -> dict[str, Any]:
        return {"kernel_initializer": keras.initializers.GlorotUniform(seed), "dtype": "float32"}

    return keras.Sequential(
        [
            keras.layers.Conv2D(channels, 4, 2, "same", activation=_leaky, **settings(0)),
            keras.layers.Conv2D(2 * channels, 4, 2, "same", activation=_leaky, **settings(1)),
            keras.layers.Flatten(dtype="float32"),
            keras.layers.Dense(16 * channels, activation=_leaky, **settings(2)),
            keras.layers.Dense(2 * z_dim, **settings(3)),
        ]
    )


def _leaky(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.leaky_relu(x, 0.2)
