# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A classifier that learns from few labels and many images."""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan.augmentation.views import strong_view
from compare_gan.data import to_unit_floats
from compare_gan.label_inference.losses import (
    class_alignment,
    consistency_loss,
    known_label_accuracy,
    known_label_loss,
    mean_prediction,
    weight_decay,
)
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.optimization import StageSettings, View
from compare_gan.label_inference.stages import restore_stage
from compare_gan.normalizers import collect_updates
from compare_gan.randomness import Draws
from compare_gan.self_supervision import (
    NUM_ROTATIONS,
    rotate_images,
    rotation_accuracy,
    rotation_labels,
    rotation_loss,
)
from compare_gan.training.ema import ExponentialMovingAverage
from compare_gan.training.task import Batch, Gradients, Task, Update, gradients_of, watch

_log = logging.getLogger(__name__)

# Of the names that the averaged encoder and heads have in a checkpoint.
AVERAGE_PREFIX = "average_"


@gin.configurable("classifier")
@dataclasses.dataclass(frozen=True)
class ClassifierSettings(StageSettings):
    """How the classifier is trained: `StageSettings`, and the terms of its loss.

    Attributes:
      labelled_batch_size: How many labelled images a step sees, beside `batch_size` of all images.
      label_weight: γ, the weight of the cross-entropy on known labels; above 0, unless the
        consistency term trains the class head.
      class_from_rotations: Whether known labels are also learned from all rotated copies of their
        images, as S4L and S3GAN do. Right for photographs; wrong where rotation changes the class,
        as of digits, among which a rotated 6 is a 9.
      rotation_weight: Weight of the rotation loss on labelled and other images; 0 for none. It
        trains the encoder, so it must be 0 where that is not trained.
      consistency_weight: Weight of FixMatch's term on the images without a label; 0 for none.
      consistency_threshold: How probable a prediction must be to become a target.
      align_classes: Whether the consistency term's targets follow the class frequencies of the
        known labels; see `class_alignment`.
      strong_view: What images go through that must agree with those targets.
      train_encoder: Whether the encoder is trained too; otherwise only linear layers on its
        features are, and it is run as in inference.
      ema_decay: Predictions are made with an exponential moving average of the weights, whose decay
        grows to this; 0 for the plain ones.
      ema_start_step: The step from which weights are averaged; until then the average is the plain
        weights.
    """

    labelled_batch_size: int = 64
    label_weight: float = 1.0
    class_from_rotations: bool = False
    rotation_weight: float = 1.0
    consistency_weight: float = 0.0
    consistency_threshold: float = 0.95
    align_classes: bool = False
    strong_view: View = strong_view
    train_encoder: bool = True
    ema_decay: float = 0.999
    ema_start_step: int = 0

    gin_name: ClassVar[str] = "classifier"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_count("labelled_batch_size", 1)
        for name in ("label_weight", "rotation_weight", "consistency_weight"):
            self.check(name)
        self.check("consistency_threshold", "[0, 1]")
        self.check("ema_decay", "[0, 1)")
        self.check_count("ema_start_step", 0)
        self.check_reference("strong_view")
        for name in ("class_from_rotations", "align_classes", "train_encoder"):
            self.check_flag(name)
        if not self.label_weight and not self.consistency_weight:
            raise ValueError(
                "classifier.label_weight = 0 leaves nothing to learn the classes from, since "
                "classifier.consistency_weight is 0 too: set one of them above 0."
            )
        if self.align_classes and not self.consistency_weight:
            raise ValueError(
                "classifier.align_classes = True changes the targets of the consistency term, but "
                "classifier.consistency_weight is 0: set that above 0, or align_classes = False."
            )
        if self.rotation_weight and not self.train_encoder:
            raise ValueError(
                "classifier.train_encoder = False leaves the encoder as it is, so that "
                f"classifier.rotation_weight = {self.rotation_weight} would train a rotation head "
                "that nobody uses: set classifier.rotation_weight = 0."
            )

    def batch_sizes(self) -> tuple[str, ...]:
        labelled = ("labelled_batch_size",)
        return (*labelled, "batch_size") if self.uses_all_images else labelled

    def views_used(self) -> tuple[str, ...]:
        return ("view", "strong_view") if self.consistency_weight else ("view",)

    def rotates(self) -> bool:
        return bool(self.rotation_weight or self.class_from_rotations)

    @property
    def uses_all_images(self) -> bool:
        """Whether any term sees images beside the labelled ones."""
        return bool(self.rotation_weight or self.consistency_weight)


