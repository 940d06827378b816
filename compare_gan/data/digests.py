# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Hashes of files' contents, from which the fingerprint of a data set is made."""

import hashlib
import os
import pathlib

import tensorflow as tf

_END_BYTES = 2**20


def _new_hash() -> "hashlib.blake2b":
    return hashlib.blake2b(digest_size=16)


def file_digest(path: str | os.PathLike) -> str:
    """Hashes a whole local file: 32 hexadecimal digits.

    Raises:
      OSError: If it cannot be read.
    """
    with open(pathlib.Path(path), "rb") as file:
        return hashlib.file_digest(file, _new_hash).hexdigest()


def ends_digest(path: str) -> str:
    """Hashes the length, the first and the last MiB of a file, local or remote.

    That is all of a small file. Of a large one, such as a shard of ImageNet, it tells one version
    from another at a hundredth of the cost of reading it all.

    Raises:
      tf.errors.OpError: If it cannot be read.
    """
    digest = _new_hash()
    with tf.io.gfile.GFile(path, "rb") as file:
        size = file.size()
        digest.update(str(size).encode())
        digest.update(file.read(_END_BYTES))
        if size > _END_BYTES:
            file.seek(max(size - _END_BYTES, _END_BYTES))
            digest.update(file.read(_END_BYTES))
    return digest.hexdigest()
