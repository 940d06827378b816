# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A tiny GAN to compare, and a cache of the test run's own."""

from tests.schedules.conftest import own_cache, tiny  # noqa: F401
