# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which parts of a configuration refer to which."""

import gin
import pytest

from compare_gan.configuration.bindings import reached, read_bindings


@gin.configurable("leaf", module="bindings_tests")
def _leaf(value=1):
    return value


@gin.configurable("branch", module="bindings_tests")
def _branch(by_default=_leaf, other=None):
    return by_default, other


LEAF, BRANCH = "bindings_tests.leaf", "bindings_tests.branch"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {LEAF}),  # the default
        ("branch.by_default = None", set()),
        ("branch.by_default = None\nbranch.other = [1, {'a': @leaf}]", {LEAF}),
        ("branch.by_default = None\nbranch.other = @scope/leaf()", {LEAF}),
        ("branch.by_default = None\nscope/branch.other = @leaf", {LEAF}),
        ("branch.by_default = None\nM = @leaf\nbranch.other = %M", {LEAF}),
        ("branch.by_default = @unknown\nunknown.fn = @further", {"unknown", "further"}),
        ("branch.by_default = @branch", set()),  # a circle ends
        ("leaf.value = @further", {LEAF, "further"}),
    ],
)
def test_what_a_part_refers_to(text, expected):
    assert reached(read_bindings(text), [BRANCH]) == {BRANCH} | expected
