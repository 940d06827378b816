# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Batch normalization: worked example, moving averages, standing statistics, derivatives."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.normalizers import (
    BatchNorm,
    StandardizeBatch,
    accumulate_statistics,
    collect_updates,
    has_standing_statistics,
    inference_statistics,
    reset_statistics,
)

# Four images of 2×1 pixels and 3 channels. Channel means 2, 0, 5; variances 1, 4, 0.
IMAGES = np.array(
    [
        [[[1.0, 2.0, 5.0]], [[3.0, -2.0, 5.0]]],
        [[[1.0, 2.0, 5.0]], [[3.0, -2.0, 5.0]]],
        [[[3.0, -2.0, 5.0]], [[1.0, 2.0, 5.0]]],
        [[[3.0, 2.0, 5.0]], [[1.0, -2.0, 5.0]]],
    ]
)
STANDARDIZED = (IMAGES - [2.0, 0.0, 5.0]) / np.sqrt(np.array([1.0, 4.0, 0.0]) + 1e-3)


def standing(**options):
    return BatchNorm(StandardizeBatch(use_moving_averages=False), dtype="float64", **options)


def assign(updates):
    for variable, value in updates:
        variable.assign(value)


def test_worked_example_with_batch_moments():
    layer = BatchNorm(dtype="float64")
    np.testing.assert_allclose(layer(IMAGES, training=True), STANDARDIZED, rtol=1e-12)
    # Distances of 1 and 2 from the mean, in standard deviations.
    assert float(layer(IMAGES, training=True)[0, 0, 0, 0]) == pytest.approx(-1 / np.sqrt(1.001))
    layer.gamma.assign([2.0, 3.0, 4.0])
    layer.beta.assign([-1.0, 0.0, 7.0])
    expected = STANDARDIZED * [2.0, 3.0, 4.0] + [-1.0, 0.0, 7.0]
    np.testing.assert_allclose(layer(IMAGES, training=True), expected, rtol=1e-12)
    np.testing.assert_allclose(expected[..., 2], 7.0)


def test_inference_uses_the_moving_averages_which_start_at_mean_0_variance_1():
    layer = BatchNorm(StandardizeBatch(epsilon=1e-5), dtype="float64")
    np.testing.assert_allclose(layer(IMAGES), IMAGES / np.sqrt(1 + 1e-5), rtol=1e-12)
    layer.moving_mean.assign([1.0, 2.0, 3.0])
    layer.moving_variance.assign([4.0, 9.0, 16.0])
    expected = (IMAGES - [1.0, 2.0, 3.0]) / np.sqrt(np.array([4.0, 9.0, 16.0]) + 1e-5)
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-12)


