# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What is written down is found again, or refused at once."""

import functools
import math

import gin
import keras
import pytest

from compare_gan import losses
from compare_gan.configuration.importable import from_import_path, import_defined, import_path


class Holder:
    @staticmethod
    def function(x):
        return x


def test_functions_are_found_again_also_as_gin_wraps_them():
    path = import_path(losses.hinge)
    assert path == "compare_gan.losses.hinge:hinge"
    assert from_import_path(path) is losses.hinge
    assert from_import_path(import_path(Holder.function)) is Holder.function
    assert import_defined("keras.layers", "Layer") is keras.layers.Layer


@pytest.mark.parametrize(
    "function",
    [lambda x: x, functools.partial(math.pow, 2), (lambda: lambda x: x)(), Holder().__init__],
)
def test_what_would_not_be_found_is_refused(function):
    with pytest.raises(ValueError, match="not defined at the top level of a module"):
        import_path(function)


@gin.configurable
def counted(x=1):
    return x


@functools.wraps(counted)
def decorated(x=1):
    return counted(x) + 1


def test_a_decorator_is_not_taken_for_what_it_decorates():
    with pytest.raises(ValueError, match="not defined at the top level"):
        import_path(decorated)
    assert from_import_path(import_path(counted)) is counted
    scoped = gin.config.ConfigurableReference("a/counted", False).scoped_configurable_fn
    assert import_path(scoped) == import_path(counted)


def test_a_module_that_registers_its_parts_may_come_after_gin_was_locked(tmp_path, monkeypatch):
    text = "import gin\n\n@gin.configurable\ndef late_part(x):\n    return x\n"
    (tmp_path / "late_module.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    gin.clear_config()
    gin.finalize()
    try:
        assert from_import_path("late_module:late_part")(3) == 3
        assert gin.config_is_locked()
    finally:
        gin.clear_config()


def test_another_function_of_that_name_is_not_taken_for_it():
    def function(x):
        return x

    function.__qualname__ = "Holder.function"
    with pytest.raises(ValueError, match="not defined at the top level"):
        import_path(function)


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="'Missing' of module 'keras.layers' can't be imported"):
        import_defined("keras.layers", "Missing")
    with pytest.raises(ValueError, match="'Missing' of module 'no_such_module' can't be"):
        from_import_path("no_such_module:Missing")
