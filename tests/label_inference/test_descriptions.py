# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings as plain values: equal exactly if what they describe is configured equally."""

import functools
import hashlib
import json
import pathlib

import gin
import keras
import numpy as np
import pytest

from compare_gan.architectures.resnet_encoder import SmallResNet
from compare_gan.augmentation.views import weak_view
from compare_gan.data import FewLabels
from compare_gan.label_inference import LabelInferenceSettings
from compare_gan.label_inference.descriptions import describe, flatten
from compare_gan.label_inference.pretraining import PretrainingSettings
from compare_gan.label_inference.views import PredictionViews, ShiftedViews

WEAK = {"name": "compare_gan.augmentation.views.weak_view", "shift": 0.125, "flip": False}
WEAK |= {"fill": "zero", "crop_area": None, "crop_aspect": [0.75, 4 / 3]}


@gin.register("test_brighter_views")
class BrighterViews(PredictionViews):
    """No dataclass."""

    def __init__(self, by=0.1):
        self._by = by

    def __call__(self, images):
        return [images + self._by]


@pytest.mark.parametrize(
    "bindings, changes",
    [
        ([], {}),
        (["weak_view.shift = 0.5"], {"shift": 0.5}),
        (["pretraining.view = @a/weak_view", "a/weak_view.flip = True"], {"flip": True}),
        (["weak_view.shift = 0.5", "pretraining.view = @a/weak_view"], {"shift": 0.5}),
    ],
)
def test_a_function_with_what_is_bound(bindings, changes):
    gin.parse_config(bindings)
    description = describe(PretrainingSettings())
    assert description["view"] == {**WEAK, **changes}
    assert json.loads(json.dumps(description)) == description


def test_a_class_by_reference_and_by_itself():
    gin.parse_config(
        ["label_inference.method = @clustering", "label_inference.encoder = @small_resnet",
         "small_resnet.width = 5"]
    )  # fmt: skip
    expected = {
        "name": "compare_gan.architectures.resnet_encoder.SmallResNet",
        "width": 5, "blocks": 1, "batch_norm_decay": 0.9, "dtype": None,
    }  # fmt: skip
    assert describe(LabelInferenceSettings().encoder) == describe(SmallResNet) == expected


def test_values_objects_and_what_gin_does_not_know():
    views = "compare_gan.label_inference.views.ShiftedViews"
    assert describe((ShiftedViews(2), 1.5)) == [{"name": views, "pixels": 2}, 1.5]
    assert describe(json.dumps) == {"name": "json.dumps"}
    assert describe(weak_view) == WEAK


def test_views_with_their_settings():
    name = f"{BrighterViews.__module__}.BrighterViews"
    gin.parse_config(
        ["label_inference.method = @clustering", "test_brighter_views.by = 0.3",
         "label_inference.views = [@test_brighter_views, @shifted_views]",
         "shifted_views.pixels = 2"]
    )  # fmt: skip
    brighter, shifted = describe(LabelInferenceSettings().views)
    assert brighter == {"name": name, "by": 0.3} and shifted["pixels"] == 2
    assert describe(BrighterViews(0.7)) == {"name": name, "by": 0.7}
    # A scope's settings are those of the reference that enters it.
    gin.parse_config(
        ["label_inference.views = [@far/shifted_views, @bright/test_brighter_views]",
         "far/shifted_views.pixels = 3", "bright/test_brighter_views.by = 0.9"]
    )  # fmt: skip
    shifted, brighter = describe(LabelInferenceSettings().views)
    assert shifted["pixels"] == 3 and brighter == {"name": name, "by": 0.9}


def test_a_reference_that_was_evaluated_is_described_like_one_that_was_not():
    gin.parse_config(
        ["few_labels.fraction = 0.25", "few_labels.seed = 7", "dataset.labels = @few_labels",
         "label_inference.method = @clustering"]
    )  # fmt: skip
    described = []
    for reference in ("@few_labels", "@few_labels()"):
        gin.parse_config(f"label_inference.known_labels = {reference}")
        described.append(describe(LabelInferenceSettings().known_labels))
    assert described[0] == described[1]
    assert described[0] | {"fraction": 0.25, "per_class": None, "seed": 7} == described[0]
    assert describe(FewLabels(0.5)) != describe(FewLabels(0.25))


def test_objects():
    table = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert describe(table) == {
        "dtype": "int32", "shape": [2, 3], "sha256": hashlib.sha256(table.tobytes()).hexdigest()
    }  # fmt: skip
    assert describe([np.float32(0.5), pathlib.Path("a/b")]) == [0.5, "a/b"]
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 7)
    assert describe(schedule)["decay_steps"] == 7
    one, other = (describe(functools.partial(weak_view, shift=shift)) for shift in (0.1, 0.2))
    assert one["of"] == other["of"] and one != other


def test_what_cannot_be_described_is_refused():
    with pytest.raises(
        ValueError, match=r"BrighterViews decides the labels, .* \(A builtins.objec"
    ):
        describe(BrighterViews(object()))


def test_flatten():
    nested = {"a": {"b": 1, "c": {"d": [2]}}, "e": {}, "f": None}
    assert flatten(nested) == {"a.b": 1, "a.c.d": [2], "e": {}, "f": None}
