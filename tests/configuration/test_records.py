# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Saving a configuration, and finding out what of it nothing used."""

import logging
import os

import gin
import pytest

from compare_gan.configuration import (
    parse,
    save_config,
    save_operative_config,
    unused_bindings,
    warn_of_unused_bindings,
)


@gin.configurable("recorded", denylist=["data"])
def _recorded(data=None, steps=1, rate=0.1, fn=None):
    return fn() if fn else (steps, rate)


@gin.configurable("recorded_loss")
def _recorded_loss(scale=1, shift=0):
    return scale, shift


@gin.configurable("never_called")
def _never_called(value=1):
    return value


def test_a_saved_configuration_can_be_read_again(tmp_path):
    parse(
        [],
        [
            "recorded.fn = @recorded_loss",
            "train/recorded_loss.scale = 4",
            "recorded.rate = %R",
            "R = 2",
        ],
    )
    save_config(tmp_path / "config.gin")
    text = gin.config_str()
    parse([str(tmp_path / "config.gin")])
    assert gin.config_str() == text
    assert "train/recorded_loss.scale = 4" in text


def test_the_operative_configuration_has_what_was_called_with_defaults(tmp_path):
    parse([], ["recorded.rate = 2.0", "never_called.value = 3"])
    _recorded()
    path = tmp_path / "operative_config-0.gin"
    save_operative_config(str(path))
    text = path.read_text()
    assert "recorded.rate = 2.0" in text
    assert "recorded.steps = 1" in text
    assert "never_called" not in text


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "config.gin"
    parse([], ["recorded.steps = 2"])
    save_config(path)
    parse([], ["recorded.steps = 3"])
    monkeypatch.setattr("os.replace", _fail)
    with pytest.raises(OSError, match="disk"):
        save_config(path)
    assert "recorded.steps = 2" in path.read_text()
    assert os.listdir(tmp_path) == ["config.gin"]


def _fail(*_, **__):
    raise OSError("disk full")


def test_unused_bindings():
    parse(
        [],
        [
            "recorded.steps = 2",
            "recorded.fn = @loss_scope/recorded_loss",
            "recorded_loss.scale = 2",  # Hidden by the scoped one.
            "recorded_loss.shift = 5",
            "loss_scope/recorded_loss.scale = 3",
            "other_scope/recorded_loss.scale = 4",
            "never_called.value = %UNUSED",
            "UNUSED = 1",
        ],
    )
    assert _recorded() == (3, 5)
    assert unused_bindings() == [
        "UNUSED",
        "never_called.value",
        "other_scope/recorded_loss.scale",
        "recorded_loss.scale",
    ]
    assert "never_called.value" not in unused_bindings(ignore=["never_called"])


def test_a_value_that_the_caller_overrides_is_unused():
    parse([], ["recorded.steps = 2", "recorded.rate = 3"])
    _recorded(steps=5)
    assert unused_bindings() == ["recorded.steps"]


def test_a_macro_that_was_evaluated_is_used():
    parse([], ["recorded.steps = %STEPS", "STEPS = 3"])
    assert _recorded()[0] == 3
    assert unused_bindings() == []


def test_one_warning_lists_all_that_is_unused(caplog):
    parse([], ["recorded.steps = 2", "never_called.value = 3"])
    with caplog.at_level(logging.WARNING):
        warn_of_unused_bindings()
        assert len(caplog.records) == 1
        assert "never_called.value, recorded.steps" in caplog.text
        caplog.clear()
        _recorded(), _never_called()
        warn_of_unused_bindings()
        assert not caplog.records
