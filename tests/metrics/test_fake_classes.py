# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import types

import numpy as np
import pytest

from compare_gan.metrics.fake_classes import check_fake_classes

DATASET = types.SimpleNamespace(name="toy", class_names=["cat", "dog"])


@pytest.mark.parametrize(
    "class_names, labels, message",
    [
        ([], [0, 1], "cas needs the classes of the fakes, but this G is unconditional"),
        (["dog", "cat"], [0, 1], r"G's 2 classes \(dog, cat\) are not the 2 of toy \(cat, dog\)"),
        (["cat", "dog"], [-1, -1], "none in the split 'test' of toy is"),
        (["cat", "dog"], [], "none in the split 'test' of toy is"),
    ],
)
def test_classes_that_do_not_fit(class_names, labels, message):
    with pytest.raises(ValueError, match=message):
        check_fake_classes("cas", class_names, DATASET, "test", np.array(labels, int))


def test_one_labelled_image_is_enough():
    check_fake_classes("cas", ("cat", "dog"), DATASET, "test", np.array([-1, 1]))