def test_training_pass_writes_nothing():
    layer = BatchNorm()
    layer.build(IMAGES.shape)
    before = [variable.numpy() for variable in layer.variables]
    layer(IMAGES, training=True)
    with collect_updates():
        layer(IMAGES, training=True)
    for variable, value in zip(layer.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_moving_averages_are_handed_over():
    layer = BatchNorm(StandardizeBatch(decay=0.9), dtype="float64")
    layer.build(IMAGES.shape)
    with collect_updates() as updates:
        layer(IMAGES)
        assert updates == []
        layer(IMAGES, training=True)
    assert [variable.name for variable, _ in updates] == ["moving_mean", "moving_variance"]
    assign(updates)
    np.testing.assert_allclose(layer.moving_mean, [0.2, 0.0, 0.5], atol=1e-12)
    np.testing.assert_allclose(layer.moving_variance, [1.0, 1.3, 0.9])
    with collect_updates() as updates:
        layer(IMAGES, training=True)
    assign(updates)
    np.testing.assert_allclose(layer.moving_mean, [0.38, 0.0, 0.95], atol=1e-12)
    np.testing.assert_allclose(layer.moving_variance, [1.0, 1.57, 0.81])


def test_collected_values_come_out_of_a_compiled_step_without_gradient():
    layer = BatchNorm(StandardizeBatch(decay=0.5))
    layer.build(IMAGES.shape)

    @tf.function(jit_compile=True)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            with collect_updates() as updates:
                layer(x, training=True)
            total = tf.reduce_sum(updates[0][1])
        assert tape.gradient(total, x) is None
        return [value for _, value in updates]

    mean, variance = step(tf.constant(IMAGES, tf.float32))
    np.testing.assert_allclose(mean, [1.0, 0.0, 2.5], rtol=1e-6)
    np.testing.assert_allclose(variance, [1.0, 2.5, 0.5], rtol=1e-6)


def test_accumulators_as_in_v3():
    layer = standing()
    layer.build(IMAGES.shape)
    assert has_standing_statistics(layer)
    assert not has_standing_statistics(BatchNorm())
    assert layer.accu_counter.numpy() == pytest.approx(1e-12)
    # Unfilled: mean 0/1e-12, variance 0/1e-12.
    np.testing.assert_allclose(layer(IMAGES), IMAGES / np.sqrt(1e-3), rtol=1e-12)
    # A filling pass already normalizes with what it adds.
    with accumulate_statistics() as updates:
        output = layer(IMAGES)
    np.testing.assert_allclose(output, STANDARDIZED, rtol=1e-9, atol=1e-9)
    assert layer.accu_counter.numpy() == pytest.approx(1e-12)
    assign(updates)
    np.testing.assert_allclose(layer.accu_mean, [2.0, 0.0, 5.0], atol=1e-12)
    np.testing.assert_allclose(layer.accu_variance, [1.0, 4.0, 0.0])
    assert layer.accu_counter.numpy() == pytest.approx(1.0)
    # The second batch is averaged with the first: means 3, 0, 7.5; variances 2.5, 10, 0.
    with accumulate_statistics() as updates:
        output = layer(2 * IMAGES)
    expected = (2 * IMAGES - [3.0, 0.0, 7.5]) / np.sqrt(np.array([2.5, 10.0, 0.0]) + 1e-3)
    np.testing.assert_allclose(output, expected, rtol=1e-9, atol=1e-9)
    assign(updates)
    expected = (IMAGES - [3.0, 0.0, 7.5]) / np.sqrt(np.array([2.5, 10.0, 0.0]) + 1e-3)
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-9, atol=1e-9)
    reset_statistics(layer)
    assert layer.accu_counter.numpy() == pytest.approx(1e-12)
    np.testing.assert_array_equal(layer.accu_mean, np.zeros(3))
    np.testing.assert_array_equal(layer.accu_variance, np.zeros(3))


def test_training_leaves_accumulators_alone_and_filling_leaves_moving_averages_alone():
    layer = standing()
    with collect_updates() as updates:
        np.testing.assert_allclose(layer(IMAGES, training=True), STANDARDIZED, rtol=1e-12)
    assert updates == []
    with accumulate_statistics() as updates:
        layer(IMAGES, training=True)
        BatchNorm()(IMAGES)
    assert updates == []


