# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import tensorflow as tf

from compare_gan.training.pruning import live_operations


def _live(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    graph = tf.function(function, autograph=False).get_concrete_function(*specs).graph
    return [operation.type for operation in live_operations(graph)]


def test_what_nothing_reads_is_left_out():
    def function(x):
        tf.cos(tf.tan(x))
        return tf.exp(tf.sin(x))

    assert _live(function, [3]) == ["Placeholder", "Sin", "Exp", "Identity"]


def test_effects_stay_with_all_that_they_read():
    variable = tf.Variable(0.0)

    def function(x):
        variable.assign(tf.tan(x))
        with tf.control_dependencies([tf.cos(x)]):
            return tf.sin(x)

    assert {"AssignVariableOp", "Tan", "Cos", "Sin"} <= set(_live(function, []))


def test_of_a_convolutions_derivatives_only_what_was_asked_for():
    def function(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.nn.conv2d(x, kernel, strides=1, padding="SAME") ** 2)
        return tape.gradient(y, x)

    live = _live(function, [2, 8, 8, 5], [3, 3, 5, 6])
    assert "Conv2DBackpropInput" in live and "Conv2DBackpropFilter" not in live
