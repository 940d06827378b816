# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import types

import hypothesis
import hypothesis.strategies as st
import pytest
import tensorflow as tf

from compare_gan.data.order import TrainingPlan
from compare_gan.training import distribution


def test_global_batch_is_shared_evenly():
    strategy = types.SimpleNamespace(num_replicas_in_sync=4)
    assert distribution.rows_per_replica(64, strategy) == 16
    with pytest.raises(
        ValueError, match=r"options.batch_size=30 must be divisible .* 4; 28 or 32 would do"
    ):
        distribution.rows_per_replica(30, strategy)
    with pytest.raises(ValueError, match=r"options.batch_size=3 .* 4; 4 would do"):
        distribution.rows_per_replica(3, strategy)
    assert distribution.rows_per_replica(64, strategy, 2) == 16
    with pytest.raises(
        ValueError,
        match=r"batch_size=60 .* replicas times run_config.gradient_accumulation=2, 4 · 2 = 8; "
        "56 or 64 would do",
    ):
        distribution.rows_per_replica(60, strategy, 2)
    alone = types.SimpleNamespace(num_replicas_in_sync=1)
    with pytest.raises(ValueError, match=r"=10 .* by run_config.gradient_accumulation=4; 8 or 12"):
        distribution.rows_per_replica(10, alone, 4)


def test_without_a_strategy_there_is_one_replica():
    assert distribution.this_replica() == (0, 1)
    assert distribution.describe_devices(tf.distribute.get_strategy()).startswith("1 replica on ")


@hypothesis.given(
    workers=st.integers(1, 5),
    local=st.integers(1, 5),
    rows=st.integers(1, 3),
    start=st.integers(0, 4),
)
@hypothesis.settings(max_examples=30)
def test_replicas_read_the_rows_that_their_draws_are_for(workers, local, rows, start):
    """Row i of the global batch goes to one replica, and its draws are those of place i mod
    replicas.
    """
    replicas = workers * local
    batch = replicas * rows
    seen = {}
    for worker in range(workers):
        plan = TrainingPlan(0, batch, start, None, worker, workers)
        own = plan.positions(tf.constant(0, tf.int64)).numpy() - start * batch
        for replica in range(local):
            # TensorFlow numbers replicas worker by worker.
            place = distribution.place_of(worker * local + replica, replicas, workers)
            seen[place] = own[replica::local].tolist()
    assert seen == {place: list(range(place, batch, replicas)) for place in range(replicas)}
