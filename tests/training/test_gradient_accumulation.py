# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A batch that passes in micro-batches, against NumPy and against the batch as a whole."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.randomness import Draws
from compare_gan.replicas import (
    count_where,
    gather_over_replicas,
    mean_over_replicas,
    mean_where,
    micro_batch,
)
from compare_gan.training import (
    Gradients,
    LoopSettings,
    NonFiniteError,
    Update,
    micro_batches,
    train,
)
from compare_gan.training.graphs import update_graphs
from compare_gan.training.memory import peak_live_bytes
from compare_gan.training.micro_batches import micro_gradients
from compare_gan.training.steps import CompiledSteps
from tests.training.conftest import OneUpdateTask

ROWS = np.array([[0.5, 2.0, -1.0, 4.0, 3.0, 1.5, -2.0, 0.25]])  # one batch a step
KNOWN = np.array([[1, 0, 0, 1, 0, 1, 0, 0]])  # two in one micro-batch of two, one in the other


class RowsTask(OneUpdateTask):
    """Moves w by the gradient of mean (w x)² + the mean of (w x)³ where x is known; the largest x
    moves a state, and `prepare` and `finish` count.

    Args:
      poison: Whether the gradient alone of the last row becomes NaN.
    """

    def __init__(self, poison=False):
        w, self.largest, self.prepared, self.finished = (
            keras.Variable(value, dtype="float64") for value in (0.5, 0.0, 0.0, 0.0)
        )
        self._poison = poison
        self.traces = 0
        super().__init__(
            w,
            keras.optimizers.SGD(0.25),
            prepare=lambda: self.prepared.assign(self.prepared + 1),
            finish=lambda step: [(self.finished, self.finished + 1)],
        )

    def _gradients(self, batch, draws):
        self.traces += 1
        x = batch["x"]
        with tf.GradientTape() as tape:
            products = self.w.value * x
            cubes = mean_where(batch["known"] > 0, products**3)
            loss = tf.reduce_mean(products**2) + cubes
        (gradient,) = tape.gradient(loss, [self.w.value])
        if self._poison:
            gradient += tf.reduce_sum(tf.where(x == 0.25, np.float64(np.nan), 0.0))
        return Gradients([gradient], {"cubes": cubes}, [(self.largest, tf.reduce_max(x))])


def _batches(step):
    return tf.data.Dataset.from_tensors({"x": ROWS, "known": KNOWN}).repeat()


@pytest.mark.parametrize("jit_compile", [None, True])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_two_steps_are_those_of_the_joint_batch(count, jit_compile):
    task = RowsTask()
    task.updates[0].optimizer.build([task.w])
    step = tf.Variable(0, dtype=tf.int64)
    strategy = tf.distribute.get_strategy()
    steps = CompiledSteps(task, 0, step, strategy, jit_compile, gradient_accumulation=count)
    taken, values, _ = steps(iter(_batches(0)), 2)

    w, (x,), (known,) = 0.5, ROWS, KNOWN
    for _ in range(2):
        cubes = (known * (w * x) ** 3).sum() / 3
        slope = (2 * w * x**2).mean() + (known * 3 * w**2 * x**3).sum() / 3
        w -= 0.25 * slope
    np.testing.assert_allclose(task.w.numpy(), w, rtol=1e-13)
    assert taken == 2 and steps.names == ["only/cubes", "only/gradient_norm"]
    np.testing.assert_allclose(values, [cubes, abs(slope)], rtol=1e-6)
    # The mean over micro-batches of what each would assign, and the rest once an update.
    np.testing.assert_allclose(
        task.largest.numpy(), np.mean([x[part::count].max() for part in range(count)])
    )
    assert (task.prepared.numpy(), task.finished.numpy()) == (2, 2)
    assert task.updates[0].optimizer.iterations.numpy() == 2
    assert task.traces == 1


def test_one_micro_batch_that_is_not_finite_stops_the_training(tmp_path):
    with pytest.raises(NonFiniteError, match="only/gradient_norm became nan at step 1"):
        train(RowsTask(poison=True), _batches, tmp_path, LoopSettings(5, gradient_accumulation=4))


