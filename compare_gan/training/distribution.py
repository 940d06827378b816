# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Where training runs: devices and the distribution strategy."""

import tensorflow as tf

from compare_gan.layers import replica_count


def describe_devices(strategy: tf.distribute.Strategy) -> str:
    """One phrase for the start-up print, e.g. `1 replica on CPU`."""
    kinds = sorted(
        {device.device_type for device in tf.config.list_logical_devices()} - {"CPU"}
    ) or ["CPU"]
    count = strategy.num_replicas_in_sync
    idle = len(tf.config.list_logical_devices("GPU")) - count
    if kinds == ["GPU"] and idle > 0:
        return f"1 replica on GPU; {idle} more are visible but not used"
    return f"{count} replica{'s' if count > 1 else ''} on {', '.join(kinds)}"


def rows_per_replica(batch_size: int, strategy: tf.distribute.Strategy) -> int:
    """This replica's share of the global batch.

    Raises:
      ValueError: The batch does not divide.
    """
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        below = batch_size // replicas * replicas
        would_do = f"{below} or {below + replicas}" if below else str(replicas)
        raise ValueError(
            f"options.batch_size={batch_size} must be divisible by the number of replicas, "
            f"{replicas}; {would_do} would do."
        )
    return batch_size // replicas


def this_replica() -> tuple[tf.Tensor | int, int]:
    """(index, count) of the replica whose code is being traced."""
    count = replica_count()
    if count == 1:
        return 0, 1
    return tf.distribute.get_replica_context().replica_id_in_sync_group, count
