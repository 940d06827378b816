# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Runs in processes of their own, that tests may kill, and what they leave."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import tensorflow as tf

from compare_gan.training import Checkpoints

# Bindings of a label inference that takes seconds.
SMALL_INFERENCE = [
    "dataset.labels = @inferred_labels",
    "few_labels.fraction = 0.1",
    "label_inference.method = @semi_supervised",
    "label_inference.encoder = @small_resnet",
    "small_resnet.width = 4",
    "pretraining.training_steps = 2",
    "pretraining.batch_size = 8",
    "classifier.training_steps = 3",
    "classifier.batch_size = 8",
    "classifier.labelled_batch_size = 8",
    "classifier.consistency_weight = 1.0",
]

# A mistake that only a network finds: latents that its blocks can't share.
HIERARCHICAL = (
    'options.architecture = "resnet_biggan_arch"\n'
    "resnet_biggan.Generator.hierarchical_z = True\noptions.z_dim = 7"
)

# The command, on a machine with two logical CPUs.
_ON_TWO_DEVICES = """
import runpy, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
runpy.run_module("compare_gan.main", run_name="__main__")
"""


def start(folder, bindings, schedule="train", flags=(), environment=None, two_devices=False):
    """Begins, or goes on with, a run in a folder."""
    program = ["-c", _ON_TWO_DEVICES] if two_devices else ["-m", "compare_gan.main"]
    command = [sys.executable, *program, f"--schedule={schedule}", *flags]
    command += [f"--model_dir={folder}", *(f"--gin_bindings={binding}" for binding in bindings)]
    environment = {**os.environ, **(environment or {})}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def start_workers(folders, bindings, schedule="train"):
    """Begins a run of as many workers as there are folders, all on this machine."""
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(len(folders))]
    return [
        start(folder, bindings, schedule, environment={"TF_CONFIG": _tf_config(addresses, index)})
        for index, folder in enumerate(folders)
    ]


def _tf_config(addresses, index):
    cluster, task = {"worker": addresses}, {"type": "worker", "index": index}
    return json.dumps({"cluster": cluster, "task": task})


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def finish(process):
    """Waits for a run that ends well; returns what it said."""
    return finish_with(process, 0)


def finish_with(process, code):
    """Waits for a run that ends with an exit code; returns what it said."""
    _, errors = process.communicate(timeout=1200)
    assert process.returncode == code, errors
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
    return {name: array.tobytes() for name, array in saved_arrays(folder, step).items()}


def saved_arrays(folder, step):
    """Everything in a training's checkpoint, by name."""
    prefix = str(Checkpoints(folder / "checkpoints").folder(step) / "state")
    reader = tf.train.load_checkpoint(prefix)
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    return {name: np.asarray(reader.get_tensor(name)) for name in sorted(names)}
