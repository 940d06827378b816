# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What was set of a metric is a part of its scores' protocol."""

import gin
import pytest

from compare_gan import metrics
from compare_gan.metrics.gilbo import GILBO


class Own(metrics.PRDC):
    """A metric whose constructor calls another one that records as well."""

    def __init__(self, wide, nearest_k=7):
        super().__init__(nearest_k=nearest_k)


@pytest.mark.parametrize(
    "metric, expected",
    [
        (metrics.KID(), ""),
        (metrics.KID("all"), '{"estimator": "all"}'),
        (metrics.KID(estimator="blocks", block_size=8), '{"block_size": 8}'),
        (GILBO(training_steps=3, channels=2), '{"channels": 2, "training_steps": 3}'),
        (metrics.PerClassFID(), ""),
        (Own(True), '{"wide": true}'),
        (Own(object, nearest_k=5), f'{{"nearest_k": 5, "wide": "{object!r}"}}'),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_arguments_that_are_not_the_defaults(metric, expected):
    assert metric.settings_text() == expected


def test_what_gin_sets_is_recorded():
    with gin.unlock_config():
        gin.parse_config("kid.block_size = 16\nsmall/kid.block_size = 4")
    assert gin.get_configurable("kid")().settings == {"block_size": 16}
    with gin.config_scope("small"):
        assert gin.get_configurable("kid")().settings == {"block_size": 4}


def test_a_missing_argument_is_named():
    with pytest.raises(TypeError, match="wide"):
        Own()
