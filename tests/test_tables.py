# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tables in plain text, by hand."""

import pytest

from compare_gan.tables import aligned


def test_columns_are_as_wide_as_their_longest_entry():
    rows = [("name", "shape", "count"), ("a", "", "1,234,567"), ("kernel", "3 x 3", "9")]
    assert aligned(rows) == [
        "name    shape  count",
        "a              1,234,567",
        "kernel  3 x 3  9",
    ]
    assert aligned(rows, right=(0, 2)) == [
        "  name  shape      count",
        "     a         1,234,567",
        "kernel  3 x 3          9",
    ]


def test_no_rows_and_rows_that_lack_an_entry():
    assert aligned([]) == []
    with pytest.raises(ValueError):
        aligned([("a", "b"), ("c",)])
