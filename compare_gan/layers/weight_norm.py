# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Layers whose weights are a direction and a length, and how data initialize them.

    out = g / ‖V‖ · (V x) + b

V x is the matrix product or convolution with the kernel V; ‖V‖ is the norm of what leads to one
output channel, so that g is a length for each of them. Salimans and Kingma, "Weight Normalization:
A Simple Reparameterization to Accelerate Training of Deep Neural Networks", NeurIPS 2016,
https://arxiv.org/abs/1602.07868.
"""

from typing import Any

import keras
import tensorflow as tf

from compare_gan.layers.convolution import Conv2D, TransposedConv2D
from compare_gan.layers.kernel import KernelLayer
from compare_gan.layers.linear import Linear
from compare_gan.layers.precision import full_precision

_NORM_EPSILON = 1e-12


class WeightNormLayer(KernelLayer):
    """The base of layers with a weight-normalized kernel; it comes before the layer's own class.

    Its constructor takes what the layer's own takes, `spectral_norm` excepted, and has v3's default
    for `initializer`. Until `initialize_from_data` g is 1.
    """

    # Where the kernel has its outputs, and what is added to the variance of data.
    output_axis = -1
    variance_epsilon = 1e-8

    def __init__(self, *arguments: Any, initializer: str = "truncated", **settings: Any) -> None:
        super().__init__(*arguments, initializer=initializer, **settings)
        if self.spectral_norm is not None:
            raise ValueError(
                f"{type(self).__name__}: spectral_norm = True would divide the kernel by its norm "
                "twice; leave it out, or use the layer without weight normalization."
            )

    def add_kernel(self, shape: tuple[int, ...], outputs: int) -> None:
        """Creates V, b and g, [outputs]."""
        super().add_kernel(shape, outputs)
        self.g = self.add_weight(
            name="g", shape=(outputs,), initializer=keras.initializers.Ones(), autocast=False
        )

    def effective_kernel(self) -> tf.Tensor:
        """Returns g / ‖V‖ · V in the compute dtype."""
        precise = full_precision(self)
        kernel = tf.cast(self.kernel.value, precise)
        outputs = kernel.shape.rank + self.output_axis
        inputs = [axis for axis in range(kernel.shape.rank) if axis != outputs]
        direction = tf.math.l2_normalize(kernel, inputs, _NORM_EPSILON)
        length = tf.reshape(self.g.value, [-1] + [1] * (-1 - self.output_axis))
        return tf.cast(tf.cast(length, precise) * direction, self.compute_dtype)

    def initialize_from_data(self, x: tf.Tensor, init_scale: float = 1.0) -> tf.Tensor:
        """Sets g and b so that each output channel of a batch has mean 0 and deviation init_scale.

            t = V x / ‖V‖
            g = init_scale / sqrt(Var[t] + ε),    b = -E[t] · g

        with moments over all axes of t but the last and ε = 1e-8, or 1e-10 in `WeightNormLinear`.
        To initialize a network, call it once for each layer, from the first to the last, with what
        comes out of those before. It writes variables: call it before training, and outside of a
        strategy's replicas.

        Args:
          x: A batch of inputs.
          init_scale: Standard deviation of the outputs.

        Returns:
          The outputs of x with the new g and b. A layer without a bias keeps its mean.
        """
        if not self.built:
            self.build(x.shape)
        self.g.assign(tf.ones_like(self.g.value))
        if self.use_bias:
            self.bias.assign(tf.zeros_like(self.bias.value))
        t = tf.cast(self(x), full_precision(self))
        mean, variance = tf.nn.moments(t, list(range(t.shape.rank - 1)))
        g = init_scale * tf.math.rsqrt(variance + self.variance_epsilon)
        self.g.assign(g)
        if self.use_bias:
            self.bias.assign(-mean * g)
        return self(x)


class WeightNormLinear(WeightNormLayer, Linear):
    """`Linear` with a kernel of which each column has the length g.

        out = g / ‖V‖ · (x V) + b,    ‖V‖ = sqrt(max(Σ_i V[i, o]², 1e-12)) for each output o

    See `compare_gan.layers.Linear` for the arguments, `initialize_from_data` for g and b from data.
    (Salimans and Kingma, https://arxiv.org/abs/1602.07868.)
    """

    variance_epsilon = 1e-10


class WeightNormConv2D(WeightNormLayer, Conv2D):
    """`Conv2D` with a kernel of which each filter has the length g.

        out = g / ‖V‖ · (V ∗ x) + b,    ‖V‖ = sqrt(max(Σ_{a,b,i} V[a, b, i, o]², 1e-12))

    for each output o. See `compare_gan.layers.Conv2D` for the arguments, `initialize_from_data` for
    g and b from data. (Salimans and Kingma, https://arxiv.org/abs/1602.07868.)
    """


class WeightNormTransposedConv2D(WeightNormLayer, TransposedConv2D):
    """`TransposedConv2D` with a kernel of which what leads to an output has the length g.

        out = g / ‖V‖ · (Vᵀ x) + b,    ‖V‖ = sqrt(max(Σ_{a,b,i} V[a, b, o, i]², 1e-12))

    for each output o; Vᵀ x is the transposed convolution. See `compare_gan.layers.TransposedConv2D`
    for the arguments, `initialize_from_data` for g and b from data. (Salimans and Kingma,
    https://arxiv.org/abs/1602.07868.)
    """

    output_axis = -2
