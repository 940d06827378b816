# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hypothesis
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from hypothesis import strategies as st

from compare_gan.randomness import Draws


def test_distributions_against_scipy():
    draws = Draws(seed=3)
    n = 20_000
    cases = {
        "uniform": (draws.uniform("u", [n], -1.0, 3.0), scipy.stats.uniform(-1, 4)),
        "normal": (draws.normal("n", [n], 1.0, 2.0), scipy.stats.norm(1, 2)),
        "truncated": (draws.truncated_normal("t", [n], 0.5), scipy.stats.truncnorm(-0.5, 0.5)),
    }
    for name, (values, distribution) in cases.items():
        assert scipy.stats.kstest(values.numpy(), distribution.cdf).pvalue > 1e-3, name


def test_the_step_is_known():
    assert Draws(1).step.dtype == tf.int64
    for step in (0, 5, tf.constant(2**38, tf.int64)):
        assert int(Draws(1, step, "update", 3).step) == int(step)


def test_truncation_bounds_and_variance():
    values = Draws(1).truncated_normal("t", [50_000], 1.5).numpy()
    assert np.abs(values).max() <= 1.5
    np.testing.assert_allclose(values.var(), scipy.stats.truncnorm(-1.5, 1.5).var(), rtol=0.02)


def test_integers_and_classes_have_their_frequencies():
    counts = np.bincount(Draws(1).integers("i", [30_000], 5, 8).numpy(), minlength=8)
    assert counts[:5].sum() == 0
    assert scipy.stats.chisquare(counts[5:]).pvalue > 1e-3
    classes = Draws(1).categorical("c", [0.0, 0.2, 0.0, 0.8, 0.0], 30_000).numpy()
    counts = np.bincount(classes, minlength=5)
    assert counts[[0, 2, 4]].sum() == 0
    assert scipy.stats.chisquare(counts[[1, 3]], [6000, 24_000]).pvalue > 1e-3


@hypothesis.given(step=st.integers(0, 2**38), iteration=st.integers(0, 100))
@hypothesis.settings(max_examples=20)
def test_replicas_see_together_what_one_would(step, iteration):
    whole = Draws(7, step, "u", iteration).uniform("x", [6, 2]).numpy()
    parts = [
        Draws(7, step, "u", iteration, replica, 3).uniform("x", [2, 2]).numpy()
        for replica in range(3)
    ]
    for replica, part in enumerate(parts):
        np.testing.assert_array_equal(part, whole[replica::3])


def test_a_replica_whose_index_is_a_tensor_takes_its_rows_under_xla():
    whole = Draws(7, 5, "u").integers("x", [6, 2], 0, 1000).numpy()

    @tf.function(jit_compile=True)
    def part(replica):
        return Draws(7, 5, "u", 0, replica, 2).integers("x", [3, 2], 0, 1000)

    np.testing.assert_array_equal(part(tf.constant(1)), whole[1::2])


def test_every_part_of_the_key_matters():
    keys = [
        (0, 0, "u", 0, "x"),
        (1, 0, "u", 0, "x"),
        (0, 1, "u", 0, "x"),
        (0, 0, "v", 0, "x"),
        (0, 0, "u", 1, "x"),
    ]
    drawn = [
        Draws(s, step, u, i).uniform(n, [8]).numpy()
        for s, step, u, i, n in [*keys, (0, 0, "u", 0, "y")]
    ]
    assert len({tuple(values) for values in drawn}) == len(drawn)


def test_one_bit_of_xla_or_graph_makes_no_difference_to_uniforms():
    def function(step):
        draws = Draws(3, step, "g")
        return (
            draws.uniform("a", [1000]),
            draws.normal("b", [1000]),
            draws.integers("c", [100], 0, 9),
        )

    eager = function(tf.constant(9))
    for jit in (False, True):
        compiled = tf.function(function, jit_compile=jit)(tf.constant(9))
        np.testing.assert_array_equal(compiled[0], eager[0])
        np.testing.assert_allclose(compiled[1], eager[1], rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(compiled[2], eager[2])


def test_truncation_must_be_positive():
    with pytest.raises(ValueError, match="truncation must be a positive number"):
        Draws(0).truncated_normal("t", [1], 0.0)
