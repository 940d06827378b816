# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Reading NumPy's files from anyone: nothing is unpickled, and damage is one kind of error."""

import os
import zipfile
import zlib
from collections.abc import Collection
from typing import Literal

import numpy as np

# Truncated, empty, changed and foreign files end in any of these; KeyError and RuntimeError are the
# zip archive's, for a member that its list lacks, or one that is encrypted or packed otherwise.
_DAMAGE = (ValueError, OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_arrays(
    path: str | os.PathLike,
    names: Collection[str] | None = None,
    mmap_mode: Literal["r"] | None = None,
) -> np.ndarray | dict[str, np.ndarray]:
    """Reads an .npy or .npz file.

    Args:
      path: The file.
      names: Which arrays of an .npz file are wanted; those that are not there are left out. None
        reads all.
      mmap_mode: "r" leaves the array of an .npy file on the disk until it is read.

    Returns:
      The array of an .npy file, or the arrays of an .npz file by name.

    Raises:
      ValueError: There is no such file, it is damaged or none of NumPy's, or it holds Python
        objects. The message is the reason alone, for one that names the file.
    """
    try:
        content = np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return content
        with content:
            wanted = [name for name in content.files if names is None or name in names]
            arrays = {name: content[name] for name in wanted}
    except _DAMAGE as error:
        raise ValueError(_reason(error)) from error
    # Members of the archive that are no arrays come as bytes.
    return {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}


def _reason(error: Exception) -> str:
    """Says what is wrong in words that do not ask for NumPy's unsafe reading."""
    text = str(error)
    if "Object arrays" in text:
        return (
            "it holds Python objects, which are not read, since reading them may run code (images "
            "of several sizes are saved as such: bring them to one size)"
        )
    if "allow_pickle" in text:
        return "it is none of NumPy's files"
    return text or type(error).__name__
