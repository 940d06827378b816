# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An evaluation that runs beside a training sees what the training writes, when it writes it."""

import logging
import shutil
import threading
import time

import pytest

from compare_gan import schedules
from compare_gan.metrics import read_scores
from compare_gan.schedules import RunFlags

# Should the other thread fail, the evaluation ends all the same.
POLLING = ["continuous_eval.poll_seconds = 0.1", "continuous_eval.timeout_seconds = 60"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny):
    """The folder of a run of three steps, whose one checkpoint is that of step 3."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    schedules.run("train", [], [*tiny, "options.training_steps = 3"], RunFlags(folder))
    return folder


@pytest.fixture
def folder(trained, tmp_path):
    """What a training has written before its first checkpoint."""
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    (folder / "TRAIN_DONE").unlink()
    shutil.rmtree(folder / "checkpoints")
    return folder


def _add_checkpoint(trained, folder, step):
    (folder / "checkpoints").mkdir(exist_ok=True)
    partial = folder / "checkpoints" / "partial"
    shutil.copytree(trained / "checkpoints" / "3", partial)
    partial.rename(folder / "checkpoints" / str(step))  # whole from the first moment


def _scored(folder):
    return sorted({score.step for score in read_scores(folder)})


def _wait_for(condition):
    give_up = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def _evaluate(folder, tiny, bindings):
    bindings = [*tiny, "options.training_steps = 9", *bindings]
    schedules.run("continuous_eval", [], bindings, RunFlags(folder, eval_every_steps=3))


def test_checkpoints_are_scored_as_they_appear(trained, folder, tiny, caplog, capsys):
    seen = []

    def training():
        _wait_for(lambda: "Waiting for the first checkpoint" in caplog.text)
        _add_checkpoint(trained, folder, 3)
        _wait_for(lambda: _scored(folder) == [3])
        seen.append(3)
        _add_checkpoint(trained, folder, 6)
        _wait_for(lambda: _scored(folder) == [3, 6])
        seen.append(6)
        # The last checkpoint and the end come between two looks.
        _add_checkpoint(trained, folder, 8)
        (folder / "TRAIN_DONE").touch()

    other = threading.Thread(target=training, daemon=True)
    with caplog.at_level(logging.INFO):
        other.start()
        _evaluate(folder, tiny, POLLING)
    other.join(timeout=1)
    assert seen == [3, 6] and not other.is_alive()

    # 8 is no multiple of 3, but the last one. Each was scored once.
    rows = [(score.step, score.metric) for score in read_scores(folder)]
    names = ["fid_digits_cnn", "inception_score_digits_cnn"]
    assert sorted(rows) == [(step, name) for step in (3, 6, 8) for name in names]
    # The weights are the same ones, and so are the scores.
    values = {(score.metric, score.values) for score in read_scores(folder)}
    assert len(values) == 2
    assert "No new checkpoint" not in caplog.text
    assert "fakes of step 8" in capsys.readouterr().out
    assert (folder / "pictures" / "samples-0000008.png").exists()


@pytest.mark.parametrize("steps", [[], [3]])
def test_training_that_died_is_not_waited_for(trained, folder, tiny, steps, caplog, capsys):
    for step in steps:
        _add_checkpoint(trained, folder, step)
    bindings = ["continuous_eval.poll_seconds = 0.1", "continuous_eval.timeout_seconds = 0.5"]
    _evaluate(folder, tiny, bindings)
    assert f"No new checkpoint in {folder}" in caplog.text
    assert _scored(folder) == steps
    assert ("fakes of step 3" in capsys.readouterr().out) == bool(steps)
