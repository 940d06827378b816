# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from compare_gan.data import cache, folder, get_dataset
from compare_gan.data.examples import ArrayExamples, FileExamples


def _save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def _random_image(seed, height=8, width=8):
    return np.random.default_rng(seed).integers(0, 256, [height, width, 3], np.uint8)


@pytest.fixture
def images(tmp_path):
    """A folder of 24 lossless images of two classes and 8 of them for testing, and its images."""
    root = tmp_path / "images"
    expected = {}
    for index in range(32):
        split = "train" if index < 24 else "test"
        path = f"{split}/{'cat' if index % 2 else 'dog'}/{index:02d}.png"
        expected[path] = _random_image(index)
        _save(root / path, expected[path])
    return root, expected


def _evaluate(dataset, split):
    found = {}
    for batch in dataset.evaluation_batches(split, 5).as_numpy_iterator():
        for example_id, image, label in zip(batch["ids"], batch["images"], batch["labels"]):
            found[example_id.decode()] = (image, label)
    return found


@pytest.mark.parametrize(("limit", "kind"), [(2**30, ArrayExamples), (10, FileExamples)])
def test_images_labels_and_ids(images, limit, kind):
    root, expected = images
    dataset = get_dataset(f"folder:{root}", memory_limit=limit)
    assert isinstance(dataset._source.examples("train"), kind)
    assert dataset.image_shape == (8, 8, 3)
    assert dataset.class_names == ("cat", "dog")
    assert dataset.class_histogram().tolist() == [12, 12]
    for split, count in (("train", 24), ("test", 8)):
        found = _evaluate(dataset, split)
        assert len(found) == count == dataset.num_examples(split)
        for path, (image, label) in found.items():
            np.testing.assert_array_equal(image, expected[path])
            assert label == int("dog" in path)


def test_memory_and_files_give_the_same_stream(images):
    root, _ = images
    streams = [
        get_dataset(f"folder:{root}", memory_limit=limit, horizontal_flip=True)
        .training_batches(7, start_batch=5, ids=True)
        .take(6)
        .as_numpy_iterator()
        for limit in (2**30, 10)
    ]
    for in_memory, from_files in zip(*streams):
        for name in ("images", "labels", "ids"):
            np.testing.assert_array_equal(in_memory[name], from_files[name])


def test_sizes_and_modes_that_differ(tmp_path):
    _save(tmp_path / "images" / "wide.png", _random_image(0, 20, 40))
    _save(tmp_path / "images" / "grey.bmp", _random_image(1, 10, 10)[:, :, 0])
    name = f"folder:{tmp_path / 'images'}"
    with pytest.raises(ValueError, match="heights 10 to 20, widths 10 to 40.: set dataset.image"):
        get_dataset(name)
    dataset = get_dataset(name, image_size=10)
    found = _evaluate(dataset, "train") | _evaluate(dataset, "test")
    assert {image.shape for image, _ in found.values()} == {(10, 10, 3)}
    np.testing.assert_array_equal(
        found["grey.bmp"][0], np.repeat(_random_image(1, 10, 10)[:, :, :1], 3, axis=2)
    )
    assert {label for _, label in found.values()} == {-1}
    assert dataset.num_classes == 0 and dataset.class_histogram().shape == (0,)
    grey = get_dataset(name, image_size=(6, 12), channels=1, crop="pad")
    assert grey.image_shape == (6, 12, 1)
    prints = {dataset.fingerprint, grey.fingerprint, get_dataset(name, image_size=12).fingerprint}
    assert len(prints) == 3


def test_common_size_need_not_be_square(tmp_path):
    for index in range(3):
        _save(tmp_path / "images" / f"{index}.png", _random_image(index, 4, 6))
    assert get_dataset(f"folder:{tmp_path / 'images'}").image_shape == (4, 6, 3)


