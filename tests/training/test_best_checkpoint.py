# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The best checkpoint outlives rotation, and kills at any moment."""

import errno
import json
import os
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.atomic_files import write_text_atomically
from compare_gan.training import Best, BestCheckpoint, CheckpointError, Checkpoints


@pytest.fixture
def weight():
    return tf.Variable(np.zeros([10], np.float32))


@pytest.fixture
def save(tmp_path, weight):
    """Saves checkpoints whose weights are their steps, of which two are kept."""

    def save(*steps):
        for step in steps:
            weight.assign(tf.fill([10], float(step)))
            Checkpoints(tmp_path, keep=2).save(step, {"weight": weight})

    return save


def _restored(folder, weight):
    weight.assign(tf.zeros([10]))
    step = BestCheckpoint(folder).restore({"weight": weight})
    return step, float(weight.numpy()[3])


def _held(folder):
    return Checkpoints(folder / "best").steps()


def test_what_is_held_and_marked_outlives_rotation(tmp_path, weight, save):
    best = BestCheckpoint(tmp_path)
    save(5, 10)
    best.hold(5)
    assert best.mark(Best(5, "fid", 2.5))
    assert not best.mark(Best(5, "fid", 2.5))  # again
    save(15, 20)
    assert Checkpoints(tmp_path).steps() == [15, 20] and _held(tmp_path) == [5]
    assert json.loads((tmp_path / "best.json").read_text()) == {
        "step": 5,
        "metric": "fid",
        "value": 2.5,
    }
    assert best.read() == Best(5, "fid", 2.5)
    assert _restored(tmp_path, weight) == (5, 5.0)

    best.hold(20)
    assert best.mark(Best(20, "fid", 1.5)) and _held(tmp_path) == [20]
    assert _restored(tmp_path, weight) == (20, 20.0)
    # The training that goes on from its newest checkpoint does not look there.
    assert Checkpoints(tmp_path).resume({"weight": weight}) == 20 and _held(tmp_path) == [20]


def test_links_cost_no_space_and_copies_do_where_there_are_none(tmp_path, save, monkeypatch):
    save(5, 10)
    BestCheckpoint(tmp_path).hold(5)

    def no_links(source, target):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    BestCheckpoint(tmp_path).hold(10)
    for step, links in ((5, 2), (10, 1)):
        originals = sorted((tmp_path / str(step)).iterdir())
        kept = sorted((tmp_path / "best" / str(step)).iterdir())
        assert [path.name for path in kept] == [path.name for path in originals] != []
        for original, path in zip(originals, kept):
            assert path.read_bytes() == original.read_bytes()
            assert path.stat().st_nlink == links


def test_what_comes_to_a_held_checkpoint_is_taken_too(tmp_path, save):
    best = BestCheckpoint(tmp_path)
    save(5)
    best.hold(5)
    (tmp_path / "5" / "standing_statistics.npz").write_text("statistics")
    (tmp_path / "5" / ".half.npz.123").write_text("half")
    best.hold(5)
    assert (best.folder(5) / "standing_statistics.npz").read_text() == "statistics"
    assert not (best.folder(5) / ".half.npz.123").exists()
    # Files are replaced as a whole, so that the link alone would keep the older one.
    write_text_atomically(tmp_path / "5" / "standing_statistics.npz", "newer statistics")
    best.hold(5)
    assert (best.folder(5) / "standing_statistics.npz").read_text() == "newer statistics"
    assert not list(best.folder(5).glob(".*"))
    # What was written there later stays.
    write_text_atomically(best.folder(5) / "standing_statistics.npz", "the newest")
    best.hold(5)
    assert (best.folder(5) / "standing_statistics.npz").read_text() == "the newest"
    shutil.rmtree(tmp_path / "5")
    best.hold(5)  # it is there
    assert _held(tmp_path) == [5]


def test_what_is_held_stays_when_another_checkpoint_of_that_step_is_saved(tmp_path, weight, save):
    best = BestCheckpoint(tmp_path)
    save(5)
    best.hold(5)
    best.mark(Best(5, "fid", 2.0))
    for file in (tmp_path / "5").iterdir():  # a save that was killed, or goes on
        if file.name != "manifest.json":
            write_text_atomically(file, "half")
    best.hold(5)
    assert _restored(tmp_path, weight) == (5, 5.0)
    shutil.rmtree(tmp_path / "5")
    weight.assign(tf.fill([10], 9.0))
    Checkpoints(tmp_path, keep=2).save(5, {"weight": weight})
    (tmp_path / "5" / "standing_statistics.npz").write_text("of other weights")
    manifest = tmp_path / "5" / "manifest.json"
    manifest.write_text(manifest.read_text() + " ")
    best.hold(5)
    assert _restored(tmp_path, weight) == (5, 5.0)
    assert not (best.folder(5) / "standing_statistics.npz").exists()


