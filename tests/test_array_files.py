# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""NumPy's files, whole and damaged."""

import zipfile

import numpy as np
import pytest

from compare_gan.array_files import read_arrays


def test_arrays_come_back(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.npy"), [0, 1, 2])
    assert isinstance(read_arrays(tmp_path / "a.npy", mmap_mode="r"), np.memmap)
    for name, save in (("b.npz", np.savez), ("c.npz", np.savez_compressed)):
        save(tmp_path / name, x=np.arange(3), y=np.eye(2))
        found = read_arrays(tmp_path / name)
        assert list(found) == ["x", "y"]
        np.testing.assert_array_equal(found["y"], np.eye(2))
        assert list(read_arrays(tmp_path / name, names=["y", "z"])) == ["y"]


def test_other_members_of_an_archive_are_left_out(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("notes.txt", "no array")
    assert list(read_arrays(tmp_path / "a.npz")) == ["x"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_files_that_are_cut_off(tmp_path, save, part):
    save(tmp_path / "a.npz", x=np.random.default_rng(0).integers(0, 9, 5000))
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(ValueError, match="."):
        read_arrays(tmp_path / "a.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_files_whose_middle_has_changed(tmp_path, save):
    """Of a compressed one, zlib finds that first."""
    save(tmp_path / "a.npz", x=np.random.default_rng(0).integers(0, 9, 5000))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    middle = slice(len(content) // 2, len(content) // 2 + 64)
    content[middle] = bytes(255 - byte for byte in content[middle])
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match="."):
        read_arrays(tmp_path / "a.npz")


def test_missing_files_and_pickled_objects(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        read_arrays(tmp_path / "missing.npz")
    np.savez(tmp_path / "object.npz", x=np.array([{}], object))
    with pytest.raises(ValueError, match="holds Python objects, .* bring them to one size"):
        read_arrays(tmp_path / "object.npz")
    (tmp_path / "text.npz").write_text("nothing of NumPy's")
    with pytest.raises(ValueError, match="^it is none of NumPy's files$"):
        read_arrays(tmp_path / "text.npz")
