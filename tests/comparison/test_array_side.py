# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""NumPy files as sides: images, or statistics."""

import numpy as np
import pytest

from compare_gan.comparison import parse_side
from compare_gan.comparison.array_side import ArraySide
from compare_gan.comparison.sides import StatisticsSide
from compare_gan.metrics import FID, MomentsAccumulator
from tests.comparison.images import IMAGES, all_of


@pytest.mark.parametrize("keys", [("images", "labels"), ("arr_0", "arr_1")])
def test_arrays(tmp_path, keys):
    labels = np.arange(10) % 3
    np.savez(tmp_path / "a.npz", **dict(zip(keys, (IMAGES, labels), strict=True)))
    side = parse_side(str(tmp_path / "a.npz"))
    images, found = all_of(side)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(found, labels)
    assert side.class_names == ("0", "1", "2")
    np.save(tmp_path / "b.npy", IMAGES[..., 0] / 255.0)
    images, found = all_of(parse_side(str(tmp_path / "b.npy")), 5)
    np.testing.assert_array_equal(images, IMAGES[::2, ..., :1] / 255.0)
    assert found is None


def test_labels_of_an_array_are_as_many_classes_as_there_are():
    side = ArraySide(IMAGES, np.array([7, -1, 20_000_000, 7, 0, -1, 7, 0, 0, 20_000_000]))
    assert side.class_names == ("0", "7", "20000000")
    np.testing.assert_array_equal(all_of(side)[1], [1, -1, 2, 1, 0, -1, 1, 0, 0, 2])


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
        ({"mu": np.zeros(3), "sigma": np.diag([1.0, 1, -5])}, "negative eigenvalues"),
        ({"mu": np.array(["x"]), "sigma": np.eye(1)}, r"mu in .*a\.npz must hold real numbers"),
        ({"mu": np.zeros(1), "sigma": np.eye(1), "n": [3, 4]}, r"n in .*a\.npz .* is \[3 4\]"),
        ({"mu": np.zeros(1), "sigma": np.eye(1), "input_size": 8}, r"input_size in .*a\.npz must"),
        ({"images": np.array([{"a": 1}], dtype=object)}, "cannot be read as a NumPy file"),
    ],
)
def test_arrays_that_cannot_be_measured(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        parse_side(str(tmp_path / "a.npz"))


def test_a_damaged_compressed_file(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", images=IMAGES)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    middle = slice(len(content) // 2, len(content) // 2 + 64)
    content[middle] = bytes(255 - byte for byte in content[middle])
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz cannot be read as a NumPy file"):
        parse_side(str(tmp_path / "a.npz"))


def test_statistics(tmp_path):
    mean, covariance = np.arange(2.0), np.array([[2.0, 0.5], [0.5, 1.0]])
    np.savez(tmp_path / "s.npz", mu=mean, sigma=covariance)  # as other programs write them
    side = parse_side(str(tmp_path / "s.npz"))
    assert isinstance(side, StatisticsSide) and side.moments.n == 0 and side.backbone_hash == ""
    assert side.resize is None and side.input_size is None
    accumulator = MomentsAccumulator()
    accumulator.restore({"mu": side.moments.mean, "sigma": side.moments.covariance, "n": 0})
    assert FID().compute(accumulator, accumulator) == {"fid": 0.0}


def test_array_sides_of_a_notebook():
    side = ArraySide(IMAGES)
    assert side.description == "an array (10 images)" and not side.class_names
