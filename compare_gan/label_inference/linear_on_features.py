# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`label_inference.method = @linear_on_features`: logistic regression on fixed features."""

from collections.abc import Sequence
from typing import Any

import gin
import numpy as np

from compare_gan.label_inference.encoder_features import ImageFeatures
from compare_gan.label_inference.method import InferenceRun, InferredLabels, Method
from compare_gan.label_inference.stages import Stage
from compare_gan.training import Task

_MOST_ITERATIONS = 2000


@gin.register("linear_on_features", denylist=["run"])
class LinearOnFeatures(Method):
    """Logistic regression on the labelled images' features labels all images.

    Features are the user's (`label_inference.features`), or those of an encoder pre-trained by
    rotation; each is standardized by its mean and deviation over all training images, which needs
    no labels. The problem is convex, and scikit-learn's solver ends at its one solution, while
    stochastic gradient descent on a linear head takes hundreds of epochs to come near (Kolesnikov
    et al., https://arxiv.org/abs/1901.09005, figure 7) and needs a learning rate for each kind of
    features.

    Args:
      run: What it works with.
      inverse_regularization: scikit-learn's C: the loss is ½ ‖w‖² + C · the sum of cross-entropies.

    Raises:
      ValueError: There are no features, or the regularization is not positive.
    """

    def __init__(self, run: InferenceRun, inverse_regularization: float = 1.0):
        super().__init__(run)
        if not inverse_regularization > 0:
            raise ValueError(
                "linear_on_features.inverse_regularization must be positive, received "
                f"{inverse_regularization!r}."
            )
        self._inverse_regularization = inverse_regularization
        self._features = ImageFeatures(run)

    def settings(self) -> dict[str, Any]:
        return {
            "known_labels": self.run.known_label_settings(),
            "inverse_regularization": self._inverse_regularization,
            **self._features.settings(),
        }

    def stages(self) -> Sequence[Stage]:
        return self._features.stages

    def label(self, task: Task | None) -> InferredLabels:
        from sklearn.linear_model import LogisticRegression  # takes a second to import

        features = self._features.train(task)
        mean, deviation = features.mean(axis=0), features.std(axis=0)
        deviation[deviation == 0] = 1.0

        def standardized(rows: np.ndarray) -> np.ndarray:
            return (rows - mean) / deviation

        labels = self.run.known_labels
        known = labels >= 0
        classes = np.unique(labels[known])
        if len(classes) < 2:
            raise ValueError(
                f"@linear_on_features needs labels of at least two classes, but there are "
                f"{len(classes)}: see label_inference.known_labels."
            )
        model = LogisticRegression(C=self._inverse_regularization, max_iter=_MOST_ITERATIONS)
        model.fit(standardized(features[known]), labels[known])
        # Classes without a labelled image cannot be predicted, but have their column.
        probabilities = np.zeros([len(features), self.num_classes], np.float32)
        probabilities[:, model.classes_] = model.predict_proba(standardized(features))
        test = self._features.test(task)
        return InferredLabels(
            probabilities.argmax(axis=1).astype(np.int32),
            probabilities,
            None if test is None else model.predict(standardized(test)).astype(np.int32),
        )
