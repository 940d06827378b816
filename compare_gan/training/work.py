# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How much a step computes: floating-point operations, counted in its graphs."""

import math
from collections.abc import Sequence

import tensorflow as tf

from compare_gan.training.task import Task

_PRODUCTS = frozenset({"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"})


def step_operations(
    task: Task,
    graphs: Sequence[tf.Graph],
    gradient_accumulation: int = 1,
    once: Sequence[tf.Graph] = (),
) -> int:
    """Floating-point operations of one step on one replica: each update as often as it repeats, of
    all its micro-batches, and what is computed once.

    Args:
      task: What is trained.
      graphs: Its `update_graphs`.
      gradient_accumulation: In how many micro-batches a batch passes.
      once: Its `once_graphs`.
    """
    repeated = gradient_accumulation * sum(
        update.repeats * floating_point_operations(graph)
        for update, graph in zip(task.updates, graphs, strict=True)
    )
    return repeated + sum(map(floating_point_operations, once))


def floating_point_operations(graph: tf.Graph) -> int:
    """Multiplications and additions of all convolutions and matrix products of a graph.

    2 · outputs · summands for a convolution, transposed or not, and for its derivatives by images
    and by kernel; 2 · m · n · k for a product of [m, k] and [k, n]. Of a condition's branches the
    one with more counts. Everything else is left out: normalizers, activations, optimizers and
    spectral norms' power iterations, which are bound by memory.

    Args:
      graph: With static shapes.

    Raises:
      ValueError: A shape that matters is not static.
    """
    return sum(map(operations_of, graph.get_operations()))


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
        branches = [operation.get_attr(name) for name in ("then_branch", "else_branch")]
        return max(
            floating_point_operations(operation.graph._get_function(branch.name).graph)
            for branch in branches
        )
    return 0


def _convolution(kernel: tf.TensorShape, coarse: tf.TensorShape, operation: tf.Operation) -> int:
    """Of a kernel [h, w, inputs, outputs] at every place of the side with the fewer pixels."""
    height, width, inputs, _ = _static(kernel, operation)
    return 2 * math.prod(_static(coarse, operation)) * height * width * inputs


def _static(shape: tf.TensorShape, operation: tf.Operation) -> list[int]:
    if not shape.is_fully_defined():
        raise ValueError(f"{operation.name} has no static shape, {shape}: its work is not known.")
    return shape.as_list()
