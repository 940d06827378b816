# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The checkpoint with the best score is kept, marked and loaded."""

import dataclasses
import math
import shutil

import numpy as np
import pytest

import compare_gan
from compare_gan import schedules
from compare_gan.configuration import ConfigurationError
from compare_gan.data import get_dataset
from compare_gan.metrics import FID, EvaluationSettings, Evaluator, InceptionScore, write_scores
from compare_gan.metrics.backbones import DigitsCNN
from compare_gan.schedules import RunFlags, SampleFlags, evaluation
from compare_gan.schedules.best import keep_best
from compare_gan.training import Best, BestCheckpoint, CheckpointError, Checkpoints

FID_NAME = "fid_digits_cnn"


@pytest.fixture(scope="module")
def digits():
    return get_dataset("digits")


def _evaluator(digits, best="fid", **changes):
    chosen = dict(metrics=[FID, InceptionScore], backbone=DigitsCNN, num_samples=70)
    chosen |= dict(num_fake_sets=1, standing_samples=64, best=best)
    return Evaluator(digits, EvaluationSettings(**{**chosen, **changes}))


def _score(model_dir, evaluator, values, name=FID_NAME, **context):
    """Writes a row for each step."""
    for step, value in values.items():
        rows = evaluator.rows_without_values(
            **{"step": step, "ema": False, "bn_mode": "moving", **context}, names=[name]
        )
        write_scores(model_dir, [dataclasses.replace(row, mean=value) for row in rows])


def _best(model_dir):
    return BestCheckpoint(model_dir / "checkpoints").read()


def _held(model_dir):
    return Checkpoints(model_dir / "checkpoints" / "best").steps()


@pytest.mark.parametrize(
    ("best", "values", "expected"),
    [
        ("fid", {1: 3.0, 2: 1.0, 3: 2.0}, 2),
        ("inception_score", {1: 3.0, 2: 1.0, 3: 2.0}, 1),
        ("fid", {1: 3.0, 2: 1.0, 3: 1.0}, 2),  # the first of equals
        ("inception_score", {1: 3.0, 2: math.nan, 3: 3.0}, 1),
        ("fid", {1: math.nan, 2: math.nan, 3: 7.0}, 3),
    ],
)
def test_the_best_is_chosen(make_run, digits, best, values, expected):
    folder, evaluator = make_run(steps=values).model_dir, _evaluator(digits, best)
    _score(folder, evaluator, values, f"{best}_digits_cnn")
    # Of other values, other protocols and other steps nothing is to be learnt.
    other = FID_NAME if best != "fid" else "inception_score_digits_cnn"
    _score(folder, evaluator, {1: 0.0, 2: 99.0}, other)
    for value in (0.0, 99.0):
        _score(folder, evaluator, {3: value}, f"{best}_digits_cnn", seed=43)
    keep_best(folder, evaluator)
    assert _best(folder) == Best(expected, f"{best}_digits_cnn", values[expected])
    assert _held(folder) == [expected]


def test_nothing_is_marked_without_scores_or_a_wish(make_run, digits, tmp_path):
    folder = make_run().model_dir
    keep_best(folder, _evaluator(digits))
    _score(folder, _evaluator(digits), {1: math.nan})
    keep_best(folder, _evaluator(digits))
    _score(folder, _evaluator(digits), {1: 1.0})
    keep_best(folder, _evaluator(digits, best=None))
    assert _best(folder) is None and not (folder / "checkpoints" / "best").exists()
    keep_best(tmp_path / "nowhere", _evaluator(digits))


def test_of_what_is_gone_the_next_best_is_marked(make_run, digits, caplog):
    folder, evaluator = make_run(steps=(1, 2, 3)).model_dir, _evaluator(digits)
    _score(folder, evaluator, {1: 1.0, 2: 3.0, 3: 2.0})
    shutil.rmtree(folder / "checkpoints" / "1")
    keep_best(folder, evaluator)
    assert _best(folder).step == 3
    assert "Step 1 was better (1), but its checkpoint is gone" in caplog.text


def test_another_wish_chooses_anew(make_run, digits):
    folder = make_run(steps=(1, 2)).model_dir
    for best, step in (("fid", 1), ("inception_score", 2)):
        evaluator = _evaluator(digits, best)
        _score(folder, evaluator, {1: 1.0, 2: 2.0}, f"{best}_digits_cnn")
        keep_best(folder, evaluator)
        assert _best(folder).step == step and _held(folder) == [step]


def test_a_checkpoint_that_rotation_removes_while_it_is_scored_is_kept(
    make_run, digits, monkeypatch, capsys
):
    flags = make_run(steps=(1, 2, 3), standing=True)
    folder, evaluator = flags.model_dir, _evaluator(digits)
    values = {1: 2.0, 2: 1.0, 3: 3.0}

    def scores(evaluator, generator, names):
        assert generator.step in _held(folder)
        Checkpoints(folder / "checkpoints").remove(generator.step)
        context = evaluation._context(generator, evaluator.settings)
        rows = evaluator.rows_without_values(step=generator.step, names=names, **context)
        return [dataclasses.replace(row, mean=values[row.step]) for row in rows]

    monkeypatch.setattr(evaluation, "_scores", scores)
    assert evaluation.evaluate_checkpoints(flags, digits, evaluator, draw_last=False) == 3
    assert _best(folder) == Best(2, FID_NAME, 1.0) and _held(folder) == [2]
    evaluation.print_scores(flags, digits, evaluator)
    assert "Best fid_digits_cnn: 1 at step 2" in capsys.readouterr().out


def test_load_generator_and_sample_take_the_best(make_run, digits, monkeypatch):
    flags = make_run(steps=(1, 2), standing=True)
    folder, evaluator = flags.model_dir, _evaluator(digits)
    asked = RunFlags(folder, sample=SampleFlags(count=2, step="best", format="npz"))
    with pytest.raises(CheckpointError, match="marked as the best: set eval.best"):
        compare_gan.load_generator(folder, step="best")
    with pytest.raises(CheckpointError, match="step must be a whole number, 'best' or None"):
        compare_gan.load_generator(folder, step="bst")
    with pytest.raises(ConfigurationError, match="--step=best: no checkpoint .* with eval.best"):
        schedules.run("sample", [], [], asked)

    _score(folder, evaluator, {1: 1.0, 2: 2.0}, bn_mode="standing")
    keep_best(folder, evaluator)
    expected = compare_gan.load_generator(folder, 1, standing_samples=64).sample(2)
    shutil.rmtree(folder / "checkpoints" / "1")
    generator = compare_gan.load_generator(folder, step="best")
    assert generator.step == 1
    np.testing.assert_array_equal(generator.sample(2), expected)
    # Its statistics are stored beside it.
    assert (folder / "checkpoints" / "best" / "1" / "standing_statistics.npz").exists()
    schedules.run("sample", [], [], asked)
    assert (folder / "pictures" / "samples-0000001-seed0.npz").exists()


@pytest.mark.parametrize("every", [1, 2])
def test_only_what_is_scored_is_held(make_run, digits, monkeypatch, every):
    """A checkpoint that is due for other values only cannot become the best."""
    flags, held = make_run(steps=(1,)), []

    def scores(evaluator, generator, names):
        held.extend(_held(flags.model_dir))
        return []

    monkeypatch.setattr(evaluation, "_scores", scores)
    evaluator = _evaluator(digits, every_steps={"fid": every})
    evaluation.evaluate_checkpoints(flags, digits, evaluator, draw_last=False)
    assert held == ([1] if every == 1 else [])
