# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Inception score."""

from typing import NamedTuple

import gin
import numpy as np
import scipy.special

from compare_gan.configuration.whole_numbers import check_seed, check_whole_number
from compare_gan.metrics.base import Accumulator, Batch, Metric, UnmeasurableError
from compare_gan.metrics.kept_rows import KeptRows

_ROWS_AT_A_TIME = 1024


class InceptionScoreOfParts(NamedTuple):
    """What came of the parts of a set.

    Attributes:
      mean: Of their scores.
      std: Their population standard deviation (divided by the number of parts).
    """

    mean: float
    std: float


def inception_score(logits: np.ndarray, splits: int = 1, shuffle_seed: int | None = None) -> float:
    """How sharp a classifier's answers are for each image, and how varied over all of them.

        p(y|x) = softmax(logits(x)),    p(y) = mean over x of p(y|x)
        score  = exp(mean over x of KL(p(y|x) ‖ p(y)))

    in float64; from 1 (every answer alike) to the number of classes. Salimans et al., "Improved
    Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498.

    Args:
      logits: `[n, classes]`, before the softmax.
      splits: The score is the mean of the scores of this many parts: see
        `inception_score_of_parts`. The published 10 parts give lower values than Compare GAN's 1.
      shuffle_seed: See `inception_score_of_parts`.

    Returns:
      The score.

    Raises:
      UnmeasurableError: Logits are not finite.
      ValueError: `logits` is not `[n, classes]`, there are more parts than images, or the seed is
        none.
    """
    return inception_score_of_parts(logits, splits, shuffle_seed).mean


