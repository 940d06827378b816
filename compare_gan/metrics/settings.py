# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What an evaluation measures, and how: the gin name `eval`."""

import dataclasses
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import gin

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.backbones.inception_2015 import Inception2015
from compare_gan.metrics.base import Metric
from compare_gan.metrics.fid import FID
from compare_gan.metrics.inception_score import InceptionScore
from compare_gan.metrics.model_metric import ModelMetric
from compare_gan.normalizers import BN_MODES

_BN_MODES = ("auto", *BN_MODES)


@gin.configurable("eval")
@dataclasses.dataclass(frozen=True)
class EvaluationSettings:
    """What is measured, and how: the gin name is `eval`.

    Attributes:
      metrics: Metric classes or instances, for example `[@fid, @inception_score]`.
      every_steps: Metrics that are measured at other steps than `--eval_every_steps` says, by the
        name of one of their values: `{"kid": 10000, "precision": 50000}` measures them at the
        checkpoints of these multiples. 0 is at the last checkpoint only, where all metrics are
        measured.
      best: The value whose best checkpoint so far is kept, for example "fid_digits_cnn": out of the
        reach of `run_config.keep_checkpoint_max`, for `load_generator(model_dir, step="best")` and
        `--step=best`. None keeps none.
      backbone: A backbone class or instance; asked for only if a metric uses one.
      num_samples: Images on each side, exactly. None is the data set's usual number, or the whole
        split if it is not the usual one.
      num_fake_sets: Independent sets of fakes; a score is their mean and standard deviation.
      batch_size: Images that pass at once; affects memory and speed only.
      split: Where the real images are from. None is the data set's own choice.
      bn_mode: Statistics that G's batch normalization uses: those of the "batch", "moving"
        averages, or "standing" statistics gathered for the checkpoint, which any G can have. "auto"
        is standing where G keeps no moving averages, and moving otherwise, as in Compare GAN v3.
      standing_samples: Fakes over which standing statistics are gathered; v3's number.
      truncation: Standard deviations at which normal latents are truncated; None is not at all.
      seed: Decides the latents and labels of the fakes: the same for every checkpoint.
      force: Whether distances of Gaussians, such as FID, are computed although there are no more
        images, or images of a class, than features have dimensions. They are mostly bias then, and
        their rows say so; otherwise they are refused, before anything is trained.

    Raises:
      ValueError: A setting is out of its range.
    """

    metrics: Sequence[Any] = (InceptionScore, FID)
    every_steps: Mapping[str, int] | None = None
    best: str | None = None
    backbone: Any = Inception2015
    num_samples: int | None = None
    num_fake_sets: int = 3
    batch_size: int = 64
    split: str | None = None
    bn_mode: str = "auto"
    standing_samples: int = 204_800
    truncation: float | None = None
    seed: int = 42
    force: bool = False

    def __post_init__(self):
        for metric in self._listed_metrics():
            _check_reference("metrics", metric, (Metric, ModelMetric), "[@fid, @inception_score]")
        _check_reference("backbone", self.backbone, Backbone, "@digits_cnn")
        self._check_every_steps()
        if self.best is not None and not isinstance(self.best, str):
            raise ValueError(
                f"eval.best is the name of a value in quotation marks, such as "
                f'"fid_digits_cnn", or None; received {self.best!r}.'
            )
        for name, least in (
            ("num_samples", 2),
            ("num_fake_sets", 1),
            ("batch_size", 1),
            ("standing_samples", 1),
            ("seed", None),
        ):
            value = getattr(self, name)
            if name != "num_samples" or value is not None:
                check_whole_number(f"eval.{name}", value, least)
        if self.bn_mode not in _BN_MODES:
            raise ValueError(
                f"eval.bn_mode must be one of {', '.join(_BN_MODES)}; received {self.bn_mode!r}."
            )
        if not isinstance(self.force, bool):
            raise ValueError(
                f"eval.force must be True or False, without quotes; received {self.force!r}."
            )
        if self.truncation is not None and not (
            isinstance(self.truncation, numbers.Real) and self.truncation > 0
        ):
            raise ValueError(
                f"eval.truncation must be positive or None, received {self.truncation!r}."
            )

    def build_metrics(self) -> dict[str, Metric | ModelMetric]:
        """The metrics, by the names of their values; one with two values is there twice.

        Raises:
          ValueError: One is no `Metric` or `ModelMetric`, does not name its values, or names one as
            another does.
        """
        metrics: dict[str, Metric | ModelMetric] = {}
        for given in self._listed_metrics():
            metric = given if isinstance(given, Metric | ModelMetric) else given()
            _check_built("metrics", metric, ModelMetric, Metric)
            names = getattr(metric, "names", ())
            if isinstance(names, str) or not names:
                raise ValueError(
                    f"The metric {type(metric).__name__} must say what its values are called: give "
                    'the class names = ("...",), as compare_gan.metrics.Metric describes.'
                )
            for name in names:
                if name in metrics:
                    raise ValueError(
                        f"Two metrics of eval.metrics call a value {name!r}: list each once."
                    )
                metrics[name] = metric
        return metrics

    def build_backbone(self) -> Backbone:
        """The backbone.

        Raises:
          ValueError: It is no `Backbone`, or lacks a file.
        """
        # Instances are callable too, so classes are told apart by what they are not.
        given = self.backbone
        backbone = given if isinstance(given, Backbone) else given()
        _check_built("backbone", backbone, Backbone)
        return backbone

    def _check_every_steps(self) -> None:
        if self.every_steps is None:
            return
        if not isinstance(self.every_steps, Mapping):
            raise ValueError(
                'eval.every_steps gives metrics their steps, such as {"kid": 10000}, or is None; '
                f"received {self.every_steps!r}."
            )
        for name, steps in self.every_steps.items():
            if not isinstance(name, str):
                raise ValueError(
                    "eval.every_steps names values in quotation marks, such as "
                    f'{{"kid": 10000}}; received {name!r}.'
                )
            check_whole_number(f"eval.every_steps[{name!r}]", steps, least=0)

    def _listed_metrics(self) -> Sequence[Any]:
        # A string is a sequence too, of letters.
        single = isinstance(self.metrics, str) or not isinstance(self.metrics, Sequence)
        return [self.metrics] if single else self.metrics


def _check_reference(name: str, value: Any, kind: type | tuple[type, ...], example: str) -> None:
    if not isinstance(value, kind) and not callable(value):
        fix = f"write @{value} without quotes" if isinstance(value, str) else f"write {example}"
        raise ValueError(
            f"eval.{name} takes references such as {example}, received {value!r}: {fix}."
        )


def _check_built(name: str, value: Any, *kinds: type) -> None:
    if not isinstance(value, kinds):
        allowed = " or ".join(f"{kind.__module__}.{kind.__name__}" for kind in kinds)
        raise ValueError(
            f"eval.{name} takes references to subclasses of {allowed}, but one gives {value!r}."
        )
