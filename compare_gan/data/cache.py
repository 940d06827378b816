# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Arrays kept on disk between runs, so that images are decoded and resized only once.

An entry is a folder of .npy files named by the hash of everything its content depends on. It is
written under a temporary name and renamed when complete: a reader sees a whole entry or none, and
of two processes that build the same entry at the same time one simply wins.
"""

import atexit
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping

import numpy as np
from absl import logging


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


def _writable_folder() -> pathlib.Path:
    folder = cache_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        logging.warning(
            "The cache %s cannot be written (%s), so decoded images are kept for this run only; "
            "set COMPARE_GAN_CACHE to a folder that can.",
            folder,
            error,
        )
        folder = pathlib.Path(tempfile.mkdtemp(prefix="compare_gan_"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder


def _load(entry: pathlib.Path) -> dict[str, np.ndarray] | None:
    """Memory-maps an entry's arrays; None where there is no such entry or it is damaged."""
    if not entry.is_dir():
        return None
    try:
        return {path.stem: np.load(path, mmap_mode="r") for path in sorted(entry.glob("*.npy"))}
    except (OSError, ValueError) as error:
        logging.warning("The cache entry %s is damaged (%s): building it anew.", entry, error)
        shutil.rmtree(entry, ignore_errors=True)
        return None


def is_cached(kind: str, key: object) -> bool:
    """Whether `cached_arrays` with this kind and key would find an entry."""
    return (cache_directory() / f"{kind}-{fingerprint(key)}").is_dir()


def cached_arrays(
    kind: str, key: object, build: Callable[[pathlib.Path], Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Returns the arrays of a cache entry, building it where there is none.

    Args:
      kind: A short readable word that begins the entry's name, for people who clean up.
      key: JSON types; everything the arrays depend on.
      build: Called with an empty folder; returns the arrays by name. An array that is itself a
        memory map of `<folder>/<name>.npy` is taken as it lies there, the others are saved.

    Returns:
      The arrays by name, memory-mapped and read-only.
    """
    entry_name = f"{kind}-{fingerprint(key)}"
    found = _load(cache_directory() / entry_name)
    if found is not None:
        return found
    root = _writable_folder()
    entry = root / entry_name
    temporary = root / f".{entry_name}-{uuid.uuid4().hex}"
    temporary.mkdir()
    try:
        for name, array in build(temporary).items():
            path = temporary / f"{name}.npy"
            if isinstance(array, np.memmap) and pathlib.Path(array.filename) == path:
                array.flush()
            else:
                np.save(path, array)
        try:
            os.rename(temporary, entry)
        except OSError:
            if not entry.is_dir():
                raise
            # Another process was faster; its entry has the same content.
        arrays = _load(entry)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if arrays is None:
        raise OSError(f"The cache entry {entry} vanished while it was read: run again.")
    return arrays
