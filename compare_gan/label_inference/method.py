# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every method of label inference has, and what it works with."""

import abc
import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan.architectures.resnet_encoder import SmallResNet
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.data import Dataset, FewLabels, LabelSource, ids_digest, labels_digest
from compare_gan.label_inference.data import InferenceData
from compare_gan.label_inference.descriptions import describe
from compare_gan.label_inference.features import FeatureFile
from compare_gan.label_inference.stages import Stage
from compare_gan.label_inference.views import PredictionViews
from compare_gan.training import LoopSettings, Task, workers_of
from compare_gan.training.precision import FLOAT32


class InferredLabels(NamedTuple):
    """What a method gives each image, in the order of an evaluation.

    Attributes:
      hard: int32 [images of the training split].
      probabilities: float32 [images of the training split, classes], where there are any.
      test: The hard labels of the evaluation split, where it can be labelled too.
      facts: What else the method wants to write down, plain values.
    """

    hard: np.ndarray
    probabilities: np.ndarray | None = None
    test: np.ndarray | None = None
    facts: Mapping[str, Any] = {}


class Method(abc.ABC):
    """A way to label all images of the training split: `label_inference.method = @…`.

    One class in one file, registered with gin, is a new method. It is made once, before anything is
    trained, and refuses there what it cannot do.

    Args:
      run: What it works with.

    Attributes:
      uses_labels: Whether it learns from known labels, and names images by their classes.
    """

    uses_labels: bool = True

    def __init__(self, run: "InferenceRun"):
        self.run = run

    @property
    def num_classes(self) -> int:
        """How many classes its labels have."""
        return self.run.data.known.num_classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """What they are called."""
        return self.run.data.known.class_names

    @abc.abstractmethod
    def settings(self) -> dict[str, Any]:
        """All that decides its labels, beside the stages and the data: plain values."""

    def stages(self) -> Sequence[Stage]:
        """What is to be trained, in order; a stage says in its settings which it builds on."""
        return ()

    @abc.abstractmethod
    def label(self, task: Task | None) -> InferredLabels:
        """Labels the images.

        Args:
          task: That of the last stage, trained; None without stages.
        """


@gin.configurable("label_inference")
@dataclasses.dataclass(frozen=True)
class LabelInferenceSettings:
    """How labels are inferred: the gin name is `label_inference`.

    Attributes:
      method: @semi_supervised, @clustering or @linear_on_features.
      encoder: The network that turns images into features, by default @small_resnet.
      known_labels: The label source that says which labels may be used, by default @few_labels.
      features: A file of features to use in the place of an encoder's; see `FeatureFile`.
      views: Of which views of an image predictions are the mean, such as [@shifted_views]; by
        default of the image alone. For methods that predict from images: @semi_supervised, and
        @linear_on_features on a pre-trained encoder.
      batch_size: How many images pass at once while labels are predicted; affects memory and speed.

    Raises:
      ValueError: A setting is of the wrong kind.
    """

    method: Callable[["InferenceRun"], Method] | None = None
    encoder: Callable[..., keras.Model] | None = None
    known_labels: Callable[[], LabelSource] | LabelSource | None = None
    features: str | None = None
    views: Sequence[Callable[[], PredictionViews] | PredictionViews] = ()
    batch_size: int = 256

    def __post_init__(self) -> None:
        if self.method is None:
            raise ValueError(
                "label_inference.method is missing: set it to @semi_supervised, @clustering or "
                "@linear_on_features."
            )
        # As configured by gin, which the classes themselves are not.
        for name, default in (("encoder", SmallResNet), ("known_labels", FewLabels)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, gin.get_configurable(default))
        for name in ("method", "encoder", "known_labels"):
            value = getattr(self, name)
            if not callable(value) and not isinstance(value, LabelSource):
                raise ValueError(
                    f"label_inference.{name} takes a reference, such as @small_resnet, received "
                    f"{value!r}."
                )
        if inspect.isclass(self.method) and not issubclass(self.method, Method):
            raise ValueError(
                "label_inference.method takes a reference such as @semi_supervised, received "
                f"{self.method.__name__}, which is no method of label inference."
            )
        check_whole_number("label_inference.batch_size", self.batch_size)
        if self.features is not None and not isinstance(self.features, str):
            raise ValueError(
                f"label_inference.features takes a file's path, received {self.features!r}."
            )
        listed = self.views if isinstance(self.views, list | tuple) else [self.views]
        object.__setattr__(self, "views", tuple(listed))
        self.build_views()

    def build_views(self) -> tuple[PredictionViews, ...]:
        """The sets of views, made.

        Raises:
          ValueError: One is none.
        """
        made = tuple(
            view if isinstance(view, PredictionViews) else _call(view) for view in self.views
        )
        for view in made:
            if not isinstance(view, PredictionViews):
                raise ValueError(
                    "label_inference.views takes references such as [@shifted_views], received "
                    f"{view!r}."
                )
        return made