def test_numbered_passes_put_their_means_in_place_of_moving_averages():
    layer = BatchNorm(dtype="float64")
    layer.build(IMAGES.shape)
    layer.moving_mean.assign([9.0, 9.0, 9.0])
    layer.moving_variance.assign([9.0, np.inf, np.nan])  # all that was there is forgotten
    with accumulate_statistics(pass_number=1) as updates:
        output = layer(IMAGES)
    np.testing.assert_allclose(output, STANDARDIZED, rtol=1e-12)
    assert layer.moving_mean.numpy().tolist() == [9.0, 9.0, 9.0]
    assign(updates)
    # Means of three batches: factors 1, 2 and 6 of the means, 1, 4 and 36 of the variances.
    for number, factor in ((2, 2.0), (3, 6.0)):
        with accumulate_statistics(tf.constant(number, tf.int64)) as updates:
            layer(factor * IMAGES)
        assign(updates)
    np.testing.assert_allclose(layer.moving_mean, [6.0, 0.0, 15.0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(layer.moving_variance, [41 / 3, 164 / 3, 0.0], atol=1e-12)
    assert [variable for variable, _ in updates] == inference_statistics(layer)


def test_rank_2():
    layer = BatchNorm(dtype="float64")
    x = IMAGES.reshape(-1, 3)
    expected = STANDARDIZED.reshape(-1, 3)
    np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"got shape \(1, 2, 3\)"):
        BatchNorm()(np.ones((1, 2, 3)), training=True)


def test_large_means_do_not_drown_the_variance():
    layer = BatchNorm(StandardizeBatch(epsilon=1e-6))
    x = (1000.0 + np.random.default_rng(0).normal(size=(64, 8))).astype(np.float32)
    exact = x.astype(np.float64)
    expected = (exact - exact.mean(0)) / exact.std(0)
    np.testing.assert_allclose(layer(x, training=True), expected, atol=1e-3)


def test_second_derivative_against_finite_differences():
    # tf.nn.moments, and all that is built on it, fails this.
    layer = BatchNorm(dtype="float64")
    x = np.random.default_rng(1).normal(size=(5, 2))
    weight = np.random.default_rng(2).normal(size=(5, 2))

    def first(x):
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(weight * layer(x, training=True) ** 2)
        return tape.gradient(loss, x)

    start = tf.constant(x)
    with tf.GradientTape() as outer:
        outer.watch(start)
        with tf.GradientTape() as inner:
            inner.watch(start)
            loss = tf.reduce_sum(weight * layer(start, training=True) ** 2)
        penalty = tf.reduce_sum(inner.gradient(loss, start) ** 2)
    second = outer.gradient(penalty, start).numpy()
    numeric = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-5
        difference = np.sum(first(x + step) ** 2) - np.sum(first(x - step) ** 2)
        numeric[index] = difference / 2e-5
    np.testing.assert_allclose(second, numeric, rtol=1e-6, atol=1e-6)


def test_bfloat16_keeps_precise_statistics():
    layer = BatchNorm(StandardizeBatch(decay=0.0), dtype="mixed_bfloat16")
    with collect_updates() as updates:
        output = layer(IMAGES, training=True)
    assert output.dtype == tf.bfloat16
    assert {variable.dtype for variable in layer.variables} == {"float32"}
    np.testing.assert_allclose(updates[1][1], [1.0, 4.0, 0.0], rtol=1e-6)


def test_settings_come_from_gin_once_and_stay_in_the_configuration():
    gin.parse_config("standardize_batch.decay = 0.9\nstandardize_batch.use_moving_averages = False")
    layer = BatchNorm(name="bn")
    gin.clear_config()
    expected = StandardizeBatch(decay=0.9, use_moving_averages=False)
    assert layer.settings == expected
    config = layer.get_config()
    assert config == {
        "settings": {
            "decay": 0.9,
            "epsilon": 1e-3,
            "use_moving_averages": False,
            "use_cross_replica_mean": None,
            "group_size": None,
        },
        "dtype": "float32",
        "trainable": True,
        "name": "bn",
    }
    assert BatchNorm.from_config(config).settings == expected
    assert BatchNorm().settings == StandardizeBatch()


def test_gin_reference_gives_a_plain_layer():
    made = []
    gin.configurable("take_norm", allowlist=["norm"])(lambda norm=None: made.append(norm()))
    gin.parse_config("take_norm.norm = @batch_norm\nstandardize_batch.epsilon = 1e-5")
    gin.get_configurable("take_norm")()
    assert type(made[0]) is BatchNorm
    assert made[0].settings.epsilon == 1e-5


@pytest.mark.parametrize("wrong", [2.0, 1, -0.1, "0.9", None, float("nan")])
def test_a_decay_that_makes_no_average_is_refused(wrong):
    with pytest.raises(ValueError, match=r"standardize_batch.decay must be a number in \[0, 1\)"):
        StandardizeBatch(decay=wrong)


@pytest.mark.parametrize("wrong", [-1e-5, "1e-5", None, float("nan")])
def test_an_epsilon_that_is_no_small_number_is_refused(wrong):
    with pytest.raises(ValueError, match="standardize_batch.epsilon must be a number in"):
        StandardizeBatch(epsilon=wrong)
