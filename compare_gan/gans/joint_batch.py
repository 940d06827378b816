# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""D with its auxiliary tasks: one pass over the joint batch of reals, fakes and added images, or
one over each half.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from compare_gan.architectures import DiscriminatorOutput
from compare_gan.gans.auxiliary import AddedRows, AuxiliaryTask, Half, HeadMaker, Rows
from compare_gan.gans.auxiliary.combination import check_combination
from compare_gan.layers import advance_spectral_norms
from compare_gan.normalizers import uses_batch_statistics
from compare_gan.randomness import Draws

_HALVES = ("real", "fake")

# Some rows of the joint batch: a half and the number of the task that added them to it, since a
# task need not be hashable; None is the half itself.
_Place = tuple[str, int | None]


class Judged(NamedTuple):
    """One half of D's batch after the pass.

    Attributes:
      logits: D's logits of the half's own images, [rows, 1].
      labels: Their labels, completed by the tasks, [rows, classes] or None.
      views: What each task sees of the half, in the order of the tasks.
    """

    logits: tf.Tensor
    labels: tf.Tensor | None
    views: Sequence[Rows]


class JudgingDiscriminator:
    """D, the heads of its auxiliary tasks, and how one pass serves all of them.

    Args:
      discriminator: D.
      tasks: The auxiliary tasks; their heads are made here.
      num_classes: Number of classes, 0 in an unconditional GAN.
      batch_size: Rows of a global batch.
      split_calls: Whether D is called for each half by itself, with the rows added to it, so that
        the statistics of its batch norm are of that half alone.

    Raises:
      ValueError: A task does not fit, or adds rows to what is no half.
    """

    def __init__(
        self,
        discriminator: keras.Model,
        tasks: Sequence[AuxiliaryTask],
        num_classes: int,
        batch_size: int,
        split_calls: bool = False,
    ):
        self._discriminator = discriminator
        self._tasks = tasks
        self._split_calls = split_calls
        self._uses_batch_statistics = uses_batch_statistics(discriminator)
        self.heads: dict[str, keras.layers.Layer] = {}
        features = _feature_size(discriminator) if tasks else 0
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        for task in tasks:
            _check_halves(task)
            maker = HeadMaker(discriminator, f"discriminator_{task.name}", features)
            task.build(maker, num_classes, batch_size, replicas)
            self.heads |= task.heads
        check_combination(tasks, discriminator)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """D's and its heads'."""
        heads = [v for head in self.heads.values() for v in head.trainable_variables]
        return [*self._discriminator.trainable_variables, *heads]

    def advance_spectral_norms(self) -> None:
        """One power iteration for D and its heads."""
        for network in (self._discriminator, *self.heads.values()):
            advance_spectral_norms(network)

    def judge(self, update: str, halves: Mapping[str, Half], draws: Draws) -> dict[str, Judged]:
        """Sends the halves, with the rows that the tasks add, through D, in one pass or two.

        Args:
          update: "discriminator" or "generator": whose turn it is.
          halves: "real" and "fake", in this order, or one alone.
          draws: Where the tasks' randomness comes from.

        Raises:
          ValueError: A task adds rows without labels in a conditional GAN.
        """
        # The joint batch: each half followed by the rows added to it.
        parts: dict[_Place, Half] = {}
        unseen: dict[_Place, Half] = {}  # rows that D is not shown
        for name, half in halves.items():
            parts[name, None] = half
            for index, task in enumerate(self._tasks):
                shown = self._is_shown(task, update, name)
                added = task.added_rows(half, draws) if shown else None
                if added is not None:
                    _check_labels(task, added, half)
                    seen = update == "discriminator" or task.judges_in_generator_update
                    where = parts if seen or self._uses_batch_statistics else unseen
                    where[name, index] = added
        passes = [[name] for name in halves] if self._split_calls else [list(halves)]
        logits: dict[_Place, tf.Tensor] = {}
        features: dict[_Place, tf.Tensor] = {}
        for names in passes:
            self._pass({p: rows for p, rows in parts.items() if p[0] in names}, logits, features)

        # What belongs to whom.
        if not self._tasks:
            return {
                name: Judged(logits[name, None], half.labels, ()) for name, half in halves.items()
            }
        judged = {}
        for name, half in halves.items():
            own = features[name, None]
            completed, half_logits = self._with_tasks(own, half.labels, logits[name, None])
            views = []
            for index in range(len(self._tasks)):
                place, added = (name, index), None
                rows = parts.get(place, unseen.get(place))
                if rows is not None:
                    its_features, its_logits = features.get(place), None
                    if its_features is not None:
                        # Where no task looks at these logits, nothing of them is computed.
                        _, its_logits = self._with_tasks(its_features, rows.labels, logits[place])
                    added = AddedRows(
                        rows.images,
                        rows.labels,
                        its_features,
                        its_logits,
                        _before_augmentation(rows),
                    )
                views.append(
                    Rows(
                        half.images,
                        half.labels,
                        completed,
                        own,
                        half_logits,
                        added,
                        _before_augmentation(half),
                    )
                )
            judged[name] = Judged(half_logits, completed, views)
        return judged

    def __call__(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> DiscriminatorOutput:
        """D as a regularizer calls it: in training mode, with the logits of its tasks, leaving its
        moving averages alone.
        """
        output: DiscriminatorOutput = self._discriminator(images, labels, training=True)
        if not self._tasks:
            return output
        _, logits = self._with_tasks(_flat(output.features), labels, output.logits)
        return DiscriminatorOutput(tf.sigmoid(logits), logits, output.features)

    def _pass(
        self,
        parts: Mapping[_Place, Half],
        logits: dict[_Place, tf.Tensor],
        features: dict[_Place, tf.Tensor],
    ) -> None:
        """Calls D once; adds to `logits` and `features` what it makes of each part."""
        images = tf.concat([part.images for part in parts.values()], axis=0)
        labels = [part.labels for part in parts.values()]
        labels = None if labels[0] is None else tf.concat(labels, axis=0)
        output: DiscriminatorOutput = self._discriminator(images, labels, training=True)
        sizes = [part.images.shape[0] for part in parts.values()]
        logits.update(zip(parts, tf.split(output.logits, sizes), strict=True))
        features.update(zip(parts, tf.split(_flat(output.features), sizes), strict=True))

    def _is_shown(self, task: AuxiliaryTask, update: str, half: str) -> bool:
        """Whether a task's rows of a half are in D's batch.

        In a D with batch norm they always are: its statistics must be of the same kind of batch in
        both updates. Otherwise rows that no loss looks at would cost time alone.
        """
        if update == "discriminator":
            wanted, other = task.adds_to_discriminator_update, task.adds_to_generator_update
        else:
            wanted, other = task.adds_to_generator_update, task.adds_to_discriminator_update
        return half in wanted or (self._uses_batch_statistics and half in other)

    def _with_tasks(
        self, features: tf.Tensor, labels: tf.Tensor | None, logits: tf.Tensor
    ) -> tuple[tf.Tensor | None, tf.Tensor]:
        """Completed labels, and logits with what the tasks add."""
        for task in self._tasks:
            labels = task.complete_labels(features, labels)
        for task in self._tasks:
            added = task.added_logits(features, labels)
            logits = logits if added is None else logits + added
        return labels, logits


def _before_augmentation(half: Half) -> tf.Tensor:
    return half.images if half.unaugmented is None else half.unaugmented


def _check_halves(task: AuxiliaryTask) -> None:
    for attribute in ("adds_to_discriminator_update", "adds_to_generator_update"):
        halves = getattr(task, attribute)
        if not isinstance(halves, Collection) or not set(halves) <= set(_HALVES):
            raise ValueError(
                f"The auxiliary task {task.name!r} has {attribute} = {halves!r}; it must be a "
                "tuple that holds 'real', 'fake', both or neither, e.g. ('real',)."
            )


def _check_labels(task: AuxiliaryTask, added: Half, half: Half) -> None:
    if added.labels is None and half.labels is not None:
        raise ValueError(
            f"The auxiliary task {task.name!r} adds images without labels to the batch of a "
            "conditional GAN; its added_rows must return Half(images, labels) with labels [rows, "
            "classes], zeros where there is none."
        )


def _flat(features: tf.Tensor) -> tf.Tensor:
    """Features as vectors: maps are flattened."""
    return tf.reshape(features, [features.shape[0], -1])


def _feature_size(discriminator: keras.Model) -> int:
    """The length of D's flattened features, found without computing any."""
    spec: Any = tf.TensorSpec([1, *discriminator.image_shape], tf.float32)
    labels = discriminator.num_classes
    labels_spec = tf.TensorSpec([1, labels], tf.float32) if labels else None

    def features(images: tf.Tensor, given: tf.Tensor | None) -> tf.Tensor:
        return _flat(discriminator(images, given).features)

    function = tf.function(features, autograph=False)
    return function.get_concrete_function(spec, labels_spec).structured_outputs.shape[1]
