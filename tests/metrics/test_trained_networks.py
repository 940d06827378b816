# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks that this library has trained, as those behind scores."""

import shutil

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import schedules
from compare_gan.data import get_dataset, load_digits
from compare_gan.label_inference import load_classifier, load_encoder
from compare_gan.metrics import FID, EvaluationSettings, Evaluator
from compare_gan.metrics.backbones import TrainedClassifierBackbone, TrainedEncoderBackbone
from compare_gan.schedules import RunFlags
from compare_gan.training import CheckpointError, Checkpoints

CLASSIFIER = [
    'dataset.name = "digits"',
    "few_labels.fraction = 1.0",
    "label_inference.method = @semi_supervised",
    "small_resnet.width = 8",
    "classifier.training_steps = 150",
    "classifier.learning_rate = 0.1",
    "classifier.rotation_weight = 0.0",
    "classifier.ema_decay = 0.9",
]
# The classifier's own encoder starts there.
PRETRAINING = ["pretraining.training_steps = 2"]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier") / "run"
    schedules.run("infer_labels", [], CLASSIFIER, RunFlags(folder))
    return folder


def test_logits_and_features_of_unseen_digits(model_dir):
    backbone = TrainedClassifierBackbone(model_dir)
    images, labels, _ = load_digits("test")
    features, logits = backbone(images / 255)
    assert backbone.name == "trained_classifier_digits"
    assert features.shape == (537, backbone.feature_dim) == (537, 32)
    assert logits.shape == (537, backbone.num_logits) == (537, 10)
    right = (logits.argmax(axis=1) == labels).mean()
    assert right > 0.9 and backbone.accuracy == pytest.approx(right)
    dataset = get_dataset("digits")
    evaluator = Evaluator(dataset, EvaluationSettings(metrics=[FID], backbone=backbone))
    (row,) = evaluator.rows_without_values(step=1, ema=True, bn_mode="moving")
    assert row.metric == "fid_trained_classifier_digits"
    assert (row.backbone_hash, row.backbone_accuracy) == (backbone.hash, backbone.accuracy)
    # The averaged class head, on these features.
    place = Checkpoints(model_dir / "label_inference" / "classifier" / "checkpoints").folder(150)
    reader = tf.train.load_checkpoint(str(place / "state"))
    stored = {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if name.startswith("average_class_head")
    }
    kernel, bias = (next(v for v in stored.values() if v.ndim == n) for n in (2, 1))
    np.testing.assert_allclose(logits, features @ kernel + bias, rtol=1e-4, atol=1e-4)


def test_hash_is_that_of_the_weights(model_dir, tmp_path):
    one, same = (TrainedClassifierBackbone(model_dir, name=f"my {n}") for n in (1, 2))
    assert one.hash == same.hash and len(one.hash) == 64 and one.name == "my_1"
    gin.clear_config()
    schedules.run(
        "infer_labels",
        [],
        [*CLASSIFIER, "classifier.training_steps = 1", *PRETRAINING],
        RunFlags(tmp_path),
    )
    assert TrainedClassifierBackbone(tmp_path).hash != one.hash
    _check_encoder(tmp_path)


def _check_encoder(folder):
    """Features are those of the pre-training's last step, not of the classifier."""
    encoder = TrainedEncoderBackbone(folder, resize="tf1_bilinear")
    assert (encoder.name, encoder.num_logits) == ("trained_encoder_digits", 0)
    trained = load_encoder(folder)
    assert trained.step == 2 and trained.hash == encoder.hash != load_classifier(folder).hash
    images = load_digits("test")[0][:9].astype(np.float32) / 255
    features, logits = encoder(images)
    assert features.shape == (9, encoder.feature_dim) and logits is None
    stage = folder / "label_inference" / "encoder"
    reader = tf.train.load_checkpoint(str(Checkpoints(stage / "checkpoints").folder(2) / "state"))
    # Under the names of whatever holds them first, the optimizer or the encoder.
    stored = [reader.get_tensor(name) for name in reader.get_variable_to_shape_map()]
    for variable in trained.encoder.variables:
        assert any(np.array_equal(variable.numpy(), value) for value in stored), variable.path
    np.testing.assert_allclose(features, trained.encoder(images), rtol=1e-4, atol=1e-5)
    # Images of twice the size, of which every other pixel is that of the digit.
    doubled = images.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(encoder(doubled)[0], features, rtol=1e-4, atol=1e-5)
    other = shutil.copytree(folder, folder.parent / "unfinished")
    shutil.rmtree(other / "label_inference" / "encoder" / "checkpoints" / "2")
    with pytest.raises(ValueError, match="pre-training .* has not come to its end, step 2"):
        TrainedEncoderBackbone(other)


def test_no_other_checkpoint_takes_the_place_of_the_one_that_gave_the_labels(model_dir, tmp_path):
    folder = shutil.copytree(model_dir, tmp_path / "run")
    checkpoints = folder / "label_inference" / "classifier" / "checkpoints"
    for step in (7, 1000):  # as if there were an earlier and a later one
        shutil.copytree(checkpoints / "150", checkpoints / str(step))
    assert load_classifier(folder).step == 150
    (data,) = (checkpoints / "150").glob("*.data-*")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="step 150 is damaged.* Remove .*checkpoints/150 and"):
        load_classifier(folder)


def test_other_images_and_folders_are_refused(model_dir, tmp_path):
    backbone = TrainedClassifierBackbone(model_dir)
    with pytest.raises(ValueError, match="takes images of 8x8 with 1 channels"):
        backbone(np.zeros([2, 9, 9, 1]))
    with pytest.raises(ValueError, match="trained_classifier.model_dir is missing"):
        TrainedClassifierBackbone()
    with pytest.raises(
        ValueError, match="holds no trained classifier: run --schedule=infer_labels"
    ):
        TrainedClassifierBackbone(tmp_path)
    with pytest.raises(ValueError, match="trained_encoder.model_dir is missing"):
        TrainedEncoderBackbone()
    # That classifier started from scratch.
    with pytest.raises(ValueError, match="no pre-trained encoder: .*pretraining.training_steps"):
        TrainedEncoderBackbone(model_dir)
    for kind in (TrainedClassifierBackbone, TrainedEncoderBackbone):
        with pytest.raises(ValueError, match=r"trained_\w+.resize must be one of none, tf1_bilin"):
            kind(model_dir, resize="area")
