# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest
import tensorflow as tf

from compare_gan.training.work import floating_point_operations


def _graph(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function, autograph=False).get_concrete_function(*specs).graph


def test_matrix_products():
    # 2 · 3 · 5 multiplications and additions for each of 4 numbers a row.
    assert floating_point_operations(_graph(tf.matmul, [3, 5], [5, 4])) == 2 * 3 * 4 * 5
    transposed = _graph(lambda a, b: tf.matmul(a, b, transpose_a=True), [5, 3], [5, 4])
    assert floating_point_operations(transposed) == 2 * 3 * 4 * 5
    assert floating_point_operations(_graph(tf.matmul, [7, 3, 5], [7, 5, 4])) == 7 * 2 * 3 * 4 * 5
    batches = _graph(lambda a, b: tf.matmul(a, b, transpose_b=True), [7, 3, 5], [7, 4, 5])
    assert floating_point_operations(batches) == 7 * 2 * 3 * 4 * 5


def test_a_convolution_and_both_derivatives():
    def function(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = tf.nn.conv2d(x, kernel, strides=2, padding="SAME")
            loss = tf.reduce_sum(y * y)
        return tape.gradient(loss, [x, kernel])

    # 2 images, 4 x 4 places of 6 channels, each a sum over 3 x 3 x 5 numbers; and twice again.
    once = 2 * (2 * 4 * 4 * 6) * (3 * 3 * 5)
    graph = _graph(function, [2, 8, 8, 5], [3, 3, 5, 6])
    assert floating_point_operations(graph) == 3 * once


def test_a_transposed_convolution():
    def function(x, kernel):
        return tf.nn.conv2d_transpose(x, kernel, [2, 8, 8, 6], strides=2, padding="SAME")

    # Each of 2 · 4 · 4 · 5 numbers goes to 3 x 3 places of 6 channels.
    assert floating_point_operations(_graph(function, [2, 4, 4, 5], [3, 3, 6, 5])) == (
        2 * (2 * 4 * 4 * 5) * (3 * 3 * 6)
    )


def test_of_two_branches_the_larger_one_counts():
    def function(x, w):
        return tf.cond(x[0, 0] > 0, lambda: tf.matmul(tf.matmul(x, w), w), lambda: tf.matmul(x, w))

    assert floating_point_operations(_graph(function, [3, 5], [5, 5])) == 2 * (2 * 3 * 5 * 5)


def test_functions_that_are_called_count():
    called = tf.function(lambda x, w: tf.matmul(tf.matmul(x, w), w), autograph=False)
    graph = _graph(lambda x, w: called(x, w) + called(x, w), [3, 5], [5, 5])
    assert floating_point_operations(graph) == 2 * 2 * (2 * 3 * 5 * 5)


def test_what_nothing_reads_does_not_count():
    def function(x, w):
        tf.matmul(x, w)
        return tf.matmul(tf.matmul(x, w), w)

    assert floating_point_operations(_graph(function, [3, 5], [5, 5])) == 2 * (2 * 3 * 5 * 5)


def test_agrees_with_tensorflows_profiler():
    def function(x, kernel, w):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel, w])
            y = tf.nn.conv2d(x, kernel, strides=1, padding="SAME")
            z = tf.matmul(tf.reshape(y, [2, -1]), w)
        return z, tape.gradient(z, [x, kernel, w])  # the profiler leaves nothing out

    graph = _graph(function, [2, 8, 8, 5], [3, 3, 5, 6], [8 * 8 * 6, 7])
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    profiled = tf.compat.v1.profiler.profile(graph, options=options).total_float_ops
    assert floating_point_operations(graph) == profiled


def test_unknown_sizes_are_refused():
    with pytest.raises(ValueError, match="no static shape"):
        floating_point_operations(_graph(tf.matmul, [None, 5], [5, 4]))
