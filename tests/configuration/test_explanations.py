# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""gin's errors at call time, in one line."""

import gin
import pytest

from compare_gan.configuration import ConfigurationError, explain_errors


@gin.configurable("explained", denylist=["data"])
def _explained(data=None, steps=gin.REQUIRED, size=gin.REQUIRED, error=None):
    if error:
        raise error("steps must be positive,\n  received -1")
    return data, steps, size


@gin.configurable("explained_positional", denylist=["data"])
def _explained_positional(data, rate):
    return data, rate


@gin.configurable("explained_outer")
def _explained_outer(inner=None):
    return inner()


def _message(call) -> str:
    with pytest.raises(ConfigurationError) as caught, explain_errors():
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_required_parameter_without_a_value_names_the_missing_line():
    gin.bind_parameter("explained.size", 3)
    message = _message(_explained)
    assert message.startswith("explained.steps has no value: add `explained.steps = ...`")


def test_all_missing_parameters_are_named():
    assert _message(_explained).startswith("explained.steps and explained.size have no value")


def test_the_same_inside_another_configurable():
    gin.bind_parameter("explained.size", 3)
    gin.parse_config("explained_outer.inner = @explained")
    assert _message(_explained_outer).startswith("explained.steps has no value")


def test_a_parameter_without_a_default_is_a_missing_line_too():
    assert _message(lambda: _explained_positional("data")).startswith(
        "explained_positional.rate has no value"
    )


def test_what_the_program_forgot_is_not_blamed_on_the_configuration():
    gin.bind_parameter("explained_positional.rate", 3)
    with pytest.raises(TypeError), explain_errors():
        _explained_positional()


def test_a_value_error_loses_gins_postscript_and_its_line_breaks():
    gin.parse_config("explained.size = 1")
    assert (
        _message(lambda: _explained(steps=-1, error=ValueError))
        == "steps must be positive, received -1"
    )


def test_a_configuration_error_stays_one():
    message = _message(lambda: _explained(steps=-1, size=1, error=ConfigurationError))
    assert message == "steps must be positive, received -1"


@pytest.mark.parametrize("error", [KeyError, RuntimeError, TypeError])
def test_other_errors_pass_through(error):
    with pytest.raises(error), explain_errors():
        _explained(steps=1, size=1, error=error)


def test_nothing_happens_without_an_error():
    with explain_errors():
        assert _explained("data", 1, 2) == ("data", 1, 2)
