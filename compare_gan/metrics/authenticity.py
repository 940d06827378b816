# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Whether fakes are copies of training images: the share that is authentic."""

import gin
import numpy as np

from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair
from compare_gan.metrics.neighbours import nearest, squared_radii


def authenticity(*, real: np.ndarray, fake: np.ndarray) -> float:
    """The share of fakes that are farther from their nearest real than that real from any other.

        authentic(f) = ‖f − r‖ > min over r' ≠ r of ‖r − r'‖,   r = the real nearest to f

    Copies lie closer to their source than its own neighbours do. The real images must be those G
    was trained on (`eval.split = "train"`). Real images of the same distribution score near 1/2
    themselves: look at the difference. Alaa, van Breugel, Saveliev, van der Schaar, "How Faithful
    is your Synthetic Data?", ICML 2022, https://arxiv.org/abs/2102.08921 ("AuthPct" of
    https://arxiv.org/abs/2306.04675 is this times 100).

    Args:
      real: [n_real, d], of the training images.
      fake: [n_fake, d].

    Returns:
      A number from 0, all copies, to 1.

    Raises:
      ValueError: The features cannot be compared.
    """
    real, fake = checked_pair(real, fake, least=2)
    radii = squared_radii(real, 1)
    distances, sources = nearest(fake, real, 1)
    return float(np.mean(distances[:, 0] > radii[sources[:, 0]]))


@gin.register("authenticity")
class Authenticity(Metric):
    """`authenticity` in the backbone's features, under this name; use it with `eval.split` set to
    the training split. Values against another split have a warning.
    """

    names = ("authenticity",)
    uses = ("features",)
    needs_real = True
    needs_training_images = True

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"authenticity": share}`."""
        return {"authenticity": authenticity(real=real.result(), fake=fake.result())}
