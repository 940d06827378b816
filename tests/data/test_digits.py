# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import gzip

import numpy as np
import pytest
import sklearn.datasets

from compare_gan.data import get_dataset, load_digits


@pytest.fixture(scope="module")
def reference():
    """All digits as scikit-learn itself reads them: images in 0 to 16, and labels."""
    digits = sklearn.datasets.load_digits()
    return digits.images, digits.target


def test_images_and_labels_are_those_of_scikit_learn(reference):
    intensities, targets = reference
    for split in ("train", "test"):
        images, labels, ids = load_digits(split)
        chosen = ids.astype(int)
        expected = np.round(intensities[chosen] * 255 / 16)
        np.testing.assert_array_equal(images[..., 0], expected)
        np.testing.assert_array_equal(labels, targets[chosen])
        assert images.dtype == np.uint8 and labels.dtype == np.int64 and ids.dtype == "S5"


def test_split_within_each_class(reference):
    _, targets = reference
    expected = set()
    seen = [0] * 10
    for index, label in enumerate(targets):
        if seen[label] % 10 in (2, 5, 8):
            expected.add(index)
        seen[label] += 1
    train, test = (load_digits(split)[2].astype(int) for split in ("train", "test"))
    assert set(test) == expected
    assert set(train) == set(range(1797)) - expected
    assert (len(train), len(test)) == (1260, 537)


def test_unknown_split_is_refused():
    with pytest.raises(ValueError, match="no split 'valid'.*'train' and 'test'"):
        load_digits("valid")


def test_damaged_installation_is_explained(tmp_path, monkeypatch):
    from compare_gan.data import digits

    path = tmp_path / "digits.csv.gz"
    path.write_bytes(gzip.compress(b"0," * 64 + b"3\n"))
    monkeypatch.setattr(digits, "_digits_file", lambda: path)
    digits._read_file.cache_clear()
    try:
        with pytest.raises(ValueError, match="should hold 1797 digits, but it holds 1"):
            load_digits("train")
    finally:
        digits._read_file.cache_clear()


def test_as_a_dataset():
    dataset = get_dataset("digits")
    assert dataset.image_shape == (8, 8, 1)
    assert (dataset.num_classes, dataset.splits) == (10, ("train", "test"))
    assert (dataset.num_examples("train"), dataset.num_examples("test")) == (1260, 537)
    larger = get_dataset("digits", image_size=16, channels=3)
    batch = next(iter(larger.evaluation_batches("test", 4)))
    assert batch["images"].shape == (4, 16, 16, 3)
    assert larger.fingerprint != dataset.fingerprint
