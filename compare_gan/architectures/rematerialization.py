# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Rematerialization: activations that are computed a second time instead of being kept.

Between the forward and the backward pass a step holds what the layers between computed, for their
derivatives. Of a layer that is called by `rematerialized` it holds the input and the output alone,
and computes the rest again when the layer's turn in the backward pass comes: memory for time.
(Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016,
https://arxiv.org/abs/1604.06174.)
"""

import keras
import tensorflow as tf

from compare_gan.normalizers import collect_updates, record_update
from compare_gan.normalizers.updates import Update, latest_value


def rematerialize_blocks(*networks: keras.Model) -> None:
    """Makes training compute the insides of the networks' residual blocks twice.

    Raises:
      ValueError: None of them has any.
    """
    with_blocks = [network for network in networks if getattr(network, "has_blocks", False)]
    if not with_blocks:
        raise ValueError(
            "run_config.rematerialize = True computes residual blocks twice to save memory, but "
            f"{' and '.join(network.name for network in networks)} have none: leave it out, choose "
            "an options.architecture of residual blocks such as resnet_biggan_arch, or save memory "
            "with run_config.gradient_accumulation."
        )
    for network in with_blocks:
        network.rematerialize = True


def rematerialized(
    layer: keras.layers.Layer, x: tf.Tensor, **inputs: tf.Tensor | bool | None
) -> tf.Tensor:
    """Returns layer(x, **inputs); what lies between is computed again for its derivatives.

    Derivatives are the layer's, to all orders. Those of a derivative keep what the second
    computation makes, so a penalty of gradients saves no memory.

    Args:
      layer: A built layer with one output, which draws nothing at random and writes no variable.
        The statistics that it announces by `record_update` are announced once.
      x: Its first input.
      inputs: The others, by name.
    """
    # The layer's code as a function of tensors alone: tf.custom_gradient finds no variables in it
    # that it would have to treat by itself, which on several replicas it could not.
    variables = layer.variables
    names = [name for name, value in inputs.items() if tf.is_tensor(value)]

    def compute(x: tf.Tensor, tensors: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, list[Update]]:
        given = dict(zip(names, tensors))
        values = zip(variables, tensors[len(names) :], strict=True)
        with keras.StatelessScope(list(values)), collect_updates() as updates:
            return layer(x, **{**inputs, **given}), updates

    moved: list[keras.Variable] = []

    @tf.custom_gradient
    def call(x: tf.Tensor, *tensors: tf.Tensor):
        output, updates = compute(x, tensors)
        moved.extend(variable for variable, _ in updates)

        def backward(gradient: tf.Tensor, *of_updates: tf.Tensor):
            del of_updates  # no derivative goes through statistics
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                sources = [_once_there(gradient, x), *tensors]
                tape.watch(sources)
                again, _ = compute(sources[0], tensors)
            return tape.gradient(again, sources, output_gradients=gradient)

        return (output, *(value for _, value in updates)), backward

    # Of a statistic what a pass before this one has made of it, which `compute` does not see.
    state = [tf.convert_to_tensor(latest_value(variable)) for variable in variables]
    output, *values = call(x, *(inputs[name] for name in names), *state)
    for variable, value in zip(moved, values, strict=True):
        record_update(variable, value)
    return output


def _once_there(gradient: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """x, but not before the gradient is there.

    TensorFlow computes what it can as soon as it can, and both it and XLA compute only once what
    they find twice in a graph. So the second computation gets an input that differs for all that
    they know: x + 0, and if the gradient's first number is no number, x + NaN.
    """
    first = tf.reshape(tf.stop_gradient(gradient), [-1])[0]
    nothing = tf.where(tf.math.is_nan(first), first, tf.zeros_like(first))
    return x + tf.cast(nothing, x.dtype)
