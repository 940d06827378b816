# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a discriminator learns beside telling reals from fakes: the seam of auxiliary tasks."""

import abc
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from compare_gan.architectures.base import DiscriminatorNetwork
from compare_gan.architectures.parts import Parts
from compare_gan.randomness import Draws


def _as_they_are(images: tf.Tensor) -> tf.Tensor:
    return images


class Half(NamedTuple):
    """Images that go through D together: the reals of a batch, or the fakes.

    Attributes:
      images: [rows, height, width, channels] floats.
      labels: [rows, classes] one-hot, probabilities, or zeros where there is no label; None in an
        unconditional GAN.
      latents: Of fakes that G made: what it made them from, [rows, z_dim].
      generate: Of fakes: `(latents, labels) -> images`, G as it is in this update, without
        augmentation. It leaves G's moving averages alone. Only G's update is differentiated through
        it.
      augment: `images -> images`, what the half went through, row by row: `ModularGAN.augmentation`
        with the same draws.
      unaugmented: The images before that, as G made them or the data set has them; None where they
        are the same.
    """

    images: tf.Tensor
    labels: tf.Tensor | None
    latents: tf.Tensor | None = None
    generate: Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor] | None = None
    augment: Callable[[tf.Tensor], tf.Tensor] = _as_they_are
    unaugmented: tf.Tensor | None = None


class AddedRows(NamedTuple):
    """What D made of the rows that a task added to a half.

    Attributes:
      images: The images, [rows, height, width, channels].
      labels: Their labels, [rows, classes], or None.
      features: D's features of them, [rows, features]; None if D was not shown them.
      logits: D's logits of them with every task's `added_logits`, [rows, 1]; None likewise.
      unaugmented: The images before augmentation, where the task says what they were; else the
        images.
    """

    images: tf.Tensor
    labels: tf.Tensor | None
    features: tf.Tensor | None
    logits: tf.Tensor | None
    unaugmented: tf.Tensor


class Rows(NamedTuple):
    """What D made of one half of its batch, as one auxiliary task sees it.

    Attributes:
      images: The half's own images [rows, height, width, channels].
      labels: Their labels as they were given, [rows, classes], or None.
      completed_labels: The same after every task's `complete_labels`.
      features: D's features of them, [rows, features].
      logits: D's logits of them with every task's `added_logits`, [rows, 1].
      added: The rows that this task added, or None.
      unaugmented: The half's own images before augmentation.
    """

    images: tf.Tensor
    labels: tf.Tensor | None
    completed_labels: tf.Tensor | None
    features: tf.Tensor
    logits: tf.Tensor
    added: AddedRows | None
    unaugmented: tf.Tensor


class Terms(NamedTuple):
    """What a task adds to the loss of an update.

    Attributes:
      loss: A scalar, weights included.
      scalars: What is worth a curve, by names that no other curve of the update has.
    """

    loss: tf.Tensor
    scalars: Mapping[str, tf.Tensor] = {}


def apply_head(head: keras.layers.Layer, features: tf.Tensor) -> tf.Tensor:
    """A head's logits of features [rows, features], as precise as those: heads may compute in
    bfloat16, losses don't.
    """
    return tf.cast(head(features), features.dtype)


def is_labelled(labels: tf.Tensor) -> tf.Tensor:
    """Which label vectors [rows, classes] sum to more than 1/2, bool [rows]; others are unknown."""
    return tf.reduce_sum(labels, axis=1) > 0.5


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """−Σ_c labels_c log_softmax(logits)_c of each row: [rows]; 0 where the labels are zeros."""
    return -tf.reduce_sum(labels * tf.nn.log_softmax(logits), axis=1)


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
      replaces_gan_loss: Whether D and G learn from the auxiliary tasks alone. A `penalty.fn` of
        D's logits is refused then, or left out with a warning where the task comes with the GAN's
        class.
      replaces_projection: Whether it tells D the class in the place of a projection of labels.
      reads_logits: Whether its terms look at D's logits, which nothing trains where a task replaces
        the GAN's loss.
      reads_rotation: Whether it asks D by how much images were turned, which no augmentation may do
        before then.
      adds_to_discriminator_update: Which halves get this task's rows in D's update: "real", "fake".
        What is named here is in the batch of that update, whatever the loss.
      adds_to_generator_update: The same for G's update.
      judges_in_generator_update: Whether G's term looks at what D makes of the added rows. D is
        not shown them there otherwise, unless it has batch norm.
    """

    name: str
    replaces_gan_loss: bool = False
    replaces_projection: bool = False
    reads_logits: bool = False
    reads_rotation: bool = False
    adds_to_discriminator_update: Collection[str] = ()
    adds_to_generator_update: Collection[str] = ()
    judges_in_generator_update: bool = True

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

    def checkpointables(self) -> Mapping[str, Any]:
        """State beside the heads that belongs into a checkpoint, by name; none by default."""
        return {}

    def added_rows(self, half: Half, draws: Draws) -> Half | None:
        """The images that D sees in addition to a half, with their labels; None for none.

        The half is as D sees it, augmented; images that come from elsewhere, as those of
        `half.generate`, should go through `half.augment`. Draws of both halves come from one
        source: their names must differ unless the same numbers are wanted, and must start with the
        task's name.

        This replica's rows are given. Which images a task takes must be defined on the global
        batch, whose row i is on replica i mod replicas: the last n rows of it are the last
        n / replicas rows of each replica, and of these, where gradients are accumulated, the last
        n / (replicas · `compare_gan.layers.micro_batch_count()`) rows of each micro-batch.
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

    def assignments(
        self, real: Rows, fake: Rows | None
    ) -> Sequence[tuple[keras.Variable, tf.Tensor]]:
        """New values of the state after D's update; `fake` is None where it has no fakes.

        This replica's rows are given, and the mean of every replica's and micro-batch's value, a
        float, is assigned: see `compare_gan.augmentation.Augmentation.assignments`.
        """
        return ()
