# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a discriminator learns beside telling reals from fakes: the seam of auxiliary tasks."""

import abc
import math
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from compare_gan.architectures.base import DiscriminatorNetwork
from compare_gan.architectures.blocks import Parts


class Half(NamedTuple):
    """Images that go through D together: the reals of a batch, or the fakes.

    Attributes:
      images: [rows, height, width, channels] floats.
      labels: [rows, classes] one-hot, probabilities, or zeros where there is no label; None in an
        unconditional GAN.
    """

    images: tf.Tensor
    labels: tf.Tensor | None


class Rows(NamedTuple):
    """What D made of one half of its batch, as one auxiliary task sees it.

    Attributes:
      images: The half's own images [rows, height, width, channels].
      labels: Their labels as they were given, [rows, classes], or None.
      completed_labels: The same after every task's `complete_labels`.
      features: D's features of them, [rows, features].
      logits: D's logits of them with every task's `added_logits`, [rows, 1].
      added_features: D's features of the rows that this task added, or None.
    """

    images: tf.Tensor
    labels: tf.Tensor | None
    completed_labels: tf.Tensor | None
    features: tf.Tensor
    logits: tf.Tensor
    added_features: tf.Tensor | None


class Terms(NamedTuple):
    """What a task adds to the loss of an update.

    Attributes:
      loss: A scalar, weights included.
      scalars: What is worth a curve, by names that no other curve of the update has.
    """

    loss: tf.Tensor
    scalars: Mapping[str, tf.Tensor] = {}


def check_weight(setting: str, weight: float) -> float:
    """Returns the weight of a term if it can be one.

    Raises:
      ValueError: It is no number, negative or not finite.
    """
    if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
        raise ValueError(
            f"{setting} is the weight of a loss, a number that is not negative, received "
            f"{weight!r}; 0 leaves the loss out."
        )
    return weight


class HeadMaker:
    """Makes linear layers that obey D's spectral norm, initializer and precision.

    Args:
      discriminator: D.
      task: The name of the task that the heads are for, the first part of their names.
      features: The size of D's features, what heads see.
    """

    def __init__(self, discriminator: DiscriminatorNetwork, task: str, features: int):
        self._parts = Parts.of(discriminator)
        self._task = task
        self.features = features

    def __call__(self, name: str, inputs: int, units: int, **settings: Any) -> keras.layers.Layer:
        """A built linear layer; `settings` override D's."""
        return self._parts.linear(f"{self._task}_{name}", inputs, units, **settings)


class AuxiliaryTask(abc.ABC):
    """Images added to D's batch, heads on D's features, terms for the losses of D and G.

    One class in one file, registered with gin, is a new task: `ModularGAN.auxiliary_tasks =
    [@my_task()]`. D sees one joint batch in each update,

        [reals, rows added to the reals, fakes, rows added to the fakes],

    the added rows in the order of the tasks. Heads are trained with D. All methods but `build` are
    pure graph code.

    Attributes:
      name: What errors call the task, and the first part of its layers' names. Its heads in a
        checkpoint and its curves are named by `heads` and `Terms`.
      replaces_gan_loss: Whether D and G learn from the auxiliary tasks alone.
      adds_to_discriminator_update: Which halves get this task's rows in D's update: "real", "fake".
        What is named here is in the batch of that update, whatever the loss.
      adds_to_generator_update: The same for G's update.
    """

    name: str
    replaces_gan_loss: bool = False
    adds_to_discriminator_update: Collection[str] = ()
    adds_to_generator_update: Collection[str] = ()

    def build(  # noqa: B027 - some tasks have no heads
        self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int
    ) -> None:
        """Makes the heads; called once, when the GAN is put together.

        Args:
          make_head: Makes linear layers; `make_head.features` is the size of D's features.
          num_classes: Number of classes, 0 in an unconditional GAN.
          batch_size: Rows of a global batch.
          replicas: How many replicas share it.

        Raises:
          ValueError: The task does not fit the GAN.
        """

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        """The layers that are trained with D, by the names they have in a checkpoint."""
        return {}

    def added_rows(self, half: Half) -> Half | None:
        """The images that D sees in addition to a half, with their labels; None for none.

        This replica's rows are given. Which images a task takes must be defined on the global
        batch, whose row i is on replica i mod replicas: the last n rows of it are the last
        n / replicas rows of each replica.
        """
        return None

    def complete_labels(self, features: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor | None:
        """The labels under which D judges images, perhaps with guesses where there are none."""
        return labels

    def added_logits(self, features: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor | None:
        """What is added to D's logits, [rows, 1], given completed labels."""
        return None

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms | None:
        """The task's part of D's loss; `fake` is None where the update has no fakes."""
        return None

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms | None:
        """The task's part of G's loss; `real` is None where the update has no reals."""
        return None
