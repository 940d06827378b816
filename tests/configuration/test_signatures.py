# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How many arguments a reference takes, and what it gives."""

import collections
import functools
from typing import Any

import gin
import pytest

from compare_gan.configuration.signatures import can_take, may_give, return_type


@gin.configurable("signatures_bindable", denylist=["a"])
def _bindable(a, weight, *, base):
    return a, weight, base


@gin.configurable("signatures_holder")
def _holder(value=None):
    return value


@pytest.mark.parametrize(
    ("function", "counts"),
    [
        (lambda: 0, [0]),
        (lambda a, b=1: 0, [1, 2]),
        (lambda a, *rest: 0, [1, 2, 3]),
        (lambda *, key: 0, []),
        (lambda **rest: 0, [0]),
        (max, [0, 1, 2, 3]),  # it has no signature
    ],
)
def test_how_many_arguments_can_be_given(function, counts):
    assert [count for count in range(4) if can_take(function, count)] == counts


@pytest.mark.parametrize(
    ("function", "fits"),
    [
        (lambda rate: 0, True),
        (lambda *, rate: 0, True),
        (lambda rate, other: 0, False),
        (lambda other=1: 0, False),
        (lambda **rest: 0, True),
        (functools.partial(lambda rate, other: 0, other=1), True),
        (functools.partial(lambda rate: 0, rate=1), True),
    ],
)
def test_whether_arguments_can_be_given_by_name(function, fits):
    assert can_take(function, names=["rate"]) == fits


def test_what_gin_can_bind_is_not_missing():
    assert [count for count in range(4) if can_take(_bindable, count)] == [1, 2]
    gin.parse_config("signatures_holder.value = @in/signatures_bindable")
    assert [count for count in range(4) if can_take(_holder(), count)] == [1, 2]


def test_return_types():
    def annotated() -> dict:
        return {}

    def anything() -> Any:
        return 1

    assert return_type(annotated) is dict
    assert return_type(int) is int
    assert return_type(anything) is None
    assert return_type(lambda: 0) is None
    assert return_type(max) is None
    assert may_give(annotated, dict) and may_give(annotated, collections.OrderedDict)
    assert may_give(anything, dict) and not may_give(annotated, int)
