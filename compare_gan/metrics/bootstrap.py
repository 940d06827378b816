# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How far a value would move if the images were drawn again."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gin
import numpy as np

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Accumulator, Batch, Metric, check_names
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair
from compare_gan.metrics.fid import FID
from compare_gan.metrics.kept_rows import gathered

# What a metric gives of an `Interval`: its value has a row already.
_ENDS = ("low", "high", "standard_error")


class Interval(NamedTuple):
    """A value and the interval around it.

    Attributes:
      value: Of the images at hand.
      low: The lower end.
      high: The upper end.
      standard_error: The standard deviation over the resamples.
    """

    value: float
    low: float
    high: float
    standard_error: float


def bootstrap_interval(
    metric: Callable[..., float],
    *,
    real: np.ndarray,
    fake: np.ndarray,
    resamples: int = 200,
    confidence: float = 0.95,
    resample_real: bool = True,
    seed: int = 0,
) -> Interval:
    """A bootstrap interval for a distance of two sets of features.

        v_i    = the distance of vectors drawn with replacement, as many as there are
        low    = value + quantile of v at (1 − confidence) / 2 − mean v
        high   = value + quantile of v at (1 + confidence) / 2 − mean v

    A resample holds each vector several times, so distances that are biased by the number of
    vectors, as Fréchet's is, come out too large throughout; the interval is therefore moved so
    that the resamples' mean lies at the value: it tells how a value at these numbers scatters, and
    leaves the bias where it is. Where both distributions are (nearly) equal, distances such as
    Fréchet's and the kernel's scatter less than their resamples do: the interval is then too wide,
    nearly twice. A resample too large to hold is in a file (`gathered`). Efron,
    "Bootstrap Methods: Another Look at the Jackknife", 1979,
    https://doi.org/10.1214/aos/1176344552.

    Args:
      metric: `(real=, fake=) -> float`, e.g. `frechet_distance` or `kernel_distance`.
      real: [n_real, d].
      fake: [n_fake, d].
      resamples: How many times the distance is computed.
      confidence: The share of resamples in the interval.
      resample_real: False leaves the real side as it is, for a fixed reference set.
      seed: Of the draws.

    Raises:
      ValueError: The features cannot be compared, or a setting is out of its range.
    """
    real, fake = checked_pair(real, fake, least=2)
    _check_settings(resamples, confidence)

    def values(real_rows: np.ndarray, fake_rows: np.ndarray) -> list[float]:
        return [float(metric(real=gathered(real, real_rows), fake=gathered(fake, fake_rows)))]

    numbers = len(real), len(fake)
    return _intervals(values, numbers, resamples, confidence, resample_real, seed)[0]


def _check_settings(resamples: int, confidence: float, name: str = "") -> None:
    check_whole_number(f"{name}resamples", resamples, least=2)
    check_number(f"{name}confidence", confidence, "(0, 1)", usual=0.95)


def _intervals(
    values: Callable[[np.ndarray, np.ndarray], list[float]],
    numbers: tuple[int, int],
    resamples: int,
    confidence: float,
    resample_real: bool,
    seed: int,
) -> list[Interval]:
    """The interval of each of `values`, a function of the rows that are taken of two sides."""
    rng = np.random.default_rng(seed)
    everything = [np.arange(n) for n in numbers]

    def drawn(rows: np.ndarray) -> np.ndarray:
        return np.sort(rng.integers(len(rows), size=len(rows)))

    value = np.array(values(*everything))
    again = np.array(
        [
            values(drawn(everything[0]) if resample_real else everything[0], drawn(everything[1]))
            for _ in range(resamples)
        ]
    )
    tail = (1.0 - confidence) / 2.0
    ends = np.quantile(again, [tail, 1.0 - tail], axis=0) + value - again.mean(axis=0)
    columns = (value, *ends, again.std(axis=0, ddof=1))
    return [Interval(*map(float, one)) for one in zip(*columns, strict=True)]


