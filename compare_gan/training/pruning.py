# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What of a graph is run: TensorFlow traces more than it computes."""

import tensorflow as tf


def live_operations(graph: tf.Graph) -> list[tf.Operation]:
    """The operations that a function's results or its effects depend on, as they were made.

    The others are in its graph too, but are taken out before it is run. A convolution's derivative
    by its kernel is one of them where that by its images alone was asked for, and the other way
    round: TensorFlow always makes both.

    Args:
      graph: Of a `tf.function`: it knows its outputs, and what must be run without being one.
    """
    waiting = [tensor.op for tensor in graph.outputs] + list(graph.control_outputs)
    live: set[tf.Operation] = set()
    while waiting:
        operation = waiting.pop()
        if operation not in live:
            live.add(operation)
            waiting += [tensor.op for tensor in operation.inputs]
            waiting += operation.control_inputs
    return [operation for operation in graph.get_operations() if operation in live]
