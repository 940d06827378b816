# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which strategy is chosen. TPUs are stand-ins here; several devices and workers need processes of
their own: see `test_two_replicas` and `tests/schedules/test_workers`.
"""

import json
import types

import pytest
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.training import begin, process_strategy, strategies
from compare_gan.training.strategies import choose, tf_config_workers


def _tf_config(workers=2, kind="worker", index=0, chief=False):
    cluster = {"worker": [f"host{number}:12345" for number in range(workers)]}
    if chief:
        cluster["chief"] = ["leader:12345"]
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


SLURM = {"SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """As at the start of a process."""
    monkeypatch.setattr(strategies, "_begun", None)
    for name in ("TF_CONFIG", "TPU_NAME", *SLURM):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "gpus", "expected"),
    [
        ({}, 0, "one"),
        ({}, 1, "one"),
        ({}, 4, "mirrored"),
        ({"TF_CONFIG": _tf_config(2)}, 4, "multi_worker"),
        ({"TF_CONFIG": _tf_config(1, "chief", 0, chief=True)}, 0, "multi_worker"),
        ({"TF_CONFIG": _tf_config(1)}, 0, "one"),
        ({"TF_CONFIG": _tf_config(1)}, 2, "mirrored"),
        ({"TF_CONFIG": "{}"}, 0, "one"),
        (SLURM, 0, "multi_worker"),
        ({**SLURM, "SLURM_STEP_NUM_TASKS": "1"}, 0, "one"),
        ({**SLURM, "TF_CONFIG": _tf_config(1)}, 0, "one"),
        ({"TPU_NAME": "local"}, 0, "tpu"),
        ({"TPU_NAME": "local", "TF_CONFIG": _tf_config(1)}, 0, "tpu"),
    ],
)
def test_automatic_choice(environment, gpus, expected):
    assert choose("auto", environment, gpus)[0] == expected


@pytest.mark.parametrize("asked", ["one", "mirrored", "multi_worker", "tpu"])
def test_a_choice_counts_whatever_the_environment_says(asked):
    everything = {"TF_CONFIG": _tf_config(2), "TPU_NAME": "local"}
    assert choose(asked, everything, 2) == (asked, f"--strategy={asked}")


@pytest.mark.parametrize(
    ("asked", "environment", "one_process", "message"),
    [
        ("mirored", {}, None, "--strategy=mirored is not known; the strategies are auto, one"),
        ("mirrored", {}, "--schedule=sample", "sample runs on one device: leave --strategy=mirr"),
        ("auto", SLURM, "--schedule=sample", "but SLURM tells of several .*--strategy=one"),
        ("auto", {**SLURM, "TPU_NAME": "x"}, None, "SLURM tells of several.*TPU_NAME=x of a TPU"),
        ("auto", {"TF_CONFIG": "{"}, None, "TF_CONFIG={ cannot be read"),
        ("auto", {"TF_CONFIG": "[1]"}, None, r"TF_CONFIG=\[1\] cannot be read"),
        ("auto", {"TF_CONFIG": _tf_config(2, "ps")}, None, '"ps".* is none of the workers'),
        ("auto", {"TF_CONFIG": _tf_config(2, index=2)}, None, '"index": 2.* is none of the'),
        ("auto", {"TF_CONFIG": _tf_config(2, index=-1)}, None, '"index": -1.* is none of the'),
        ("auto", {"TF_CONFIG": _tf_config(2, index="0")}, None, '"index": "0".* is none of the'),
        (
            "auto",
            {"TF_CONFIG": _tf_config(2).replace("host1", "host0")},
            None,
            "must be texts host:port that differ",
        ),
    ],
)
def test_wrong_combinations(asked, environment, one_process, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        choose(asked, environment, 2, one_process)
    assert "\n" not in str(caught.value)


def test_one_process_may_be_asked_for_among_workers():
    assert choose("one", SLURM, 0, "--schedule=sample")[0] == "one"
    assert choose("auto", {}, 8, "--schedule=sample")[0] == "one"


def test_the_chief_is_the_first_worker():
    addresses = ["leader:12345", "host0:12345", "host1:12345"]
    assert tf_config_workers(_tf_config(2, "chief", 0, chief=True)) == (addresses, 0)
    assert tf_config_workers(_tf_config(2, "worker", 1, chief=True)) == (addresses, 2)


def test_one_device_needs_no_strategy():
    assert begin("one") is tf.distribute.get_strategy() is process_strategy()
    assert begin("auto") is process_strategy()


def test_mirroring_needs_two_devices():
    with pytest.raises(ConfigurationError, match="needs at least two devices, .*no GPU and one"):
        begin("mirrored")


def test_several_workers_need_to_be_told_of_each_other(monkeypatch):
    with pytest.raises(ConfigurationError, match="neither TF_CONFIG nor SLURM .*with TF_CONFIG"):
        begin("multi_worker")
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "2")
    with pytest.raises(ConfigurationError, match="worker: SLURM_STEP_NODELIST is not set"):
        begin()


def _stand_in_for_tpu(monkeypatch, hosts):
    """Records the names that are connected to."""
    names = []
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver

    def connect(name):
        names.append(name)
        return f"resolver of {name}"

    def strategy(resolver):
        extended = types.SimpleNamespace(num_hosts=hosts)
        return types.SimpleNamespace(num_replicas_in_sync=8, extended=extended, made_of=resolver)

    monkeypatch.setattr(resolver, "connect", connect)
    monkeypatch.setattr(tf.distribute, "TPUStrategy", strategy)
    return names


@pytest.mark.parametrize(
    ("asked", "name", "connected"),
    [("auto", "my-tpu", "my-tpu"), ("tpu", "my-tpu", "my-tpu"), ("tpu", None, "local")],
)
def test_the_tpu_that_is_named(monkeypatch, asked, name, connected):
    names = _stand_in_for_tpu(monkeypatch, hosts=1)
    if name:
        monkeypatch.setenv("TPU_NAME", name)
    strategy = begin(asked)
    assert strategy.made_of == f"resolver of {connected}" and names == [connected]
    assert process_strategy() is strategy
    # Once a process.
    assert begin(asked) is strategy and names == [connected]
    with pytest.raises(ConfigurationError, match="began with tpu"):
        begin("one")


def test_a_tpu_of_several_hosts_is_refused(monkeypatch):
    _stand_in_for_tpu(monkeypatch, hosts=4)
    with pytest.raises(ConfigurationError, match="has 4 hosts"):
        begin("tpu")


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.NotFoundError(None, None, "No TPUs\nat all."),
        OSError("No TPUs"),
        ValueError("No TPUs."),
    ],
)
def test_no_tpu(monkeypatch, error):
    def connect(name):
        raise error

    monkeypatch.setattr(tf.distribute.cluster_resolver.TPUClusterResolver, "connect", connect)
    with pytest.raises(ConfigurationError, match=r"no TPU .* TPU_NAME=local \(No TPUs\)") as caught:
        begin("tpu")
    assert "\n" not in str(caught.value)
