# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How much memory a task's step will take, from its graphs: nothing is run and no data is
needed.
"""

import math
import resource
import sys
from collections.abc import Sequence

import keras
import tensorflow as tf

from compare_gan.training.graphs import UpdateGraphs
from compare_gan.training.pruning import live_operations
from compare_gan.training.task import Task

# Operations whose output is their input's memory, or a variable's.
_ALIASES = frozenset(
    {
        "Identity",
        "IdentityN",
        "Reshape",
        "Squeeze",
        "ExpandDims",
        "StopGradient",
        "PreventGradient",
    }
)


def estimate_bytes(
    task: Task, graphs: Sequence[UpdateGraphs], gradient_accumulation: int = 1
) -> int:
    """The peak memory of training `task`, in bytes of this process.

    What the process holds already (libraries, weights), plus a gradient for each weight and the
    optimizers' slots, plus the most that is alive at once while one of the graphs is computed.
    Where gradients are accumulated, their sums are held beside those of a micro-batch. A
    memory-mapped or cached data set comes on top.

    Args:
      task: The task; its networks are built, its optimizers get built.
      graphs: Its `update_graphs`.
      gradient_accumulation: In how many micro-batches a batch passes.
    """
    slots = gradients = 0
    for update in task.updates:
        variables = list(update.variables)
        update.optimizer.build(variables)
        gradients = max(gradients, sum(map(_variable_bytes, variables)))
        slots += sum(map(_variable_bytes, update.optimizer.variables))
    if gradient_accumulation > 1:
        gradients *= 2
    activations = max(
        peak_live_bytes(graph) for pair in graphs for graph in pair if graph is not None
    )
    return _resident_bytes() + slots + gradients + activations


def peak_live_bytes(graph: tf.Graph) -> int:
    """The most bytes of tensors alive at once, if the operations run in the order in which they
    were made; what nothing depends on is not run.

    A tensor lives from the operation that makes it to the last one that reads it. Operations that
    hand on their input's memory cost nothing; sizes that are not static count as 1.

    Args:
      graph: Of a `tf.function`.
    """
    operations = live_operations(graph)
    owner: dict[str, str] = {}  # tensor -> the tensor in whose memory it is
    sizes: dict[str, int] = {}
    last_use: dict[str, int] = {}
    for position, operation in enumerate(operations):
        for tensor in operation.inputs:
            last_use[owner[tensor.name]] = position
        for number, tensor in enumerate(operation.outputs):
            if operation.type in _ALIASES:
                owner[tensor.name] = owner[operation.inputs[number].name]
                continue
            owner[tensor.name] = tensor.name
            free = operation.type in ("Placeholder", "ReadVariableOp", "Const")
            sizes[tensor.name] = 0 if free else _tensor_bytes(tensor)
            last_use[tensor.name] = position

    released: list[list[str]] = [[] for _ in operations]
    for name, position in last_use.items():
        released[position].append(name)
    alive = peak = 0
    for position, operation in enumerate(operations):
        alive += sum(sizes.get(tensor.name, 0) for tensor in operation.outputs)
        peak = max(peak, alive)
        alive -= sum(sizes[name] for name in released[position])
    return peak


def _variable_bytes(variable: keras.Variable) -> int:
    return math.prod(variable.shape) * tf.as_dtype(variable.dtype).size


def _tensor_bytes(tensor: tf.Tensor) -> int:
    if tensor.shape.rank is None or tensor.dtype in (tf.resource, tf.variant, tf.string):
        return 0
    return math.prod(size or 1 for size in tensor.shape) * tensor.dtype.size


def _resident_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB
