# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What backbones that are Keras networks share."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from compare_gan.metrics.backbones.base import Backbone

# Of float32, without its loss of digits: what is below has no logarithm that could be trusted.
_SMALLEST = np.finfo(np.float32).tiny


class KerasBackbone(Backbone):
    """A Keras network, one or two of whose tensors are features and logits.

    Features with positions, `[batch, height, width, channels]`, become their means over all
    positions; others are flattened. Logits that the network turns into probabilities by a softmax
    are the logarithms of these, which differ from them by a constant.

    Subclasses call `_compile` once the attributes that decide the input are set.
    """

    def _compile(
        self,
        network: keras.Model,
        outputs: list[keras.KerasTensor],
        prepare: Callable[[tf.Tensor], tf.Tensor],
        are_probabilities: bool = False,
    ) -> None:
        """Sets `forward`, `feature_dim` and `num_logits`.

        Args:
          network: Has one input, the images.
          outputs: The features, and the logits if there are any.
          prepare: Brings images in [0, 1] to what the network takes.
          are_probabilities: Whether the second output has gone through a softmax.
        """
        inside = keras.Model(network.inputs[0], outputs)
        height, width = self.input_size or (None, None)

        def call(images):
            # Not all of Keras' calls keep a list of one output.
            features, *logits = tf.nest.flatten(inside(prepare(images), training=False))
            features = tf.cast(features, tf.float32)
            if features.shape.rank == 4:
                features = tf.reduce_mean(features, axis=[1, 2])
            logits = [_flat(tf.cast(values, tf.float32)) for values in logits]
            if are_probabilities:
                logits = [tf.math.log(tf.maximum(values, _SMALLEST)) for values in logits]
            return [_flat(features), *logits]

        signature = [tf.TensorSpec([None, height, width, self.channels], tf.float32)]
        self._forward = tf.function(call, input_signature=signature, autograph=False)
        found = self.forward(np.zeros((1, height or 64, width or 64, self.channels), np.float32))
        self.feature_dim = found[0].shape[1]
        self.num_logits = 0 if found[1] is None else found[1].shape[1]

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The network's features and logits."""
        features, *logits = self._forward(images)
        return features.numpy(), logits[0].numpy() if logits else None


def ends_in_softmax(layer: keras.Operation) -> bool:
    """Whether what a layer gives, or a network in the place of one, has gone through a softmax."""
    if isinstance(layer, keras.Model) and len(layer.outputs) == 1:
        return ends_in_softmax(layer.outputs[0]._keras_history.operation)
    # `keras.ops.softmax` in a functional model is an operation of that name, and no layer.
    is_softmax = isinstance(layer, keras.layers.Softmax) or type(layer).__name__ == "Softmax"
    return is_softmax or getattr(layer, "activation", None) is keras.activations.softmax


def _flat(values: tf.Tensor) -> tf.Tensor:
    return tf.reshape(values, [tf.shape(values)[0], -1])
