# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of a trained model, in its training and afterwards."""

import json
import math
import shutil

import numpy as np
import pytest
import tensorflow as tf

from compare_gan import comparison, load_generator, schedules
from compare_gan.comparison import CompareFlags
from compare_gan.configuration import ConfigurationError
from compare_gan.data import get_dataset
from compare_gan.metrics import read_scores
from compare_gan.schedules import RunFlags
from compare_gan.training import BestCheckpoint, CheckpointError

CHOSEN = ["gilbo", "discriminator_accuracy", "discriminator_loss", "jacobian_conditioning"]
SETTINGS = [
    "gilbo.training_steps = 3",
    "gilbo.channels = 2",
    "gilbo.num_samples = 70",
    "jacobian_conditioning.num_samples = 5",
]
NAMES = {
    "gilbo",
    "gilbo_train_consistency",
    "gilbo_eval_consistency",
    "gilbo_self_consistency",
    "discriminator_train_accuracy",
    "discriminator_test_accuracy",
    "discriminator_fake_accuracy",
    "discriminator_train_loss",
    "discriminator_test_loss",
    "log_condition_number",
    "log_condition_number_std",
    "log_condition_number_of_mean",
}


@pytest.fixture(scope="module")
def model_dir(tiny, tmp_path_factory):
    """A run of one step, evaluated."""
    folder = tmp_path_factory.mktemp("run")
    listed = ", ".join(f"@{name}" for name in ["fractal_dimension", *CHOSEN])
    bindings = [
        "options.training_steps = 1",
        "eval.num_fake_sets = 1",
        f"eval.metrics = [{listed}]",
        *SETTINGS,
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPARE_GAN_CACHE", str(folder / "cache"))
        schedules.run("eval_after_train", [], [*tiny, *bindings], RunFlags(folder))
    return folder


def _flags(model_dir, **changes):
    return CompareFlags(
        **{
            "real": "dataset:digits",
            "fake": str(model_dir),
            "metrics": CHOSEN,
            "num_samples": 70,
            "gin_bindings": SETTINGS,
        }
        | changes
    )


def test_rows_of_a_training_and_values_of_a_comparison(model_dir, capsys):
    rows = {row.metric: row for row in read_scores(model_dir)}
    assert rows.keys() == {*NAMES, "fractal_dimension"}
    assert rows["gilbo"].n_fake == 70 and rows["gilbo"].n_real == 320
    assert rows["discriminator_test_accuracy"].n_real == 70 and rows["gilbo"].num_fake_sets == 1
    assert not any(rows[name].warning for name in NAMES)
    assert all(math.isfinite(rows[name].mean) for name in NAMES)
    found = comparison.run(_flags(model_dir, metrics=CHOSEN[1:]))
    compared = {name for name in NAMES if not name.startswith("gilbo")}
    assert found.values.keys() == compared and not found.warnings
    assert found.protocol["settings"] == {
        name: {"num_samples": 5} for name in compared if name.startswith("log_condition")
    }
    for name in compared:
        np.testing.assert_allclose(found.values[name], rows[name].mean, rtol=1e-4, err_msg=name)
    assert "log_condition_number_of_mean" in capsys.readouterr().out


def test_discriminator_is_that_of_the_checkpoint(model_dir):
    """Its answers to test images are those that the accuracy counts."""
    generator = load_generator(model_dir)
    discriminator = generator.load_discriminator()
    reader = tf.train.load_checkpoint(str(model_dir / "checkpoints" / "1" / "state"))
    # What an optimizer trains is kept under its name.
    saved = [
        reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if name.startswith("discriminator")
    ]
    for weight in discriminator.get_weights():
        assert any(np.array_equal(weight, value) for value in saved)
    images, labels = [], []
    for batch in get_dataset("digits").evaluation_batches("test", 537):
        images, labels = batch["images"].numpy() / np.float32(255), batch["labels"]
    chosen = np.arange(70) * 537 // 70
    logits = discriminator(images[chosen], tf.one_hot(labels, 10).numpy()[chosen]).logits
    [row] = [r for r in read_scores(model_dir) if r.metric == "discriminator_test_accuracy"]
    assert row.mean == np.mean(logits >= 0)


def test_loss_is_that_of_the_run(model_dir, tmp_path):
    """It needs no configuration; and says why where it can't be found again."""
    reals, fakes = np.float32([[1.5], [-0.5]]), np.float32([[0.25], [-2.0]])
    by_hand = np.mean(np.log1p(np.exp(-reals))) + np.mean(np.log1p(np.exp(fakes)))
    loss = load_generator(model_dir).load_loss()
    np.testing.assert_allclose(loss(reals, fakes).d_loss, by_hand, rtol=1e-6)
    for found, words in (
        (None, "it can't be found again without the run"),
        ({"fn": "gone:loss", "arguments": {}}, "of module 'gone' can't be imported"),
        (..., "does not tell by which loss D was trained: an older version"),
    ):
        copy = _with_model(model_dir, tmp_path / words[:9], loss=found)
        compared = comparison.run(_flags(copy, metrics=CHOSEN[1:3]))
        failed = {name for name, value in compared.values.items() if math.isnan(value)}
        assert failed == {"discriminator_train_loss", "discriminator_test_loss"}
        [warning] = compared.warnings
        assert words in warning


def _with_model(model_dir, copy, **changes):
    """A copy of the run with another `model.json`; what is set to ... is left out."""
    copy.mkdir()
    (copy / "checkpoints").symlink_to(model_dir / "checkpoints")
    model = json.loads((model_dir / "model.json").read_text()) | changes
    model = {key: value for key, value in model.items() if value is not ...}
    (copy / "model.json").write_text(json.dumps(model))
    return copy


def test_networks_of_a_held_checkpoint_outlive_rotation(model_dir, tmp_path):
    """G while it is about to be scored, and D of a G that was loaded before."""
    copy = tmp_path / "run"
    shutil.copytree(model_dir, copy)
    checkpoints = copy / "checkpoints"
    shutil.copytree(checkpoints / "1", checkpoints / "2")
    BestCheckpoint(checkpoints).hold(1)
    generator = load_generator(copy, 1)
    expected = generator.load_discriminator().get_weights()
    shutil.rmtree(checkpoints / "1")
    for found, weight in zip(generator.load_discriminator().get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, weight)
    np.testing.assert_array_equal(load_generator(copy, 1).sample(2), generator.sample(2))
    shutil.rmtree(checkpoints / "best")
    with pytest.raises(CheckpointError, match="no checkpoint of step 1 in .*checkpoints: "):
        generator.load_discriminator()


def test_a_discriminator_that_does_not_judge_alone(model_dir, tmp_path):
    assert json.loads((model_dir / "model.json").read_text())["judging_tasks"] == []
    for tasks, words in (
        (["label_projection"], "together with its auxiliary task 'label_projection'"),
        (..., "does not tell how D judges images: an older version"),
    ):
        copy = _with_model(model_dir, tmp_path / words[:4], judging_tasks=tasks)
        found = comparison.run(_flags(copy, metrics=["discriminator_accuracy"]))
        assert all(math.isnan(value) for value in found.values.values())
        [warning] = found.warnings
        assert words in warning


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"fake": "dataset:digits@train"}, "give --fake as the model_dir of a training run, or le"),
        ({"real": "images.npy"}, "give --real as dataset:NAME, or leave them out"),
        ({"real": "dataset:folder:pictures"}, "images are 8x8x1 and those of folder:pictures"),
    ],
)
def test_sides_that_will_not_do(changes, words, model_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("images.npy", np.zeros([80, 8, 8, 1], np.uint8))
    for split in ("train", "test"):
        folder = tmp_path / "pictures" / split / "a"
        folder.mkdir(parents=True)
        for index in range(2):
            tf.io.write_file(
                str(folder / f"{index}.png"), tf.io.encode_png(tf.zeros([16, 16, 3], tf.uint8))
            )
    settings = {"num_samples": 2, "image_size": 16} if "folder" in str(changes) else {}
    with pytest.raises(ConfigurationError, match=words):
        comparison.run(_flags(model_dir, **changes, **settings))
