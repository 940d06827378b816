# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import tensorflow as tf

from compare_gan.training.memory import peak_live_bytes


def _graph(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function, autograph=False).get_concrete_function(*specs).graph


def test_a_chain_holds_two_tensors_at_once():
    # While one is computed from the other both are there: 2 × 4 × 100 bytes.
    assert peak_live_bytes(_graph(lambda x: tf.exp(tf.exp(tf.exp(x))), [100])) == 800


def test_a_tensor_read_late_stays():
    def function(x):
        early = tf.exp(x)  # 400 bytes, read again at the end
        big = tf.tile(early, [10])  # 4000 bytes
        return tf.reduce_sum(tf.sin(big)) + early  # sin: 4000 more

    assert peak_live_bytes(_graph(function, [100])) == 8400


def test_each_of_many_views_is_of_its_own_tensor():
    def function(x):
        big, small = tf.identity_n([tf.exp(tf.tile(x, [10])), tf.exp(x)])  # 4000 and 400 bytes
        total = tf.reduce_sum(big)  # the last that is seen of the big one, 4 bytes
        return tf.exp(tf.tile(small, [10])) + tf.reduce_sum(small) + total

    assert peak_live_bytes(_graph(function, [100])) == 2 * 4000 + 400 + 4


def test_views_cost_nothing():
    assert peak_live_bytes(_graph(lambda x: tf.exp(tf.reshape(tf.exp(x), [10, 10])), [100])) == 800


def test_what_nothing_reads_costs_nothing():
    def function(x):
        tf.exp(tf.tile(tf.exp(x), [10]))
        return tf.exp(x)

    assert peak_live_bytes(_graph(function, [100])) == 400
