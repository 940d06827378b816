# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The main job of the README, from its command to its outcome."""

import json
import pathlib
import re
import resource
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.svm import SVC

import compare_gan
from compare_gan.data import LabelStore, load_digits

ROOT = pathlib.Path(__file__).resolve().parents[1]


def _command(model_dir):
    """The README's command, with another folder for the results."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(
        r"python -m compare_gan\.main(?:[^\n]*\\\n)*[^\n]*configs/s3gan_digits\.gin[^\n]*", readme
    )
    words = shlex.split(found.replace("\\\n", " "))[1:]
    words = [word for word in words if not word.startswith("--model_dir")]
    return [sys.executable, *words, f"--model_dir={model_dir}"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The job's folder and what it printed; it must not have become slow.

    On two cores with nothing else to do it takes less than six minutes. Processor time tells that
    of a machine with more to do, too.
    """
    folder = tmp_path_factory.mktemp("main_job") / "run"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(_command(folder), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert seconds < 2 * 360
    return folder, done.stdout


def test_scores(finished):
    folder, printed = finished
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    last = max(row["step"] for row in rows)
    (fid,) = (row for row in rows if row["metric"] == "fid_digits_cnn" and row["step"] == last)
    real = json.loads((folder / "yardstick.json").read_text())
    assert real["n"] == fid["n_fake"] == 537
    assert fid["mean"] <= 3 * real["values"]["fid_digits_cnn"]
    assert "fid_digits_cnn" in printed and "inception_score_digits_cnn" in printed


def test_inferred_labels(finished):
    """They are written for all images, from a tenth of the labels, and nearly all are right."""
    folder, printed = finished
    assert "128 of 1260" in printed
    store = LabelStore(folder / "label_inference" / "labels")
    images, true, ids = load_digits("train")
    inferred = store.hard_labels(ids)
    known = set((folder / "label_inference" / "labelled_ids.txt").read_bytes().split())
    hidden = np.array([identifier not in known for identifier in ids.tolist()])
    assert hidden.sum() == len(images) - 128
    right = (inferred == true)[hidden].mean()
    # Label spreading on pixels, scikit-learn's way, gets 0.956 from these labels.
    assert right >= 0.965
    np.testing.assert_allclose(store.provenance["accuracy_hidden"], right)


@pytest.fixture(scope="module")
def fakes(finished):
    labels = np.arange(1000) % 10
    return compare_gan.load_generator(finished[0]).sample(1000, labels), labels


def test_classes_are_those_asked_for(fakes):
    """An SVC trained on real pixels, all of them, judges the fakes. Two in a hundred of the labels
    that the GAN learned from are wrong.
    """
    images, labels = fakes
    real = [load_digits(split) for split in ("train", "test")]
    pixels = np.concatenate([x for x, _, _ in real]).reshape(-1, 64) / 255.0
    judge = SVC().fit(pixels, np.concatenate([y for _, y, _ in real]))
    right = judge.predict(images.reshape(-1, 64)) == labels
    assert right.mean() >= 0.95
    assert min(right[labels == label].mean() for label in range(10)) >= 0.85


def test_fakes_are_no_copies(fakes):
    """Fakes are no nearer to the training digits than test digits are, or hardly."""
    images, _ = fakes
    train, test = (load_digits(split)[0].reshape(-1, 64) / 255.0 for split in ("train", "test"))

    def nearest(points):
        squared = (points**2).sum(1)[:, None] + (train**2).sum(1)[None] - 2 * points @ train.T
        return np.sqrt(np.maximum(squared, 0).min(axis=1))

    of_fakes, of_test = nearest(images.reshape(-1, 64).astype(np.float64)), nearest(test)
    assert np.median(of_fakes) >= 0.6 * np.median(of_test)
    assert (of_fakes < 0.1).mean() < 0.01  # a copy would be at 0; test digits are at 1 and more


def test_fakes_differ_from_each_other(fakes):
    """Within a class, fakes are spread like the real digits, not repeated."""
    images, labels = fakes
    train, classes, _ = load_digits("train")
    for label in range(10):
        fake_spread = images[labels == label].reshape(-1, 64).std(axis=0).mean()
        real_spread = (train[classes == label].reshape(-1, 64) / 255.0).std(axis=0).mean()
        assert fake_spread >= 0.6 * real_spread


def test_pictures(finished):
    pictures = {path.name.split("-")[0] for path in (finished[0] / "pictures").glob("*.png")}
    assert {"fakes", "samples", "interpolations", "neighbors"} <= pictures
    inferred = {path.stem for path in (finished[0] / "label_inference" / "pictures").iterdir()}
    assert inferred == {"confusion", "confidence", "extremes", "rotations"}
    with Image.open(finished[0] / "pictures" / "evolution.gif") as animation:
        assert animation.n_frames >= 20
    for path in (finished[0] / "pictures").glob("*.png"):
        with Image.open(path) as picture:
            assert min(picture.size) >= 300
