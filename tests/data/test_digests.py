# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Hashes of files, computed again with hashlib."""

import hashlib

import numpy as np
import pytest

from compare_gan.data.digests import ends_digest, file_digest

MIB = 2**20


def _blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


@pytest.mark.parametrize("size", [0, 5, MIB, MIB + 7, 2 * MIB, 2 * MIB + 1, 3 * MIB])
def test_a_hash_of_length_and_ends(tmp_path, size):
    content = np.random.default_rng(size).bytes(size)
    path = tmp_path / "file"
    path.write_bytes(content)
    assert file_digest(path) == _blake(content)
    # Nothing is hashed twice: of less than two MiB, the end is what the beginning has left.
    end = content[max(size - MIB, MIB) :]
    assert ends_digest(str(path)) == _blake(str(size).encode(), content[:MIB], end)


def test_the_middle_of_a_large_file_is_not_read(tmp_path):
    path = tmp_path / "file"
    digests = []
    for place in (None, 0, MIB + 5, 3 * MIB - 1):
        content = bytearray(3 * MIB)
        if place is not None:
            content[place] = 1
        path.write_bytes(content)
        digests.append(ends_digest(str(path)))
    assert digests[2] == digests[0] and len(set(digests)) == 3
