# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How a global batch is shared among workers and their replicas."""

import tensorflow as tf

from compare_gan.layers import replica_count
from compare_gan.training.workers import workers_of


def describe_devices(strategy: tf.distribute.Strategy) -> str:
    """One phrase for the start-up print, e.g. `1 replica on CPU`."""
    kinds = {device.device_type for device in tf.config.list_logical_devices()}
    kinds = sorted(kinds - {"CPU", "TPU_SYSTEM"}) or ["CPU"]
    count = strategy.num_replicas_in_sync
    workers = workers_of(strategy)
    phrase = f"{count} replica{'s' if count > 1 else ''} on {', '.join(kinds)}"
    if workers.count > 1:
        return f"{phrase}, {count // workers.count} on each of {workers.count} workers"
    idle = len(tf.config.list_logical_devices("GPU")) - count
    if kinds == ["GPU"] and idle > 0:
        return f"{phrase}; {idle} more are visible but not used"
    return phrase


def rows_per_replica(
    batch_size: int, strategy: tf.distribute.Strategy, gradient_accumulation: int = 1
) -> int:
    """This replica's share of the global batch.

    Raises:
      ValueError: The batch does not divide, among replicas and then into micro-batches.
    """
    replicas = strategy.num_replicas_in_sync
    parts = replicas * gradient_accumulation
    if batch_size % parts:
        below = batch_size // parts * parts
        would_do = f"{below} or {below + parts}" if below else str(parts)
        raise ValueError(
            f"options.batch_size={batch_size} must be divisible by "
            f"{describe_parts(replicas, gradient_accumulation)}; {would_do} would do."
        )
    return batch_size // replicas


def describe_parts(replicas: int, gradient_accumulation: int) -> str:
    """What a batch size must be divisible by, for an error."""
    if gradient_accumulation == 1:
        return f"the number of replicas, {replicas}"
    setting = f"run_config.gradient_accumulation={gradient_accumulation}"
    if replicas == 1:
        return setting
    return (
        f"the number of replicas times {setting}, {replicas} · {gradient_accumulation} = "
        f"{replicas * gradient_accumulation}"
    )


def this_replica() -> tuple[tf.Tensor | int, int]:
    """(place, count) of the replica whose code is being traced: row i of the global batch belongs
    to the replica whose place is i mod count.
    """
    count = replica_count()
    if count == 1:
        return 0, 1
    number = tf.distribute.get_replica_context().replica_id_in_sync_group
    return place_of(number, count, workers_of(tf.distribute.get_strategy()).count), count


def place_of(number: tf.Tensor | int, replicas: int, workers: int) -> tf.Tensor | int:
    """The place of replica `number`.

    TensorFlow numbers replicas worker by worker: replica l of worker w, of w' = `workers`, is
    number w · replicas / w' + l. Worker w reads the rows i with i mod w' = w of the global batch,
    and deals its j-th to its replica j mod (replicas / w'). So replica l has the rows

        i = w + w' (l + k · replicas / w'),   i mod replicas = w + w' l.
    """
    local = replicas // workers
    return number // local + workers * (number % local)


def deal_rows(dataset: tf.data.Dataset, strategy: tf.distribute.Strategy) -> tf.data.Dataset:
    """Hands each replica its rows of every global batch.

    Args:
      dataset: Elements hold this worker's rows of global batches: arrays [batches, rows, ...].
      strategy: Where they go.
    """
    if strategy.num_replicas_in_sync == 1:
        return dataset
    replicas = strategy.num_replicas_in_sync // workers_of(strategy).count

    def rows(context: tf.distribute.InputContext) -> tf.data.Dataset:
        del context  # a worker has one pipeline, and reads its own rows
        # The strategy deals out whole elements, one to each replica in turn. Row j goes to replica
        # j mod replicas, so that "the last n rows of the global batch" are the last rows of every
        # replica.

        def split(element: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return {
                name: tf.stack([values[:, replica::replicas] for replica in range(replicas)])
                for name, values in element.items()
            }

        return dataset.map(split).unbatch().prefetch(replicas)

    return strategy.distribute_datasets_from_function(rows)
