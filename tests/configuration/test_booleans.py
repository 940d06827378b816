# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What counts as on or off."""

import numpy as np
import pytest

from compare_gan.configuration.booleans import check_boolean


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_on_and_off(value):
    found = check_boolean("run_config.rematerialize", value)
    assert found == value and type(found) is bool


@pytest.mark.parametrize("value", [1, 0, 1.0, None, "on", "", [True]])
def test_others(value):
    with pytest.raises(ValueError, match="run_config.rematerialize must be True or False, re") as e:
        check_boolean("run_config.rematerialize", value)
    assert str(e.value).endswith(f"received {value!r}.")


def test_a_text_that_stands_for_one_is_said_how_to_write():
    with pytest.raises(ValueError, match="received 'False': write False, without quotes.$"):
        check_boolean("run_config.jit_compile", "False")
