# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hashlib

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from compare_gan.data.order import (
    TrainingPlan,
    position_bits,
    shuffled_indices,
    unit_floats,
)

seeds = st.integers(0, 2**31)


def _order(num_examples, seed, epoch):
    positions = epoch * num_examples + tf.range(num_examples, dtype=tf.int64)
    return shuffled_indices(positions, num_examples, seed).numpy()


@hypothesis.settings(max_examples=60)
@hypothesis.given(st.integers(1, 400), seeds, st.integers(0, 2**30))
def test_each_epoch_is_a_permutation(num_examples, seed, epoch):
    order = _order(num_examples, seed, epoch)
    np.testing.assert_array_equal(np.sort(order), np.arange(num_examples))


@pytest.mark.parametrize("num_examples", [1260, 10_000, 50_000, 60_000])
def test_orders_look_independent(num_examples):
    """`tf.random.experimental.index_shuffle` fails here at 50,000 and 60,000."""
    orders = [_order(num_examples, 547, epoch) for epoch in range(8)]
    # Correlations of independent orders have the standard deviation 1/sqrt(n).
    bound = 4.5 / np.sqrt(num_examples)
    for index, order in enumerate(orders):
        assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < bound
        for other in orders[:index]:
            assert abs(np.corrcoef(order, other)[0, 1]) < bound


def test_orders_do_not_come_back():
    """Those of `tf.random.experimental.index_shuffle` do every 256 epochs."""
    epochs, num_examples = 600, 1260
    positions = np.arange(epochs)[:, None] * num_examples + np.arange(8)
    firsts = shuffled_indices(tf.constant(positions.ravel()), num_examples, 547)
    firsts = firsts.numpy().reshape(epochs, 8)
    assert len({tuple(first) for first in firsts}) == epochs


def test_every_place_is_equally_likely():
    epochs, num_examples = 6000, 5
    order = shuffled_indices(tf.range(epochs * num_examples, dtype=tf.int64), num_examples, 3)
    places = order.numpy().reshape(epochs, num_examples)
    counts = np.stack([np.bincount(place, minlength=num_examples) for place in places.T])
    expected = epochs / num_examples
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert chi_squared < 39.3  # the 99.9 % quantile for 16 degrees of freedom


def test_seeds_give_different_orders():
    assert (_order(1000, 1, 0) != _order(1000, 2, 0)).mean() > 0.99


def _hash(x):
    """Two rounds of SplitMix64 in Python's unbounded integers."""
    mask = 2**64 - 1
    for _ in range(2):
        x = (x + 0x9E3779B97F4A7C15) & mask
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
        x = x ^ (x >> 31)
    return x


def _key(text):
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def test_position_bits_are_splitmix64():
    key = _key(b"547\0flip")
    positions = [0, 1, 2, 12345, 2**40]
    expected = [_hash((position + key) % 2**64) for position in positions]
    bits = position_bits(547, "flip", tf.constant(positions, tf.int64))
    assert [int(value) for value in bits.numpy()] == expected


def test_order_by_hand():
    """The order is a promise: a run that is resumed after an update goes on in the same order."""
    key = _key(b"547\0epoch\x003")
    keys = [_hash((index + key) % 2**64) for index in range(20)]
    expected = sorted(range(20), key=lambda index: keys[index])
    assert _order(20, 547, 3).tolist() == expected


def test_unit_floats_are_uniform():
    values = unit_floats(position_bits(0, "x", tf.range(100_000, dtype=tf.int64))).numpy()
    assert values.min() >= 0.0 and values.max() < 1.0
    counts = np.histogram(values, bins=20, range=(0, 1))[0]
    assert ((counts - 5000) ** 2 / 5000).sum() < 43.8  # 99.9 %, 19 degrees of freedom
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.015


def test_positions_by_hand():
    plan = TrainingPlan(0, batch_size=6, start_batch=2, shard_index=1, shard_count=3)
    assert plan.positions(tf.constant(0, tf.int64)).numpy().tolist() == [13, 16]
    plan = TrainingPlan(0, batch_size=4, start_batch=1, batches_per_element=2)
    assert plan.positions(tf.constant(1, tf.int64)).numpy().tolist() == list(range(12, 20))
    assert (plan.shape, plan.start_position) == ([2, 4], 4)


@hypothesis.settings(max_examples=30)
@hypothesis.given(
    rows=st.integers(1, 5),
    shards=st.integers(1, 4),
    start=st.integers(0, 1000),
    batches=st.one_of(st.none(), st.integers(1, 3)),
    elements=st.integers(1, 3),
)
def test_shards_share_each_batch_without_gap_or_overlap(rows, shards, start, batches, elements):
    batch_size = rows * shards
    plans = [TrainingPlan(0, batch_size, start, batches, index, shards) for index in range(shards)]
    parts = [
        plan.positions(tf.constant(2, tf.int64), elements).numpy().reshape(-1, rows)
        for plan in plans
    ]
    together = np.stack(parts, axis=-1).ravel()  # row i is worker i mod shards
    per_element = (batches or 1) * batch_size
    first = start * batch_size + 2 * per_element
    np.testing.assert_array_equal(together, first + np.arange(elements * per_element))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1, but it is 0"),
        ({"batch_size": 4, "start_batch": -1}, "start_batch must be at least 0"),
        ({"batch_size": 4, "batches_per_element": 0}, "batches_per_step must be at least 1"),
        ({"batch_size": 4, "shard_count": 3}, "4 examples cannot be shared evenly by 3"),
        ({"batch_size": 4, "shard_index": 2, "shard_count": 2}, "it is 2 of 2"),
    ],
)
def test_wrong_plans_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TrainingPlan(0, **arguments)
