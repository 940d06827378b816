# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The folder that outlives model_dirs: statistics of real images, and Inception's graph if present.

It is `$COMPARE_GAN_CACHE`, or `~/.cache/compare_gan`. It may be deleted at any time.
"""

import hashlib
import json
import pathlib
import re
from typing import Any

import numpy as np
from absl import logging

from compare_gan.array_files import read_arrays
from compare_gan.atomic_files import write_atomically
from compare_gan.data.cache import cache_root

# Part of every key: raised when a change would make old files wrong.
_FORMAT = 1


def _path(key: dict[str, Any]) -> pathlib.Path:
    text = json.dumps({"format": _FORMAT, **key}, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    # The name tells people what the file is; the digest tells files apart.
    name = "_".join(re.sub(r"[^\w.-]+", "-", str(value))[:24] for value in key.values())
    return cache_root() / "statistics" / f"{name[:120]}_{digest}.npz"


def load_statistics(key: dict[str, Any]) -> dict[str, np.ndarray] | None:
    """The arrays kept under `key`; None if there are none, or the file is damaged."""
    path = _path(key)
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        stored_key = json.loads(str(arrays.pop("__key__")))
    except (KeyError, ValueError) as error:
        logging.warning("%s is damaged (%s): its statistics are computed again.", path, error)
        return None
    return arrays if stored_key == json.loads(json.dumps(key)) else None


def save_statistics(key: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Keeps arrays under `key`, a dictionary of strings and numbers."""
    path = _path(key)
    try:
        write_atomically(path, lambda file: np.savez(file, __key__=json.dumps(key), **arrays))
    except OSError as error:
        # An evaluation is not lost because its statistics cannot be kept.
        logging.warning(
            "The cache cannot be written (%s), so statistics of the real images are computed in "
            "every run; set COMPARE_GAN_CACHE to a folder that can.",
            error,
        )
        return
    logging.info("Statistics of the real images are kept in %s", path)
