# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Loss scaling, on one weight whose gradient leaves float16's range at one end or the other."""

import keras
import pytest
import tensorflow as tf

from compare_gan.training import Gradients, LoopSettings, NonFiniteError, train
from compare_gan.training import loss_scale as loss_scale_module
from compare_gan.training.checkpoints import Checkpoints
from compare_gan.training.loss_scale import LossScale
from compare_gan.training.task import gradients_of, watch
from tests.training.conftest import OneUpdateTask


class HalfTask(OneUpdateTask):
    """loss = slope · w / 128, where w · slope is multiplied in float16 and 1 / 128 in float32.

    So the derivative by w is slope / 128, and on its way back scale / 128 and slope · scale / 128
    are float16. Each row of a batch multiplies the slope; a replica sees one.
    """

    def __init__(self, slope=1.0):
        w = keras.Variable(1.0, name="w", dtype="float32")
        super().__init__(w, keras.optimizers.SGD(0.5, 0.9))
        self.slope = slope

    def _gradients(self, batch, draws):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = watch(tape, [self.w])
            slope = tf.cast(self.slope * batch["images"][0, 0], tf.float16)
            half = tf.cast(variables[0], tf.float16) * slope
            loss = tf.cast(half, tf.float32) / 128.0
        return Gradients(gradients_of(loss, variables, tape), {"loss": loss})


def _batches(step):
    return tf.data.Dataset.from_tensors({"images": tf.ones([1, 1, 1])}).repeat()


def _train(task, steps, folder, precision="mixed_float16"):
    train(task, _batches, folder, LoopSettings(steps, precision=precision))


def _saved(folder, step):
    """The scale, and how many updates were made since it changed."""
    state = LossScale()
    checkpoints = Checkpoints(folder / "checkpoints")
    checkpoints.restore(step, {"only_loss_scale": state}, partial=True)
    return [variable.numpy() for variable in sorted(state.variables, key=lambda v: v.name)]


def test_small_gradients_survive(tmp_path):
    """2⁻²⁶ is less than half of the smallest float16, 2⁻²⁴; momentum is 0 before the first step."""
    unscaled, scaled = HalfTask(2.0**-19), HalfTask(2.0**-19)
    _train(unscaled, 1, tmp_path / "unscaled", "mixed_bfloat16")
    assert unscaled.w.numpy() == 1.0
    scaled.w.assign(0.0)  # where a step of 2⁻²⁷ is not lost
    _train(scaled, 1, tmp_path / "scaled")
    assert scaled.w.numpy() == -(2.0**-27)


def test_updates_that_overflow_are_left_out(tmp_path):
    """slope · scale / 128 is 2¹⁸, 2¹⁷ and 2¹⁶ in the first steps, then 2¹⁵, which float16 has."""
    task = HalfTask(2.0**10)
    _train(task, 3, tmp_path)
    assert task.w.numpy() == 1.0
    assert _saved(tmp_path, 3) == [2.0**12, 0]
    # It goes on from there: with the momentum that one update left, and no more.
    task = HalfTask(2.0**10)
    _train(task, 5, tmp_path)
    assert _saved(tmp_path, 5) == [2.0**12, 2]
    gradient = 2.0**10 / 128
    assert task.w.numpy() == pytest.approx(1.0 - 0.5 * gradient - 0.5 * 1.9 * gradient)


def test_the_scale_grows_after_many_updates(tmp_path, monkeypatch):
    monkeypatch.setattr(loss_scale_module, "_UPDATES_TO_GROW", 3)
    monkeypatch.setattr(loss_scale_module, "_LARGEST_SCALE", 2.0**16)
    _train(HalfTask(1.0), 4, tmp_path)
    assert _saved(tmp_path, 4) == [2.0**16, 1]
    _train(HalfTask(1.0), 9, tmp_path)
    assert _saved(tmp_path, 9) == [2.0**16, 0]


def test_what_no_scale_can_help_stops_the_run(tmp_path):
    """The derivative is infinite at every scale; that of 1 is reached after 15 halvings."""
    task = HalfTask(1.0)
    task.w.assign(0.0)

    def gradients(batch, draws):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = watch(tape, [task.w])
            loss = tf.sqrt(variables[0])
        return Gradients(gradients_of(loss, variables, tape), {"loss": loss})

    task._updates = (task.updates[0]._replace(gradients=gradients),)
    with pytest.raises(NonFiniteError, match="only/gradient_norm became inf at step 16"):
        _train(task, 30, tmp_path)
    assert task.w.numpy() == 0.0
