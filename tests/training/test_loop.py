# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.self_supervision import rotate_images
from compare_gan.training import LoopSettings, NonFiniteError, loop, train
from compare_gan.training.checkpoints import Checkpoints


def _weights(task):
    return np.concatenate([task.w.numpy(), [task.v.numpy()], task.average.numpy()])


def test_updates_are_applied_in_order_on_fresh_batches(line_task, batches, tmp_path):
    """The whole of three steps, again in NumPy: two SGD updates of w a step, then one of v."""
    task = line_task(optimizer=lambda: keras.optimizers.SGD(0.1))
    from compare_gan.randomness import Draws

    w, v = np.linspace(1, 2, 3), 2.0
    elements = batches(0).as_numpy_iterator()
    for step in range(3):
        images = next(elements)["images"].astype(np.float64)
        for iteration in range(2):
            noise = Draws(5, step, "first", iteration).normal("noise", [4, 1]).numpy()[:, 0]
            error = images[iteration] @ w - noise
            w = w - 0.1 * 2 * images[iteration].T @ error / 4
        v = v - 0.25 * 2 * v
    assert train(task, batches, tmp_path, LoopSettings(3, seed=5)) == 3
    np.testing.assert_allclose(task.w.numpy(), w, rtol=1e-5)
    np.testing.assert_allclose(task.v.numpy(), v, rtol=1e-6)
    np.testing.assert_array_equal(task.average.numpy(), task.w.numpy())
    assert (tmp_path / "TRAIN_DONE").exists()


def test_resumed_run_equals_uninterrupted_one_bit_for_bit(line_task, batches, tmp_path):
    whole, first, second = line_task(), line_task(), line_task()
    train(whole, batches, tmp_path / "whole", LoopSettings(237))
    train(first, batches, tmp_path / "parts", LoopSettings(101))
    train(second, batches, tmp_path / "parts", LoopSettings(237))
    np.testing.assert_array_equal(_weights(second), _weights(whole))
    assert not np.array_equal(_weights(first), _weights(whole))


def test_host_calls_change_nothing(line_task, batches, tmp_path):
    one, many = line_task(), line_task()
    train(one, batches, tmp_path / "one", LoopSettings(60, iterations_per_loop=1))
    train(many, batches, tmp_path / "many", LoopSettings(60, iterations_per_loop=1000))
    np.testing.assert_array_equal(_weights(one), _weights(many))


def test_seed_matters(line_task, batches, tmp_path):
    one, two = line_task(), line_task()
    train(one, batches, tmp_path / "one", LoopSettings(5, seed=1))
    train(two, batches, tmp_path / "two", LoopSettings(5, seed=2))
    assert not np.array_equal(_weights(one), _weights(two))


def test_each_update_is_traced_once(line_task, batches, tmp_path):
    task = line_task()
    train(task, batches, tmp_path, LoopSettings(250, save_checkpoints_steps=70))
    assert task.traces == 1


def test_what_a_part_refuses_when_it_is_traced_is_an_error_of_the_configuration(
    line_task, batches, tmp_path
):
    class Turning(line_task):
        def _second(self, batch, draws):
            rotate_images(batch["images"][..., None, None])

    with pytest.raises(ConfigurationError, match="needs square images, but these are 3x1"):
        train(Turning(), batches, tmp_path, LoopSettings(3))


def test_xla_gives_the_same(line_task, batches, tmp_path):
    plain, compiled = line_task(), line_task()
    train(plain, batches, tmp_path / "plain", LoopSettings(20))
    train(compiled, batches, tmp_path / "xla", LoopSettings(20, jit_compile=True))
    np.testing.assert_allclose(_weights(compiled), _weights(plain), rtol=1e-4)


def test_stops_at_the_first_value_that_is_not_finite(line_task, batches, tmp_path):
    task = line_task(poison_step=57)
    with pytest.raises(NonFiniteError, match=r"first/loss became nan at step 57.*step 40 is kept"):
        train(task, batches, tmp_path, LoopSettings(100, save_checkpoints_steps=20))
    assert Checkpoints(tmp_path / "checkpoints").steps() == [20, 40]
    assert not (tmp_path / "TRAIN_DONE").exists()


