# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Several workers evaluate checkpoints together; they are threads here, and processes in
`test_workers`.
"""

import math
import shutil
import threading

import numpy as np
import pytest

from compare_gan.configuration import ConfigurationError
from compare_gan.data import get_dataset
from compare_gan.generators import CheckpointGenerator
from compare_gan.metrics import FID, KID, EvaluationSettings, Evaluator, read_scores
from compare_gan.metrics.backbones import DigitsCNN, RandomFeatures
from compare_gan.schedules import RunFlags, evaluation
from compare_gan.training import CheckpointError
from tests.training.team import together


@pytest.fixture(scope="module")
def digits():
    return get_dataset("digits")


def _evaluate(count, flags, digits, model_dirs=None, **of_the_second):
    def run(worker):
        threading.current_thread().worker = worker.index
        settings = dict(metrics=[FID], backbone=DigitsCNN, num_samples=70, num_fake_sets=1)
        settings |= of_the_second if worker.index else {}
        settings = EvaluationSettings(**settings, standing_samples=64, best="fid")
        own = flags if model_dirs is None else RunFlags(model_dirs[worker.index])
        evaluator = Evaluator(digits, settings, worker)
        return evaluation.evaluate_checkpoints(own, digits, evaluator, draw_last=False)

    return together(count, run)


def test_a_checkpoint_is_evaluated_by_all_or_by_none(make_run, digits, monkeypatch, caplog):
    """The fakes of step 2 are NaN, and the second worker cannot read step 3."""
    flags = make_run(steps=(1, 2, 3), broken=(2,), standing=True)
    alone = RunFlags(flags.model_dir.with_name("alone"), eval_every_steps=1)
    shutil.copytree(flags.model_dir, alone.model_dir)
    restore = CheckpointGenerator.restore
    accumulated = []

    def some(self, step, *arguments):
        if step == 3 and threading.current_thread().worker == 1:
            raise CheckpointError("A file is missing.")
        restore(self, step, *arguments)

    def noted(self, num_samples):
        accumulated.append((threading.current_thread().worker, self.step))

    def batches(self, n, labels, truncation, seed, shard):
        images = np.random.default_rng(self.step).uniform(size=(n, 8, 8, 1))
        images *= math.nan if self.step == 2 else 1
        return np.split(images, [64])[shard[0] :: shard[1]]

    monkeypatch.setattr(CheckpointGenerator, "restore", some)
    monkeypatch.setattr(CheckpointGenerator, "_gather_standing_statistics", noted)
    monkeypatch.setattr(CheckpointGenerator, "batches", batches)
    assert _evaluate(2, flags, digits) == [3, 0]
    assert accumulated == [(0, 1), (0, 2), (0, 3)]
    for reason in ("A file is missing.", "Worker 1 cannot read it."):
        assert f"The checkpoint of step 3 is left out. {reason}" in caplog.text

    assert _evaluate(1, alone, digits) == [3]
    first, second, third = read_scores(alone.model_dir)
    found = read_scores(flags.model_dir)
    assert found[0] == first and third.step == 3
    # NaN is not equal to itself.
    assert [found[1].protocol, found[1].warning] == [second.protocol, second.warning]
    assert "images 0 to 63 of fake set 0, 64 hold NaN" in second.warning and len(found) == 2


def test_workers_must_share_the_folder(make_run, digits, tmp_path):
    flags = make_run(steps=(1,))
    folders = [flags.model_dir, tmp_path / "other"]
    _, error = _evaluate(2, flags, digits, folders)
    assert isinstance(error, CheckpointError)
    assert "must be a folder that all workers share" in str(error)
    # There is nothing to do where the first sees nothing.
    assert _evaluate(2, flags, digits, folders[::-1]) == [0, 0]


@pytest.mark.parametrize(
    "change", [{"metrics": [FID, KID]}, {"backbone": RandomFeatures, "force": True}]
)
def test_all_must_measure_the_same(make_run, digits, change):
    for error in _evaluate(2, make_run(steps=(1,)), digits, **change):
        assert isinstance(error, ConfigurationError)
        assert "Worker 1 would evaluate otherwise than the first worker" in str(error)
