# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A folder of image files as a side."""

import os

import numpy as np
import pytest
from PIL import Image

from compare_gan.comparison import folder_side, parse_side
from tests.comparison.images import IMAGES, all_of, write_files


def test_a_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    side = parse_side(str(write_files(tmp_path)))
    assert side.description == f"folder {tmp_path} (10 images, 1 other files skipped)"
    assert side.protocol == {"image_size": None, "skipped_files": 1}
    assert side.warnings == (
        f"1 files of {tmp_path} were skipped, since they do not end with .jpg, .jpeg, .jpe, .jfif, "
        ".png, .webp, .gif, .bmp",
    )
    images, labels = all_of(side)
    np.testing.assert_array_equal(images, IMAGES)
    assert labels is None and side.count == 10 and side.class_names == ()
    few, _ = all_of(side, 4)
    np.testing.assert_array_equal(few, IMAGES[[0, 2, 5, 7]])


def test_a_folder_of_class_folders(tmp_path):
    names = [f"{'cat' if i % 3 else 'ant'}/{i:02d}.png" for i in range(10)]
    side = parse_side(str(write_files(tmp_path, names=names)))
    images, labels = all_of(side)
    order = [0, 3, 6, 9, 1, 2, 4, 5, 7, 8]
    np.testing.assert_array_equal(images, IMAGES[order])
    np.testing.assert_array_equal(labels, [0] * 4 + [1] * 6)
    assert side.class_names == ("ant", "cat")


def test_linked_class_folders_are_followed(tmp_path):
    kept = write_files(tmp_path / "kept", IMAGES[:2])
    folder = write_files(tmp_path / "folder", IMAGES[2:5], ["ant/0.png", "ant/1.png", "cat/2.png"])
    (folder / "bee").symlink_to(kept)
    side = parse_side(str(folder))
    images, labels = all_of(side)
    np.testing.assert_array_equal(images, IMAGES[[2, 3, 0, 1, 4]])
    assert side.class_names == ("ant", "bee", "cat") and labels.tolist() == [0, 0, 1, 1, 2]


def test_a_folders_fingerprint_is_of_names_and_contents(tmp_path):
    folder = write_files(tmp_path / "a")
    first = parse_side(str(folder)).fingerprint(10)
    assert parse_side(str(write_files(tmp_path / "b"))).fingerprint(10) == first
    Image.fromarray(IMAGES[3]).save(folder / "00.png")
    assert parse_side(str(folder)).fingerprint(10) != first


def test_a_fingerprint_of_few_files_reads_only_those(tmp_path, monkeypatch):
    read = []
    digest = folder_side.file_digest
    monkeypatch.setattr(
        folder_side, "file_digest", lambda path: read.append(path.name) or digest(path)
    )
    side = parse_side(str(write_files(tmp_path)))
    few = side.fingerprint(4)
    assert sorted(read) == ["00.png", "02.png", "05.png", "07.png"]
    assert few != side.fingerprint(5)
    (tmp_path / "05.png").rename(tmp_path / "05a.png")
    assert parse_side(str(tmp_path)).fingerprint(4) != few


def test_grey_and_coloured_files_become_rgb(tmp_path):
    write_files(tmp_path)
    grey = IMAGES[2, ..., 0]
    Image.fromarray(grey).save(tmp_path / "00.png")
    Image.fromarray(grey).save(tmp_path / "09.png")
    side = parse_side(str(tmp_path))
    images, _ = all_of(side)
    assert side.image_shape == (6, 6, 3) == images.shape[1:]
    for place in (0, 9):
        np.testing.assert_array_equal(images[place], np.repeat(grey[..., None], 3, axis=2))
    np.testing.assert_array_equal(images[1:9], IMAGES[1:9])
    # Of the same kind, however few are used.
    assert all_of(side, 1)[0].shape == (1, 6, 6, 3)


def test_grey_files_have_one_channel_and_image_size_fits(tmp_path):
    side = parse_side(str(write_files(tmp_path, IMAGES[..., :1])), image_size=3)
    images, _ = all_of(side)
    assert images.shape == (10, *side.image_shape) == (10, 3, 3, 1) and not side.warnings
    assert side.protocol == {
        "image_size": 3,
        "skipped_files": 0,
        "crop": "center_crop",
        "filter": "lanczos",
    }


def test_folders_that_cannot_be_measured(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no images"):
        parse_side(str(tmp_path / "empty"))
    mixed = write_files(tmp_path / "mixed")
    Image.fromarray(np.zeros([5, 6, 3], np.uint8)).save(mixed / "07.png")
    with pytest.raises(ValueError, match="first one is 6x6, 07.png is 5x6. Give --image_size"):
        all_of(parse_side(str(mixed)))
    for image_size in (0, -3):
        with pytest.raises(ValueError, match=f"--image_size={image_size} must be at least 1"):
            parse_side(str(mixed), image_size=image_size)
    both = write_files(tmp_path / "both", IMAGES[:3], ["ant/0.png", "cat/1.png", "2.png"])
    with pytest.raises(ValueError, match="mixes images in class folders .* such as 2.png"):
        parse_side(str(both))
    broken = write_files(tmp_path / "broken")
    for index in range(5):
        (broken / f"0{index}.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"00.png .*02.png .* and 1 more. Repair or remove them"):
        all_of(parse_side(str(broken)))
    with pytest.raises(ValueError, match=r"00.png .* Repair or remove them"):
        parse_side(str(broken)).image_shape  # noqa: B018


def test_a_name_that_is_not_utf_8(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    os.rename(tmp_path / "a.png", tmp_path / name)
    side = folder_side.FolderSide(tmp_path)
    assert len(side.fingerprint(1)) == 16 and next(side.batches(1, 1)).images.shape == (1, 4, 4, 1)
