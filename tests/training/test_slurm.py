# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest

from compare_gan.training.slurm import slurm_tasks, slurm_workers


def _environment(tasks, rank, nodes, per_node, job=3):
    return {
        "SLURM_STEP_NUM_TASKS": str(tasks),
        "SLURM_PROCID": str(rank),
        "SLURM_STEP_NODELIST": nodes,
        "SLURM_STEP_TASKS_PER_NODE": per_node,
        "SLURM_JOB_ID": str(job),
    }


@pytest.mark.parametrize(
    ("tasks", "nodes", "per_node", "hosts"),
    [
        (2, "alpha,beta", "1(x2)", ["alpha", "beta"]),
        # In SLURM's order, where n10 is after n9; names may have zeros, dots and hyphens.
        (4, "n[9-10],a-1.x,n07", "1(x4)", ["n9", "n10", "a-1.x", "n07"]),
        (5, "gpu[008-009,011]", "2(x2),1", ["gpu008"] * 2 + ["gpu009"] * 2 + ["gpu011"]),
        (3, "one", "3", ["one"] * 3),
    ],
)
def test_addresses(tasks, nodes, per_node, hosts):
    for rank in range(tasks):
        addresses, index = slurm_workers(_environment(tasks, rank, nodes, per_node))
        assert index == rank
        assert [address.split(":")[0] for address in addresses] == hosts
        assert len(set(addresses)) == tasks
        # Job 3 has the ports from 20000 + 3 · 16.
        ports = {int(address.split(":")[1]) for address in addresses}
        assert ports == set(range(20048, 20048 + max(map(hosts.count, hosts))))


def test_a_job_without_several_tasks():
    assert slurm_tasks({}) == 1
    # In a batch script before srun: tasks were allotted, but this is not one of them.
    assert slurm_tasks({"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}) == 1
    assert slurm_tasks(_environment(4, 0, "n[1-4]", "1(x4)")) == 4


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"SLURM_STEP_NUM_TASKS": "2"}, "SLURM_PROCID is not set: start each worker with srun"),
        (_environment(2, 2, "a,b", "1(x2)"), "do not fit .*SLURM_PROCID=2"),
        (_environment(3, 0, "a,b", "1(x2)"), "do not fit SLURM_STEP_NUM_TASKS=3"),
        (_environment(2, 0, "a,b", "2"), "SLURM_STEP_TASKS_PER_NODE=2 do not fit"),
        (_environment(2, 0, "a[1-", "1(x2)"), r"SLURM_STEP_NODELIST=a\[1- cannot be read"),
        (_environment(2, 0, "a,b", "1(y2)"), r"SLURM_STEP_TASKS_PER_NODE=1\(y2\) cannot be read"),
    ],
)
def test_what_cannot_be_read(environment, message):
    with pytest.raises(ValueError, match=message):
        slurm_workers(environment)
