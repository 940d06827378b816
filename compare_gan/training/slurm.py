# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The workers of a SLURM job step, from what `srun` sets in the environment of each task.

TensorFlow's own `SlurmClusterResolver` asks nvidia-smi, so it fails on nodes without a GPU, and it
sorts the nodes by name, whereas SLURM numbers the tasks in the order of its list.
"""

import re
from collections.abc import Mapping

_TASKS, _RANK = "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"
_NODES, _TASKS_PER_NODE = "SLURM_STEP_NODELIST", "SLURM_STEP_TASKS_PER_NODE"
# Of the ports that no service is registered for; jobs that share a node should differ.
_FIRST_PORT, _PORTS, _PORTS_A_JOB = 20000, 10000, 16


def slurm_tasks(environment: Mapping[str, str]) -> int:
    """How many tasks the job step has that this process belongs to; 1 outside of one."""
    return int(environment.get(_TASKS) or 1) if environment.get(_RANK) else 1


def slurm_workers(environment: Mapping[str, str]) -> tuple[list[str], int]:
    """The address of each task, `host:port`, in SLURM's order, and the number of this one.

    Tasks are numbered node by node, as `srun` does by default (`--distribution=block`).

    Raises:
      ValueError: A variable is missing or cannot be read.
    """
    for name in (_TASKS, _RANK, _NODES, _TASKS_PER_NODE):
        if not environment.get(name):
            raise ValueError(f"{name} is not set: start each worker with srun.")
    nodes = _hosts(environment[_NODES])
    counts = _counts(environment[_TASKS_PER_NODE])
    job = int(environment.get("SLURM_JOB_ID") or 0)
    first = _FIRST_PORT + job * _PORTS_A_JOB % _PORTS
    addresses = [
        f"{node}:{first + task}" for node, count in zip(nodes, counts) for task in range(count)
    ]
    tasks, rank = int(environment[_TASKS]), int(environment[_RANK])
    if len(nodes) != len(counts) or len(addresses) != tasks or not 0 <= rank < tasks:
        raise ValueError(
            f"{_NODES}={environment[_NODES]} and {_TASKS_PER_NODE}={environment[_TASKS_PER_NODE]} "
            f"do not fit {_TASKS}={tasks} and {_RANK}={rank}."
        )
    return addresses, rank


def _hosts(listed: str) -> list[str]:
    """`n[01-02,07],m5` → n01, n02, n07, m5."""
    hosts = []
    if not re.fullmatch(r"[\w.-]*(\[[\d,-]+\])?(,[\w.-]*(\[[\d,-]+\])?)*", listed):
        raise ValueError(f"{_NODES}={listed} cannot be read.")
    for prefix, numbers in re.findall(r"([\w.-]+)(?:\[([\d,-]+)\])?", listed):
        if not numbers:
            hosts.append(prefix)
            continue
        for part in numbers.split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                hosts.append(f"{prefix}{number:0{len(first)}d}")
    return hosts


def _counts(listed: str) -> list[int]:
    """`2(x3),1` → 2, 2, 2, 1."""
    counts = []
    for part in listed.split(","):
        found = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part)
        if not found:
            raise ValueError(f"{_TASKS_PER_NODE}={listed} cannot be read.")
        counts += [int(found[1])] * int(found[2] or 1)
    return counts