def test_what_one_evaluation_holds_no_other_lets_go(tmp_path, weight, save):
    """One scores the checkpoint of step 5, another one marks that of step 10 meanwhile."""
    best, other = BestCheckpoint(tmp_path), BestCheckpoint(tmp_path)
    save(5, 10)
    with best.holding(5):
        with other.holding(5), other.holding(10):
            assert other.mark(Best(10, "fid", 2.0))
        assert other.mark(Best(10, "fid", 1.5))
        save(15, 20)
        assert _held(tmp_path) == [5, 10]
        assert best.mark(Best(5, "fid", 1.0))
    assert _restored(tmp_path, weight) == (5, 5.0) and _held(tmp_path) == [5]
    # It is marked no longer, and nobody holds it.
    with other.holding(20):
        other.mark(Best(20, "fid", 0.5))
    assert _held(tmp_path) == [20]


def test_what_is_gone_is_not_held_and_the_next_has_its_turn(tmp_path, save):
    save(5)
    for _ in range(2):
        with pytest.raises(CheckpointError, match="or no longer"):
            with BestCheckpoint(tmp_path).holding(7):
                pytest.fail("it is not there")


def test_a_checkpoint_that_is_gone_or_half_saved_is_not_held(tmp_path, save):
    best = BestCheckpoint(tmp_path)
    save(5, 10)
    (tmp_path / "5" / "manifest.json").unlink()
    for step in (5, 7):
        with pytest.raises(CheckpointError, match=f"step {step} is not in .*, or no longer"):
            best.hold(step)
        with pytest.raises(CheckpointError, match=f"step {step} is not held"):
            best.mark(Best(step, "fid", 1.0))
    assert list(tmp_path.glob("best/*")) == [] and best.read() is None


@pytest.mark.parametrize("removed_after", range(4))
def test_a_checkpoint_removed_meanwhile_is_held_whole_or_not_at_all(
    tmp_path, weight, save, monkeypatch, removed_after
):
    save(5)
    link, linked = os.link, []

    def removing(source, target):
        if len(linked) == removed_after:
            Checkpoints(tmp_path).remove(5)
        linked.append(target)
        link(source, target)

    monkeypatch.setattr(os, "link", removing)
    best = BestCheckpoint(tmp_path)
    if removed_after < 3:  # of a checkpoint's three files
        with pytest.raises(CheckpointError, match="or no longer"):
            best.hold(5)
        assert list(tmp_path.glob("best/*")) == []
    else:
        best.hold(5)
        Checkpoints(tmp_path).remove(5)
        best.mark(Best(5, "fid", 1.0))
        assert _restored(tmp_path, weight) == (5, 5.0)


class _Killed(BaseException):
    pass


def _steps_of_a_change(best):
    best.hold(10)
    best.mark(Best(10, "fid", 1.0))


# Three links, the mark's new file and the removal of its temporary name, the old one's manifest,
# and its folder; then all is done.
_LAST_MOMENT = 7


@pytest.mark.parametrize("moment", range(_LAST_MOMENT + 1))
def test_a_kill_at_any_moment_leaves_the_old_or_the_new_one(
    tmp_path, weight, save, monkeypatch, moment
):
    """Before each of the calls that change the disk, in turn."""
    best = BestCheckpoint(tmp_path)
    save(5, 10)
    best.hold(5)
    best.mark(Best(5, "fid", 2.0))
    save(15)  # 5 is gone from the checkpoints

    calls = []

    def fatal(name, original):
        def call(*arguments, **named):
            if len(calls) == moment:
                raise _Killed
            calls.append(name)
            return original(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for owner, name in ((os, "link"), (os, "replace"), (pathlib.Path, "unlink"), (os, "rmdir")):
            patch.setattr(owner, name, fatal(name, getattr(owner, name)))
        try:
            _steps_of_a_change(best)
            ended = True
        except _Killed:
            ended = False
    assert ended == (moment == _LAST_MOMENT) and (ended or len(calls) == moment)
    marked = best.read().step
    assert marked == (10 if "replace" in calls else 5)
    assert _restored(tmp_path, weight) == (marked, float(marked))
    # The next one puts it right, whatever was left.
    _steps_of_a_change(best)
    assert _held(tmp_path) == [10] and [p.name for p in tmp_path.glob("best/*")] == ["10"]
    assert _restored(tmp_path, weight) == (10, 10.0)


def test_a_reader_meets_a_better_one(tmp_path, weight, save, monkeypatch):
    best = BestCheckpoint(tmp_path)
    save(5, 10)
    best.hold(5)
    best.mark(Best(5, "fid", 2.0))
    restore = Checkpoints.restore

    def meanwhile(self, step, *arguments, **named):
        if step == 5:
            best.hold(10)
            best.mark(Best(10, "fid", 1.0))
        restore(self, step, *arguments, **named)

    monkeypatch.setattr(Checkpoints, "restore", meanwhile)
    assert _restored(tmp_path, weight) == (10, 10.0)


def test_no_mark_a_damaged_mark_and_a_mark_of_nothing(tmp_path, weight, save):
    save(5)
    best = BestCheckpoint(tmp_path)
    with pytest.raises(CheckpointError, match="marked as the best: set eval.best"):
        best.restore({"weight": weight})
    (tmp_path / "best.json").write_text('{"step": 5')
    with pytest.raises(CheckpointError, match="best.json cannot be read .* delete it"):
        best.read()
    best.hold(5)
    assert best.mark(Best(5, "fid", 1.0)) and best.read().step == 5
    shutil.rmtree(tmp_path / "best")
    with pytest.raises(CheckpointError, match="no checkpoint of step 5 in .*best"):
        best.restore({"weight": weight})