def inception_score_of_parts(
    logits: np.ndarray, splits: int = 10, shuffle_seed: int | None = None
) -> InceptionScoreOfParts:
    """The mean and the standard deviation of the `inception_score` of consecutive parts.

        part i = images i · n // splits to (i + 1) · n // splits − 1,  i = 0 … splits − 1

    "IS 8.8 ± 0.1" in a paper is this of 50,000 images in 10 parts: the ± tells the parts apart, not
    trainings or sets of fakes. torch-fidelity (`isc_features_to_metric`) cuts as here, but shuffles
    the images before (`samples_shuffle`), which is the same for fakes that were drawn at random,
    and not for a folder sorted by class, whose parts have few classes each and score low.

    Args:
      logits: See `inception_score`; may be a file mapped into memory.
      splits: How many parts.
      shuffle_seed: None leaves the images in order. A whole number shuffles them before they are
        cut, by `numpy.random.RandomState(shuffle_seed).permutation(n)`: with 2020 as torch-fidelity
        does by default.

    Raises:
      UnmeasurableError: As `inception_score` does.
      ValueError: As `inception_score` does.
    """
    logits = np.asarray(logits)
    if shuffle_seed is not None:
        check_seed("inception_score.shuffle_seed", shuffle_seed)
    if logits.ndim != 2 or not 1 <= splits <= len(logits):
        raise ValueError(
            "inception_score takes logits [n, classes] and 1 to n splits, received logits "
            f"{logits.shape} and splits={splits}."
        )
    n = len(logits)
    order = None if shuffle_seed is None else np.random.RandomState(shuffle_seed).permutation(n)
    scores = []
    for part in range(splits):
        end = (part + 1) * n // splits
        streaming = StreamingInceptionScore()
        for first in range(part * n // splits, end, _ROWS_AT_A_TIME):
            rows = slice(first, min(first + _ROWS_AT_A_TIME, end))
            streaming.update(logits[rows if order is None else order[rows]])
        scores.append(streaming.result())
    return InceptionScoreOfParts(float(np.mean(scores)), float(np.std(scores)))


class StreamingInceptionScore:
    """The Inception score (one split) of all logits seen so far, without keeping them.

    mean KL(p(y|x) ‖ p(y)) = mean over x of Σ p log p − Σ p̄ log p̄, so the sums of p and of p log p
    are enough.
    """

    def __init__(self):
        self._n = 0
        self._sum_p: np.ndarray | float = 0.0
        self._sum_p_log_p = 0.0

    def update(self, logits: np.ndarray) -> None:
        """Takes `logits` `[batch, classes]`."""
        with np.errstate(invalid="ignore"):  # of which `result` tells
            log_p = scipy.special.log_softmax(np.asarray(logits, np.float64), axis=1)
        p = np.exp(log_p)
        self._n += len(p)
        self._sum_p = self._sum_p + p.sum(axis=0)
        # Where p underflows to 0 its logarithm may be -inf; 0 log 0 counts as 0.
        self._sum_p_log_p += float(np.sum(np.where(p > 0, p * np.where(p > 0, log_p, 0.0), 0.0)))

    def result(self) -> float:
        """The score of everything seen.

        Raises:
          UnmeasurableError: Logits were not finite.
          ValueError: Nothing was seen.
        """
        if not self._n:
            raise ValueError("An Inception score needs at least one image's logits, received none.")
        mean_p = self._sum_p / self._n
        if not np.all(np.isfinite(mean_p)):
            raise UnmeasurableError(
                "An Inception score needs finite logits, but some are NaN or infinite. Look at the "
                "images they were computed from."
            )
        divergence = self._sum_p_log_p / self._n - np.sum(scipy.special.xlogy(mean_p, mean_p))
        return float(np.exp(divergence))


class _ScoreAccumulator(Accumulator):
    key = "inception_score"

    def __init__(self):
        self.score = StreamingInceptionScore()

    def update(self, batch: Batch) -> None:
        self.score.update(batch.logits)


class _LogitsAccumulator(Accumulator):
    """All logits, float32: where parts end is known only when the last image has come."""

    key = "logits"

    def __init__(self):
        self._rows = KeptRows(np.float32)

    def update(self, batch: Batch) -> None:
        self._rows.append(np.asarray(batch.logits))

    def result(self) -> np.ndarray:
        return self._rows.result()


@gin.register("inception_score")
class InceptionScore(Metric):
    """`inception_score` of the backbone's logits for the generated images.

    With more than one part the values are called `inception_score_10_splits` (the mean) and
    `inception_score_10_splits_std` (see `inception_score_of_parts`), for 10 parts.

    Args:
      splits: In how many consecutive parts each set of fakes is scored; v3's 1, the usual 10. Only
        one part is scored without keeping all logits, of which those beyond a gigabyte are in a
        file.
      shuffle_seed: None cuts the fakes into parts in their order; a whole number shuffles them
        before, in the same way for each set. 2020 gives torch-fidelity's parts. Only fakes that are
        not in random order, say by class, have other scores by it in expectation.

    Raises:
      ValueError: splits is no whole number from 1, or shuffle_seed none from 0; or there is a seed,
        but only one part.
    """

    uses = ("logits",)
    needs_real = False

    def __init__(self, splits: int = 1, shuffle_seed: int | None = None):
        check_whole_number("inception_score.splits", splits)
        if shuffle_seed is not None:
            check_seed("inception_score.shuffle_seed", shuffle_seed)
        if splits == 1 and shuffle_seed is not None:
            raise ValueError(
                f"inception_score.shuffle_seed={shuffle_seed} changes nothing where "
                "inception_score.splits is 1: set splits to 10, say, or leave the seed out."
            )
        self._splits = splits
        self._shuffle_seed = shuffle_seed
        name = f"inception_score_{splits}_splits"
        self.names = ("inception_score",) if splits == 1 else (name, f"{name}_std")
        self.better = {self.names[0]: "higher"}

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses sets with fewer images than parts.

        Raises:
          ValueError: There are fewer.
        """
        if 0 < n_fake < self._splits:
            raise ValueError(
                f"inception_score.splits={self._splits} needs as many images at least, received "
                f"{n_fake}. Lower it, or use more images."
            )

    def accumulator(self) -> Accumulator:
        """The sums of p and of p log p; all logits where there are several parts."""
        return _ScoreAccumulator() if self._splits == 1 else _LogitsAccumulator()

    def compute(self, real: None, fake: _ScoreAccumulator | _LogitsAccumulator) -> dict[str, float]:
        """`{"inception_score": score}`, or the mean and standard deviation of the parts."""
        if isinstance(fake, _ScoreAccumulator):
            return {"inception_score": fake.score.result()}
        found = inception_score_of_parts(fake.result(), self._splits, self._shuffle_seed)
        return dict(zip(self.names, found, strict=True))
