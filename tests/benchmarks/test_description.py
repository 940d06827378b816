# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What PyTorch's side is told of a training, and what is refused."""

import types

import pytest
from peers.description import describe, precision

from compare_gan.training import LoopSettings


def _experiment(**settings):
    return types.SimpleNamespace(gan=None, options=None, settings=LoopSettings(1, **settings))


@pytest.mark.parametrize("name, told", [("float32", "float32"), ("mixed_bfloat16", "bfloat16")])
def test_the_precision_in_which_it_multiplies(name, told):
    assert precision(_experiment(precision=name)) == told


def test_float16_is_refused():
    with pytest.raises(ValueError, match='run_config.precision = "mixed_float16" needs loss sc'):
        describe(_experiment(precision="mixed_float16"))


def test_micro_batches_are_refused():
    with pytest.raises(ValueError, match="run_config.gradient_accumulation is 2: leave it out"):
        describe(_experiment(gradient_accumulation=2))
