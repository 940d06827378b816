# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Where XLA can compile what a training computes: `run_config.jit_compile`."""

import tensorflow as tf


def check_jit_compile(jit_compile: bool | None, strategy: tf.distribute.Strategy) -> None:
    """Checks that XLA can compile for a strategy's devices, if it is asked to.

    Replicas exchange numbers inside of what is compiled, such as batch statistics, and XLA has no
    code for that on CPUs.

    Raises:
      ValueError: It can't.
    """
    replicas = strategy.num_replicas_in_sync
    if not jit_compile or replicas == 1:
        return
    if any("CPU" in device.upper() for device in strategy.extended.worker_devices):
        raise ValueError(
            f"run_config.jit_compile = True works on one CPU, not on {replicas} replicas on CPUs: "
            "leave it out, or choose --strategy=one."
        )
