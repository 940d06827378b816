# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a metric is: an accumulator for each set of images, and a number computed from two of them.

A metric of your own is one class in one file, outside the package too, named in a configuration:

    @gin.register
    class MeanBrightness(metrics.Metric):
        names = ("mean_brightness",)
        uses = ("images",)
        needs_real = False
        better = {"mean_brightness": "higher"}

        def accumulator(self):
            return BrightnessAccumulator()   # has update(batch) and the results

        def compute(self, real, fake):
            return {"mean_brightness": fake.total / fake.count}

    import my_metrics
    eval.metrics = [@fid, @MeanBrightness]
"""

import abc
import types
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from compare_gan.metrics.recorded_settings import RecordedSettings


class Batch(NamedTuple):
    """One batch of a set of images, as accumulators see it.

    Attributes:
      images: float32 `[batch, height, width, channels]` in [0, 1], as the data set or G gave them.
        Of other workers they are there only if a metric uses them.
      features: float32 `[batch, feature_dim]` of the backbone; None if no metric uses it.
      logits: float32 `[batch, num_logits]` of the backbone; None if it has none.
      labels: int `[batch]`, −1 where there is none; None where the set has no classes.
    """

    images: np.ndarray
    features: np.ndarray | None
    logits: np.ndarray | None
    labels: np.ndarray | None = None


class Accumulator(abc.ABC):
    """What a metric keeps of a set of images, one batch after the other.

    Attributes:
      key: Names what is kept and every setting it depends on. Metrics with equal keys share one
        accumulator, and on the real side one file in the cache.
    """

    key: str

    @abc.abstractmethod
    def update(self, batch: Batch) -> None:
        """Takes one more batch.

        Raises:
          UnmeasurableError: These images cannot be taken: the metrics that read this accumulator
            have no values then.
        """

    def state(self) -> dict[str, np.ndarray] | None:
        """Everything kept, as plain arrays; None (the default) if it is not to be cached."""
        return None

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Becomes the accumulator whose `state` this is. Needed only where `state` is not None."""
        raise NotImplementedError(f"{type(self).__name__} has a state but no restore.")


class UnmeasurableError(ValueError):
    """A metric has no value for these images or this model; the message says why, and what can be
    done. In a training its rows have no values then, and other metrics have theirs.
    """


class Metric(RecordedSettings, abc.ABC):
    """A number (or several) for a set of generated images.

    Attributes:
      names: What `compute` calls its values, known beforehand: a checkpoint has been evaluated when
        it has a row for each. Where they depend on arguments, the constructor sets them.
      uses: What its accumulator reads of a `Batch`: "images", "features", "logits", "labels".
        A metric that uses features or logits is named with its backbone, unless that is
        Inception-2015.
      needs_real: Whether `compute` reads the real side; otherwise it is given None.
      fits_gaussians: Whether it fits a Gaussian to each side's features: with no more images than
        features have dimensions its values are mostly bias, and refused unless forced.
      needs_training_images: Whether its real side must be the images that G was trained on, as
        where copies are looked for: values against other images come with a warning.
      better: Which values of a generator are the better ones, "lower" or "higher", by name. A value
        is left out where neither says so by itself: then it cannot choose the best checkpoint.
      settings: The arguments that it was made with and that are not the defaults, a part of every
        score's protocol.
    """

    names: tuple[str, ...]
    uses: tuple[str, ...] = ("features",)
    needs_real: bool = True
    fits_gaussians: bool = False
    needs_training_images: bool = False
    better: Mapping[str, str] = types.MappingProxyType({})

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Whether so many images will do, asked before the first one is looked at.

        By default any number does.

        Args:
          n_real: Images on the real side; 0 where that is not known.
          n_fake: Images on the fake side; 0 where that is not known.
          feature_dim: The features' dimensions; 0 where that is not known, or nothing uses them.

        Raises:
          ValueError: `compute` could only fail.
        """
        del n_real, n_fake, feature_dim

    @abc.abstractmethod
    def accumulator(self) -> Accumulator:
        """A fresh accumulator, for one side."""

    @abc.abstractmethod
    def compute(self, real: Any, fake: Any) -> dict[str, float]:
        """The values by `names`, from this metric's accumulators of the real and one fake set.

        Raises:
          UnmeasurableError: These images have none.
        """


def check_names(metric: Any, computed: dict[str, float]) -> None:
    """Checks that a metric gives the values that its `names` say.

    Raises:
      ValueError: It gives others.
    """
    if set(computed) != set(metric.names):
        raise ValueError(
            f"The metric {type(metric).__name__} names its values {', '.join(metric.names)}, but "
            f"gives {', '.join(computed) or 'none'}: they must agree."
        )
