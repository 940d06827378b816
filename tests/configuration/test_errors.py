# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The words of error messages: nearest names and single lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.configuration.errors import ConfigurationError, nearest, one_line


@pytest.mark.parametrize(
    ("name", "expected"),
    [("g_lrr", "g_lr"), ("G_LR", "g_lr"), ("batchsize", "batch_size"), ("zzz", None), ("", None)],
)
def test_nearest_ignores_case_and_gives_up_on_strangers(name, expected):
    assert nearest(name, ["g_lr", "d_lr", "batch_size"]) == expected


@given(st.sampled_from(["ModularGAN", "batch_size", "rotated_batch_fraction", "hinge"]), st.data())
def test_a_name_with_one_letter_missing_is_found(name, data):
    position = data.draw(st.integers(0, len(name) - 1))
    misspelt = name[:position] + name[position + 1 :]
    assert (
        nearest(misspelt, ["ModularGAN", "batch_size", "rotated_batch_fraction", "hinge"]) == name
    )


@given(st.text())
def test_one_line_is_one_line(text):
    assert len(one_line(text).splitlines()) <= 1


def test_a_configuration_error_is_a_value_error():
    assert issubclass(ConfigurationError, ValueError)
