# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import os

import numpy as np
import pytest
from PIL import Image

from compare_gan.pictures import save_images, save_npz, save_png


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_png_keeps_every_pixel(tmp_path, channels, mode):
    image = np.random.default_rng(0).integers(0, 256, [5, 4, channels], np.uint8)
    path = tmp_path / "new" / "folder" / "image.png"
    save_png(path, image)
    with Image.open(path) as read:
        assert read.mode == mode
        np.testing.assert_array_equal(np.asarray(read).reshape(image.shape), image)
    assert os.listdir(path.parent) == ["image.png"]
    assert path.stat().st_mode & 0o400


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "image.png"
    save_png(path, np.zeros([2, 2, 1]))
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_png(path, np.ones([2, 2, 1]))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["image.png"]


def test_numbered_files_of_several_batches(tmp_path):
    images = np.linspace(0, 1, 5)[:, None, None, None] * np.ones([5, 2, 2, 3])
    first = save_images(tmp_path, images[:2])
    second = save_images(tmp_path, images[2:], start=2)
    names = [path.name for path in [*first, *second]]
    assert names == ["000000.png", "000001.png", "000002.png", "000003.png", "000004.png"]
    assert [np.asarray(Image.open(path)).max() for path in second] == [128, 191, 255]


def test_npz(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, [3, 4, 4, 1], np.uint8)
    save_npz(tmp_path / "a.npz", images, labels=np.array([2, 0, -1]))
    with np.load(tmp_path / "a.npz") as archive:
        np.testing.assert_array_equal(archive["images"], images)
        np.testing.assert_array_equal(archive["labels"], [2, 0, -1])
    save_npz(tmp_path / "b.npz", images / 255.0)
    with np.load(tmp_path / "b.npz") as archive:
        assert archive.files == ["images"]
        np.testing.assert_array_equal(archive["images"], images)


def test_wrong_arguments_are_refused(tmp_path):
    with pytest.raises(ValueError, match="end with '.png'"):
        save_png(tmp_path / "a.jpg", np.zeros([2, 2, 1]))
    with pytest.raises(ValueError, match=r"\[height, width, channels\]"):
        save_png(tmp_path / "a.png", np.zeros([1, 2, 2, 1]))
    with pytest.raises(ValueError, match="end with '.npz'"):
        save_npz(tmp_path / "a.npy", np.zeros([1, 2, 2, 1]))
    with pytest.raises(ValueError, match="2 images but 3 labels"):
        save_npz(tmp_path / "a.npz", np.zeros([2, 2, 2, 1]), np.zeros(3))
    assert not os.listdir(tmp_path)
