# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Classification accuracy scores: whether fakes can stand in for the images of their class."""

from typing import NamedTuple

import gin
import numpy as np

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric, UnmeasurableError
from compare_gan.metrics.features import (
    FeaturesAccumulator,
    checked_labels,
    checked_pair,
    labelled_sides,
)


class ClassificationAccuracyScores(NamedTuple):
    """Two numbers from 0 to 1.

    Attributes:
      train_on_fake: The accuracy on reals of a classifier trained on fakes: "CAS", "GAN-train".
      train_on_real: The accuracy on fakes of one trained on reals: "GAN-test".
    """

    train_on_fake: float
    train_on_real: float


def classification_accuracy_scores(
    *,
    real: np.ndarray,
    real_labels: np.ndarray,
    fake: np.ndarray,
    fake_labels: np.ndarray,
    regularization: float = 1.0,
    max_iterations: int = 1000,
) -> ClassificationAccuracyScores:
    """What a classifier learns from fakes about reals, and from reals about fakes.

        train_on_fake = share of reals that a classifier trained on fakes names rightly
        train_on_real = share of fakes that a classifier trained on reals names rightly

    The first is low where fakes of a class are bad, of another class, or too much alike; the second
    tells of bad and wrong ones alone, and stays high for a G that makes one good image of each
    class. Ravuri and Vinyals, "Classification Accuracy Score for Conditional Generative Models",
    NeurIPS 2019, https://arxiv.org/abs/1905.10887; both at once: Shmelkov, Schmid and Alahari, "How
    good is my GAN?", ECCV 2018, https://arxiv.org/abs/1807.09499.

    These papers train a ResNet on pixels. Here the classifier is a linear probe on features:
    multinomial logistic regression (scikit-learn's) after each feature has been scaled to mean 0
    and variance 1 over the training side. It is the same at every checkpoint and takes seconds, but
    its values are comparable for one backbone only, and not with published ones. It is fitted to a
    whole side at once, which is held in memory, scaled, in float32 and in float64. Pixels are just
    another backbone: flatten the images. In training, the reals are those of the evaluation split,
    which G has not seen.

    Args:
      real: [n_real, d].
      real_labels: int [n_real]; −1, unlabelled, is left out.
      fake: [n_fake, d].
      fake_labels: int [n_fake]; −1 is left out. Images of a class that the other side lacks count
        as wrong.
      regularization: The classifier minimizes its mean cross-entropy + regularization · ‖W‖² /
        (2n), n its number of examples.
      max_iterations: Of L-BFGS.

    Returns:
      The two scores. A fresh sample of reals in the place of the fakes gives what a perfect G
      would have.

    Raises:
      UnmeasurableError: A side has fewer than 2 classes.
      ValueError: Labels do not fit the features.
    """
    from sklearn.linear_model import LogisticRegression  # scikit-learn takes a second to import
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    check_number("regularization", regularization, "(0, inf)")
    check_whole_number("max_iterations", max_iterations)
    real, fake = checked_pair(real, fake, least=2)
    sides = {}
    for name, rows, given in (("real", real, real_labels), ("fake", fake, fake_labels)):
        labels = checked_labels(name, given, len(rows))
        known = labels >= 0
        if len(np.unique(labels[known])) < 2:
            raise UnmeasurableError(
                "Classification accuracy scores need 2 classes at least, but the labels of the "
                f"{name} images name {len(np.unique(labels[known]))}."
            )
        # A copy, in the place of the file that many features are read from, only where some go.
        sides[name] = (rows if known.all() else rows[known], labels[known])

    def accuracy(train: str, test: str) -> float:
        classifier = make_pipeline(
            StandardScaler(), LogisticRegression(C=1.0 / regularization, max_iter=max_iterations)
        )
        return float(classifier.fit(*sides[train]).score(*sides[test]))

    return ClassificationAccuracyScores(accuracy("fake", "real"), accuracy("real", "fake"))


@gin.register("cas")
class ClassificationAccuracy(Metric):
    """`classification_accuracy_scores` of the backbone's features: `cas` is the accuracy on reals
    of a classifier trained on fakes, `cas_reversed` that on fakes of one trained on reals.

    Args:
      regularization: See `classification_accuracy_scores`.
      max_iterations: See `classification_accuracy_scores`.

    Raises:
      ValueError: A number is out of its range.
    """

    names = ("cas", "cas_reversed")
    uses = ("features", "labels")
    needs_real = True
    better = {"cas": "higher"}

    def __init__(self, regularization: float = 1.0, max_iterations: int = 1000):
        check_number("cas.regularization", regularization, "(0, inf)")
        check_whole_number("cas.max_iterations", max_iterations)
        self._settings = {"regularization": regularization, "max_iterations": max_iterations}

    def accumulator(self) -> FeaturesAccumulator:
        """All features, with labels."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """Both scores by name."""
        found = classification_accuracy_scores(
            **labelled_sides("cas", real, fake), **self._settings
        )
        return dict(zip(self.names, found, strict=True))
