# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of the trained networks themselves, where images do not tell enough.

One of your own is one class in one file, listed among the other metrics:

    @gin.register
    class LatentSensitivity(metrics.ModelMetric):
        names = ("latent_sensitivity",)
        num_fake = 64

        def measure(self, model):
            latents, labels = model.generator.draw(model.draws("sensitivity"), self.num_fake)
            images = model.generator.generate(latents, labels)
            ...
            return {"latent_sensitivity": value}

    eval.metrics = [@fid, @LatentSensitivity]
"""

import abc
import dataclasses
import logging
import math
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from compare_gan.gans.latents import LatentPrior
from compare_gan.losses import GANLoss
from compare_gan.metrics.base import UnmeasurableError, check_names
from compare_gan.metrics.image_sets import evenly_spaced, exactly
from compare_gan.metrics.real_images import ImageDataset
from compare_gan.metrics.recorded_settings import RecordedSettings
from compare_gan.randomness import Draws

_log = logging.getLogger(__name__)

_CHECKED = 64


class Generator(Protocol):
    """What metrics ask of a trained generator: `compare_gan.load_generator` returns one.

    Attributes:
      network: G.
      prior: Where its latents are from.
      z_dim: Their length.
      num_classes: Of how many classes it makes images; 0 if it is unconditional.
      bn_mode: Which statistics its batch normalization uses.
    """

    network: keras.Model
    prior: LatentPrior
    z_dim: int
    num_classes: int
    bn_mode: str

    def draw(self, draws: Draws, count: int) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Latents [count, z_dim], not truncated, and one-hot labels [count, classes] or None."""

    def generate(self, latents: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        """Images, float32 [batch, height, width, channels] in [0, 1]; pure graph code."""

    def load_discriminator(self) -> keras.Model:
        """The D that was trained with it; ValueError where it is not known."""

    def load_loss(self) -> Callable[..., GANLoss]:
        """The loss by which D was trained; ValueError where it is not known."""


@dataclasses.dataclass(frozen=True)
class TrainedModel:
    """A trained GAN with the data it is measured on.

    Attributes:
      generator: G with its latents and labels, and the way to its D.
      dataset: The images that it was trained on, and others like them.
      split: Where the latter are from.
      num_samples: `eval.num_samples`, for metrics that have no number of their own.
      seed: `eval.seed`, of all draws.
      shared: What several metrics need, by names of their own, once one of them has computed it.
    """

    generator: Generator
    dataset: ImageDataset
    split: str
    num_samples: int
    seed: int = 0
    shared: dict[str, Any] = dataclasses.field(default_factory=dict, compare=False)

    def draws(self, name: str, index: int | tf.Tensor = 0) -> Draws:
        """The random numbers of a metric's part `name`, other ones for each `index`."""
        return Draws(self.seed, index, name)

    def real_batches(
        self, split: str, n: int, batch_size: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """Real images, evenly spaced over a split, with labels as G takes them.

        Args:
          split: One of the data set's.
          n: How many; all, where there are fewer.
          batch_size: How many at once; the last are what is left.

        Returns:
          Batches: float32 [batch, height, width, channels] in [0, 1]; and one-hot [batch, classes],
          or None if G is unconditional. Of training images too these are the true labels, which
          training itself may not have seen; zeros where there is none.

        Raises:
          ValueError: The split has fewer images than it says.
        """
        total = self.dataset.num_examples(split)
        return evenly_spaced(
            self.dataset.with_evaluation_labels().evaluation_batches(split, batch_size),
            total=total,
            n=min(n, total),
            batch_size=batch_size,
            what=f"the split {split!r} of {self.dataset.name}",
            labels=self._one_hot if self.generator.num_classes else None,
        )

    def check_images(self) -> None:
        """Checks that G makes images, by a few of them.

        Raises:
          InvalidImagesError: They hold NaN or values outside [0, 1].
        """
        latents, labels = self.generator.draw(self.draws("check"), _CHECKED)
        images = self.generator.generate(latents, labels).numpy()
        list(exactly([images], _CHECKED, "the generator"))

    def _one_hot(self, labels: Any) -> np.ndarray:
        """Labels as G takes them; soft ones are that already."""
        labels = np.asarray(labels)
        if labels.ndim == 2:
            return labels.astype(np.float32)
        classes = np.arange(self.generator.num_classes)
        return (labels[:, None] == classes).astype(np.float32)


class ModelMetric(RecordedSettings, abc.ABC):
    """A number (or several) for a trained model, measured once for each checkpoint.

    Latents are drawn from G's prior as it is: `eval.truncation` and `eval.num_fake_sets`, which
    are about sets of images, do not count.

    Attributes:
      names: What `measure` calls its values, known beforehand, as for `Metric`.
      num_real: How many real images of the evaluation split it looks at: 0 for none, None for
        `eval.num_samples`.
      num_fake: How many latents its values are averages over; None for `eval.num_samples`.
      uses: Of a `Batch` of images: nothing.
      fits_gaussians: Never.
      better: As for `Metric`.
      settings: As for `Metric`.
    """

    names: tuple[str, ...]
    num_real: int | None = 0
    num_fake: int | None = None
    uses: tuple[str, ...] = ()
    fits_gaussians: bool = False
    better: Mapping[str, str] = types.MappingProxyType({})

    @abc.abstractmethod
    def measure(self, model: TrainedModel) -> dict[str, float]:
        """The values by `names`.

        Raises:
          UnmeasurableError: This model has none.
        """


def measure_model(
    metrics: Sequence[ModelMetric], model: TrainedModel
) -> tuple[dict[str, float], dict[str, str]]:
    """All values of a model by name, and of those that are NaN for want of one the reason.

    Raises:
      InvalidImagesError: G makes no images.
      ValueError: A metric gives other values than it names.
    """
    model.check_images()
    values: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for metric in metrics:
        _log.info("Measuring the model: %s.", ", ".join(metric.names))
        try:
            computed = metric.measure(model)
        except UnmeasurableError as error:
            _log.warning("%s", error)
            computed = dict.fromkeys(metric.names, math.nan)
            reasons |= dict.fromkeys(metric.names, str(error))
        check_names(metric, computed)
        values |= {name: float(computed[name]) for name in metric.names}
    return values, reasons
