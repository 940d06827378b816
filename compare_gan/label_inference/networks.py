# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An encoder with linear heads: what is trained to infer labels."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from compare_gan.architectures import load_network, network_config
from compare_gan.layers import Linear
from compare_gan.layers.precision import full_precision


class EncoderWithHeads(keras.Model):
    """An encoder, and linear layers on its features.

    Call: images [batch, height, width, channels] in [0, 1] → {"features": [batch, feature_size],
    and logits [batch, outputs] by the name of each head}, float32. Whatever low precision the
    encoder computes in, heads do not.

    Args:
      encoder: A network with `feature_size`, called as `encoder(images, training)`; or what
        `network_config` says of one.
      heads: The number of outputs of each head, by its name.
      name: Name of the network.
    """

    def __init__(
        self,
        encoder: keras.Model | Mapping[str, Any],
        heads: Mapping[str, int],
        name: str = "encoder_with_heads",
    ) -> None:
        super().__init__(name=name, autocast=False)
        self.encoder = encoder if isinstance(encoder, keras.Model) else load_network(dict(encoder))
        self.outputs_of = dict(heads)
        precise = full_precision(self.encoder)
        self.heads = [
            Linear(outputs, dtype=precise, name=f"{head}_head") for head, outputs in heads.items()
        ]
        for head in self.heads:
            head.build((None, self.encoder.feature_size))
        self.built = True

    def call(self, images: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """Features and logits. `training` is the encoder's; the heads know no difference."""
        features = tf.cast(self.encoder(images, training=training), tf.float32)
        logits = [tf.cast(head(features), tf.float32) for head in self.heads]
        return {"features": features, **dict(zip(self.outputs_of, logits, strict=True))}

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The encoder and the heads by their names in a checkpoint."""
        return {"encoder": self.encoder, **{head.name: head for head in self.heads}}

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            "encoder": network_config(self.encoder),
            "heads": dict(self.outputs_of),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "EncoderWithHeads":
        """Constructs a network, with fresh weights, from what `get_config` returned."""
        del custom_objects
        return cls(**config)
