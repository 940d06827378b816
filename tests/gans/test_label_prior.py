# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which classes fakes have."""

import types

import numpy as np
import pytest

from compare_gan.gans.label_prior import label_frequencies
from tests.gans import toy


def test_uniform_or_as_the_labels_are():
    np.testing.assert_allclose(label_frequencies(toy.dataset(), fitted=False), [1 / 3] * 3)
    # The toy data set has 1, 2 and 3 labelled images of its classes.
    np.testing.assert_allclose(label_frequencies(toy.dataset(), fitted=True), [1 / 6, 2 / 6, 3 / 6])


def test_nothing_can_be_fitted_without_labels():
    none = types.SimpleNamespace(name="bare", num_classes=2, class_histogram=lambda: np.zeros(2))
    with pytest.raises(ValueError, match="fit_label_distribution=True needs labelled images.*bare"):
        label_frequencies(none, fitted=True)
