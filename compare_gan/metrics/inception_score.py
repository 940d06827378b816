# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Inception score."""

from typing import NamedTuple

import gin
import numpy as np
import scipy.special

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Accumulator, Batch, Metric


class InceptionScoreOfParts(NamedTuple):
    """What came of the parts of a set.

    Attributes:
      mean: Of their scores.
      std: Their population standard deviation (divided by the number of parts).
    """

    mean: float
    std: float


def inception_score(logits: np.ndarray, splits: int = 1) -> float:
    """How sharp a classifier's answers are for each image, and how varied over all of them.

        p(y|x) = softmax(logits(x)),    p(y) = mean over x of p(y|x)
        score  = exp(mean over x of KL(p(y|x) ‖ p(y)))

    in float64; from 1 (every answer alike) to the number of classes. Salimans et al., "Improved
    Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498.

    Args:
      logits: `[n, classes]`, before the softmax.
      splits: The score is the mean of the scores of this many consecutive parts, as equal in size
        as can be. The published 10 parts give lower values than Compare GAN's 1.

    Returns:
      The score.

    Raises:
      ValueError: `logits` is not `[n, classes]`, or there are more parts than images.
    """
    return inception_score_of_parts(logits, splits).mean


def inception_score_of_parts(logits: np.ndarray, splits: int = 10) -> InceptionScoreOfParts:
    """The mean and the standard deviation of the `inception_score` of consecutive parts.

    "IS 8.8 ± 0.1" in a paper is this of 50,000 images in 10 parts: the ± tells the parts apart, not
    trainings or sets of fakes. torch-fidelity has 10 parts too, but shuffles the images before
    (`samples_shuffle`), which is the same for fakes that were drawn at random, and not for a folder
    sorted by class.

    Args:
      logits: See `inception_score`.
      splits: How many parts.

    Raises:
      ValueError: As `inception_score` does.
    """
    logits = np.asarray(logits, np.float64)
    if logits.ndim != 2 or not 1 <= splits <= len(logits):
        raise ValueError(
            "inception_score takes logits [n, classes] and 1 to n splits, received logits "
            f"{logits.shape} and splits={splits}."
        )
    scores = []
    for part in np.array_split(logits, splits):
        streaming = StreamingInceptionScore()
        streaming.update(part)
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
        log_p = scipy.special.log_softmax(np.asarray(logits, np.float64), axis=1)
        p = np.exp(log_p)
        self._n += len(p)
        self._sum_p = self._sum_p + p.sum(axis=0)
        # Where p underflows to 0 its logarithm may be -inf; 0 log 0 counts as 0.
        self._sum_p_log_p += float(np.sum(np.where(p > 0, p * np.where(p > 0, log_p, 0.0), 0.0)))

    def result(self) -> float:
        """The score of everything seen.

        Raises:
          ValueError: Nothing was seen.
        """
        if not self._n:
            raise ValueError("An Inception score needs at least one image's logits, received none.")
        mean_p = self._sum_p / self._n
        divergence = self._sum_p_log_p / self._n - np.sum(scipy.special.xlogy(mean_p, mean_p))
        return float(np.exp(divergence))


class _ScoreAccumulator(Accumulator):
    key = "inception_score"

    def __init__(self):
        self.score = StreamingInceptionScore()

    def update(self, batch: Batch) -> None:
        self.score.update(batch.logits)


class _LogitsAccumulator(Accumulator):
    """Keeps all logits, float32: where parts end is known only when the last image has come."""

    key = "logits"

    def __init__(self):
        self._batches: list[np.ndarray] = []

    def update(self, batch: Batch) -> None:
        self._batches.append(np.asarray(batch.logits, np.float32))

    def result(self) -> np.ndarray:
        return np.concatenate(self._batches)


@gin.register("inception_score")
class InceptionScore(Metric):
    """`inception_score` of the backbone's logits for the generated images.

    With more than one part the values are called `inception_score_10_splits` (the mean) and
    `inception_score_10_splits_std` (see `inception_score_of_parts`), for 10 parts.

    Args:
      splits: In how many consecutive parts each set of fakes is scored; v3's 1, the usual 10. Only
        one part is scored without keeping all logits.

    Raises:
      ValueError: It is no whole number from 1.
    """

    uses = ("logits",)
    needs_real = False

    def __init__(self, splits: int = 1):
        check_whole_number("inception_score.splits", splits)
        self._splits = splits
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
        return dict(
            zip(self.names, inception_score_of_parts(fake.result(), self._splits), strict=True)
        )
