# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Who receives recorded updates."""

import threading

import keras
import pytest

from compare_gan.normalizers import (
    accumulate_statistics,
    collect_updates,
    is_accumulating,
    is_collecting,
    record_update,
)
from compare_gan.normalizers.updates import latest_value


@pytest.fixture
def variable():
    return keras.Variable(1.0)


def test_without_a_context_updates_are_dropped(variable):
    assert not is_collecting()
    record_update(variable, 2.0)
    assert variable.numpy() == 1.0


def test_the_innermost_context_collects(variable):
    with collect_updates() as outer:
        with collect_updates() as inner:
            record_update(variable, 2.0)
        record_update(variable, 3.0)
    assert [float(value) for _, value in inner] == [2.0]
    assert [float(value) for _, value in outer] == [3.0]
    assert inner[0][0] is variable


def test_a_pass_goes_on_from_the_one_before(variable):
    other = keras.Variable(1.0)  # equal, but another
    with collect_updates() as updates:
        record_update(variable, latest_value(variable) + 2.0)
        record_update(other, latest_value(other) + 10.0)
        record_update(variable, 2.0 * latest_value(variable))
    assert sorted(float(value) for _, value in updates) == [6.0, 11.0]
    assert float(latest_value(variable)) == 1.0


def test_which_kind_of_context_is_innermost():
    with accumulate_statistics():
        assert is_accumulating()
        with collect_updates():
            assert not is_accumulating()
        assert is_accumulating()
    assert not is_accumulating()


def test_a_context_ends_with_an_error():
    with pytest.raises(RuntimeError), accumulate_statistics():
        raise RuntimeError
    assert not is_collecting()
    assert not is_accumulating()


def test_threads_have_their_own():
    seen = []
    with collect_updates():
        thread = threading.Thread(target=lambda: seen.append(is_collecting()))
        thread.start()
        thread.join()
        assert is_collecting()
    assert seen == [False]
