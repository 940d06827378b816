# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hashlib

import hypothesis
import numpy as np
from hypothesis import strategies as st

from compare_gan.data.id_table import find_rows, first_repeated, id_bits, id_lines, ids_digest

# NumPy's fixed-width bytes cannot end with a zero byte.
_ids = st.binary(min_size=1, max_size=6).filter(lambda value: not value.endswith(b"\0"))


def _array(values):
    return np.array(list(values), "S") if values else np.zeros(0, "S1")


@hypothesis.given(st.sets(_ids, max_size=30), st.lists(_ids, max_size=30))
def test_find_rows_is_a_dictionary(table, wanted):
    table = sorted(table)
    places = {value: place for place, value in enumerate(table)}
    rows, found = find_rows(_array(table), _array(wanted))
    assert found.tolist() == [value in places for value in wanted]
    for row, value, there in zip(rows, wanted, found):
        assert not there or row == places[value]


def test_an_id_that_only_begins_like_one_in_the_table_is_not_found():
    _, found = find_rows(np.array([b"ab"]), np.array([b"abc", b"ab", b"a"]))
    assert found.tolist() == [False, True, False]


def test_first_repeated():
    assert first_repeated(np.array([b"a", b"b"])) == (0, None)
    assert first_repeated(np.array([b"a", b"b", b"b", b"b", b"c"])) == (2, b"b")


def test_id_bits_by_hand():
    ids = np.array([b"x", b"longer", b"\xff"])
    expected = [
        int.from_bytes(hashlib.blake2b(b"few\x007\0" + value, digest_size=8).digest(), "big")
        for value in (b"x", b"longer", b"\xff")
    ]
    assert [int(value) for value in id_bits("few", 7, ids)] == expected
    assert id_bits("few", 7, ids[:0]).shape == (0,)


def test_digest_is_of_the_set():
    expected = hashlib.sha256(b"a\nbb\n").hexdigest()
    assert ids_digest(np.array([b"bb", b"a"])) == expected == ids_digest(np.array([b"a", b"bb"]))
    assert ids_digest(np.array([b"a"])) != expected


def test_no_two_sets_of_ids_have_the_same_lines():
    assert id_lines(np.array([b"b", b"a"])) == b"a\nb\n"
    alike = [[b"a", b"b"], [b"a\nb"], [b"a\\nb"], [b"a\\\nb"], [b"a\\", b"b"], [b"a", b"\nb"]]
    assert len({ids_digest(np.array(ids)) for ids in alike}) == len(alike)
    assert all(id_lines(np.array(ids)).count(b"\n") == len(ids) for ids in alike)
