# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import os

import numpy as np
import pytest
from PIL import Image

from compare_gan.pictures import save_gif


def _read(path):
    """The frames as RGB, their durations, and whether the animation goes on for ever."""
    frames, durations = [], []
    with Image.open(path) as animation:
        for index in range(animation.n_frames):
            animation.seek(index)
            frames.append(np.asarray(animation.convert("RGB")))
            durations.append(animation.info["duration"])
        return frames, durations, animation.info.get("loop") == 0


def test_grey_frames_keep_every_value(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, [3, 20, 30, 1], np.uint8)
    save_gif(tmp_path / "new" / "a.gif", frames, frame_ms=50)
    read, durations, forever = _read(tmp_path / "new" / "a.gif")
    np.testing.assert_array_equal(read, frames.repeat(3, -1))
    assert durations == [50, 50, 400] and forever
    assert os.listdir(tmp_path / "new") == ["a.gif"]


def test_colours_are_close_and_white_is_white(tmp_path):
    smooth = np.linspace(0, 255, 64)
    red, green = np.meshgrid(smooth, smooth)
    frames = [
        np.stack([red, green, np.full_like(red, blue)], -1).astype(np.uint8)
        for blue in (0, 128, 250)
    ]
    for frame in frames:
        frame[:8] = 255
    save_gif(tmp_path / "a.gif", frames)
    read, _, _ = _read(tmp_path / "a.gif")
    difference = np.abs(np.array(read, float) - frames)
    assert difference.mean() < 10 and difference.max() < 64
    assert (np.array(read)[:, :8] == 255).all()


def test_few_colours_are_exact_and_still_parts_do_not_flicker(tmp_path):
    frames = np.full([4, 16, 16, 3], [200, 30, 40], np.uint8)
    for index, frame in enumerate(frames):
        frame[index] = [10, 20, 60 * index]
    save_gif(tmp_path / "a.gif", frames)
    read, _, _ = _read(tmp_path / "a.gif")
    assert np.abs(np.array(read, int) - frames).max() <= 2
    assert len(np.unique(np.array(read)[:, 4:].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_captions_stand_above_the_frames(tmp_path, channels):
    frames = np.full([2, 20, 120, channels], 0.5)
    save_gif(tmp_path / "a.gif", frames, ["step 1", "step 2"])
    read, durations, _ = _read(tmp_path / "a.gif")
    assert len(read) == 2 and durations == [200, 1600]
    heading = np.array(read)[:, :-20]
    assert heading.shape[1] >= 15
    # Dark words on white, others in each frame.
    assert heading.max() == 255 and heading.min() < 100
    assert (heading[0] != heading[1]).any()
    np.testing.assert_allclose(np.array(read)[:, -20:], 128, atol=2)


def test_a_single_frame_is_allowed(tmp_path):
    save_gif(tmp_path / "a.gif", np.zeros([1, 4, 5, 1]))
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.size == (5, 4) and getattr(animation, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "at least one and of one shape, but 0"),
        ([np.zeros([4, 4, 1]), np.zeros([4, 5, 1])], {}, "of one shape, but 2 have"),
        ([np.zeros([4, 4, 2])], {}, "1 channel .* or 3"),
        ([np.full([4, 4, 1], np.nan)], {}, "NaN"),
        ([np.zeros([4, 4, 1])], {"captions": []}, "1 frames but 0 captions"),
        ([np.zeros([4, 4, 1])], {"frame_ms": 5}, "frame_ms must be at least 10"),
        ([np.zeros([4, 4, 1])], {"path": "a.png"}, "end with '.gif'"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, frames, options, message):
    options = dict(options)
    path = tmp_path / options.pop("path", "a.gif")
    with pytest.raises(ValueError, match=message):
        save_gif(path, frames, **options)
    assert not os.listdir(tmp_path)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.gif"
    save_gif(path, np.zeros([2, 4, 4, 1]))
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_gif(path, np.ones([2, 4, 4, 1]))
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.gif"]