def test_what_comes_after_a_value_that_is_not_finite_does_not_hide_it(
    line_task, batches, tmp_path, monkeypatch
):
    """The compiled call goes on to the step where curves are due, and there all is finite again."""
    monkeypatch.setattr(loop, "_CURVE_STEPS", 60)

    class Blink(line_task):
        def _second(self, batch, draws):
            gradients = super()._second(batch, draws)
            now = tf.cast(self._updates[1].optimizer.iterations.value, tf.int64) + 1
            error = tf.where(tf.equal(now, 57), np.float32(-np.inf), 0.0)
            return gradients._replace(scalars={**gradients.scalars, "error": error})

    task = Blink()
    settings = LoopSettings(100, save_checkpoints_steps=60)
    with pytest.raises(NonFiniteError, match=r"second/error became -inf at step 57; .*no check"):
        train(task, batches, tmp_path, settings)
    assert task.updates[1].optimizer.iterations.numpy() == 60
    assert not Checkpoints(tmp_path / "checkpoints").steps()


def test_not_finite_gradient_is_found_where_the_loss_is_finite(batches, tmp_path, line_task):
    class Root(line_task):
        def _second(self, batch, draws):
            gradients = super()._second(batch, draws)
            return gradients._replace(
                gradients=[g * np.float32(np.inf) for g in gradients.gradients]
            )

    with pytest.raises(NonFiniteError, match="second/gradient_norm became inf at step 1"):
        train(Root(), batches, tmp_path, LoopSettings(10))


def test_checkpoints_and_callbacks_keep_their_intervals(line_task, batches, tmp_path):
    class Recorder:
        every_steps = 30

        def __init__(self):
            self.steps = []

        def __call__(self, step, curves):
            # A run that is killed between the two begins before both.
            assert step not in Checkpoints(tmp_path / "checkpoints").steps()
            self.steps.append(step)

    recorder = Recorder()
    settings = LoopSettings(100, save_checkpoints_steps=40, keep_checkpoint_max=2)
    train(line_task(), batches, tmp_path, settings, [recorder])
    assert recorder.steps == [30, 60, 90, 100]
    assert Checkpoints(tmp_path / "checkpoints").steps() == [80, 100]


def test_finished_run_is_left_alone(line_task, batches, tmp_path):
    train(line_task(), batches, tmp_path, LoopSettings(10))

    def no_data(step):
        raise AssertionError("a finished run reads no data")

    task = line_task()
    assert train(task, no_data, tmp_path, LoopSettings(10)) == 10
    assert task.updates[1].optimizer.iterations.numpy() == 10


def test_progress_and_curves(line_task, batches, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        train(line_task(), batches, tmp_path, LoopSettings(200))
    assert "step 200 of 200 (100%)" in caplog.text
    assert "steps/s" in caplog.text and "left" in caplog.text and "first/loss" in caplog.text
    (events,) = (tmp_path / "logs").glob("events*")
    tags = {
        value.tag
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    }
    assert {
        "first/loss",
        "first/error",
        "second/loss",
        "first/gradient_norm",
        "steps_per_second",
    } <= tags


def test_the_first_repetition_that_goes_wrong_is_the_one_named(batches, tmp_path, line_task):
    """Its gradient is infinite in the first of two repetitions; the loss only in the second."""

    class Burst(line_task):
        def _first(self, batch, draws):
            gradients = super()._first(batch, draws)
            first = tf.equal(self._updates[0].optimizer.iterations.value, 0)
            factor = tf.where(first, np.float32(np.inf), 1.0)
            return gradients._replace(gradients=[g * factor for g in gradients.gradients])

    with pytest.raises(NonFiniteError, match="first/gradient_norm became inf at step 1"):
        train(Burst(), batches, tmp_path, LoopSettings(10))


def test_mark_of_completion_goes_when_a_run_is_extended(line_task, batches, tmp_path):
    train(line_task(), batches, tmp_path, LoopSettings(5))
    seen = []

    class Look:
        every_steps = 1

        def __call__(self, step, curves):
            seen.append((tmp_path / "TRAIN_DONE").exists())

    train(line_task(), batches, tmp_path, LoopSettings(8), [Look()])
    assert seen == [False] * 3 and (tmp_path / "TRAIN_DONE").exists()
