# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`label_inference.method = @linear_on_features`: logistic regression on fixed features."""

import logging
import math
import numbers
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import gin
import numpy as np
import scipy.special

from compare_gan.label_inference.descriptions import describe
from compare_gan.label_inference.encoder_features import ImageFeatures
from compare_gan.label_inference.method import InferenceRun, InferredLabels, Method
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.prediction import predict_probabilities
from compare_gan.label_inference.stages import Stage
from compare_gan.training import Task

_log = logging.getLogger(__name__)

_MOST_ITERATIONS = 2000
_ROWS_AT_ONCE = 4096


@gin.register("linear_on_features", denylist=["run"])
class LinearOnFeatures(Method):
    """Logistic regression on the labelled images' features labels all images.

    Features are the user's (`label_inference.features`), or those of an encoder pre-trained by
    rotation; each is standardized by its mean and deviation over all training images, which needs
    no labels. The problem is convex, so that scikit-learn's solver comes to its one solution, or
    else says that it did not; stochastic gradient descent on a linear head takes hundreds of epochs
    to come near (Kolesnikov et al., https://arxiv.org/abs/1901.09005, figure 7) and needs a
    learning rate for each kind of features.

    With `label_inference.views` a prediction is the mean over views of an image of the
    probabilities that the regression gives the encoder's features of the view. The regression
    itself learns from the images as they are.

    Args:
      run: What it works with.
      inverse_regularization: scikit-learn's C: the loss is ½ ‖w‖² + C · the sum of cross-entropies.

    Raises:
      ValueError: There are no features, labels of one class only, views that do not fit, or the
        regularization is not positive.
    """

    def __init__(self, run: InferenceRun, inverse_regularization: float = 1.0):
        super().__init__(run)
        number = isinstance(inverse_regularization, numbers.Real)
        if not (number and not isinstance(inverse_regularization, bool)) or not (
            0 < inverse_regularization < math.inf
        ):
            raise ValueError(
                "linear_on_features.inverse_regularization must be a positive number, such as 1.0, "
                f"received {inverse_regularization!r}."
            )
        self._inverse_regularization = inverse_regularization
        self._features = ImageFeatures(run)
        self._views = run.settings.build_views()
        if any(view.rotates for view in self._views):
            raise ValueError(
                "label_inference.views has @rotated_views, but @linear_on_features learns classes "
                "from upright images only and says nothing about rotated ones: leave it out."
            )
        labels = run.known_labels
        if len(np.unique(labels[labels >= 0])) == 1:
            raise ValueError(
                "@linear_on_features needs labels of at least two classes, but there are only "
                f"those of class {labels.max()}: see label_inference.known_labels."
            )

    def settings(self) -> dict[str, Any]:
        return {
            "known_labels": self.run.known_label_settings(),
            "inverse_regularization": self._inverse_regularization,
            "views": describe(self.run.settings.views),
            **self._features.settings(),
        }

    def stages(self) -> Sequence[Stage]:
        return self._features.stages

    def label(self, task: Task | None) -> InferredLabels:
        features = self._features.train(task)
        model = self._fit(features)
        if not self._views:
            train = model.probabilities(features)
            test_features = self._features.test(task)
            test = None if test_features is None else model.probabilities(test_features)
        else:
            del features  # what follows sees images
            known = self.run.data.known
            network = EncoderWithHeads(task.network.encoder, {"class": self.num_classes})
            network.heads[0].kernel.assign(model.weights)
            network.heads[0].bias.assign(model.biases)
            train, test = (
                predict_probabilities(
                    network, known, split, self._views, self.run.settings.batch_size
                )
                if split
                else None
                for split in (known.train_split, self._features.test_split())
            )
        return InferredLabels(
            train.argmax(axis=1).astype(np.int32),
            train,
            None if test is None else test.argmax(axis=1).astype(np.int32),
        )

    def _fit(self, features: np.ndarray) -> "_LinearModel":
        """The regression on the labelled images' standardized features."""
        from sklearn.exceptions import ConvergenceWarning  # scikit-learn takes a second to import
        from sklearn.linear_model import LogisticRegression

        mean, deviation = _mean_and_deviation(features)
        labels = self.run.known_labels
        known = labels >= 0
        model = LogisticRegression(C=self._inverse_regularization, max_iter=_MOST_ITERATIONS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told below, in our words
            model.fit((features[known] - mean) / deviation, labels[known])
        if model.n_iter_.max() >= _MOST_ITERATIONS:
            _log.warning(
                "The logistic regression had not come to its solution after %d iterations; its "
                "labels may be a little worse. A smaller "
                "linear_on_features.inverse_regularization (now %s) makes it easier.",
                _MOST_ITERATIONS,
                self._inverse_regularization,
            )
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn has the logit of the second one only
            coefficients = np.concatenate([np.zeros_like(coefficients), coefficients])
            intercepts = np.concatenate([[0.0], intercepts])
        # Classes without a labelled image cannot be predicted, but have their column.
        weights = np.zeros([features.shape[1], self.num_classes])
        biases = np.full([self.num_classes], -np.inf)
        # The standardization is a part of the linear map, so that no copy of all features is made.
        weights[:, model.classes_] = (coefficients / deviation).T
        biases[model.classes_] = intercepts - coefficients @ (mean / deviation)
        return _LinearModel(weights, biases)


class _LinearModel(NamedTuple):
    """softmax(features · weights + biases), float64 [features, classes] and [classes]."""

    weights: np.ndarray
    biases: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """float32 [n, classes], a portion of the rows at a time."""
        result = np.empty([len(features), len(self.biases)], np.float32)
        for start in range(0, len(features), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            logits = features[rows] @ self.weights + self.biases
            result[rows] = scipy.special.softmax(logits, axis=1)
        return result


def _mean_and_deviation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each feature, float64 [d], a portion at a time.

    The deviation of a feature that is the same everywhere counts as 1.
    """
    count = len(features)
    portions = [slice(start, start + _ROWS_AT_ONCE) for start in range(0, count, _ROWS_AT_ONCE)]
    mean = sum(features[rows].sum(axis=0, dtype=np.float64) for rows in portions) / count
    squares = sum(((features[rows] - mean) ** 2).sum(axis=0) for rows in portions)
    deviation = np.sqrt(squares / count)
    # Rounding may leave a little where there is no deviation at all.
    constant = deviation <= np.finfo(np.float32).eps * np.abs(mean)
    return mean, np.where(constant, 1.0, deviation)