class JointBatch(NamedTuple):
    """What goes through the network in one pass, so that batch norm sees all of it together.

    Attributes:
      images: All rows: the labelled images, upright and then perhaps rotated by 90, 180 and 270
        degrees; the other images alike; their strong views.
      labelled: How many labelled images there are.
      labelled_turns: 4 with rotated copies of them, else 1.
      others: How many other images.
      other_turns: 4 with rotated copies of them, else 1.
    """

    images: tf.Tensor
    labelled: int
    labelled_turns: int
    others: int
    other_turns: int

    def split(self, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The rows of the labelled images, of the other images, and of the strong views."""
        first = self.labelled_turns * self.labelled
        second = first + self.other_turns * self.others
        return logits[:first], logits[first:second], logits[second:]


class Pretrained(NamedTuple):
    """A pre-training that is done.

    Attributes:
      folder: Its folder.
      step: Its last step, whose checkpoint counts.
    """

    folder: Path
    step: int


class SemiSupervisedClassifier(Task):
    """Trains an encoder with a class head, and a rotation head where that loss has a weight.

        loss = γ · CE(labelled)                              known labels
             + w_R · rotation loss(labelled and others)      (Zhai et al., "S4L", ICCV 2019,
                                                             https://arxiv.org/abs/1905.03670)
             + w_C · consistency(others without a label)     (Sohn et al., "FixMatch", 2020)
             + weight_decay · Σ ½ ‖kernel‖²

    A batch holds "labelled_images" with their "labelled_labels" and, where a term uses them,
    "images" drawn from all training images with "labels", −1 where unknown. An image among those
    whose label happens to be known is left out of the consistency term. The labelled images and
    the others pass one weak view, from which the rotated copies are made.

    Args:
      encoder: What is trained; see `EncoderWithHeads`.
      average_encoder: A second one of the same build, for the averaged weights.
      num_classes: The number of classes.
      settings: The terms, their weights, and how to train.
      start_from: The pre-training whose encoder this one starts from, if any.
      class_frequencies: How frequent each class is among the known labels; None for equally.
    """

    def __init__(
        self,
        encoder: keras.Model,
        average_encoder: keras.Model,
        num_classes: int,
        settings: ClassifierSettings,
        start_from: Pretrained | None = None,
        class_frequencies: Sequence[float] | np.ndarray | None = None,
    ):
        heads = {"class": num_classes}
        if settings.rotation_weight:
            heads["rotation"] = NUM_ROTATIONS
        self.network = EncoderWithHeads(encoder, heads)
        self.average_network = EncoderWithHeads(average_encoder, heads)
        self.settings = settings
        self._start_from = start_from
        if class_frequencies is None:
            class_frequencies = np.full([num_classes], 1.0 / num_classes)
        self._frequencies = np.asarray(class_frequencies, np.float32)
        self._predicted = tf.Variable(
            self._frequencies, trainable=False, name="predicted_class_frequencies",
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )  # fmt: skip
        self._average = ExponentialMovingAverage(
            self.network,
            self.average_network,
            settings.ema_decay,
            settings.ema_start_step,
            warm_up=True,
        )
        trained = [self.network] if settings.train_encoder else self.network.heads
        self._variables = [variable for part in trained for variable in part.trainable_variables]
        self._updates = (
            Update(
                name="classifier",
                variables=self._variables,
                optimizer=settings.build_optimizer(),
                gradients=self._gradients,
                finish=self._average.assignments,
            ),
        )

    @property
    def updates(self) -> Sequence[Update]:
        return self._updates

    def checkpointables(self) -> dict[str, Any]:
        average = self.average_network.parts().items()
        return {
            **self.network.parts(),
            **{f"{AVERAGE_PREFIX}{name}": part for name, part in average},
            "predicted_class_frequencies": self._predicted,
        }

    def initialize(self) -> None:
        """Takes the encoder's weights from the pre-training, if there was one.

        Raises:
          CheckpointError: Its last checkpoint is missing, damaged, or of another encoder.
        """
        if self._start_from is None:
            return
        restore_stage(*self._start_from, {"encoder": self.network.encoder})
        self._average.restart()
        _log.info("Starting from the encoder of step %d in %s.", *reversed(self._start_from))

    def _joint_batch(self, batch: Batch, draws: Draws) -> JointBatch:
        """Views of the batch's images, all that one pass needs."""
        settings = self.settings
        labelled = to_unit_floats(batch["labelled_images"])
        labelled_turns = NUM_ROTATIONS if settings.rotates() else 1
        other_turns = NUM_ROTATIONS if settings.rotation_weight else 1  # no other term has any
        labelled_view = settings.view(labelled, draws, "labelled_view")
        rows = [rotate_images(labelled_view, range(labelled_turns))]
        others = 0
        if settings.uses_all_images:
            images = to_unit_floats(batch["images"])
            others = images.shape[0]
            view = settings.view(images, draws, "view")
            rows.append(rotate_images(view, range(other_turns)))
        if settings.consistency_weight:
            rows.append(settings.strong_view(images, draws, "strong_view"))
        rows = tf.concat(rows, axis=0)
        return JointBatch(rows, labelled.shape[0], labelled_turns, others, other_turns)

    def _terms(
        self, batch: Batch, joint: JointBatch, logits: dict[str, tf.Tensor]
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The loss without weight decay, and its terms, from the logits of the joint batch."""
        settings = self.settings
        labelled, others, strong = joint.split(logits["class"])
        turns = joint.labelled_turns if settings.class_from_rotations else 1
        labels = tf.tile(batch["labelled_labels"], [turns])
        known = labelled[: turns * joint.labelled]
        terms = {"label_loss": known_label_loss(known, labels)}
        total = settings.label_weight * terms["label_loss"]
        terms["label_accuracy"] = known_label_accuracy(known, labels)
        if settings.rotation_weight:
            rows = tf.concat(joint.split(logits["rotation"])[:2], axis=0)
            rotations = tf.concat(
                [rotation_labels(joint.labelled), rotation_labels(joint.others)], axis=0
            )
            terms["rotation_loss"] = rotation_loss(rows, rotations)
            terms["rotation_accuracy"] = rotation_accuracy(rows, rotations)
            total += settings.rotation_weight * terms["rotation_loss"]
        if settings.consistency_weight:
            alignment = None
            if settings.align_classes:
                alignment = class_alignment(self._frequencies, self._predicted)
            terms["consistency_loss"], terms["confident"] = consistency_loss(
                others[: joint.others],
                strong,
                batch["labels"] < 0,
                settings.consistency_threshold,
                alignment,
            )
            total += settings.consistency_weight * terms["consistency_loss"]
        return total, terms

    def _gradients(self, batch: Batch, draws: Draws) -> Gradients:
        joint = self._joint_batch(batch, draws)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = watch(tape, self._variables)
            with collect_updates() as moved:
                logits = self.network(joint.images, training=self.settings.train_encoder)
            loss, terms = self._terms(batch, joint, logits)
            terms["weight_decay"] = self.settings.weight_decay * weight_decay(self._variables)
            total = loss + terms["weight_decay"]
        if self.settings.consistency_weight:
            others = joint.split(logits["class"])[1][: joint.others]
            predicted = mean_prediction(others, batch["labels"] < 0, self._predicted)
            moved = [*moved, (self._predicted, predicted)]
        return Gradients(gradients_of(total, variables, tape), {**terms, "loss": total}, moved)
