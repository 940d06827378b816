# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks that are too large to be given values."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import keras
import pytest


@pytest.fixture
def without_values() -> Callable[[], AbstractContextManager]:
    """Gives `with without_values():`, in which a network of any size costs milliseconds.

    Keras keeps a list of variables without values, and would give them some in a later test.
    """
    yield lambda: keras.StatelessScope(initialize_variables=False)
    keras.utils.clear_session()
