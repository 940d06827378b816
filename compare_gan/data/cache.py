# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Arrays kept on disk between runs, so that images are decoded and resized only once.

An entry is a folder of .npy files and a manifest, named by the hash of everything its content
depends on. It is written under a temporary name and renamed when complete: a reader sees a whole
entry or none, and of two processes that build the same entry at the same time one simply wins.

A cache is a convenience: where it cannot be written, or its disk is full, arrays stay in memory.
"""

import errno
import functools
import hashlib
import json
import os
import pathlib
import shutil
import time
import uuid
from collections.abc import Callable, Mapping

import numpy as np
from absl import logging

# Part of every entry's name. Changed with the meaning of what entries hold.
FORMAT = 2

_MANIFEST = "manifest.json"
_STALE_SECONDS = 24 * 3600
_ZEROS = bytes(2**20)


def fingerprint(description: object) -> str:
    """Hashes a description made of JSON types: 16 hexadecimal digits, the same on every machine."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cache_root() -> pathlib.Path:
    """What outlives runs: $COMPARE_GAN_CACHE, by default ~/.cache/compare_gan."""
    configured = os.environ.get("COMPARE_GAN_CACHE")
    return pathlib.Path(configured or "~/.cache/compare_gan").expanduser()


def cache_directory() -> pathlib.Path:
    """Where decoded images are kept."""
    return cache_root() / "data"


def _entry(kind: str, key: object) -> pathlib.Path:
    return cache_directory() / f"{kind}-{fingerprint([FORMAT, key])}"


@functools.cache
def _warn_of_full_cache(folder: pathlib.Path, reason: str) -> None:
    """Warns once of each folder and reason."""
    logging.warning(
        "The cache %s cannot be written (%s), so what would lie there is kept in memory for this "
        "run only; set COMPARE_GAN_CACHE to a folder that can be written and has room.",
        folder,
        reason,
    )


@functools.cache
def _remove_stale_folders(root: pathlib.Path) -> None:
    """Removes what processes that were killed left behind, once for each cache."""
    for folder in root.glob(".*-*-*"):
        try:
            newest = max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
        except OSError:
            continue
        if newest < time.time() - _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _reserve(path: pathlib.Path, first: int) -> None:
    """Claims the disk space of a file that is zero from byte `first` on.

    A memory map of a file with holes would otherwise kill the process (SIGBUS) when the disk is
    full.

    Raises:
      OSError: If there is no room.
    """
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(file.fileno(), 0, size)
                return
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.ENODEV):
                    raise
        file.seek(first)
        for start in range(first, size, len(_ZEROS)):
            file.write(_ZEROS[: size - start])


class Workspace:
    """Where an entry of the cache is built: on disk, or in memory where that cannot be."""

    def __init__(self, entry: pathlib.Path):
        self._entry = entry
        self._folder: pathlib.Path | None = None
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            _remove_stale_folders(entry.parent)
            folder = entry.parent / f".{entry.name}-{uuid.uuid4().hex}"
            folder.mkdir()
            self._folder = folder
        except OSError as error:
            self._give_up(error)

    def array(self, name: str, dtype: np.typing.DTypeLike, shape: tuple[int, ...]) -> np.ndarray:
        """Makes an array of zeros to be filled, on disk if possible."""
        if self._folder is not None:
            path = self._folder / f"{name}.npy"
            try:
                array = np.lib.format.open_memmap(path, "w+", dtype, shape)
                _reserve(path, array.offset)
                return array
            except OSError as error:
                self._give_up(error)
        return np.zeros(shape, dtype)

    def store(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Makes the arrays an entry of the cache, unless the disk does not let it."""
        if self._folder is None:
            return
        try:
            for name, array in arrays.items():
                path = self._folder / f"{name}.npy"
                if isinstance(array, np.memmap) and pathlib.Path(array.filename) == path:
                    array.flush()
                    continue
                with open(path, "wb") as file:
                    np.save(file, array)
                    file.flush()
                    os.fsync(file.fileno())
            sizes = {name: (self._folder / f"{name}.npy").stat().st_size for name in arrays}
            (self._folder / _MANIFEST).write_text(json.dumps({"bytes": sizes}))
            os.rename(self._folder, self._entry)
        except OSError as error:
            # If the entry is there, another process was faster; its entry has the same content.
            if not self._entry.is_dir():
                self._give_up(error)

    def discard(self) -> None:
        """Removes what lies on disk, if it has not become an entry; arrays stay readable."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _give_up(self, error: OSError) -> None:
        self.discard()
        self._folder = None
        _warn_of_full_cache(self._entry.parent, error.strerror or str(error))


def _load(entry: pathlib.Path) -> dict[str, np.ndarray] | None:
    """Memory-maps an entry's arrays; None where there is no such entry or it is damaged."""
    if not entry.is_dir():
        return None
    try:
        sizes = json.loads((entry / _MANIFEST).read_text())["bytes"]
        for name, size in sizes.items():
            found = (entry / f"{name}.npy").stat().st_size
            if found != size:
                raise ValueError(f"{name}.npy has {found} bytes instead of {size}")
        return {name: np.load(entry / f"{name}.npy", mmap_mode="r") for name in sizes}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logging.warning("The cache entry %s is damaged (%s): building it anew.", entry, error)
        shutil.rmtree(entry, ignore_errors=True)
        return None


def is_cached(kind: str, key: object) -> bool:
    """Whether `cached_arrays` with this kind and key would find an entry."""
    return (_entry(kind, key) / _MANIFEST).is_file()


def cached_arrays(
    kind: str, key: object, build: Callable[[Workspace], Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Returns the arrays of a cache entry, building it where there is none.

    Args:
      kind: A short readable word that begins the entry's name, for people who clean up.
      key: JSON types; everything the arrays depend on.
      build: Returns the arrays by name. It is given a workspace, whose `array` makes large arrays
        that need not fit into memory; an array made there must be returned under its name.

    Returns:
      The arrays by name, read-only; memory-mapped unless the cache cannot be written.
    """
    entry = _entry(kind, key)
    found = _load(entry)
    if found is not None:
        return found
    workspace = Workspace(entry)
    try:
        arrays = dict(build(workspace))
        workspace.store(arrays)
        found = _load(entry)
    finally:
        workspace.discard()
    if found is not None:
        return found
    for array in arrays.values():
        array.flags.writeable = False
    return arrays
