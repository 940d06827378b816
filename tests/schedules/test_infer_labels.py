# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=infer_labels` on the digits, with small networks and few steps."""

import logging
import re
import shutil

import gin
import numpy as np
import pytest

from compare_gan import schedules
from compare_gan.configuration import ConfigurationError
from compare_gan.data import LabelStore, load_digits
from compare_gan.schedules import RunFlags
from compare_gan.training import ModelDirLock
from tests.schedules import processes

SMALL = [
    'dataset.name = "digits"',
    "few_labels.fraction = 0.1",
    "label_inference.method = @semi_supervised",
    "label_inference.encoder = @small_resnet",
    "small_resnet.width = 8",
    "classifier.training_steps = 120",
    "classifier.batch_size = 64",
    "classifier.labelled_batch_size = 32",
    "classifier.learning_rate = 0.1",
    "classifier.rotation_weight = 0.0",
    "classifier.consistency_weight = 1.0",
    "classifier.strong_view = @weak_view",
    "classifier.ema_decay = 0.9",
]
CLUSTERING = [
    'dataset.name = "digits"',
    "label_inference.method = @clustering",
    "small_resnet.width = 4",
    "pretraining.training_steps = 5",
    "clustering.num_clusters = 12",
]


def _run(bindings, folder, **flags):
    schedules.run("infer_labels", [], bindings, RunFlags(folder, **flags))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("infer_labels") / "run"
    _run(SMALL, folder)
    return folder


def test_labels_of_the_digits(finished):
    store = LabelStore(finished / "label_inference" / "labels")
    _, true, ids = load_digits("train")
    hard = store.hard_labels(ids)
    labelled = (finished / "label_inference" / "labelled_ids.txt").read_bytes().split()
    hidden = ~np.isin(ids, labelled)
    assert len(labelled) == 128 and hidden.sum() == 1132
    accuracy = (hard == true)[hidden].mean()
    assert store.provenance["accuracy_hidden"] == pytest.approx(accuracy)
    assert accuracy > 0.85


