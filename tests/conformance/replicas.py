# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The check that two replicas compute what one computes of their joint batch, for all parts.

A program: a process can have one strategy only.

    python -m tests.conformance.replicas REPORT ID ...

writes to REPORT, as JSON, for each part's id None or what is wrong: the kind of the exception and
its traceback.
"""

import json
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from tests.conformance.checks import assert_close, draws, numbers
from tests.conformance.instances import Inputs, dtype_policy, measure, variables_of
from tests.conformance.kinds import Part, as_tensors

_REPLICAS = 2


def two_replicas() -> tf.distribute.Strategy:
    """A strategy on two logical CPUs; before anything else of TensorFlow."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = [tf.config.LogicalDeviceConfiguration()] * _REPLICAS
    tf.config.set_logical_device_configuration(cpu, logical)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def check(part: Part, strategy: tf.distribute.Strategy) -> None:
    """Outputs and derivatives, in float64: rows side by side, and the mean of what is shared.

    Row i of the global batch is row i // 2 of replica i mod 2.
    """
    part.configure()
    batch = as_tensors(part.inputs(np.random.default_rng(0)), tf.float64)
    with dtype_policy("float64"):
        single = part.instance()
        expected = numbers(measure(single, batch, draws(0)))
        with strategy.scope():
            mirrored = part.build()
    for variable, value in zip(variables_of(mirrored.state), variables_of(single.state)):
        variable.assign(value.numpy())
    rows = set()

    def on_replica(inputs: Inputs) -> Mapping[str, tf.Tensor]:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        measured = measure(mirrored, inputs, draws(0, replica, _REPLICAS))
        rows.update(measured.rows)
        return measured.flat()

    def own_rows(context: tf.distribute.ReplicaContext) -> Inputs:
        return {n: x[context.replica_id_in_sync_group :: _REPLICAS] for n, x in batch.items()}

    shares = strategy.experimental_distribute_values_from_function(own_rows)
    found = {}
    # Eagerly: tracing a function for each replica takes twice as long.
    for name, values in strategy.run(on_replica, args=(shares,)).items():
        parts = [value.numpy() for value in strategy.experimental_local_results(values)]
        if name in rows:
            found[name] = np.stack(parts, axis=1).reshape(expected[name].shape)
        else:
            found[name] = np.mean(parts, axis=0)
    # What a part computes in float32 by design, such as draws, is rounded so.
    assert_close(found, expected, 1e-6, 1e-6)


def main(report: str, ids: list[str]) -> None:
    """Checks the parts of these ids."""
    strategy = two_replicas()
    from tests.conformance.parts import PARTS

    found = {}
    for part in PARTS:
        if part.id in ids:
            try:
                check(part, strategy)
                found[part.id] = None
            except Exception as error:
                found[part.id] = type(error).__name__, traceback.format_exc()
    Path(report).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
