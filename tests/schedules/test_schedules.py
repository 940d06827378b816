# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The schedules, one after the other, on a tiny GAN."""

import csv
import json
import logging
import shutil

import gin
import numpy as np
import pytest
from PIL import Image

import compare_gan
from compare_gan import schedules
from compare_gan.configuration import ConfigurationError
from compare_gan.data import ArraySource
from compare_gan.schedules import RunFlags, SampleFlags
from compare_gan.training import Checkpoints


@pytest.fixture
def run(tmp_path, tiny):
    """`run(schedule, *bindings, **flags)` in one folder."""

    def go(schedule, *bindings, sample=None, **flags):
        flags = RunFlags(tmp_path / "run", sample=sample or SampleFlags(), **flags)
        schedules.run(schedule, [], [*tiny, *bindings], flags)
        return flags.model_dir

    return go


def test_train_then_evaluate_then_sample(run, caplog, capsys):
    """What a user does in a day, and everything that should be in the folder afterwards."""
    with caplog.at_level(logging.INFO):
        folder = run("eval_after_train", eval_every_steps=3)
    assert "Generator: " in caplog.text and "1 replica on CPU" in caplog.text
    assert "125, 128, 124" in caplog.text  # the class histogram
    assert "These bindings had no effect" not in caplog.text
    assert Checkpoints(folder / "checkpoints").steps() == [3, 6]
    names = {path.name for path in folder.iterdir()}
    expected = {"config.gin", "operative_config-0.gin", "model.json", "scores.jsonl", "scores.csv"}
    assert expected | {"TRAIN_DONE", "logs", "pictures", "checkpoints"} <= names

    # Scores carry their protocol, a row a step and metric; the .csv is the same.
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    assert {(row["step"], row["metric"]) for row in rows} == {
        (step, metric)
        for step in (3, 6)
        for metric in ("fid_digits_cnn", "inception_score_digits_cnn")
    }
    for row in rows:
        assert row["n_fake"] == 70 and row["bn_mode"] == "standing" and row["ema"] is True
        assert row["split"] == "test" and len(row["values"]) == 2
        np.testing.assert_allclose(row["mean"], np.mean(row["values"]))
        np.testing.assert_allclose(row["std"], np.std(row["values"]))
    with open(folder / "scores.csv") as file:
        assert [float(row["mean"]) for row in csv.DictReader(file)] == [row["mean"] for row in rows]
    assert "fid_digits_cnn" in capsys.readouterr().out

    # Evaluating again finds nothing left to do, and changes nothing.
    before = (folder / "scores.jsonl").read_bytes()
    with caplog.at_level(logging.INFO):
        caplog.clear()
        run("continuous_eval", eval_every_steps=3)
    assert "Evaluating the checkpoint" not in caplog.text
    assert (folder / "scores.jsonl").read_bytes() == before

    # Samples need the folder alone.
    flags = RunFlags(folder, sample=SampleFlags(count=6, labels=["3", "7"], format="npz", seed=5))
    schedules.run("sample", [], [], flags)
    (path,) = (folder / "pictures").glob("*.npz")
    with np.load(path, allow_pickle=False) as archive:
        assert archive["images"].shape == (6, 8, 8, 1)
        assert archive["labels"].tolist() == [3, 7, 3, 7, 3, 7]
        drawn = archive["images"]
    generator = compare_gan.load_generator(folder, standing_samples=128)
    again = generator.sample(6, [3, 7, 3, 7, 3, 7], seed=5)
    np.testing.assert_array_equal(np.round(again * 255), drawn)


@pytest.fixture
def folder(six_steps, tmp_path):
    """A finished run, where `run` goes on."""
    return shutil.copytree(six_steps, tmp_path / "run")


def test_sample_formats(run, folder):
    for kind, labels in (("grid", None), ("grid", ["1", "2", "3"]), ("png", None)):
        output = folder / f"out-{kind}-{bool(labels)}{'.png' if kind == 'grid' else ''}"
        asked = SampleFlags(count=9, labels=labels, format=kind, output=str(output), truncation=0.5)
        run("sample", sample=asked)
        files = sorted(output.glob("*.png")) if kind == "png" else [output]
        assert len(files) == (9 if kind == "png" else 1)
        with Image.open(files[0]) as image:
            assert image.size[0] >= 8 and image.mode == "L"


def test_another_configuration_is_refused(run, folder):
    run("train", "options.training_steps = 7", "eval.num_samples = 60")  # these may change
    with pytest.raises(ConfigurationError, match=r"another configuration.*disc_iters.*2.*3"):
        run("train", "options.training_steps = 7", "options.disc_iters = 3")


def test_other_data_are_refused(run, folder):
    description = json.loads((folder / "model.json").read_text())
    description["dataset"]["fingerprint"] = "0" * 16
    (folder / "model.json").write_text(json.dumps(description))
    with pytest.raises(ConfigurationError, match="holds a run on other data"):
        run("train", "options.training_steps = 7")
    with pytest.raises(ConfigurationError, match="holds a run on other data"):
        run("continuous_eval")


def test_dry_run_prints_and_leaves_nothing(run, capsys, tmp_path):
    run("train", 'dataset.name = "cifar10"', dry_run=True)
    printed = capsys.readouterr().out
    assert "options.batch_size = 8" in printed
    assert "generator: trainable parameters" in printed
    assert "Images: 32 x 32 x 3, 10 classes" in printed
    assert "GiB" in printed
    assert "GFLOP" in printed
    assert not (tmp_path / "run").exists()


def test_any_number_of_channels(run, tmp_path):
    """Four channels: trained, drawn (the first three) and handed on whole."""

    def four_channels(settings):
        images = np.random.default_rng(0).integers(0, 256, [40, 8, 8, 4]).astype(np.uint8)
        split = (images, np.arange(40) % 2, [str(index) for index in range(40)])
        return ArraySource("four_channels", {"train": split, "test": split}, num_classes=2)

    gin.external_configurable(four_channels, "four_channels", module="tests")
    folder = run("train", "dataset.name = @tests.four_channels", "options.training_steps = 2")
    with Image.open(folder / "pictures" / "fakes-0000002.png") as picture:
        assert picture.mode == "RGB"
    output = folder / "out.npz"
    run("sample", sample=SampleFlags(count=3, format="npz", output=str(output)))
    with np.load(output) as archive:
        assert archive["images"].shape == (3, 8, 8, 4)


def test_folder_with_a_single_class_is_warned_of(run, tmp_path, caplog):
    (tmp_path / "images" / "photos").mkdir(parents=True)
    for index in range(20):
        pixels = np.full([8, 8, 3], index, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / "photos" / f"{index}.png")
    run("train", f'dataset.name = "folder:{tmp_path / "images"}"', "options.training_steps = 1")
    assert "all of one class" in caplog.text
