# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Several workers and several devices through the command itself, in processes of their own."""

import shutil
import signal
import time

import numpy as np
import pytest

from compare_gan import schedules
from compare_gan.data import LabelStore, load_digits
from compare_gan.metrics import read_scores
from compare_gan.schedules import RunFlags
from tests.schedules import processes

# Under SGD rounding stays rounding, and with such rates a wrong row or draw shows at once.
SGD = [
    "ModularGAN.g_optimizer_fn = @tf.train.GradientDescentOptimizer",
    "ModularGAN.d_optimizer_fn = @tf.train.GradientDescentOptimizer",
    "ModularGAN.g_lr = 0.1",
    "ModularGAN.d_lr = 0.1",
    "standardize_batch.use_moving_averages = True",
]


@pytest.fixture
def started():
    """Processes that are ended if the test fails."""
    found = []
    yield found
    for process in found:
        process.kill()
        process.communicate()


def _assert_close(folder, other, step):
    first, second = (processes.saved_arrays(place, step) for place in (folder, other))
    assert first.keys() == second.keys()
    for name, values in first.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(values, second[name], rtol=1e-5, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(values, second[name], err_msg=name)
    return first


def test_two_workers_train_like_one(tiny, tmp_path, started):
    bindings = [*tiny, *SGD]
    # The second worker is told another folder: it writes nothing.
    started += processes.start_workers([tmp_path / "two", tmp_path / "nothing"], bindings)
    schedules.run("train", [], bindings, RunFlags(tmp_path / "one", strategy="one"))
    first, second = map(processes.finish, started)
    before = processes.saved_arrays(tmp_path / "one", 3)
    after = _assert_close(tmp_path / "one", tmp_path / "two", 6)
    moved = [np.abs(after[name] - before[name]).max() for name in after if "kernel" in name]
    assert max(moved) > 1e-3  # a thousand times what rounding may do
    assert not (tmp_path / "nothing").exists()
    names = {path.name for path in (tmp_path / "two").iterdir()}
    assert names == {path.name for path in (tmp_path / "one").iterdir()}
    assert "Device: 2 replicas on CPU, 1 on each of 2 workers." in first
    assert "Strategy: multi_worker (TF_CONFIG)." in first
    assert "training: step 6" in first and "training: step" not in second


STEPS = 400
LONG = [
    f"options.training_steps = {STEPS}",
    "run_config.save_checkpoints_steps = 20",
    "run_config.iterations_per_loop = 20",
    "pictures.every_steps = 0",
]


def _wait_for(process, folder, step):
    while processes.newest_step(folder) < step and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    return processes.newest_step(folder)


def _message(errors):
    """The one line that a command ends with."""
    assert "Traceback" not in errors
    (line,) = [line for line in errors.splitlines() if line.startswith("compare_gan: ")]
    return line


def _lose(workers, folder, lost):
    """Kills one of two workers; checks what the other says, and returns the newest step."""
    workers[lost].kill()
    begun = time.monotonic()
    line = _message(processes.finish_with(workers[1 - lost], 75))
    assert time.monotonic() - begun < 60
    newest = processes.newest_step(folder)
    assert line.startswith(f"compare_gan: Worker {lost} of 2 is lost: ")
    assert line.endswith(f"goes on from the checkpoint of step {newest}.")
    return newest


@pytest.mark.slow
def test_lost_and_stopped_workers_go_on_as_if_nothing_had_been(tiny, tmp_path, started):
    bindings = [*tiny, *LONG]
    folder = tmp_path / "run"
    whole = processes.start_workers([tmp_path / "whole"] * 2, bindings)
    workers = processes.start_workers([folder] * 2, bindings)
    started += [*whole, *workers]
    _wait_for(workers[0], folder, 20)
    reached = _lose(workers, folder, lost=1)

    # A signal to the one that does not write ends both, and both say the same.
    workers = processes.start_workers([folder] * 2, bindings)
    started += workers
    _wait_for(workers[0], folder, reached + 20)
    workers[1].send_signal(signal.SIGTERM)
    told = [processes.finish_with(process, 128 + signal.SIGTERM) for process in workers]
    assert f"Resuming from the checkpoint of step {reached}." in told[0]
    reached = processes.newest_step(folder)
    for each in told:
        assert f"Stopped by SIGTERM after step {reached}, which is saved." in _message(each)

    workers = processes.start_workers([folder] * 2, bindings)
    started += workers
    _wait_for(workers[0], folder, reached + 1)
    before, reached = reached, _lose(workers, folder, lost=0)
    assert before < reached < STEPS

    workers = processes.start_workers([folder] * 2, bindings)
    started += workers
    told = [processes.finish(process) for process in workers]
    assert f"Resuming from the checkpoint of step {reached}." in told[0]
    for process in whole:
        processes.finish(process)
    expected = processes.saved_values(tmp_path / "whole", STEPS)
    assert processes.saved_values(folder, STEPS) == expected


@pytest.mark.slow
def test_workers_must_share_the_folder(tiny, tmp_path, started):
    """One process has trained; two go on, but one of them does not see it."""
    schedules.run("train", [], tiny, RunFlags(tmp_path / "run", strategy="one"))
    longer = [*tiny, "options.training_steps = 9"]
    started += processes.start_workers([tmp_path / "run", tmp_path / "other"], longer)
    line = _message(processes.finish_with(started[1], 1))
    assert "--model_dir must be a folder that all workers share" in line
    # The first is told as soon as the second is gone.
    assert "Worker 1 of 2 is lost" in _message(processes.finish_with(started[0], 75))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["mirrored", "multi_worker"])
