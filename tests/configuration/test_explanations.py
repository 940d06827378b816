# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""gin's errors at call time, in one line."""

import gin
import pytest
import tensorflow as tf

from compare_gan.configuration import ConfigurationError, explain_errors, explain_own_errors
from compare_gan.normalizers import InstanceNorm
from compare_gan.self_supervision import rotate_images


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


def _own_message(call) -> str:
    with pytest.raises(ConfigurationError) as caught, explain_own_errors():
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_the_package_raises_while_it_is_traced_is_one_line():
    turned = tf.function(rotate_images, autograph=False)
    message = _own_message(lambda: turned(tf.zeros([1, 2, 3, 1])))
    assert message == (
        "Rotation by 90 degrees needs square images, but these are 2x3; set dataset.image_size to "
        "one number."
    )


def test_keras_list_of_arguments_is_left_out():
    norm = InstanceNorm(name="g_bn1")
    traced = tf.function(norm, autograph=False)
    message = _own_message(lambda: traced(tf.zeros([2, 4])))
    assert message.startswith("g_bn1: instance_norm normalizes each channel by itself here")
    assert message.endswith("with fewer groups than channels.")


def _run_as_part_of_the_package(line: str):
    """Calls a function of one line, in a module whose name is among the package's."""
    namespace = {"__name__": "compare_gan.toy", "tf": tf}
    exec(f"def toy():\n    {line}", namespace)
    return namespace["toy"]()


def test_gins_postscript_is_left_out():
    gin.parse_config("explained.size = 1")

    def told():
        _run_as_part_of_the_package("raise ValueError('too\\nsmall')")

    assert _own_message(told) == "too small"
    gin.parse_config("explained_outer.inner = @explained")
    assert _own_message(lambda: _explained_outer(told)) == "too small"


@pytest.mark.parametrize(
    "line",
    [
        "int('x')",
        "list(zip([1], [], strict=True))",
        "tf.function(lambda: tf.reshape(tf.zeros([3]), [2, 2]), autograph=False)()",
        "tf.keras.layers.Dense(2)(tf.zeros([3]))",
        "raise TypeError('told')",
    ],
)
def test_defects_keep_their_traceback(line):
    with pytest.raises((ValueError, TypeError)) as caught, explain_own_errors():
        _run_as_part_of_the_package(line)
    assert not isinstance(caught.value, ConfigurationError)


def test_what_other_modules_raise_keeps_its_traceback():
    with pytest.raises(ValueError, match="steps must be positive") as caught, explain_own_errors():
        _explained(steps=-1, size=1, error=ValueError)
    assert not isinstance(caught.value, ConfigurationError)