def test_many_updates_of_a_step(line_task, batches, tmp_path):
    """Of several updates, repetitions and draws, the weights are those of whole batches."""
    found = []
    for count in (1, 2):
        task = line_task(optimizer=lambda: keras.optimizers.SGD(0.1))
        train(task, batches, tmp_path / str(count), LoopSettings(3, gradient_accumulation=count))
        found.append(np.concatenate([task.w.numpy(), task.average.numpy()]))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


def _echo(batch, draws):
    rows = batch["x"].shape[0]
    return Gradients([batch["x"], draws.uniform("u", [rows, 2]), draws.uniform("c", [])], {})


@pytest.mark.parametrize("count, place, replicas", [(2, 0, 1), (4, 0, 1), (2, 1, 2)])
def test_rows_and_draws_are_those_of_the_joint_batch(monkeypatch, count, place, replicas):
    monkeypatch.setattr(micro_batches, "this_replica", lambda: (place, replicas))
    update = Update("echo", [], None, _echo)
    batch = {"x": tf.constant(ROWS[0][place::replicas])}
    joint = Draws(3, 7, "echo", 1)
    rows, one = joint.uniform("u", [8, 2]).numpy(), joint.uniform("c", []).numpy()
    for number in range(count):
        computed, _ = micro_gradients(update, batch, (3, 7, 1), tf.constant(number), count)
        x, u, c = computed.gradients
        own = np.arange(8)[place::replicas][number::count]
        np.testing.assert_array_equal(x, ROWS[0][own])
        np.testing.assert_array_equal(u, rows[own])
        assert c.numpy() == one


def test_rows_that_do_not_divide_are_refused():
    update = Update("echo", [], None, _echo)
    with pytest.raises(ValueError, match="accumulation=3 does not divide the 8 rows of 'x'"):
        micro_gradients(update, {"x": tf.constant(ROWS[0])}, (0, 0, 0), 0, 3)


def test_counts_are_those_of_the_whole_batch():
    """Of 4 rows in two micro-batches 3 count, 1.5 a micro-batch; then 2 of them."""
    whole = tf.constant([1.5, 1.0], tf.float64)
    masks, values = tf.constant([[True, True], [False, True]]), tf.constant([[2.0, 4.0], [8.0, 1]])
    means = []
    for mask, some in zip(masks, values):
        with micro_batch(2, whole) as own:
            means.append(float(mean_where(mask, some)))
            assert count_where(tf.constant([1.0, 0.0])) == 1.0
        assert [float(number) for number in own] == [sum(mask.numpy()), 1.0]
    assert np.mean(means) == pytest.approx((2 + 4 + 1) / 3)
    assert float(mean_where(masks[0], values[0])) == 3.0  # outside, of these rows alone


@pytest.mark.parametrize("function", [mean_over_replicas, gather_over_replicas])
def test_what_needs_all_rows_is_refused(function):
    with micro_batch(2, tf.zeros([0], tf.float64)):
        with pytest.raises(
            ConfigurationError,
            match=r"run_config.gradient_accumulation=2 .* but @mine needs all .* = 1",
        ):
            function(tf.ones([2]), needed_by="@mine")
    assert function(tf.ones([2])).shape == [2]


def test_memory_holds_the_activations_of_one_micro_batch():
    class Wide(OneUpdateTask):
        def _gradients(self, batch, draws):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.exp(tf.exp(batch["x"] @ self.w.value)))
            return Gradients(tape.gradient(loss, [self.w.value]), {})

    specs = {"x": tf.TensorSpec([64, 1])}

    def peak(count):
        w = keras.Variable(np.ones([1, 100], np.float32))
        task = Wide(w, keras.optimizers.SGD())
        return peak_live_bytes(update_graphs(task, specs, count)[0].repetition)

    whole, quarter = peak(1), peak(4)
    rows = 4 * 100  # bytes of a row of activations
    assert whole >= 2 * 64 * rows
    assert quarter < 0.3 * whole
