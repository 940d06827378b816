# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import types

import pytest
import tensorflow as tf

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


def test_without_a_strategy_there_is_one_replica():
    assert distribution.this_replica() == (0, 1)
    assert distribution.describe_devices(tf.distribute.get_strategy()).startswith("1 replica on ")
