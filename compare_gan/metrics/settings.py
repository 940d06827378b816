# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What an evaluation measures, and how: the gin name `eval`."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import gin

from compare_gan.metrics.backbones.inception_2015 import Inception2015
from compare_gan.metrics.fid import FID
from compare_gan.metrics.inception_score import InceptionScore

BN_MODES = ("auto", "batch", "moving", "standing")


@gin.configurable("eval")
@dataclasses.dataclass(frozen=True)
class EvaluationSettings:
    """What is measured, and how: the gin name is `eval`.

    Attributes:
      metrics: Metric classes or instances, for example `[@fid, @inception_score]`.
      backbone: A backbone class or instance; asked for only if a metric uses one.
      num_samples: Images on each side, exactly. None is the data set's usual number, or the whole
        split if it is not the usual one.
      num_fake_sets: Independent sets of fakes; a score is their mean and standard deviation.
      batch_size: Images that pass at once; affects memory and speed only.
      split: Where the real images are from. None is the data set's own choice.
      bn_mode: Statistics that G's batch normalization uses: those of the "batch", "moving"
        averages, or "standing" statistics gathered for the checkpoint. "auto" is standing where G
        keeps no moving averages, and moving otherwise, as in Compare GAN v3.
      standing_samples: Fakes over which standing statistics are gathered; v3's number.
      truncation: Standard deviations at which normal latents are truncated; None is not at all.
      seed: Decides the latents and labels of the fakes: the same for every checkpoint.

    Raises:
      ValueError: A setting is out of its range.
    """

    metrics: Sequence[Any] = (InceptionScore, FID)
    backbone: Any = Inception2015
    num_samples: int | None = None
    num_fake_sets: int = 3
    batch_size: int = 64
    split: str | None = None
    bn_mode: str = "auto"
    standing_samples: int = 204_800
    truncation: float | None = None
    seed: int = 42

    def __post_init__(self):
        for name, least in (
            ("num_samples", 2),
            ("num_fake_sets", 1),
            ("batch_size", 1),
            ("standing_samples", 1),
        ):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"eval.{name} must be at least {least}, received {value}.")
        if self.bn_mode not in BN_MODES:
            raise ValueError(
                f"eval.bn_mode must be one of {', '.join(BN_MODES)}; received {self.bn_mode!r}."
            )
        if self.truncation is not None and self.truncation <= 0:
            raise ValueError(f"eval.truncation must be positive, received {self.truncation}.")