@pytest.mark.parametrize("limit", [2**30, 10])
def test_unreadable_files_are_named_and_left_out(tmp_path, caplog, limit):
    root = tmp_path / "images"
    for index in range(200):
        _save(root / "train" / f"{index:03d}.png", _random_image(index, 2, 2))
    _save(root / "test" / "a.png", _random_image(0, 2, 2))
    (root / "train" / "100.png").write_bytes(b"no image")
    with caplog.at_level("WARNING", logger="absl"):
        dataset = get_dataset(f"folder:{root}", memory_limit=limit)
        assert dataset.num_examples("train") == 199
    assert "1 of 201 images" in caplog.text and "train/100.png (no image)" in caplog.text
    assert "1 unreadable files left out" in dataset.describe()
    found = _evaluate(dataset, "train")
    assert len(found) == 199 and "train/100.png" not in found
    np.testing.assert_array_equal(found["train/101.png"][0], _random_image(101, 2, 2))
    for index in (3, 4):
        (root / "train" / f"00{index}.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="3 of 201 images .*train/003.png.*Replace them"):
        get_dataset(f"folder:{root}", memory_limit=limit).num_examples("train")


def test_one_in_a_hundred_is_of_all_splits_together(tmp_path, caplog):
    root = tmp_path / "images"
    for index in range(295):
        _save(root / "train" / f"{index:03d}.png", _random_image(index, 2, 2))
    for index in range(5):
        _save(root / "test" / f"{index}.png", _random_image(index, 2, 2))
    whole = (root / "test" / "1.png").read_bytes()
    (root / "test" / "0.png").write_bytes(whole[: len(whole) // 2])
    with caplog.at_level("WARNING", logger="absl"):
        assert get_dataset(f"folder:{root}").num_examples("test") == 4
    assert "1 of 300 images" in caplog.text and "test/0.png (" in caplog.text
    for index in range(1, 5):
        (root / "test" / f"{index}.png").write_bytes(b"")
    with pytest.raises(ValueError, match="None of the 5 images of the split 'test'"):
        get_dataset(f"folder:{root}", image_size=2).num_examples("test")
    for index in range(11):
        (root / "train" / f"{index:03d}.png").write_bytes(b"")
    for index in range(5):
        _save(root / "test" / f"{index}.png", _random_image(index, 2, 2))
    with pytest.raises(ValueError, match="11 of 300 .*009.png .*, ...; all of them: ") as caught:
        get_dataset(f"folder:{root}").num_examples("test")
    path = str(caught.value).partition("all of them: ")[2].partition(".txt")[0] + ".txt"
    with open(path, encoding="utf-8") as file:
        assert [line.split()[0] for line in file] == [f"train/{i:03d}.png" for i in range(11)]


def test_no_readable_image_at_all(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(b"x")
    with pytest.raises(ValueError, match="None of the 2 files .* that should be images is one"):
        get_dataset(f"folder:{tmp_path}")


def test_decoded_images_are_cached_until_a_file_changes(images, monkeypatch):
    root, _ = images
    decoded = []
    original = folder.fitting.open_upright

    def counting(path):
        decoded.append(path)
        return original(path)

    monkeypatch.setattr(folder.fitting, "open_upright", counting)

    def read():
        decoded.clear()
        examples = get_dataset(f"folder:{root}")._source.examples("train")
        return examples, len(decoded)

    first, count = read()
    assert count == 32
    second, count = read()
    assert count == 0
    np.testing.assert_array_equal(first.images, second.images)
    changed = root / "train" / "cat" / "01.png"
    _save(changed, _random_image(99))
    status = changed.stat()
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    third, count = read()
    assert count == 24  # those of the split with the changed file
    np.testing.assert_array_equal(
        third.images[third.ids() == b"train/cat/01.png"][0], _random_image(99)
    )


def test_fingerprint_is_of_the_content_not_the_place(images, tmp_path):
    root, _ = images
    before = get_dataset(f"folder:{root}").fingerprint
    moved = tmp_path / "elsewhere"
    shutil.copytree(root, moved)
    assert get_dataset(f"folder:{moved}").fingerprint == before
    (moved / "train" / "cat" / "01.png").rename(moved / "train" / "cat" / "renamed.png")
    assert get_dataset(f"folder:{moved}").fingerprint != before


def test_fingerprint_is_of_the_files_bytes(images):
    """Another image of equal size, with the times of the old one, as unpacking sets them."""
    root, _ = images
    dataset = get_dataset(f"folder:{root}", image_size=8)
    before, kept = dataset.fingerprint, _evaluate(dataset, "train")
    path = root / "train" / "cat" / "01.png"
    Image.fromarray(_random_image(99)).save(path, compress_level=0)
    status, content = path.stat(), path.read_bytes()
    uncompressed = get_dataset(f"folder:{root}", image_size=8).fingerprint
    Image.fromarray(255 - _random_image(99)).save(path, compress_level=0)
    assert len(path.read_bytes()) == len(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    changed = get_dataset(f"folder:{root}", image_size=8)
    assert len({before, uncompressed, changed.fingerprint}) == 3
    found = _evaluate(changed, "train")["train/cat/01.png"][0]
    np.testing.assert_array_equal(found, 255 - _random_image(99))
    assert (kept["train/cat/01.png"][0] != found).any()


def test_files_are_hashed_once(images, monkeypatch):
    root, _ = images
    before = get_dataset(f"folder:{root}").fingerprint
    monkeypatch.setattr(folder, "file_digest", None)
    assert get_dataset(f"folder:{root}").fingerprint == before


def test_cache_that_cannot_be_written(images, tmp_path, monkeypatch, caplog):
    root, _ = images
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "file" / "cache"))
    with caplog.at_level("WARNING", logger="absl"):
        dataset = get_dataset(f"folder:{root}", image_size=8)
        assert len(_evaluate(dataset, "test")) == 8
    assert "COMPARE_GAN_CACHE" in caplog.text


def test_damaged_cache_is_built_anew(images):
    root, expected = images
    get_dataset(f"folder:{root}").num_examples("test")
    damaged = list(cache.cache_directory().glob("*/images.npy"))
    assert damaged
    for path in damaged:
        path.write_bytes(path.read_bytes()[:100])
    found = _evaluate(get_dataset(f"folder:{root}"), "test")
    for path, (image, _) in found.items():
        np.testing.assert_array_equal(image, expected[path])


def test_photographs(photos_folder):
    dataset = get_dataset(f"folder:{photos_folder}")
    assert dataset.image_shape == (64, 64, 3)
    assert dataset.class_histogram("train").tolist() == [100] * 10
    assert dataset.class_histogram("test").tolist() == [20] * 10
    batch = next(iter(dataset.evaluation_batches("test", 4)))
    path = photos_folder / batch["ids"].numpy()[0].decode()
    with Image.open(path) as image:
        np.testing.assert_array_equal(batch["images"][0], np.asarray(image.convert("RGB")))
