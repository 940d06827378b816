# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What auxiliary tasks are made with, without a GAN around them."""

import keras
import pytest


class LinearMaker:
    """Makes heads like `HeadMaker`, plain ones, and writes down how they were asked for."""

    features = 4

    def __init__(self):
        self.asked = {}

    def __call__(self, name, inputs, units, use_bias=True, **settings):
        self.asked[name] = settings
        layer = keras.layers.Dense(units, use_bias=use_bias, bias_initializer="random_normal")
        layer.build((None, inputs))
        return layer


@pytest.fixture
def make_head():
    keras.utils.set_random_seed(0)
    return LinearMaker()