@gin.register("bootstrap")
class Bootstrap(Metric):
    """The `bootstrap_interval` of other metrics of features, e.g. `fid_bootstrap_low`,
    `fid_bootstrap_high` and `fid_bootstrap_standard_error`.

    It is listed beside them: `eval.metrics = [@fid, @prdc, @bootstrap]` and
    `bootstrap.metrics = [@fid, @prdc]`. All of the features are kept, and every metric is computed
    `resamples` + 1 times on each set of fakes. Of a metric that says which of its values are the
    better ones, those alone have intervals. A resample holds copies, which are each other's nearest
    neighbours: the intervals of `prdc` and `authenticity` are rough ones, up to twice too wide.

    Args:
      metrics: Metric classes or instances whose values get intervals; they read nothing but
        features, and labels.
      resamples: How many times each is computed.
      confidence: The share of resamples in the interval.
      resample_real: False leaves the real side as it is, for a fixed reference set.

    Raises:
      ValueError: A setting is out of its range, or one of `metrics` is no metric of features.
    """

    def __init__(
        self,
        metrics: Sequence[Any] = (FID,),
        resamples: int = 200,
        confidence: float = 0.95,
        resample_real: bool = True,
    ):
        _check_settings(resamples, confidence, "bootstrap.")
        self._metrics = _built(metrics)
        self._resamples = resamples
        self._confidence = confidence
        self._resample_real = resample_real
        self.needs_real = any(metric.needs_real for metric in self._metrics)
        self.fits_gaussians = any(metric.fits_gaussians for metric in self._metrics)
        self.uses = tuple(sorted({use for metric in self._metrics for use in metric.uses}))
        self._own_names = [name for metric in self._metrics for name in _measured(metric)]
        self.names = tuple(f"{name}_bootstrap_{end}" for name in self._own_names for end in _ENDS)
        # A row's protocol has what its metrics are set to: which they are, its name says.
        inner = {each.names[0]: dict(each.settings) for each in self._metrics if each.settings}
        own = {name: value for name, value in self.settings.items() if name != "metrics"}
        self.settings = own | ({"metrics": inner} if inner else {})

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses what one of the metrics refuses.

        Raises:
          ValueError: There are too few images for it.
        """
        for metric in self._metrics:
            metric.check(n_real, n_fake, feature_dim)

    def accumulator(self) -> FeaturesAccumulator:
        """All features, with labels."""
        return FeaturesAccumulator()

    def compute(
        self, real: FeaturesAccumulator | None, fake: FeaturesAccumulator
    ) -> dict[str, float]:
        """The ends of each interval, and the deviation of the resamples, by name.

        Raises:
          UnmeasurableError: One of the metrics has no value for these images, or for a resample.
        """

        def values(real_rows: np.ndarray, fake_rows: np.ndarray) -> list[float]:
            reals = None if real is None else self._taken(real, real_rows)
            fakes = self._taken(fake, fake_rows)
            found: dict[str, float] = {}
            for metric in self._metrics:
                key = metric.accumulator().key
                computed = metric.compute(reals[key] if metric.needs_real else None, fakes[key])
                check_names(metric, computed)
                found |= computed
            return [float(found[name]) for name in self._own_names]

        numbers = (0 if real is None else len(real.result()), len(fake.result()))
        intervals = _intervals(
            values,
            numbers,
            self._resamples,
            self._confidence,
            self._resample_real and real is not None,
            seed=0,
        )
        return {
            f"{name}_bootstrap_{end}": getattr(interval, end)
            for name, interval in zip(self._own_names, intervals, strict=True)
            for end in _ENDS
        }

    def _taken(self, side: FeaturesAccumulator, rows: np.ndarray) -> dict[str, Accumulator]:
        """The metrics' accumulators, by key, of some rows of a side."""
        labels = side.labels()
        batch = Batch(
            None, gathered(side.result(), rows), None, None if labels is None else labels[rows]
        )
        accumulators = {a.key: a for a in (metric.accumulator() for metric in self._metrics)}
        for accumulator in accumulators.values():
            accumulator.update(batch)
        return accumulators


def _measured(metric: Metric) -> list[str]:
    """Which values get intervals: not those that say how another one scatters."""
    return [name for name in metric.names if name in metric.better] or list(metric.names)


def _built(metrics: Sequence[Any]) -> list[Metric]:
    """The metrics that are listed, by class or instance.

    Raises:
      ValueError: It is no list of metrics of features, or two have a value of one name.
    """
    example = "bootstrap.metrics takes a list of references such as [@fid, @prdc]"
    if isinstance(metrics, str) or not isinstance(metrics, Sequence) or not metrics:
        raise ValueError(f"{example}, received {metrics!r}.")
    built: list[Metric] = []
    for given in metrics:
        metric = given() if not isinstance(given, Metric) and callable(given) else given
        if not isinstance(metric, Metric):
            raise ValueError(f"{example} to metrics of images, but one gives {metric!r}.")
        others = sorted(set(metric.uses) - {"features", "labels"})
        if others:
            raise ValueError(
                f"bootstrap.metrics takes metrics of features, but {metric.names[0]} reads "
                f"{' and '.join(others)}: take it out."
            )
        built.append(metric)
    names = [name for metric in built for name in metric.names]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"Two of bootstrap.metrics call a value {twice[0]!r}: list each once.")
    return built
