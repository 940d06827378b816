# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How much a step computes: floating-point operations, counted in its graphs."""

import math
from collections.abc import Sequence

import tensorflow as tf

from compare_gan.training.graphs import UpdateGraphs
from compare_gan.training.pruning import live_operations
from compare_gan.training.task import Task

_PRODUCTS = frozenset({"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"})


def step_operations(
    task: Task, graphs: Sequence[UpdateGraphs], gradient_accumulation: int = 1
) -> int:
    """Floating-point operations of one step on one replica: each update as often as it repeats, of
    all its micro-batches, and what its repetitions share once.

    Args:
      task: What is trained.
      graphs: Its `update_graphs`.
      gradient_accumulation: In how many micro-batches a batch passes.
    """
    total = 0
    for update, (repetition, once) in zip(task.updates, graphs, strict=True):
        total += gradient_accumulation * update.repeats * floating_point_operations(repetition)
        total += 0 if once is None else floating_point_operations(once)
    return total


def floating_point_operations(graph: tf.Graph) -> int:
    """Multiplications and additions of all convolutions and matrix products that a graph runs.

    2 · outputs · summands for a convolution, transposed or not, and for its derivatives by images
    and by kernel; 2 · m · n · k for a product of [m, k] and [k, n]. Of a condition's branches the
    one with more counts. What nothing depends on is not run, and counts nothing. Everything else is
    left out: normalizers, activations, optimizers and spectral norms' power iterations, which are
    bound by memory.

    Args:
      graph: Of a `tf.function`, with static shapes.

    Raises:
      ValueError: A shape that matters is not static.
    """
    return sum(map(operations_of, live_operations(graph)))


def operations_of(operation: tf.Operation) -> int:
    """What `floating_point_operations` counts of one operation."""
    kind = operation.type
    if kind == "Conv2D":
        _, kernel = operation.inputs
        return _convolution(kernel.shape, operation.outputs[0].shape, operation)
    if kind == "Conv2DBackpropInput":
        _, kernel, coarse = operation.inputs
        return _convolution(kernel.shape, coarse.shape, operation)
    if kind == "Conv2DBackpropFilter":
        _, _, coarse = operation.inputs
        return _convolution(operation.outputs[0].shape, coarse.shape, operation)
    if kind in _PRODUCTS:
        transposed = operation.get_attr("transpose_a" if kind == "MatMul" else "adj_x")
        left = _static(operation.inputs[0].shape, operation)
        return (
            2
            * math.prod(_static(operation.outputs[0].shape, operation))
            * (left[-2] if transposed else left[-1])
        )
    if kind in ("If", "StatelessIf"):
        return max(_of_function(operation, name) for name in ("then_branch", "else_branch"))
    if kind in ("PartitionedCall", "StatefulPartitionedCall"):
        return _of_function(operation, "f")
    return 0


def _of_function(operation: tf.Operation, attribute: str) -> int:
    name = operation.get_attr(attribute).name
    return floating_point_operations(operation.graph._get_function(name).graph)


def _convolution(kernel: tf.TensorShape, coarse: tf.TensorShape, operation: tf.Operation) -> int:
    """Of a kernel [h, w, inputs, outputs] at every place of the side with the fewer pixels."""
    height, width, inputs, _ = _static(kernel, operation)
    return 2 * math.prod(_static(coarse, operation)) * height * width * inputs


def _static(shape: tf.TensorShape, operation: tf.Operation) -> list[int]:
    if not shape.is_fully_defined():
        raise ValueError(f"{operation.name} has no static shape, {shape}: its work is not known.")
    return shape.as_list()
