# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The fakes that an update sees: from latents and labels of its own, drawn anew."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from compare_gan.gans.auxiliary import Half
from compare_gan.gans.latents import LatentPrior
from compare_gan.normalizers import collect_updates
from compare_gan.randomness import Draws
from compare_gan.training.task import Batch


class Fakes:
    """Makes fake images and their one-hot labels, by G in training mode.

    Args:
      generator: G.
      prior: What latents are drawn from.
      z_dim: Their size.
      label_frequencies: How likely each class is, [classes]; empty in an unconditional GAN.
    """

    def __init__(
        self,
        generator: keras.Model,
        prior: LatentPrior,
        z_dim: int,
        label_frequencies: tf.Variable,
    ):
        self._generator = generator
        self._prior = prior
        self._z_dim = z_dim
        self._label_frequencies = label_frequencies

    def __call__(self, batch: Batch, draws: Draws) -> Half:
        """As many fakes as the batch has reals; those of `of_all_repetitions`, if it holds them."""
        if "fake_images" in batch:
            images, latents = batch["fake_images"], batch["fake_latents"]
            labels = batch.get("fake_labels")
        else:
            latents, labels = self._drawn(draws, batch["images"].shape[0])
            images = self._generator(latents, labels, training=True)
        return Half(images, labels, latents, self._generate)

    def of_all_repetitions(self, batches: Batch, draws: Sequence[Draws]) -> Batch:
        """The fakes of all repetitions of an update, from one pass of G over all their latents.

        They are what `__call__` would make one after the other, but that a G with batch norm
        normalizes them by the statistics of all of them. See `Update.once`.
        """
        rows = batches["images"].shape[1]
        drawn = [self._drawn(one, rows) for one in draws]
        latents = tf.concat([latents for latents, _ in drawn], axis=0)
        labels = None
        if self._is_conditional:
            labels = tf.concat([labels for _, labels in drawn], axis=0)
        images = self._generator(latents, labels, training=True)
        made = {"fake_images": images, "fake_latents": latents, "fake_labels": labels}
        return {
            name: tf.reshape(values, [len(draws), rows, *values.shape[1:]])
            for name, values in made.items()
            if values is not None
        }

    @property
    def _is_conditional(self) -> bool:
        return bool(self._label_frequencies.shape[0])

    def _drawn(self, draws: Draws, rows: int) -> tuple[tf.Tensor, tf.Tensor | None]:
        latents = self._prior.sample(draws, "latents", rows, self._z_dim)
        if not self._is_conditional:
            return latents, None
        classes = draws.categorical("labels", self._label_frequencies, rows)
        return latents, tf.one_hot(classes, self._label_frequencies.shape[0])

    def _generate(self, latents: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        with collect_updates():  # and drop them
            return self._generator(latents, labels, training=True)
