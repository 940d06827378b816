# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A task small enough to check by hand: two updates of a few weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training import Gradients, Task, Update


class OneUpdateTask(Task):
    """Moves one variable in one update, called "only", by the `_gradients` of a subclass.

    Args:
      w: The variable.
      optimizer: Moves it.
      **others: What else the update has.
    """

    def __init__(self, w, optimizer, **others):
        self.w = w
        self._updates = (Update("only", [w], optimizer, self._gradients, **others),)

    @property
    def updates(self):
        return self._updates

    def checkpointables(self):
        return {"w": self.w.value}


class LineTask(Task):
    """Fits w to `images @ w = noise`; the second update moves v by gradient descent on v².

    Args:
      optimizer: Makes the optimizer of w.
      poison_step: The step at which the loss of the first update becomes NaN.
    """

    def __init__(self, optimizer=lambda: keras.optimizers.Adam(0.05), poison_step=None):
        self.w = keras.Variable(np.linspace(1, 2, 3, dtype=np.float32), name="w")
        self.v = keras.Variable(np.float32(2.0), name="v")
        self.average = keras.Variable(np.zeros(3, np.float32), name="average", trainable=False)
        self.poison_step = poison_step
        self.traces = 0
        self.seen = []
        self._updates = (
            Update("first", [self.w], optimizer(), self._first, repeats=2),
            Update(
                "second",
                [self.v],
                keras.optimizers.SGD(0.25),
                self._second,
                fresh_batch=False,
                finish=lambda step: [(self.average, self.w.value)],
            ),
        )

    @property
    def updates(self):
        return self._updates

    def checkpointables(self):
        return {"w": self.w.value, "v": self.v.value, "average": self.average.value}

    def _first(self, batch, draws):
        self.traces += 1
        with tf.GradientTape() as tape:
            noise = draws.normal("noise", [batch["images"].shape[0], 1])
            error = batch["images"] @ self.w.value[:, None] - noise
            loss = tf.reduce_mean(tf.square(error))
            if self.poison_step is not None:
                now = tf.cast(self._updates[1].optimizer.iterations.value, tf.int64)
                loss += tf.where(now + 1 == self.poison_step, np.float32(np.nan), 0.0)
        return Gradients(tape.gradient(loss, [self.w.value]), {"loss": loss, "error": loss * 0.5})

    def _second(self, batch, draws):
        with tf.GradientTape() as tape:
            loss = tf.square(self.v.value)
        return Gradients(tape.gradient(loss, [self.v.value]), {"loss": loss})


def line_batches(step):
    """Batches whose content is a function of their position alone, as the data's are."""

    def element(position):
        return {"images": tf.random.stateless_normal([2, 4, 3], tf.stack([position, 7]))}

    return tf.data.Dataset.range(step, 10**9).map(element)


@pytest.fixture
def line_task():
    """The class of a small task."""
    return LineTask


@pytest.fixture
def batches():
    """Its data: `(step) -> dataset`."""
    return line_batches
