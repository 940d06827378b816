# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Weight-normalized layers against v3's formulas in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.layers import WeightNormConv2D, WeightNormLinear, WeightNormTransposedConv2D
from tests.layers import reference


def _linear(x, kernel):
    return x @ kernel


def _convolution(x, kernel):
    return reference.strided_convolution(x, kernel, 2)


def _transposed(x, kernel):
    return reference.transposed_convolution(x, kernel, 2, (6, 8))


# How it is made, its inputs' shape, the product V x, the kernel's axes but that of outputs, what
# makes lengths divide it, v3's ε.
LAYERS = {
    "linear": (lambda **s: WeightNormLinear(3, **s), (5,), _linear, (0,), 1e-10),
    "convolution": (
        lambda **s: WeightNormConv2D(3, 3, 2, **s),
        (5, 4, 2),
        _convolution,
        (0, 1, 2),
        1e-8,
    ),
    "transposed": (
        lambda **s: WeightNormTransposedConv2D(3, 4, **s),
        (3, 4, 2),
        _transposed,
        (0, 1, 3),
        1e-8,
    ),
}


def _batch(shape, scale=1.0):
    return scale * np.random.default_rng(1).normal(0.3, 2.0, size=(6, *shape))


@pytest.mark.parametrize("case", LAYERS)
def test_length_and_direction(case):
    make, shape, product, axes, _ = LAYERS[case]
    layer = make(dtype="float64")
    layer.build((None, *shape))
    values = np.random.default_rng(0)
    for variable in (layer.kernel, layer.g, layer.bias):
        variable.assign(values.normal(size=variable.shape))
    kernel = layer.kernel.numpy()
    norm = np.sqrt((kernel**2).sum(axes))
    assert norm.shape == (3,)
    expected = layer.g.numpy() / norm * product(_batch(shape), kernel) + layer.bias.numpy()
    np.testing.assert_allclose(layer(_batch(shape)), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e-5])  # of data: at 1e-5 ε matters
@pytest.mark.parametrize("case", LAYERS)
def test_initialization_from_data(case, scale):
    make, shape, product, axes, epsilon = LAYERS[case]
    layer, x = make(dtype="float64"), _batch(shape, scale)
    outputs = layer.initialize_from_data(tf.constant(x), init_scale=1.5)
    kernel = layer.kernel.numpy()
    t = product(x, kernel / np.sqrt((kernel**2).sum(axes, keepdims=True)))
    over = tuple(range(t.ndim - 1))
    g = 1.5 / np.sqrt(t.var(over) + epsilon)
    np.testing.assert_allclose(layer.g.numpy(), g, rtol=1e-9)
    np.testing.assert_allclose(layer.bias.numpy(), -t.mean(over) * g, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(outputs, (t - t.mean(over)) * g, rtol=1e-8, atol=1e-12)
    # What it was before makes no difference.
    np.testing.assert_allclose(layer.initialize_from_data(tf.constant(x), 1.5), outputs, rtol=1e-9)


def test_a_layer_without_a_bias_keeps_its_mean():
    layer, x = WeightNormLinear(2, use_bias=False, dtype="float64"), _batch((5,))
    outputs = layer.initialize_from_data(tf.constant(x)).numpy()
    np.testing.assert_allclose(outputs.std(0), 1.0, rtol=1e-8)
    assert [variable.name for variable in layer.variables] == ["kernel", "g"]


def test_a_kernel_of_zeros_gives_the_bias():
    layer = WeightNormLinear(2)
    layer.build((None, 3))
    layer.kernel.assign(np.zeros([3, 2]))
    layer.bias.assign([1.0, 2.0])
    np.testing.assert_array_equal(layer(np.ones([1, 3])), [[1.0, 2.0]])


def test_as_v3_it_starts_from_a_truncated_normal():
    layer = WeightNormLinear(200)
    layer.build((None, 200))
    assert 0.035 < np.abs(layer.kernel.numpy()).max() <= 0.04 + 1e-6
    assert WeightNormLinear.from_config(layer.get_config()).get_config() == layer.get_config()


def test_spectral_norm_is_refused():
    with pytest.raises(ValueError, match="WeightNormConv2D: spectral_norm = True would divide"):
        WeightNormConv2D(3, spectral_norm=True)
