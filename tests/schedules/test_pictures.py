# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of a training and of a trained generator."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan import schedules
from compare_gan.gans.latents import LatentPrior, normal
from compare_gan.pictures import save_png
from compare_gan.schedules import RunFlags
from compare_gan.schedules.pictures import interpolations, save_evolution
from compare_gan.trained_generator import TrainedGenerator


def _save(folder, step, value, shape=(20, 150, 1)):
    save_png(folder / f"fakes-{step:07d}.png", np.full(shape, value, np.uint8))


def _frames(folder):
    """What is below the captions, one value a frame, and how long the frames stay."""
    with Image.open(folder / "evolution.gif") as animation:
        values, durations = [], []
        for index in range(animation.n_frames):
            animation.seek(index)
            values.append(int(np.median(np.asarray(animation.convert("L"))[-10:])))
            durations.append(animation.info["duration"])
        return values, durations


def test_the_pictures_of_a_training_are_played_by_their_steps(tmp_path):
    # Their order is that of numbers, not of names or times.
    for step, value in [(10_000_000, 90), (9_000_000, 60), (500, 30)]:
        _save(tmp_path, step, value)
    for name in ("fakes-last.png", "samples-0000100.png", ".fakes-0000700.png.abc"):
        (tmp_path / name).write_bytes(b"something else")
    assert save_evolution(tmp_path, 10_000_000)
    assert _frames(tmp_path) == ([30, 60, 90], [400, 400, 3200])
    assert save_evolution(tmp_path, 10_000_000)  # again, with its own file there
    assert _frames(tmp_path)[0] == [30, 60, 90]


def test_steps_beyond_the_last_one_are_left_out(tmp_path):
    for step in (10, 20, 30, 40):
        _save(tmp_path, step, step)
    assert save_evolution(tmp_path, 30)
    assert _frames(tmp_path)[0] == [10, 20, 30]


def test_of_many_pictures_some_are_played(tmp_path):
    for step in range(1, 201):
        _save(tmp_path, step, step)
    assert save_evolution(tmp_path, 200)
    values, durations = _frames(tmp_path)
    assert len(values) == 60 and values[0] == 1 and values[-1] == 200
    assert set(np.diff(values)) <= {3, 4}
    assert durations == [100] * 59 + [800]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_written_without_two_pictures(tmp_path, count):
    for step in range(count):
        _save(tmp_path, step, 5)
    assert not save_evolution(tmp_path, 10)
    assert not (tmp_path / "evolution.gif").exists()


def test_damaged_pictures_and_those_of_another_size_are_left_out(tmp_path, caplog):
    _save(tmp_path, 1, 10)
    _save(tmp_path, 2, 20, (10, 150, 1))
    _save(tmp_path, 3, 30)
    whole = (tmp_path / "fakes-0000003.png").read_bytes()
    (tmp_path / "fakes-0000004.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "fakes-0000005.png").write_bytes(b"")
    _save(tmp_path, 6, 60)
    assert save_evolution(tmp_path, 6)
    assert _frames(tmp_path)[0] == [10, 30, 60]
    assert "fakes-0000004.png is left out" in caplog.text
    assert "fakes-0000005.png is left out" in caplog.text


def test_large_pictures_are_made_smaller(tmp_path):
    for step in (1, 2):
        _save(tmp_path, step, 100 * step, (900, 2000, 3))
    assert save_evolution(tmp_path, 2)
    with Image.open(tmp_path / "evolution.gif") as animation:
        assert animation.size[0] == 667 and 300 < animation.size[1] < 340


def test_a_continued_training_shows_all_of_it_once(tmp_path, tiny):
    folder = tmp_path / "run" / "pictures"
    for last, steps in ((4, (2, 4)), (6, (2, 4, 6))):
        bindings = [*tiny, "pictures.every_steps = 2", f"options.training_steps = {last}"]
        schedules.run("train", [], bindings, RunFlags(tmp_path / "run"))
        pictures = [folder / f"fakes-{step:07d}.png" for step in steps]
        assert sorted(folder.iterdir()) == [folder / "evolution.gif", *pictures]
        with Image.open(folder / "evolution.gif") as animation:
            assert animation.n_frames == len(pictures)
            for index, path in enumerate(pictures):
                animation.seek(index)
                with Image.open(path) as picture:
                    played = np.asarray(animation.convert("L"))[-picture.height :]
                    np.testing.assert_array_equal(played, np.asarray(picture))


class Telling(keras.Model):
    """Images [batch, 8, 8, 1] of one value, the mean number of the class over that of classes."""

    def call(self, z, y=None, training=False):
        value = tf.reduce_mean(tf.sigmoid(z), -1)
        if y is not None:
            classes = tf.shape(y)[-1]
            value = tf.linalg.matvec(y, tf.cast(tf.range(classes), tf.float32))
            value /= tf.cast(tf.maximum(classes, 1), tf.float32)
        return tf.tile(value[:, None, None, None], [1, 8, 8, 1])


def _tiles(picture):
    """The rows of tiles, by what stands in the middle of each tile [rows, 10]."""
    inside = (picture[:, :, 0] != 255) & (picture.max(-1) == picture.min(-1))
    # A tile's row of pixels is grey from end to end; the lines between tiles are white.
    tops = np.flatnonzero(inside.sum(1) >= 640)
    middles = tops[32::64]
    left = next(
        column
        for column in range(picture.shape[1])
        if inside[middles[0], column : column + 64].all()
    )
    return picture[middles][:, left + 32 + 66 * np.arange(10), 0] / 255


@pytest.mark.parametrize("classes", [0, 1, 2, 10, 1000])
def test_interpolations_lead_within_and_across_classes(classes):
    frequencies = np.full([classes], 1 / max(classes, 1))
    names = [f"class {index}" for index in range(classes)]
    generator = TrainedGenerator(Telling(), LatentPrior(normal), 4, frequencies, names)
    rows = _tiles(interpolations(generator, seed=1))
    assert rows.shape == (20 if classes > 1 else 10, 10)
    if not classes:  # the latents change within each row
        assert (np.abs(rows[:, 0] - rows[:, -1]) > 0).all()
        return
    first = np.arange(10) * classes // 10
    np.testing.assert_allclose(rows[:10], np.repeat(first[:, None] / classes, 10, 1), atol=2e-3)
    if classes > 1:
        t = np.linspace(0, 1, 10)
        last = (first + max(1, classes // 10)) % classes
        assert (first != last).all()
        expected = np.outer(first, 1 - t) + np.outer(last, t)
        np.testing.assert_allclose(rows[10:], expected / classes, atol=4e-3)