def test_a_second_call_makes_nothing_and_tells_the_same(finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*.npy")}
    _run(SMALL, finished)
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*.npy")} == before
    printed = capsys.readouterr().out
    assert re.search(r"labels used +128 of 1260 \(10.2%\)", printed)
    provenance = LabelStore(finished / "label_inference" / "labels").provenance
    assert f"{provenance['accuracy_hidden']:.2%} of 1132" in printed
    assert str(finished / "label_inference" / "labels") in printed


def test_other_settings_are_refused_in_one_line(finished):
    config = (finished / "label_inference" / "config.gin").read_bytes()
    with pytest.raises(ConfigurationError) as error:
        _run([*SMALL, "few_labels.fraction = 0.2", "classifier.label_weight = 2"], finished)
    message = str(error.value)
    assert "\n" not in message
    for part in (
        f"{finished}/label_inference/classifier was made with another configuration",
        "known_labels.fraction: 0.1 -> 0.2",
        "classifier.label_weight: 1.0 -> 2",
        "choose another --model_dir",
    ):
        assert part in message
    assert (finished / "label_inference" / "config.gin").read_bytes() == config
    # What does not decide the labels may change: the GAN's settings, where it is shown.
    _run([*SMALL, "options.batch_size = 3", "label_inference.batch_size = 100"], finished)


def test_clustering_needs_no_labels(tmp_path, capsys):
    _run(CLUSTERING, tmp_path / "run")
    provenance = LabelStore(tmp_path / "run/label_inference/labels").provenance
    assert sum(provenance["cluster_sizes"]) == 1260 and provenance["num_classes"] == 12
    printed = capsys.readouterr().out
    assert "purity" in printed and "labels used" not in printed


def test_dry_run_writes_nothing(tmp_path, capsys):
    pretrained = [*SMALL, "pretraining.training_steps = 7"]
    _run(pretrained, tmp_path / "run", dry_run=True)
    printed = capsys.readouterr().out
    assert "Stage encoder: 7 steps" in printed and "Stage classifier: 120 steps" in printed
    assert "rotation_head/kernel" in printed and "class_head/kernel" in printed
    assert "small_resnet.width = 8" in printed
    assert not (tmp_path / "run").exists()


def test_dry_run_needs_neither_ids_nor_many_images(tmp_path, capsys):
    table = tmp_path / "labels.csv"
    table.write_text("id,label\nmine-1,0\nmine-2,3\n")
    listed = ["label_inference.known_labels = @listed_labels", f"listed_labels.path = '{table}'"]
    _run([*SMALL, *listed], tmp_path / "run", dry_run=True)
    assert "class_head/kernel" in capsys.readouterr().out
    for more in (
        ["clustering.num_clusters = 500"],
        [*listed, "label_inference.method = @linear_on_features"],
    ):
        gin.clear_config()
        _run([*CLUSTERING, *more], tmp_path / "run", dry_run=True)
        assert "Stage encoder: 5 steps" in capsys.readouterr().out


def test_configuration_is_saved_before_training(tmp_path, monkeypatch):
    def fail(run, planned):
        raise RuntimeError("the power went off")

    monkeypatch.setattr("compare_gan.schedules.infer_labels.infer", fail)
    with pytest.raises(RuntimeError, match="the power"):
        _run(CLUSTERING, tmp_path)
    assert "num_clusters = 12" in (tmp_path / "label_inference" / "config.gin").read_text()


@pytest.mark.parametrize(
    "bindings, words",
    [
        (['dataset.name = "digits"'], "label_inference.method is missing"),
        ([*SMALL, "few_labels.fraction = None"], "set exactly one of them"),
        ([*SMALL, "classifier.ema_decay = 2"], "classifier.ema_decay must be a number"),
        ([*SMALL, "label_inference.features = 'no.npz'"], "'no.npz' is not there"),
        ([*SMALL, "label_inference.known_labels = @random_labels"], "labels that are known"),
        ([*SMALL, "clasifier.batch_size = 2"], "did you mean classifier.batch_size"),
        ([*CLUSTERING, "pretraining.training_steps = 0"], "set pretraining.training_steps"),
        ([*SMALL, "classifier.warmup_steps = 500"], "warmup_steps = 500 must be"),
        ([*SMALL, "weak_view.shift = -1"], "weak_view.shift = -1 must not be negative"),
        (
            [*SMALL, "dataset.image_size = (8, 12)", "classifier.rotation_weight = 1.0"],
            "needs square images",
        ),
        # What is wrong with a later stage is told before the first one is trained.
        (
            [*SMALL, "pretraining.training_steps = 3", "classifier.warmup_steps = 500"],
            "warmup_steps = 500 must be",
        ),
    ],
)
def test_mistakes_are_told_in_one_line_before_anything_is_made(bindings, words, tmp_path):
    with pytest.raises(ConfigurationError, match=words) as error:
        _run(bindings, tmp_path / "run")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.rglob("checkpoints"))


def test_one_run_at_a_time(tmp_path):
    with ModelDirLock(tmp_path), pytest.raises(ConfigurationError, match="is training there"):
        _run(CLUSTERING, tmp_path)


def test_bindings_without_effect_are_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        _run([*CLUSTERING, "classifier.batch_size = 3", "options.z_dim = 4"], tmp_path / "run")
    (message,) = [r.getMessage() for r in caplog.records if "had no effect" in r.getMessage()]
    assert "classifier.batch_size" in message and "options.z_dim" not in message


def test_a_damaged_checkpoint_is_told(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(folder / "label_inference" / "labels")
    (data,) = (folder / "label_inference/classifier/checkpoints/120").glob("*.data-*")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(Exception, match="checkpoint of step 120 is damaged"):
        _run(SMALL, folder)


@pytest.mark.slow
def test_killed_runs_end_with_the_same_store(tmp_path):
    bindings = [*SMALL, "pretraining.training_steps = 60", "run_config.save_checkpoints_steps = 10"]

    def start(name):
        return processes.start(tmp_path / name, bindings, "infer_labels")

    for stage, least in (("encoder", 10), ("classifier", 20), ("classifier", 70)):
        training = tmp_path / "parts" / "label_inference" / stage
        processes.kill_after(start("parts"), training, least)
    for name in ("parts", "whole"):
        processes.finish(start(name))
    for file in ("ids.npy", "hard.npy", "probabilities.npy", "provenance.json"):
        one, other = (
            (tmp_path / name / "label_inference" / "labels" / file).read_bytes()
            for name in ("parts", "whole")
        )
        assert one == other
