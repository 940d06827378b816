# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which devices and processes train together: one `tf.distribute` strategy, chosen once a process.

TensorFlow cannot hold two strategies of several replicas in one process, and one that spans
machines must be made before anything else runs. So a command calls `begin` first, and what trains
asks for `process_strategy`.
"""

import json
import logging
import os
from collections.abc import Mapping

import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.training.slurm import slurm_tasks, slurm_workers
from compare_gan.training.workers import lost_workers_reported, workers_of

_log = logging.getLogger(__name__)

STRATEGIES = ("auto", "one", "mirrored", "multi_worker", "tpu")
_WORKER_TYPES = ("chief", "worker")
_LAUNCH = (
    "start every worker with TF_CONFIG, for instance "
    '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, '
    '"task": {"type": "worker", "index": 0}}, or with srun'
)

# The kind that was chosen, and its strategy.
_begun: tuple[str, tf.distribute.Strategy] | None = None


def begin(asked: str = "auto", one_process: str | None = None) -> tf.distribute.Strategy:
    """Chooses the strategy of this process and makes it, before anything else of TensorFlow runs.

    Args:
      asked: One of `STRATEGIES`.
      one_process: What is going to run, such as "--schedule=sample", if that works on one device
        only; the choice is then "one", and anything else is refused.

    Returns:
      The strategy, which `process_strategy` gives from now on.

    Raises:
      ConfigurationError: The choice is unknown, or does not fit the machine, the environment, or
        what this process began with.
      LostWorkerError: Another worker ended while all were being connected.
    """
    global _begun
    kind, reason = choose(asked, os.environ, len(tf.config.get_visible_devices("GPU")), one_process)
    if _begun is not None:
        if _begun[0] == kind:
            return _begun[1]
        if _begun[1].num_replicas_in_sync > 1:
            raise ConfigurationError(
                f"--strategy={kind}: this process began with {_begun[0]}, and TensorFlow can have "
                "one strategy a process. Start another process."
            )
    makers = {"mirrored": _mirrored, "multi_worker": _multi_worker, "tpu": _tpu}
    strategy = makers[kind]() if kind in makers else tf.distribute.get_strategy()
    if kind != "one":
        _log.info("Strategy: %s (%s).", kind, reason)
    _begun = kind, strategy
    return strategy


def process_strategy() -> tf.distribute.Strategy:
    """The strategy that this process began with; TensorFlow's current one without a beginning, or
    on one device.
    """
    if _begun is None or _begun[0] == "one":
        return tf.distribute.get_strategy()
    return _begun[1]


def choose(
    asked: str, environment: Mapping[str, str], gpus: int, one_process: str | None = None
) -> tuple[str, str]:
    """Says which strategy is meant, and by what; nothing is made.

    "auto" is `multi_worker` where TF_CONFIG or SLURM tell of several workers, `tpu` where TPU_NAME
    is set, `mirrored` where several GPUs are visible, else `one`.

    Args:
      asked: One of `STRATEGIES`.
      environment: Variables by name.
      gpus: How many GPUs are visible.
      one_process: As for `begin`.

    Returns:
      One of `STRATEGIES` but "auto", and the reason.

    Raises:
      ConfigurationError: `asked` is unknown, or two things contradict each other.
    """
    if asked not in STRATEGIES:
        raise ConfigurationError(
            f"--strategy={asked} is not known; the strategies are {', '.join(STRATEGIES)}."
        )
    cluster = _cluster_from(environment)
    if one_process is not None:
        if asked not in ("auto", "one"):
            raise ConfigurationError(
                f"{one_process} runs on one device: leave --strategy={asked} out."
            )
        if cluster and asked == "auto":
            raise ConfigurationError(
                f"{one_process} runs in one process, but {cluster} tells of several workers: start "
                "it once, with --strategy=one."
            )
        return "one", one_process
    if asked != "auto":
        return asked, f"--strategy={asked}"
    tpu = environment.get("TPU_NAME")
    if cluster and tpu:
        raise ConfigurationError(
            f"{cluster} tells of several workers, and TPU_NAME={tpu} of a TPU: choose with "
            "--strategy=multi_worker or --strategy=tpu."
        )
    if cluster:
        return "multi_worker", cluster
    if tpu:
        return "tpu", f"TPU_NAME={tpu}"
    if gpus > 1:
        return "mirrored", f"{gpus} GPUs are visible"
    return "one", "one device"


def _cluster_from(environment: Mapping[str, str]) -> str:
    """What tells of several workers: "TF_CONFIG", "SLURM", or nothing."""
    if environment.get("TF_CONFIG"):
        # TensorFlow heeds it before anything else, so what SLURM says no longer counts.
        addresses, _ = tf_config_workers(environment["TF_CONFIG"])
        return "TF_CONFIG" if len(addresses) > 1 else ""
    return "SLURM" if slurm_tasks(environment) > 1 else ""


def tf_config_workers(tf_config: str) -> tuple[list[str], int]:
    """The addresses of all workers, the chief first, and the number of this one.

    Args:
      tf_config: The value of TF_CONFIG. Without a cluster, this is the only worker.

    Raises:
      ConfigurationError: It cannot be read, or its task is no worker of its cluster.
    """
    try:
        content = json.loads(tf_config)
        cluster, task = content.get("cluster") or {}, content.get("task") or {}
        if not cluster:
            return ["localhost"], 0
        kind, index = task.get("type"), task.get("index")
        own = cluster.get(kind, ())
        workers = [address for name in _WORKER_TYPES for address in cluster.get(name, ())]
        valid = all(isinstance(address, str) for address in workers)
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigurationError(f"TF_CONFIG={tf_config} cannot be read: {error}.") from error
    if kind not in _WORKER_TYPES or not isinstance(index, int) or not 0 <= index < len(own):
        raise ConfigurationError(
            f"TF_CONFIG: the task {json.dumps(task)} is none of the workers of its cluster "
            f"{json.dumps(cluster)}; its type must be 'worker' or 'chief', and its index a number "
            "from 0 to one less than there are."
        )
    if not valid or len(set(workers)) < len(workers):
        raise ConfigurationError(
            f"TF_CONFIG: the addresses {workers} must be texts host:port that differ."
        )
    return workers, index + (0 if kind == "chief" else len(cluster.get("chief", ())))


def _mirrored() -> tf.distribute.Strategy:
    """One replica on each GPU, or on each logical CPU where there is no GPU."""
    gpus = tf.config.list_logical_devices("GPU")
    devices = gpus or tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        raise ConfigurationError(
            "--strategy=mirrored needs at least two devices, but this process sees "
            f"{'one GPU' if gpus else 'no GPU and one CPU'}: leave it out, or make more visible."
        )
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _multi_worker() -> tf.distribute.Strategy:
    """One replica on each GPU of each worker, or on the CPU of each that has no GPU."""
    source = _cluster_from(os.environ)
    try:
        if source == "TF_CONFIG":
            addresses, index = tf_config_workers(os.environ["TF_CONFIG"])
        elif source == "SLURM":
            addresses, index = slurm_workers(os.environ)
        else:
            raise ConfigurationError(
                "--strategy=multi_worker, but neither TF_CONFIG nor SLURM tells of several "
                f"workers: {_LAUNCH}."
            )
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"--strategy=multi_worker: {error}") from error
    _log.info("Waiting for all %d workers; this is number %d.", len(addresses), index)
    # One job, so that ranks are the same whether there is a chief or not.
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": addresses}),
        task_type="worker",
        task_id=index,
        rpc_layer="grpc",
    )
    implementations = tf.distribute.experimental.CommunicationImplementation
    # On CPUs AUTO may add up in another order in the next run.
    gpus = tf.config.list_physical_devices("GPU")
    options = tf.distribute.experimental.CommunicationOptions(
        implementation=implementations.NCCL if gpus else implementations.RING
    )
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver, options)
    except (tf.errors.OpError, RuntimeError, ValueError) as error:
        raise ConfigurationError(
            f"--strategy=multi_worker: worker {index} could not connect as {addresses[index]}: "
            f"{_first_line(error)}"
        ) from error
    workers = workers_of(strategy)
    with lost_workers_reported(workers):
        workers.wait()
    return strategy


def _tpu() -> tf.distribute.Strategy:
    """One replica on each core of the TPU that TPU_NAME names, or of this machine's."""
    name = os.environ.get("TPU_NAME") or "local"
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect(name)
        strategy = tf.distribute.TPUStrategy(resolver)
    # Of every kind, from the resolver's connections to the operations that it lacks.
    except (tf.errors.OpError, OSError, ValueError, RuntimeError, ImportError) as error:
        raise ConfigurationError(
            f"--strategy=tpu: there is no TPU to be had as TPU_NAME={name} "
            f"({_first_line(error)}). Run on a TPU VM with TensorFlow for TPUs, or leave it out."
        ) from error
    hosts = strategy.extended.num_hosts
    if hosts > 1:
        raise ConfigurationError(
            f"--strategy=tpu: TPU_NAME={name} has {hosts} hosts, but the data pipeline runs on "
            "one; use a slice with a single host, such as v3-8."
        )
    return strategy


def _first_line(error: Exception) -> str:
    """TensorFlow's reason without the places in its graphs; it never ends in a dot."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
