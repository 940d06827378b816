# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Where features are from; how a file's are joined by id is in `test_features.py`."""

import gin
import numpy as np
import pytest

from compare_gan.data import ArraySource, TrueLabels
from compare_gan.label_inference.encoder_features import ImageFeatures, encoder_stage
from compare_gan.label_inference.features import FeatureFile

LEARNS = "label_inference.method = @linear_on_features"
PRETRAINED = (LEARNS, "pretraining.training_steps = 7", "pretraining.batch_size = 16")


def _elu(x):
    return np.where(x > 0, x, np.expm1(x))


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_encoders_features_in_the_order_of_the_ids(split, toy, images_of, method_run):
    source = toy()
    run = method_run(source, TrueLabels(), *PRETRAINED, "label_inference.batch_size = 32")
    features = ImageFeatures(run)
    (stage,) = features.stages
    task = stage.build()
    encoder = task.network.encoder
    values = np.random.default_rng(0)
    for variable in encoder.variables:  # a variance is not negative
        variable.assign(values.uniform(0.5, 2.0, variable.shape))
    found = features.train(task) if split == "train" else features.test(task)

    # Images as they were made, by the number in their id; moving averages, as in inference.
    images = images_of(90, 0)[0] if split == "train" else images_of(30, 2)[0]
    ids, _ = run.data.known.ids_and_labels(split)
    images = images[[int(identifier[-3:]) for identifier in ids]]
    flat = images.reshape(len(ids), -1) / 255 @ np.float64(encoder.kernel.numpy())
    norm = encoder.norm
    mean, variance = (np.float64(v) for v in (norm.moving_mean, norm.moving_variance))
    normal = (flat - mean) / np.sqrt(variance + norm.settings.epsilon)
    expected = _elu(normal * norm.gamma.numpy() + norm.beta.numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert found.dtype == np.float32


def test_without_an_evaluation_split_of_its_own_there_are_no_features_of_it(images_of, method_run):
    source = ArraySource("toy", {"train": images_of(20, 0)}, num_classes=3)
    features = ImageFeatures(method_run(source, TrueLabels(), *PRETRAINED))
    assert features.test_split() is None and features.test(None) is None


@pytest.mark.parametrize("complete", [True, False])
def test_a_file_may_have_the_training_images_alone(complete, toy, method_run):
    source, splits = toy(), ("train", "test") if complete else ("train",)
    ids = np.concatenate([source.ids_and_true_labels(split)[0] for split in splits])
    rows = np.arange(2.0 * len(ids)).reshape(-1, 2)
    run = method_run(source, TrueLabels(), LEARNS, features=(ids, rows))
    features = ImageFeatures(run)
    assert features.stages == ()
    assert features.settings() == {"features": FeatureFile(run.settings.features).digest}
    np.testing.assert_array_equal(features.train(None), rows[:90])
    if complete:
        np.testing.assert_array_equal(features.test(None), rows[90:])
    else:
        assert features.test_split() is None and features.test(None) is None


def test_the_stage_says_all_that_decides_the_encoder(toy, method_run):
    run = method_run(toy(), TrueLabels(), *PRETRAINED)
    stage = encoder_stage(run)
    assert stage.name == "encoder" and stage.loop.training_steps == 7
    assert stage.settings["seed"] == 3 and stage.settings["data"]["order_seed"] == 5
    assert stage.settings["pretraining"]["batch_size"] == 16
    assert ImageFeatures(run).settings() == {"encoder": stage.settings}
    # It goes on with the batches where it stopped.
    whole, rest = ([b["images"] for b in stage.batches(step).take(3 - step)] for step in (0, 2))
    assert whole[0].shape == (1, 16, 4, 4, 1)  # one batch for a step
    np.testing.assert_array_equal(whole[2], rest[0])
    with gin.unlock_config():
        gin.bind_parameter("pretraining.training_steps", 0)
    assert encoder_stage(run) is None
