# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings as plain values: equal exactly if what they describe is configured equally."""

import json

import gin
import pytest

from compare_gan.architectures.resnet_encoder import SmallResNet
from compare_gan.augmentation.views import weak_view
from compare_gan.label_inference import LabelInferenceSettings
from compare_gan.label_inference.descriptions import describe, flatten
from compare_gan.label_inference.pretraining import PretrainingSettings
from compare_gan.label_inference.views import ShiftedViews

WEAK = {"name": "compare_gan.augmentation.views.weak_view", "shift": 0.125, "flip": False}
WEAK["fill"] = "zero"


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


def test_flatten():
    nested = {"a": {"b": 1, "c": {"d": [2]}}, "e": {}, "f": None}
    assert flatten(nested) == {"a.b": 1, "a.c.d": [2], "e": {}, "f": None}
