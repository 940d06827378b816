# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Results of a run whose checkpoints were removed are set aside."""

import pytest

from compare_gan import schedules, training
from compare_gan.schedules import RunFlags
from compare_gan.schedules.leftovers import set_aside_results

RESULTS = (
    "scores.jsonl",
    "scores.csv",
    "yardstick.json",
    "pictures/fakes-0000100.png",
    "pictures/evolution.gif",
    "logs/events",
    "operative_config-100.gin",
)
OTHERS = ("config.gin", "label_inference/labels/hard.npy", "notes.txt")


def _write(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


@pytest.fixture
def folder(tmp_path):
    _write(tmp_path, [*RESULTS, *OTHERS])
    return tmp_path


def test_results_without_a_checkpoint_are_moved_and_told_of(folder, caplog):
    _write(folder, ["checkpoints/7/state.index"])  # what a kill has left of a save is none
    assert set_aside_results(folder) == folder / "earlier-1"
    for name in RESULTS:
        assert not (folder / name).exists()
        assert (folder / "earlier-1" / name).read_text() == name
    assert all((folder / name).exists() for name in OTHERS)
    assert str(folder / "earlier-1") in caplog.text and "scores.jsonl" in caplog.text
    # Those of a second removed run go beside the first one's, which stay.
    _write(folder, ["scores.jsonl"])
    assert set_aside_results(folder) == folder / "earlier-2"
    assert (folder / "earlier-1" / "scores.jsonl").exists()


def test_results_of_a_run_stay(folder, caplog):
    _write(folder, ["checkpoints/7/manifest.json"])
    assert set_aside_results(folder) is None
    assert all((folder / name).exists() for name in [*RESULTS, *OTHERS]) and not caplog.text


def test_nothing_is_made_where_nothing_was(tmp_path):
    assert set_aside_results(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_training_begins_without_them(tiny, folder, monkeypatch):
    seen = []
    monkeypatch.setattr(
        training, "train", lambda *_: seen.append((folder / "scores.jsonl").exists())
    )
    schedules.run("train", [], tiny, RunFlags(folder))
    assert seen == [False] and (folder / "earlier-1" / "scores.jsonl").exists()
    assert (folder / "operative_config-0.gin").exists()  # the new run's


def test_the_best_checkpoint_of_a_run_without_others_is_set_aside(tmp_path):
    _write(tmp_path, ["checkpoints/best.json", "checkpoints/best/7/manifest.json", "scores.csv"])
    place = set_aside_results(tmp_path)
    assert sorted(path.name for path in place.iterdir()) == ["best", "best.json", "scores.csv"]
    assert (place / "best" / "7" / "manifest.json").exists()
    assert list((tmp_path / "checkpoints").iterdir()) == []
