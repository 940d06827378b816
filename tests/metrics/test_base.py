# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a metric of one's own is told where it is half made."""

import pytest

from compare_gan.metrics import Accumulator, Metric


class Counter(Accumulator):
    key = "counter"

    def update(self, batch):
        """Keeps nothing."""


def test_accumulators_are_not_cached_unless_they_have_a_state():
    assert Counter().state() is None
    with pytest.raises(NotImplementedError, match="Counter has a state but no restore"):
        Counter().restore({})


@pytest.mark.parametrize("kind", [Accumulator, Metric])
def test_what_lacks_its_method_is_told_when_it_is_made(kind):
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (kind,), {})()