def _call(part: Any) -> Any:
    return part() if callable(part) else part


@dataclasses.dataclass(frozen=True)
class InferenceRun:
    """What a method works with.

    Attributes:
      settings: How labels are inferred.
      data: The images.
      folder: Where stages, labels and pictures are: `<model_dir>/label_inference`.
      loop: How stages run, but for their number of steps.
      strategy: Where they run.
    """

    settings: LabelInferenceSettings
    data: InferenceData
    folder: Path
    loop: LoopSettings
    strategy: tf.distribute.Strategy

    def build_encoder(self, name: str = "encoder") -> keras.Model:
        """A new encoder."""
        return self.settings.encoder(image_shape=self.data.known.image_shape, name=name)

    def own_rows(self, dataset: Dataset) -> Dataset:
        """A data set of which this worker reads its own rows of each batch."""
        workers = workers_of(self.strategy)
        return dataset.shard(workers.index, workers.count)

    def stage_loop(self, training_steps: int) -> LoopSettings:
        """How a stage of so many steps runs. Two checkpoints are kept: only the last is used."""
        return dataclasses.replace(self.loop, training_steps=training_steps, keep_checkpoint_max=2)

    def loop_settings(self) -> dict[str, Any]:
        """What decides a stage's result of how it runs.

        What is as it was in versions without the setting goes without saying, so that stages which
        they began go on.
        """
        settings: dict[str, Any] = {"seed": self.loop.seed}
        if self.loop.precision != FLOAT32:
            settings["precision"] = self.loop.precision
        if self.loop.gradient_accumulation > 1:
            settings["gradient_accumulation"] = self.loop.gradient_accumulation
        return settings

    def data_settings(self) -> dict[str, Any]:
        """What tells these data, and the order in which training sees them, from others."""
        known = self.data.known
        return {
            "name": known.name,
            "fingerprint": known.fingerprint,
            "split": known.train_split,
            "order_seed": known.seed,
            "horizontal_flip": known.horizontal_flip,
            "image_shape": list(known.image_shape),
        }

    @functools.cached_property
    def feature_file(self) -> FeatureFile | None:
        """The user's features, if there are any."""
        path = self.settings.features
        return None if path is None else FeatureFile(path)

    @functools.cached_property
    def known_labels(self) -> np.ndarray:
        """The known labels of the training images, int32, −1 where unknown."""
        return self.data.known.ids_and_labels(self.data.known.train_split)[1]

    def labelled_ids(self) -> np.ndarray:
        """The ids whose label is known, bytes [k], sorted."""
        ids, labels = self.data.known.ids_and_labels(self.data.known.train_split)
        return np.sort(ids[labels >= 0])

    def known_label_settings(self) -> dict[str, Any]:
        """Which labels may be used: the source's settings, and hashes of what came of them."""
        ids, labels = self.data.known.ids_and_labels(self.data.known.train_split)
        ids, labels = ids[labels >= 0], labels[labels >= 0]
        return {
            **describe(self.settings.known_labels),
            "labels_used": len(ids),
            "labelled_ids_sha256": ids_digest(ids),
            "labels_sha256": labels_digest(ids, labels),
        }
