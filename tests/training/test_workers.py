# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What one process knows of workers; `tests/schedules/test_workers` starts several."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training import LostWorkerError, Workers, lost_workers_reported, workers_of

TWO = types.SimpleNamespace(index=0, count=2)


def test_one_process_is_the_first_worker():
    workers = workers_of(tf.distribute.get_strategy())
    assert (workers.index, workers.count, workers.writes) == (0, 1, True)
    np.testing.assert_array_equal(workers.exchange([3, True, -2]), [[3, 1, -2]])
    np.testing.assert_array_equal(workers.gather(np.ones([2, 3])), np.ones([1, 2, 3]))
    workers.wait()


def test_what_several_gather_comes_by_worker():
    """Two workers of three replicas, each of which brings four of ten numbers."""
    workers = Workers()
    workers.count, workers._strategy = 2, types.SimpleNamespace(num_replicas_in_sync=6)

    def by_replica(parts):
        assert parts.shape == (3, 4)
        own = tf.reshape(parts, [12])
        return tf.concat([own, own + 10], axis=0)  # the other one brings ten more

    workers._gather = by_replica
    rows = np.arange(10, dtype=np.float32).reshape(5, 2)
    found = workers.gather(rows)
    np.testing.assert_array_equal(found, [rows, rows + 10])
    assert found.dtype == np.float32


# What TensorFlow 2.21 said of workers that were killed.
KILLED = """Graph execution error:

Detected at node while/CollectiveReduceV2 defined at (most recent call last):
  File "somewhere.py", line 20, in <module>

Collective ops is aborted by: Error reported from /job:worker/task:1: The following tasks are \
unhealthy (stopped sending heartbeats):
/job:worker/replica:0/task:1
The tasks have crashed. Check the task logs for an earlier error.
The error could be from a previous operation. Restart your program to reset. [Op:many]"""
RESET = """Graph execution error:

Collective ops is aborted by: recvmsg:Connection reset by peer
Additional GRPC error information from remote target /job:worker/replica:0/task:0 while calling \
/tensorflow.WorkerService/CompleteInstance:
:UNKNOWN:Error received from peer"""


@pytest.mark.parametrize(
    ("message", "index", "expected"),
    [
        (KILLED, 0, "Worker 1 of 2 is lost: Error reported from .*heartbeats.*[.]"),
        (RESET, 1, "Worker 0 of 2 is lost: recvmsg:Connection reset by peer[.]"),
        ("recvmsg:Connection reset by peer", 1, "A worker of 2 is lost: recvmsg:Connection reset"),
        ("failed to connect: Socket closed", 1, "A worker of 2 is lost: failed to connect"),
    ],
)
def test_a_lost_worker_is_named_in_one_line(message, index, expected):
    workers = types.SimpleNamespace(index=index, count=2)
    with pytest.raises(LostWorkerError, match=expected) as caught:
        with lost_workers_reported(workers):
            raise tf.errors.UnavailableError(None, None, message)
    assert "\n" not in str(caught.value)


def test_other_errors_are_left_as_they_are():
    with (
        pytest.raises(tf.errors.UnavailableError),
        lost_workers_reported(types.SimpleNamespace(index=0, count=1)),
    ):
        raise tf.errors.UnavailableError(None, None, KILLED)
    with pytest.raises(tf.errors.InvalidArgumentError), lost_workers_reported(TWO):
        raise tf.errors.InvalidArgumentError(None, None, "shapes differ")
    # What gRPC adds to an error of another worker's.
    with pytest.raises(tf.errors.InvalidArgumentError), lost_workers_reported(TWO):
        said = "shapes differ\nAdditional GRPC error information:\n:{Error received from peer}"
        raise tf.errors.InvalidArgumentError(None, None, said)
