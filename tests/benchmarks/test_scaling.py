# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The arithmetic of benchmarks/scaling.py by hand-worked numbers; docs/scaling.md is current."""

import subprocess
import sys

import pytest
import scaling
import tensorflow as tf

from tests.benchmarks.conftest import BENCHMARKS


@pytest.fixture
def layout(monkeypatch):
    """Two devices that reach one operation, 8 bytes of memory and 50 bytes of network a second."""
    for name, value in (("PEAK_SHARE", 0.5), ("BANDWIDTH_SHARE", 0.8), ("NETWORK_SHARE", 0.5)):
        monkeypatch.setattr(scaling, name, value)
    monkeypatch.setattr(scaling, "ALL_REDUCE_SECONDS", 0.25)
    return scaling.Layout("two", 2, peak=2.0, bandwidth=10.0, memory=1000.0, network=100.0)


def test_what_a_convolution_and_what_surrounds_it_move():
    def function(x, kernel):
        x = tf.nn.relu(tf.cast(x, tf.bfloat16))
        return tf.nn.conv2d(x, tf.cast(kernel, tf.bfloat16), strides=1, padding="SAME") * 2

    specs = [tf.TensorSpec([2, 4, 4, 3]), tf.TensorSpec([1, 1, 3, 5])]
    graph = tf.function(function, autograph=False).get_concrete_function(*specs).graph
    x, kernel, y = 2 * 4 * 4 * 3, 3 * 5, 2 * 4 * 4 * 5  # numbers
    expected = [
        (0, 4 * x + 2 * x, 0),  # cast
        (0, 2 * x + 2 * x, 0),  # relu
        (0, 4 * kernel + 2 * kernel, 0),  # cast
        # Reads both as they were in float32, so it would move more than by itself.
        (2 * y * 3, 2 * (x + kernel + y), 2 * (x + kernel + y)),
        (0, 2 * y + 2 + 2 * y, 0),  # times 2
    ]
    assert sorted(scaling.works(graph)) == sorted(expected)


def test_a_reduction_reads_what_was_squared():
    def function(x):
        return tf.reduce_mean(tf.square(tf.cast(x, tf.float32)), [0])

    spec = tf.TensorSpec([8, 5], tf.bfloat16)
    graph = tf.function(function, autograph=False).get_concrete_function(spec).graph
    mean = max(scaling.works(graph), key=lambda work: work.inherent)
    axes = 4  # one int32
    assert mean == (0, 4 * 40 + 4 * 5 + axes, 2 * 40 + 4 * 5 + axes)


def test_pooling_reads_and_writes_and_what_is_not_run_moves_nothing():
    def function(x):
        tf.exp(x)
        return tf.nn.max_pool2d(x, 2, 2, "VALID")

    graph = tf.function(function, autograph=False).get_concrete_function(
        tf.TensorSpec([2, 4, 4, 3])
    )
    pooled = 4 * 2 * (4 * 4 + 2 * 2) * 3
    assert list(scaling.works(graph.graph)) == [(0, pooled, pooled)]


def test_an_operation_takes_the_longer_of_its_two_times(layout):
    parts = [scaling.Work(6, 16, 8), scaling.Work(1, 80, 40), scaling.Work(0, 24, 0)]
    assert scaling.seconds_of(parts, layout, fused=False) == pytest.approx((6, 10 + 3))
    assert scaling.seconds_of(parts, layout, fused=True) == pytest.approx((6, 5))


def test_sums_over_devices(layout):
    # A ring of 4: each sends a quarter 3 times to add it up, and 3 times to hand it on.
    assert scaling.all_reduce_bytes(100, 4) == 150
    assert scaling.all_reduce_bytes(100, 1) == 0
    # Of two devices each sends 100 bytes in all.
    assert scaling.all_reduce_seconds([30, 70], layout) == pytest.approx(2 * 0.25 + 100 / 50)
    assert scaling.all_reduce_seconds([30, 70], layout._replace(devices=1, network=0)) == 0


def test_state_and_what_moving_it_takes():
    assert scaling.state_bytes(100, averaged=10) == 4 * (100 + 200 + 10)
    assert scaling.optimizer_bytes(100, averaged=10) == 4 * 100 * 10 + 4 * 10 * 3


def test_micro_batches_that_fit(monkeypatch):
    monkeypatch.setattr(scaling, "MEMORY_SHARE", 0.5)
    assert scaling.fitting_parts(16, row_bytes=10, fixed=40, memory=400) == 1  # 200 of 200
    assert scaling.fitting_parts(16, row_bytes=10, fixed=41, memory=400) == 2
    assert scaling.fitting_parts(16, row_bytes=100, fixed=0, memory=400) == 8
    with pytest.raises(ValueError, match="don't fit"):
        scaling.fitting_parts(16, row_bytes=201, fixed=0, memory=400)


def test_both_updates_of_d_take_a_batch():
    assert scaling.images_a_second(0.5) == 2048


def test_what_all_devices_of_a_machine_move(layout):
    parts = [scaling.Work(3e12, 5e12, 1e12), scaling.Work(0, 2e12, 0.5e12)]
    share = scaling.Traced(parts, activations=0, trained=(0, 0))
    cells = [
        scaling.Cell(layout._replace(name=name, devices=devices), 128, 1, 1, share, {}, None)
        for name, devices in (("two", 2), ("ten", 10))
    ]
    rows = scaling._step_table(cells).splitlines()[2:]
    found = [[column.strip() for column in row.strip("|").split("|")] for row in rows]
    # 6 and 30 TFLOP are 2.93 and 14.6 GFLOP for each of 2048 images.
    assert found == [
        ["128 px", "two", "6 TFLOP", "3 GFLOP", "14.0 TB", "3.0 TB"],
        ["128 px", "ten", "30 TFLOP", "15 GFLOP", "70.0 TB", "15.0 TB"],
    ]


def test_only_what_is_between_the_marks_is_written():
    page = f"before\n{scaling.BEGIN}old\n{scaling.END}after\n"
    written = scaling.with_block(page, "new")
    assert written == f"before\n{scaling.BEGIN}\nnew\n\n{scaling.END}after\n"
    assert scaling.with_block(written, "new") == written
    with pytest.raises(ValueError, match="must have the lines"):
        scaling.with_block("before", "new")


@pytest.mark.slow
def test_the_page_is_current():
    command = [sys.executable, BENCHMARKS / "scaling.py", "--print"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    page = scaling.PAGE.read_text(encoding="utf-8")
    assert scaling.with_block(page, printed.rstrip("\n")) == page