def test_label_inference_and_evaluation(tiny, tmp_path, started, strategy):
    """All the stages; what is made on two replicas is then there for one."""
    bindings = [*tiny, *processes.SMALL_INFERENCE]
    if strategy == "mirrored":
        flags = ["--strategy=mirrored"]
        started += [processes.start(tmp_path, bindings, "pipeline", flags, two_devices=True)]
    else:
        started += processes.start_workers([tmp_path] * 2, bindings, "pipeline")
    told = [processes.finish(process) for process in started]
    assert "Device: 2 replicas on CPU" in told[0]
    ids = load_digits("train")[2]
    assert LabelStore(tmp_path / "label_inference" / "labels").hard_labels(ids).shape == (1260,)
    rows = (tmp_path / "scores.jsonl").read_text().splitlines()
    assert len(rows) == 2  # two metrics of the last checkpoint, once
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 4
    # All is done.
    again = processes.finish(processes.start(tmp_path, bindings, "pipeline"))
    assert "The labels are there already" in again
    assert (tmp_path / "scores.jsonl").read_text().splitlines() == rows


EVALUATION = [
    "eval.metrics = [@fid, @inception_score, @kid, @per_class_fid, @fractal_dimension]",
    "eval.num_samples = 300",
    "eval.force = True",
    'eval.every_steps = {"fid": 1, "kid": 1, "fractal_dimension": 2}',
    'eval.best = "fid"',
    "run_config.save_checkpoints_steps = 1",
]


@pytest.mark.slow
def test_two_workers_evaluate_like_one(tiny, tmp_path, started, monkeypatch):
    """They lose one half-way, and go on."""
    bindings, folder, alone = [*tiny, *EVALUATION], tmp_path / "run", tmp_path / "alone"
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "cache"))
    workers = processes.start_workers([folder] * 2, bindings, "eval_after_train")
    started += workers
    while not read_scores(folder) and workers[0].poll() is None:
        time.sleep(0.01)
    assert _lose(workers, folder, lost=1) == 6
    before = read_scores(folder)
    assert 0 < len({score.step for score in before}) < 6

    workers = processes.start_workers([folder] * 2, bindings, "eval_after_train")
    started += workers
    for process in workers:
        processes.finish(process)
    # The same weights, but nothing of what was measured.
    shutil.copytree(folder, alone)
    for path in (alone / "scores.jsonl", *alone.glob("checkpoints/**/standing_statistics.npz")):
        path.unlink()
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "another cache"))
    schedules.run("eval_after_train", [], bindings, RunFlags(alone, strategy="one"))
    expected = {score.protocol: score for score in read_scores(alone)}
    found = {score.protocol: score for score in read_scores(folder)}
    assert found.keys() == expected.keys() and len(found) == 6 + 2 * 6 + 3 + 2
    for protocol, score in found.items():
        np.testing.assert_allclose(score.values, expected[protocol].values, rtol=1e-9)
    assert all(found[score.protocol] == score for score in before)


@pytest.mark.slow
def test_a_batch_that_devices_cannot_share(tiny, tmp_path):
    bindings = [*tiny, "options.batch_size = 7"]
    process = processes.start(tmp_path, bindings, flags=["--strategy=mirrored"], two_devices=True)
    line = _message(processes.finish_with(process, 2))
    assert "options.batch_size=7 must be divisible by the number of replicas, 2; 6 or 8" in line
