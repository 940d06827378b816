# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What D sees of images that are augmented, and what a penalty sees of D."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import keras
import tensorflow as tf

from compare_gan.architectures import DiscriminatorOutput
from compare_gan.augmentation import Augmentation
from compare_gan.gans.auxiliary import Half
from compare_gan.gans.joint_batch import JudgingDiscriminator
from compare_gan.randomness import Draws
from compare_gan.regularizers.base import Discriminator


class AugmentedDiscriminator(NamedTuple):
    """D of augmented images, as a function of the images themselves.

    Attributes:
      judge: D.
      augment: `images -> images`.
    """

    judge: JudgingDiscriminator
    augment: Callable[[tf.Tensor], tf.Tensor]

    def __call__(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> DiscriminatorOutput:
        return self.judge(self.augment(images), labels)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """D's and its heads'."""
        return self.judge.trainable_variables


def augmented_halves(
    augmentation: Augmentation | None, halves: Mapping[str, Half], draws: Draws
) -> dict[str, Half]:
    """The halves of D's batch as D sees them, each with draws of its own."""
    if augmentation is None:
        return dict(halves)
    return {name: _augmented(augmentation, name, half, draws) for name, half in halves.items()}


def _augmented(augmentation: Augmentation, name: str, half: Half, draws: Draws) -> Half:
    def augment(images: tf.Tensor) -> tf.Tensor:
        return augmentation(images, draws, f"augment_{name}")

    return half._replace(images=augment(half.images), augment=augment, unaugmented=half.images)


def penalized_discriminator(
    judge: JudgingDiscriminator, augmentation: Augmentation | None, draws: Draws
) -> Discriminator:
    """D as a function of images before their augmentation, by which penalties differentiate it.

    So Karras, Aittala, Hellsten, Laine, Lehtinen, Aila, "Training Generative Adversarial Networks
    with Limited Data", NeurIPS 2020, https://arxiv.org/abs/2006.06676, have it. It draws
    augmentations of its own.
    """
    if augmentation is None:
        return judge
    return AugmentedDiscriminator(
        judge, lambda images: augmentation(images, draws, "augment_penalized")
    )
