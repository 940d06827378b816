# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Inception score."""

import gin
import numpy as np
import scipy.special

from compare_gan.metrics.base import Accumulator, Batch, Metric


def inception_score(logits: np.ndarray, splits: int = 1) -> float:
    """How sharp a classifier's answers are for each image, and how varied over all of them.

        exp(mean over x of KL(p(y|x) ‖ p(y))),  p(y|x) = softmax(logits(x)),  p(y) = mean of p(y|x)

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
    return float(np.mean(scores))


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


@gin.register("inception_score")
class InceptionScore(Metric):
    """`inception_score` with one split, of the backbone's logits for the generated images."""

    names = ("inception_score",)
    uses = ("logits",)
    needs_real = False
    better = {"inception_score": "higher"}

    def accumulator(self) -> Accumulator:
        """The sums of p and of p log p."""
        return _ScoreAccumulator()

    def compute(self, real: None, fake: _ScoreAccumulator) -> dict[str, float]:
        """`{"inception_score": score}`."""
        return {"inception_score": fake.score.result()}
