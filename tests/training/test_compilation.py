# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""For which devices XLA is refused; `test_two_replicas` compiles for two that exchange nothing."""

import types

import pytest
import tensorflow as tf

from compare_gan.training.compilation import check_jit_compile


def _strategy(*devices):
    """As much of a strategy as is looked at."""
    names = tuple(f"/job:localhost/replica:0/task:0/device:{device}" for device in devices)
    extended = types.SimpleNamespace(worker_devices=names)
    return types.SimpleNamespace(num_replicas_in_sync=len(devices), extended=extended)


def test_replicas_on_cpus_are_refused():
    said = "run_config.jit_compile = True works on one CPU, not on 2 replicas on CPUs: leave it out"
    with pytest.raises(ValueError, match=said):
        check_jit_compile(True, _strategy("CPU:0", "CPU:1"))


@pytest.mark.parametrize("jit_compile", [None, False])
def test_what_is_not_asked_for_is_not_refused(jit_compile):
    check_jit_compile(jit_compile, _strategy("CPU:0", "CPU:1"))


def test_one_replica_and_several_gpus_can_have_it():
    check_jit_compile(True, _strategy("GPU:0", "GPU:1"))
    check_jit_compile(True, tf.distribute.get_strategy())
