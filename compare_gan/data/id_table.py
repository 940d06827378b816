# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Ids of examples: finding them in a sorted table, and numbers that depend on nothing else."""

import hashlib

import numpy as np


def find_rows(table: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finds ids in a sorted table.

    Args:
      table: Bytes [m], sorted and distinct, perhaps a memory map; it is not read as a whole.
      ids: Bytes [n].

    Returns:
      (rows int64 [n], found bool [n]); the row of an id that is not found means nothing.
    """
    if not len(table):
        return np.zeros(len(ids), np.int64), np.zeros(len(ids), bool)
    # Of the table's width, or NumPy would copy the whole table to make both alike. An id that is
    # cut short by that is longer than any in the table, and differs from what it finds there.
    rows = np.searchsorted(table, ids.astype(table.dtype))
    rows = np.minimum(rows, len(table) - 1).astype(np.int64)
    return rows, table[rows] == ids


def first_repeated(sorted_ids: np.ndarray) -> tuple[int, bytes | None]:
    """Counts the ids that equal the one before them; also gives the first of them, or None."""
    repeated = np.flatnonzero(sorted_ids[1:] == sorted_ids[:-1])
    return len(repeated), bytes(sorted_ids[repeated[0]]) if len(repeated) else None


def id_bits(name: str, seed: int, ids: np.ndarray) -> np.ndarray:
    """Draws 64 random bits for each id, a pure function of (name, seed, id), uint64 [n]."""
    prefix = hashlib.blake2b(f"{name}\0{seed}\0".encode(), digest_size=8)
    bits = bytearray()
    for example_id in ids.tolist():
        digest = prefix.copy()
        digest.update(example_id)
        bits += digest.digest()
    return np.frombuffer(bytes(bits), ">u8").astype(np.uint64)


def id_lines(ids: np.ndarray) -> bytes:
    """Lists ids, sorted, one a line.

    A file's name may hold a line's end: that becomes \\n, and a backslash two of them, so that no
    two sets of ids have the same lines.
    """
    escaped = (
        example_id.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        for example_id in np.sort(ids).tolist()
    )
    return b"".join(example_id + b"\n" for example_id in escaped)


def ids_digest(ids: np.ndarray) -> str:
    """Hashes a set of ids, in whatever order they come: 64 hexadecimal digits."""
    return hashlib.sha256(id_lines(ids)).hexdigest()


def labels_digest(ids: np.ndarray, labels: np.ndarray) -> str:
    """Hashes which example has which label, in whatever order they come: 64 hexadecimal digits.

    Args:
      ids: Bytes [n], distinct.
      labels: Integers [n].
    """
    pairs = sorted(zip(ids.tolist(), labels.tolist(), strict=True))
    return hashlib.sha256(repr(pairs).encode()).hexdigest()
