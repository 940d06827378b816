# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A command whose disk is full, whose checkpoint is damaged or whose folder is taken: one line says
so, and nothing that was saved is lost.
"""

import os
import shutil
import subprocess
import sys

import pytest

from compare_gan import schedules
from compare_gan.schedules import RunFlags
from compare_gan.training import Checkpoints, ModelDirLock

# The command in a process in which no file can grow beyond a size: as with a full disk, a write
# fails in its middle.
LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module("compare_gan.main", run_name="__main__", alter_sys=True)
"""
MORE_STEPS = "options.training_steps = 9"


@pytest.fixture
def folder(six_steps, tmp_path):
    return shutil.copytree(six_steps, tmp_path / "run")


def _command(folder, tiny, code=("-m", "compare_gan.main")):
    command = [sys.executable, *code, f"--model_dir={folder}"]
    command += [f"--gin_bindings={binding}" for binding in [*tiny, MORE_STEPS]]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _message(done):
    """The one line in which the command says what is wrong."""
    assert "Traceback" not in done.stderr
    (message,) = [line for line in done.stderr.splitlines() if line.startswith("compare_gan:")]
    assert done.stderr.rstrip().endswith(message)
    return message


def _data_file(folder, step):
    (path,) = (folder / "checkpoints" / str(step)).glob("*.data-*")
    return path


@pytest.mark.slow
def test_full_disk(folder, tiny, caplog):
    steps = Checkpoints(folder / "checkpoints").steps
    before = _data_file(folder, 6).read_bytes()
    limit = str(len(before) // 2)
    done = _command(folder, tiny, ["-c", LIMITED, limit])
    assert done.returncode == 1, done.stderr
    message = _message(done)
    assert message.startswith("compare_gan: The checkpoint of step 9 could not be written")
    assert "the checkpoint of step 6 is kept" in message
    assert steps() == [3, 6]
    assert not (folder / "checkpoints" / "9").exists()
    assert _data_file(folder, 6).read_bytes() == before
    assert not (folder / "TRAIN_DONE").exists()

    # With room again the same command goes on.
    caplog.set_level("INFO")
    schedules.run("train", [], [*tiny, MORE_STEPS], RunFlags(folder))
    assert "Resuming from the checkpoint of step 6." in caplog.text
    assert steps() == [3, 6, 9] and (folder / "TRAIN_DONE").exists()


def test_truncated_newest_checkpoint(folder, tiny, caplog):
    path = _data_file(folder, 6)
    os.truncate(path, path.stat().st_size // 2)
    caplog.set_level("INFO")
    schedules.run("train", [], [*tiny, MORE_STEPS], RunFlags(folder))
    assert "The checkpoint of step 6 is damaged" in caplog.text
    assert "Resuming from the checkpoint of step 3." in caplog.text
    assert Checkpoints(folder / "checkpoints").steps() == [3, 6, 9]
    assert (folder / "checkpoints" / "6.damaged").is_dir()


def test_second_training_in_the_same_folder(folder, tiny):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with ModelDirLock(folder):
        done = _command(folder, tiny)
    assert done.returncode == 2, done.stderr
    message = _message(done)
    assert f"--model_dir={folder}: process {os.getpid()} on " in message
    assert "is training there" in message
    # It touched nothing of the first one's.
    kept = [path for path in before if path.name not in ("run", "lock")]
    assert all(path.stat().st_mtime_ns == before[path] for path in kept)
