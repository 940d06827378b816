# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import keras
import pytest


@pytest.fixture
def float64():
    """Networks compute in float64."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)
