# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every kind of side gives the images it names, or says why not."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan import schedules
from compare_gan.comparison import folder_side, parse_side
from compare_gan.comparison.array_side import ArraySide
from compare_gan.comparison.sides import StatisticsSide, evenly_spaced
from compare_gan.data import get_dataset
from compare_gan.metrics import FID, MomentsAccumulator
from compare_gan.schedules import RunFlags

IMAGES = np.random.default_rng(0).integers(0, 256, [10, 6, 6, 3], np.uint8)


def _all(side, n=None, batch_size=4):
    batches = list(side.batches(side.count if n is None else n, batch_size))
    labels = [batch.labels for batch in batches]
    joined = None if labels[0] is None else np.concatenate(labels)
    return np.concatenate([batch.images for batch in batches]), joined


def _write(folder, images=IMAGES, names=None):
    for index, image in enumerate(images):
        path = folder / (names[index] if names else f"{index:02d}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.squeeze()).save(path)
    return folder


def test_a_folder(tmp_path):
    side = parse_side(str(_write(tmp_path)))
    (tmp_path / "notes.txt").write_text("no image")
    images, labels = _all(side)
    np.testing.assert_array_equal(images, IMAGES)
    assert labels is None and side.count == 10 and side.class_names == ()
    few, _ = _all(side, 4)
    np.testing.assert_array_equal(few, IMAGES[[0, 2, 5, 7]])


def test_a_folder_of_class_folders(tmp_path):
    names = [f"{'cat' if i % 3 else 'ant'}/{i:02d}.png" for i in range(10)]
    side = parse_side(str(_write(tmp_path, names=names)))
    images, labels = _all(side)
    order = [0, 3, 6, 9, 1, 2, 4, 5, 7, 8]
    np.testing.assert_array_equal(images, IMAGES[order])
    np.testing.assert_array_equal(labels, [0] * 4 + [1] * 6)
    assert side.class_names == ("ant", "cat")


def test_linked_class_folders_are_followed(tmp_path):
    kept = _write(tmp_path / "kept", IMAGES[:2])
    folder = _write(tmp_path / "folder", IMAGES[2:5], ["ant/0.png", "ant/1.png", "cat/2.png"])
    (folder / "bee").symlink_to(kept)
    side = parse_side(str(folder))
    images, labels = _all(side)
    np.testing.assert_array_equal(images, IMAGES[[2, 3, 0, 1, 4]])
    assert side.class_names == ("ant", "bee", "cat") and labels.tolist() == [0, 0, 1, 1, 2]


def test_a_folders_fingerprint_is_of_names_and_contents(tmp_path):
    folder = _write(tmp_path / "a")
    first = parse_side(str(folder)).fingerprint(10)
    assert parse_side(str(_write(tmp_path / "b"))).fingerprint(10) == first
    Image.fromarray(IMAGES[3]).save(folder / "00.png")
    assert parse_side(str(folder)).fingerprint(10) != first


def test_a_fingerprint_of_few_files_reads_only_those(tmp_path, monkeypatch):
    read = []
    digest = folder_side.file_digest
    monkeypatch.setattr(
        folder_side, "file_digest", lambda path: read.append(path.name) or digest(path)
    )
    side = parse_side(str(_write(tmp_path)))
    few = side.fingerprint(4)
    assert sorted(read) == ["00.png", "02.png", "05.png", "07.png"]
    assert few != side.fingerprint(5)
    (tmp_path / "05.png").rename(tmp_path / "05a.png")
    assert parse_side(str(tmp_path)).fingerprint(4) != few


def test_grey_and_coloured_files_become_rgb(tmp_path):
    _write(tmp_path)
    grey = IMAGES[2, ..., 0]
    Image.fromarray(grey).save(tmp_path / "00.png")
    Image.fromarray(grey).save(tmp_path / "09.png")
    side = parse_side(str(tmp_path))
    images, _ = _all(side)
    assert side.image_shape == (6, 6, 3) == images.shape[1:]
    for place in (0, 9):
        np.testing.assert_array_equal(images[place], np.repeat(grey[..., None], 3, axis=2))
    np.testing.assert_array_equal(images[1:9], IMAGES[1:9])
    # Of the same kind, however few are used.
    assert _all(side, 1)[0].shape == (1, 6, 6, 3)


def test_grey_files_have_one_channel_and_image_size_fits(tmp_path):
    side = parse_side(str(_write(tmp_path, IMAGES[..., :1])), image_size=3)
    images, _ = _all(side)
    assert images.shape == (10, *side.image_shape) == (10, 3, 3, 1) and side.protocol == {
        "image_size": 3
    }


def test_folders_that_cannot_be_measured(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no images"):
        parse_side(str(tmp_path / "empty"))
    mixed = _write(tmp_path / "mixed")
    Image.fromarray(np.zeros([5, 6, 3], np.uint8)).save(mixed / "07.png")
    with pytest.raises(ValueError, match="first one is 6x6, 07.png is 5x6. Give --image_size"):
        _all(parse_side(str(mixed)))
    for image_size in (0, -3):
        with pytest.raises(ValueError, match=f"--image_size={image_size} must be at least 1"):
            parse_side(str(mixed), image_size=image_size)
    both = _write(tmp_path / "both", IMAGES[:3], ["ant/0.png", "cat/1.png", "2.png"])
    with pytest.raises(ValueError, match="mixes images in class folders .* such as 2.png"):
        parse_side(str(both))
    broken = _write(tmp_path / "broken")
    for index in range(5):
        (broken / f"0{index}.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"00.png .*02.png .* and 1 more. Repair or remove them"):
        _all(parse_side(str(broken)))
    with pytest.raises(ValueError, match=r"00.png .* Repair or remove them"):
        parse_side(str(broken)).image_shape  # noqa: B018


@pytest.mark.parametrize("keys", [("images", "labels"), ("arr_0", "arr_1")])
def test_arrays(tmp_path, keys):
    labels = np.arange(10) % 3
    np.savez(tmp_path / "a.npz", **dict(zip(keys, (IMAGES, labels), strict=True)))
    side = parse_side(str(tmp_path / "a.npz"))
    images, found = _all(side)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(found, labels)
    assert side.class_names == ("0", "1", "2")
    np.save(tmp_path / "b.npy", IMAGES[..., 0] / 255.0)
    images, found = _all(parse_side(str(tmp_path / "b.npy")), 5)
    np.testing.assert_array_equal(images, IMAGES[::2, ..., :1] / 255.0)
    assert found is None


def test_labels_of_an_array_are_as_many_classes_as_there_are():
    side = ArraySide(IMAGES, np.array([7, -1, 20_000_000, 7, 0, -1, 7, 0, 0, 20_000_000]))
    assert side.class_names == ("0", "7", "20000000")
    np.testing.assert_array_equal(_all(side)[1], [1, -1, 2, 1, 0, -1, 1, 0, 0, 2])


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"images": IMAGES[:0]}, r"There are no images in file .*\(0, 6, 6, 3\)"),
        ({"images": IMAGES[0]}, r"shape \(6, 6, 3\): is that one image, .* images\[None\] for one"),
        ({"images": IMAGES.transpose(0, 3, 1, 2)}, r"they are \(10, 3, 6, 6\): transpose them by"),
        ({"images": np.zeros([2, 6, 6, 4])}, r"with 1 or 3 channels; they are \(2, 6, 6, 4\)\."),
        ({"images": IMAGES.astype(np.float32)}, r"floats in \[0, 1\]; .* Divide 0 … 255 by 255"),
        ({"images": IMAGES / 127.5 - 1}, r"float64 from -1 to 1. .* make -1 … 1 \(x \+ 1\) / 2"),
        ({"images": np.where(IMAGES > 250, np.nan, 0.5)}, "remove images that hold NaN"),
        ({"images": IMAGES, "labels": np.arange(-2, 8)}, "or -1 where there is none; .* is -2"),
        ({"images": IMAGES.astype(np.int64)}, r"must be uint8, or floats .* they are int64"),
        ({"images": IMAGES[0, 0]}, r"they are uint8 \(6, 3\)"),
        ({"images": IMAGES, "labels": np.arange(9)}, r"must be whole numbers \[10\]"),
        ({"pictures": IMAGES}, r"holds pictures, but neither images .* nor statistics"),
        ({"mu": np.zeros(3), "sigma": np.zeros([3, 4])}, r"mu \(3,\) and sigma \(3, 4\)"),
        ({"mu": np.zeros(2), "sigma": np.full([2, 2], np.nan)}, "hold NaN or infinity"),
        ({"mu": np.zeros(2), "sigma": np.array([[1.0, 2], [0, 1]])}, "is not symmetric"),
        ({"images": np.array([{"a": 1}], dtype=object)}, "cannot be read as a NumPy file"),
    ],
)
def test_arrays_that_cannot_be_measured(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        parse_side(str(tmp_path / "a.npz"))


def test_files_that_are_no_arrays(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match="a.npz cannot be read as a NumPy file"):
        parse_side(str(tmp_path / "a.npz"))
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(ValueError, match="is a file, but not .npz or .npy: give a folder"):
        parse_side(str(tmp_path / "a.txt"))
    with pytest.raises(ValueError, match="is not there: give a folder of images"):
        parse_side(str(tmp_path / "b"))


def test_statistics(tmp_path):
    mean, covariance = np.arange(2.0), np.array([[2.0, 0.5], [0.5, 1.0]])
    np.savez(tmp_path / "s.npz", mu=mean, sigma=covariance)  # as other programs write them
    side = parse_side(str(tmp_path / "s.npz"))
    assert isinstance(side, StatisticsSide) and side.moments.n == 0 and side.backbone_hash == ""
    assert side.resize is None and side.input_size is None
    accumulator = MomentsAccumulator()
    accumulator.restore({"mu": side.moments.mean, "sigma": side.moments.covariance, "n": 0})
    assert FID().compute(accumulator, accumulator) == {"fid": 0.0}


def test_a_split_of_a_data_set():
    side = parse_side("dataset:digits@train")
    images, labels = _all(side, 100, batch_size=32)
    batches = list(get_dataset(name="digits").evaluation_batches("train"))
    every = np.concatenate([batch["images"] for batch in batches])
    every_label = np.concatenate([batch["labels"] for batch in batches])
    places = np.arange(100) * 1260 // 100
    np.testing.assert_array_equal(images, every[places])
    np.testing.assert_array_equal(labels, every_label[places])
    assert parse_side("dataset:digits").protocol == {"split": "test"}
    assert side.image_shape == images.shape[1:]
    with pytest.raises(ValueError, match="no split 'val'; its splits are train, test"):
        parse_side("dataset:digits@val")


@pytest.mark.parametrize("total, n", [(10, 10), (10, 3), (7, 2)])
def test_evenly_spaced_places(total, n):
    np.testing.assert_array_equal(evenly_spaced(total, n), [total * k // n for k in range(n)])


def test_a_generator(tmp_path, tiny):
    schedules.run("train", [], [*tiny, "options.training_steps = 1"], RunFlags(tmp_path))
    side = parse_side(str(tmp_path), truncation=0.5, seed=3)
    images, labels = _all(side, 20)
    again, _ = _all(parse_side(str(tmp_path), truncation=0.5, seed=3), 20)
    untruncated = parse_side(str(tmp_path), seed=3)
    other, _ = _all(untruncated, 20)
    np.testing.assert_array_equal(images, again)
    assert not np.array_equal(images, other)
    assert side.image_shape == images.shape[1:]
    assert images.shape == (20, 8, 8, 1) and labels.shape == (20,) and side.count is None
    assert side.protocol["step"] == 1 and side.protocol["truncation"] == 0.5
    with pytest.raises(ValueError, match="step"):
        parse_side(str(tmp_path), step=5)
    # Another run's generator has other weights, or is another network.
    fingerprint = side.fingerprint(20)
    assert untruncated.fingerprint(20) == fingerprint
    weight = side._generator.network.trainable_variables[-1]
    weight.assign_add(tf.fill(weight.shape, 1e-3))
    assert side.fingerprint(20) != fingerprint
    (tmp_path / "model.json").write_text((tmp_path / "model.json").read_text() + " ")
    assert untruncated.fingerprint(20) != fingerprint


def test_array_sides_of_a_notebook():
    side = ArraySide(IMAGES)
    assert side.description == "an array (10 images)" and not side.class_names
