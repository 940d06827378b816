# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import resource
import signal

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training.checkpoints import CheckpointError, Checkpoints


@pytest.fixture
def weight():
    return tf.Variable(np.zeros([1000], np.float32))


def _saved(folder, weight, steps, **kwargs):
    checkpoints = Checkpoints(folder, **kwargs)
    for step in steps:
        weight.assign(tf.fill([1000], float(step)))
        checkpoints.save(step, {"weight": weight})
    return checkpoints


def test_round_trip(tmp_path, weight):
    checkpoints = _saved(tmp_path, weight, [5, 10])
    checkpoints.restore(5, {"weight": weight})
    assert weight.numpy()[0] == 5
    assert checkpoints.restore_newest({"weight": weight}) == 10
    assert weight.numpy()[-1] == 10


def test_none_yet(tmp_path, weight):
    assert Checkpoints(tmp_path / "absent").restore_newest({"weight": weight}) is None


def test_the_oldest_go_first(tmp_path, weight):
    assert _saved(tmp_path, weight, [9, 10, 100], keep=2).steps() == [10, 100]


def _data_file(folder, step):
    (path,) = (folder / str(step)).glob("*.data-*")
    return path


@pytest.mark.parametrize("damage", ["truncated", "missing", "flipped"])
def test_damaged_newest_gives_way_to_the_one_before(tmp_path, weight, damage, caplog):
    checkpoints = _saved(tmp_path, weight, [5, 10])
    path = _data_file(tmp_path, 10)
    content = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:50] + bytes([content[50] ^ 255]) + content[51:])
    assert checkpoints.restore_newest({"weight": weight}) == 5
    assert weight.numpy()[0] == 5
    assert "step 10 is damaged" in caplog.text and "step 5 is used" in caplog.text


def test_all_damaged_is_an_error(tmp_path, weight):
    checkpoints = _saved(tmp_path, weight, [5])
    _data_file(tmp_path, 5).write_bytes(b"")
    with pytest.raises(CheckpointError, match="None of the checkpoints"):
        checkpoints.restore_newest({"weight": weight})


def test_interrupted_save_counts_as_absent(tmp_path, weight):
    checkpoints = _saved(tmp_path, weight, [5, 10])
    (tmp_path / "10" / "manifest.json").unlink()
    assert checkpoints.steps() == [5]
    checkpoints.save(10, {"weight": weight})
    assert checkpoints.steps() == [5, 10]


def test_other_variables_are_refused(tmp_path, weight):
    checkpoints = _saved(tmp_path, weight, [5])
    with pytest.raises(CheckpointError, match="other variables"):
        checkpoints.restore(5, {"weight": weight, "more": tf.Variable([1.0])})
    with pytest.raises(CheckpointError, match="no checkpoint of step 6"):
        checkpoints.restore(6, {"weight": weight})


def test_more_than_asked_for_is_fine_if_partial(tmp_path, weight):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, {"weight": weight, "more": tf.Variable([1.0])})
    checkpoints.restore(1, {"weight": weight}, partial=True)
    with pytest.raises(CheckpointError):
        checkpoints.restore(1, {"weight": weight})


def test_disk_full(tmp_path, weight):
    """A limit on the size of files stands for a full disk: the write fails in the middle."""
    checkpoints = _saved(tmp_path, weight, [5])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(CheckpointError, match=r"step 10 could not be written.*step 5 is kept"):
            checkpoints.save(10, {"weight": weight})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert checkpoints.steps() == [5]
    assert not (tmp_path / "10").exists()
    assert checkpoints.restore_newest({"weight": weight}) == 5


def test_resume_sets_damaged_ones_aside_and_clears_up(tmp_path, weight, caplog):
    checkpoints = _saved(tmp_path, weight, [5, 10, 15, 20], keep=5)
    _data_file(tmp_path, 15).write_bytes(b"")
    (tmp_path / "20" / "manifest.json").unlink()  # a save that was interrupted
    (tmp_path / "10" / "manifest.json").write_text("{")
    assert checkpoints.resume({"weight": weight}) == 5
    assert checkpoints.steps() == [5]
    assert {path.name for path in tmp_path.iterdir()} == {"5", "10.damaged", "15.damaged"}
    assert "interrupted save of step 20" in caplog.text
    # With room for one only, the good ones are not sacrificed to the damaged.
    few = Checkpoints(tmp_path, keep=1)
    few.save(7, {"weight": weight})
    assert few.steps() == [7]


def test_temporary_ones_give_way_and_do_not_count(tmp_path, weight):
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step, temporary in [(10, False), (13, True), (17, True), (20, False), (21, True)]:
        checkpoints.save(step, {"weight": weight}, temporary=temporary)
        if step == 17:
            assert checkpoints.steps() == [10, 17]
    assert checkpoints.steps() == [10, 20, 21]
