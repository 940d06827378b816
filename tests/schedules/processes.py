# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Runs in processes of their own, that tests may kill, and what they leave."""

import signal
import subprocess
import sys
import time

import tensorflow as tf

from compare_gan.training import Checkpoints


def start(folder, bindings, schedule="train", *flags):
    """Begins, or goes on with, a run in a folder."""
    command = [sys.executable, "-m", "compare_gan.main", f"--schedule={schedule}"]
    command += [f"--model_dir={folder}", *(f"--gin_bindings={binding}" for binding in bindings)]
    command += flags
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def finish(process):
    """Waits for a run that ends well; returns what it said."""
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return errors


def newest_step(folder):
    """Of the checkpoints of a training; 0 if there is none."""
    return max(Checkpoints(folder / "checkpoints").steps(), default=0)


def kill_after(process, folder, step):
    """Kills a run as soon as the training in `folder` has saved a checkpoint of `step` or later."""
    while newest_step(folder) < step and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL  # and it did not come too late


def saved_values(folder, step):
    """Everything in a training's checkpoint, as bytes by name."""
    prefix = str(Checkpoints(folder / "checkpoints").folder(step) / "state")
    reader = tf.train.load_checkpoint(prefix)
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    return {name: reader.get_tensor(name).tobytes() for name in sorted(names)}
