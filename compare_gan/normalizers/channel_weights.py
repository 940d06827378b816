# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What normalizers with weights for each channel have in common."""

import keras


class ChannelWeights(keras.layers.Layer):
    """A layer with trainable vectors of one number per channel."""

    def add_channel_weight(self, name: str, channels: int, start: float) -> keras.Variable:
        """Creates a vector [channels] that is `start` everywhere at first."""
        return self.add_weight(
            name=name,
            shape=(channels,),
            initializer=keras.initializers.Constant(start),
            autocast=False,
        )
