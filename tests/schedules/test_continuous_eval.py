# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An evaluation that runs beside a training sees what the training writes, when it writes it."""

import json
import logging
import math
import shutil
import threading
import time

import pytest

from compare_gan import schedules
from compare_gan.configuration import ConfigurationError
from compare_gan.generators import load_generator
from compare_gan.metrics import Evaluator, read_scores
from compare_gan.schedules import RunFlags
from compare_gan.training import BestCheckpoint, Checkpoints
from tests.schedules.processes import finish, kill_after, start

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


@pytest.mark.parametrize("name", ["poll_seconds", "timeout_seconds"])
@pytest.mark.parametrize("value", ["0", "-1.0", "'60'", "True", "None"])
def test_no_time_is_refused(folder, tiny, name, value):
    with pytest.raises(ConfigurationError, match=f"continuous_eval.{name} must be a positive"):
        _evaluate(folder, tiny, [f"continuous_eval.{name} = {value}"])


def test_a_training_that_begins_on_other_data_is_not_scored(trained, folder, tiny, caplog):
    model = json.loads((folder / "model.json").read_text())
    (folder / "model.json").unlink()

    def training():
        _wait_for(lambda: "Waiting for the first checkpoint" in caplog.text)
        model["dataset"]["fingerprint"] = "another"
        (folder / "model.json").write_text(json.dumps(model))
        _add_checkpoint(trained, folder, 3)

    other = threading.Thread(target=training, daemon=True)
    with caplog.at_level(logging.INFO):
        other.start()
        with pytest.raises(ConfigurationError, match="holds a run on other data"):
            _evaluate(folder, tiny, POLLING)
    assert _scored(folder) == []


def test_a_checkpoint_removed_before_its_turn_is_left_out(
    trained, folder, tiny, monkeypatch, caplog
):
    """The training deletes step 3 while it is scored, and step 6 before it is."""
    for step in (3, 6, 9):
        _add_checkpoint(trained, folder, step)
    (folder / "TRAIN_DONE").touch()
    original = Evaluator.evaluate

    def meanwhile(self, *arguments, step, **named):
        for gone in {3: (3, 6)}.get(step, ()):
            Checkpoints(folder / "checkpoints").remove(gone)
        return original(self, *arguments, step=step, **named)

    monkeypatch.setattr(Evaluator, "evaluate", meanwhile)
    _evaluate(folder, tiny, [*POLLING, 'eval.best = "fid"'])
    assert _scored(folder) == [3, 9]
    assert "The checkpoint of step 6 is left out" in caplog.text
    # The weights are the same ones, so the first is the best; it is there although it was deleted.
    best = BestCheckpoint(folder / "checkpoints").read()
    fid = [score for score in read_scores(folder) if score.metric == "fid_digits_cnn"]
    assert best == (3, "fid_digits_cnn", fid[0].mean)
    assert load_generator(folder, step="best").step == 3


SIDE_BY_SIDE = [
    "run_config.save_checkpoints_steps = 1",
    "run_config.keep_checkpoint_max = 2",
    "eval.metrics = [@fid, @prdc, @per_class_fid]",
    "eval.num_samples = 300",
    "eval.force = True",
    "eval.num_fake_sets = 1",
    'eval.every_steps = {"coverage": 0, "per_class_fid": 4}',
    'eval.best = "fid_digits_cnn"',
    *POLLING,
]


def _check_side_by_side(folder, last):
    """Rotation went on, all that was due was scored, and the best that was scored is there."""
    steps_of = {}
    for score in read_scores(folder):
        steps_of.setdefault(score.metric.removesuffix("_digits_cnn"), []).append(score)
        assert math.isfinite(score.mean)
    steps = {name: [score.step for score in scores] for name, scores in steps_of.items()}
    assert steps["fid"][-1] == last and set(steps["fid"]) <= set(range(1, last + 1))
    assert steps["recall"] == steps["coverage"] == [last]
    assert steps["per_class_fid"][-1] == last
    assert all(step % 4 == 0 for step in steps["per_class_fid"][:-1])
    assert Checkpoints(folder / "checkpoints").steps() == [last - 1, last]
    best = min(steps_of["fid"], key=lambda score: (score.mean, score.step))
    mark = BestCheckpoint(folder / "checkpoints").read()
    assert mark == (best.step, "fid_digits_cnn", best.mean)
    assert Checkpoints(folder / "checkpoints" / "best").steps() == [best.step]
    assert load_generator(folder, step="best").step == best.step


@pytest.mark.slow
def test_a_training_and_its_evaluation_run_side_by_side(tmp_path, tiny):
    """Two processes: the evaluation is there before the training has begun."""
    folder, bindings = tmp_path / "run", [*tiny, *SIDE_BY_SIDE, "options.training_steps = 12"]
    evaluation = start(folder, bindings, "continuous_eval", ["--eval_every_steps=1"])
    finish(start(folder, bindings, "train"))
    finish(evaluation)
    _check_side_by_side(folder, 12)


@pytest.mark.slow
def test_both_may_be_killed_and_go_on(tmp_path, tiny):
    folder, bindings = tmp_path / "run", [*tiny, *SIDE_BY_SIDE, "options.training_steps = 90"]
    first = start(folder, bindings, "continuous_eval", ["--eval_every_steps=1"])
    kill_after(start(folder, bindings, "train"), folder, 3)
    while not _scored(folder):
        assert first.poll() is None
        time.sleep(0.05)
    training = start(folder, bindings, "train")
    seen = _scored(folder)
    while _scored(folder) == seen:
        assert first.poll() is None
        time.sleep(0.05)
    first.kill()
    first.communicate()
    second = start(folder, bindings, "continuous_eval", ["--eval_every_steps=1"])
    finish(training)
    finish(second)
    _check_side_by_side(folder, 90)
