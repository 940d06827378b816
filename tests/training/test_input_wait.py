# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How long steps wait for their batches, where both take a known time."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training import Gradients, LoopSettings, Task, Update, loop, train
from compare_gan.training.steps import CompiledSteps

STEPS = 4


def _slept(seconds, value):
    """The value, so many seconds later."""

    def sleep():
        time.sleep(seconds)
        return np.float32(0)

    with tf.control_dependencies([tf.numpy_function(sleep, [], tf.float32, stateful=True)]):
        return tf.identity(value)


def _batches(seconds):
    """An endless data set that makes a batch of two rows in so many seconds, when it is asked."""
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False  # or TensorFlow makes some ahead
    rows = tf.data.Dataset.from_tensors(tf.ones([1, 2])).repeat()
    return rows.map(lambda x: {"x": _slept(seconds, x)}).with_options(options)


class SlowTask(Task):
    """A step takes so many seconds once it has its batch, shared by its micro-batches."""

    def __init__(self, seconds):
        self.w = keras.Variable(1.0)
        self._seconds = seconds
        self._updates = (Update("only", [self.w], keras.optimizers.SGD(), self._gradients),)

    @property
    def updates(self):
        return self._updates

    def checkpointables(self):
        return {"w": self.w.value}

    def _gradients(self, batch, draws):
        rows = batch["x"]
        seconds = self._seconds * rows.shape[0] / 2
        return Gradients([_slept(seconds, tf.reduce_mean(rows))], {})


@pytest.mark.parametrize("data_seconds, micro_batches", [(0.04, 1), (0.04, 2), (0.0, 1)])
def test_the_wait_is_the_datas_time_and_not_the_steps(data_seconds, micro_batches):
    task = SlowTask(0.02)
    task.updates[0].optimizer.build([task.w])
    step = tf.Variable(0, dtype=tf.int64)
    strategy = tf.distribute.get_strategy()
    steps = CompiledSteps(task, 0, step, strategy, gradient_accumulation=micro_batches)
    iterator = iter(_batches(data_seconds))
    steps(iterator, 1)  # traces
    started = time.monotonic()
    taken, _, waited = steps(iterator, STEPS)
    seconds = time.monotonic() - started
    # Sleep takes as long as it is told to, or longer: bounds that hold on a busy machine too.
    assert taken == STEPS
    assert waited >= STEPS * data_seconds
    assert seconds - waited >= STEPS * 0.02
    if not data_seconds:
        assert waited < 0.2 * seconds


def test_the_share_is_a_curve(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_CURVE_STEPS", 2)
    train(SlowTask(0.0), lambda step: _batches(0.1), tmp_path, LoopSettings(2))
    (events,) = (tmp_path / "logs").glob("events*")
    (share,) = [
        float(tf.make_ndarray(value.tensor))
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
        if value.tag == "input_wait"
    ]
    assert 0.2 < share < 1
