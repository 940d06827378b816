# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What an update computes once a step, before its repetitions."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training import Gradients, Task, Update
from compare_gan.training.graphs import update_graphs
from compare_gan.training.steps import CompiledSteps
from compare_gan.training.work import step_operations

ROWS = 4


class SharingTask(Task):
    """Two updates share x + noise among their repetitions, and find what should be there: the
    first on two fresh batches, the second twice on the last of them. `runs` counts.
    """

    def __init__(self):
        self.w, self.errors, self.runs, self.seen = (
            keras.Variable(0.0, dtype="float64", trainable=trained)
            for trained in (True, False, False, False)
        )
        self._updates = tuple(
            Update(
                name,
                [self.w],
                keras.optimizers.SGD(),
                self._gradients,
                repeats=2,
                fresh_batch=fresh,
                once=self._once,
            )
            for name, fresh in (("fresh", True), ("stale", False))
        )

    @property
    def updates(self):
        return self._updates

    def checkpointables(self):
        return {"w": self.w.value}

    def _once(self, batches, draws):
        assert batches["x"].shape == [2, ROWS] and len(draws) == 2
        self.runs.assign(self.runs + 1)
        noise = [tf.cast(one.uniform("noise", [ROWS]), tf.float64) for one in draws]
        return {"noisy": batches["x"] + tf.stack(noise)}

    def _gradients(self, batch, draws):
        noise = tf.cast(draws.uniform("noise", batch["x"].shape), tf.float64)
        error = tf.reduce_max(tf.abs(batch["noisy"] - (batch["x"] + noise)))
        seen = self.seen + tf.reduce_mean(batch["x"])
        moved = [(self.errors, self.errors + error), (self.seen, seen)]
        return Gradients([tf.reduce_sum(batch["noisy"])], {}, moved)


def _batches(step):
    numbers = tf.data.Dataset.range(step, 100)
    return numbers.map(
        lambda n: {"x": tf.cast(tf.stack([[n] * ROWS, [10 * n] * ROWS]), tf.float64)}
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        pytest.param({"gradient_accumulation": 2}, marks=pytest.mark.slow),
        pytest.param({"jit_compile": True}, marks=pytest.mark.slow),
    ],
)
def test_each_repetition_finds_its_own(settings):
    task = SharingTask()
    for update in task.updates:
        update.optimizer.build([task.w])
    step = tf.Variable(0, dtype=tf.int64)
    steps = CompiledSteps(task, 0, step, tf.distribute.get_strategy(), **settings)
    steps(iter(_batches(0)), 3)
    assert task.errors.numpy() == 0 and task.w.numpy() != 0
    assert task.runs.numpy() == 3 * 2
    # The two batches of steps 0, 1 and 2 hold n and 10 n; the second update sees the latter.
    assert task.seen.numpy() == (1 + 10 + 10 + 10) * (0 + 1 + 2)


def test_its_work_counts_once():
    class Products(SharingTask):
        def _once(self, batches, draws):
            return {"noisy": tf.matmul(batches["x"], tf.ones([ROWS, ROWS], tf.float64))}

        def _gradients(self, batch, draws):
            return Gradients([tf.reduce_sum(batch["noisy"][None] @ batch["x"][:, None])], {})

    task, batch = Products(), {"x": tf.TensorSpec([ROWS], tf.float64)}
    graphs = update_graphs(task, batch)
    # Of each of two updates: one product of [2, 4] and [4, 4]; and twice one of [1, 4] and [4, 1].
    assert step_operations(task, graphs) == 2 * (2 * 2 * 4 * 4 + 2 * (2 * 4))
    np.testing.assert_array_equal(
        [graph.once.outputs[0].shape for graph in graphs], [[2, ROWS]] * 2
    )
