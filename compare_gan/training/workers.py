# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The processes that train together, on one machine or on several: who is who, what they agree on,
and what is said when one is lost.

Worker 0 alone writes to the model_dir. Between two host calls of the training loop, and wherever
one waits for what another writes, all exchange a few whole numbers, so that they go on alike. What
they measure together they gather.
"""

import contextlib
import functools
import re
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from compare_gan.replicas import gather_over_replicas

# What TensorFlow says then: of a collective operation, of its heartbeats, or of a connection.
# "peer" alone is no sign: gRPC adds "Error received from peer" to any error of another worker.
_SIGNS_OF_A_LOSS = re.compile(
    r"Collective ops is aborted|[Cc]oordination|heartbeat|Socket closed|Connection re(set|fused)"
    r"|Broken pipe|failed to connect to all addresses|keepalive watchdog timeout"
)


class LostWorkerError(RuntimeError):
    """Another worker ended, or can't be reached any more."""


class Workers:
    """The workers of a strategy; see `workers_of`.

    Args:
      strategy: The strategy; None for a process on its own. Only
        `tf.distribute.MultiWorkerMirroredStrategy` has several workers.

    Attributes:
      index: The number of this one, from 0.
      count: How many there are.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None):
        self._strategy = strategy
        self.index, self.count = 0, 1
        if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            resolver = strategy.cluster_resolver
            cluster = resolver.cluster_spec().as_dict()
            chiefs = len(cluster.get("chief", ()))
            self.count = chiefs + len(cluster.get("worker", ()))
            self.index = resolver.task_id + (0 if resolver.task_type == "chief" else chiefs)

    @property
    def writes(self) -> bool:
        """Whether this worker is the one that writes to the model_dir."""
        return self.index == 0

    def exchange(self, numbers: Sequence[int]) -> np.ndarray:
        """Waits for all workers, and gives what each of them brought.

        Args:
          numbers: What this worker brings, whole numbers below 2^53; all bring equally many.

        Returns:
          int64 [workers, numbers].
        """
        numbers = np.asarray(numbers, np.int64)
        # float64 has them exactly, and unlike integers it is on every device like other values.
        return self.gather(numbers.astype(np.float64)).astype(np.int64)

    def gather(self, rows: np.ndarray) -> np.ndarray:
        """Waits for all workers, and gives what each of them brought.

        Args:
          rows: What this worker brings, floats [rows, ...]; all bring the same type and shape.

        Returns:
          The same floats, [workers, rows, ...].
        """
        if self.count == 1:
            return rows[None]
        # Each of a worker's replicas brings a part of the same size.
        parts = np.pad(rows.ravel(), (0, -rows.size % self._replicas)).reshape(self._replicas, -1)
        # By replica, and those of a worker are neighbors.
        everyones = self._gather(tf.constant(parts)).numpy().reshape(self.count, -1)
        return everyones[:, : rows.size].reshape(self.count, *rows.shape)

    def wait(self) -> None:
        """Returns when all workers have come here."""
        self.exchange([0])

    @property
    def _replicas(self) -> int:
        """How many replicas each worker has."""
        return self._strategy.num_replicas_in_sync // self.count

    @functools.cached_property
    def _gather(self) -> tf.types.experimental.PolymorphicFunction:
        """Every replica's part, [replicas · size], of this worker's [own replicas, size]."""

        def own_part(parts: tf.Tensor) -> tf.Tensor:
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            return gather_over_replicas(parts[number % self._replicas])

        def gather(parts: tf.Tensor) -> tf.Tensor:
            everyones = self._strategy.run(own_part, args=(parts,))
            return self._strategy.experimental_local_results(everyones)[0]

        # Of any size by one graph: the sizes are many.
        return tf.function(gather, autograph=False, reduce_retracing=True)


# One process that has nobody to ask.
ALONE = Workers()


@functools.cache
def workers_of(strategy: tf.distribute.Strategy) -> Workers:
    """The workers of a strategy."""
    return Workers(strategy)


@contextlib.contextmanager
def lost_workers_reported(workers: Workers) -> Iterator[None]:
    """Tells what TensorFlow says when another worker is gone in one line.

    A worker that is killed is noticed as soon as its connection closes, else after about ten
    seconds without a sign of life.

    Raises:
      LostWorkerError: In place of TensorFlow's error.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if workers.count == 1 or not _SIGNS_OF_A_LOSS.search(str(error)):
            raise
        raise LostWorkerError(_lost(str(error), workers)) from error


def _lost(message: str, workers: Workers) -> str:
    """Which worker is gone, as far as TensorFlow's message says, and why."""
    tasks = {int(task) for task in re.findall(r"/job:worker/replica:0/task:(\d+)", message)}
    tasks.discard(workers.index)
    named = f"Worker {min(tasks)}" if len(tasks) == 1 else "A worker"
    # What follows is where in the graph, and TensorFlow's own advice.
    reason = re.search(r"Collective ops is aborted by: ([^\n]*)", message)
    last = reason[1] if reason else message.strip().splitlines()[0]
    return f"{named} of {workers.count} is lost: {last.rstrip(':. ')}."
