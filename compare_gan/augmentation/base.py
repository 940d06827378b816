# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a discriminator's input goes through: the seam of augmentations."""

import abc
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from compare_gan.randomness import Draws


class Augmentation(abc.ABC):
    """Changes real and fake images alike before D sees them, in D's and in G's update.

    One class in one file, registered with gin, is a new augmentation: `ModularGAN.augmentation =
    @my_augmentation()`.

    Attributes:
      reads_logits: Whether its state follows D's logits of the reals. They then have to be trained,
        by a loss that gives 0 a meaning: see `compare_gan.losses.decides_at_zero`.
      turns_images: Whether it may turn images, so that no auxiliary task can ask D by how much they
        were turned.
    """

    reads_logits: bool = False
    turns_images: bool = False

    @abc.abstractmethod
    def __call__(self, images: tf.Tensor, draws: Draws, name: str) -> tf.Tensor:
        """Augments a batch, in graph code that is differentiable in the images, twice.

        Args:
          images: [batch, height, width, channels] floats in [0, 1].
          draws: Where randomness comes from.
          name: Keys the draws of this call: reals and fakes get their own.

        Returns:
          Images of the same shape and type.
        """

    def checkpointables(self) -> dict[str, Any]:
        """State that belongs into a checkpoint, by name; none by default."""
        return {}

    def assignments(self, real_logits: tf.Tensor) -> Sequence[tuple[keras.Variable, tf.Tensor]]:
        """New values of the state after D's update, given D's logits of the reals [batch, 1].

        This replica's logits are given, and the mean of every replica's value, a float (and of
        every micro-batch's, where gradients are accumulated), is what is assigned, so that the
        state stays the same on all of them. Where that is not the value for the global batch, as
        with the sign of a mean, take `compare_gan.layers.mean_over_replicas` of the mean first,
        which refuses micro-batches. Several replicas can assign a variable that was made with
        `aggregation="only_first_replica"` alone.
        """
        return ()

    def curves(self) -> Mapping[str, tf.Tensor]:
        """Scalars of the state that D's update shows as curves, by name; none by default."""
        return {}
