# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What cannot be a side is said to be none."""

import pytest

from compare_gan.comparison import parse_side


def test_files_that_are_no_arrays(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match="a.npz cannot be read as a NumPy file"):
        parse_side(str(tmp_path / "a.npz"))
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(ValueError, match="is a file, but not .npz or .npy: give a folder"):
        parse_side(str(tmp_path / "a.txt"))
    with pytest.raises(ValueError, match="is not there: give a folder of images"):
        parse_side(str(tmp_path / "b"))
