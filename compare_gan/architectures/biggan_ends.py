# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What BigGAN and BigGAN-deep share: how G ends in an image, and D in logits.

(Brock et al., https://arxiv.org/abs/1809.11096, appendix B.)
"""

import inspect

import gin
import tensorflow as tf

from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork
from compare_gan.architectures.parts import Parts, build_normalizer, normalize_and_activate
from compare_gan.layers.precision import full_precision
from compare_gan.normalizers.batch_norm import BatchNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype


class BigGANGenerator(GeneratorNetwork):
    """A generator that ends with a normalizer, relu, a 3×3 convolution and tanh.

    The last normalizer is a setting of its own, as it is a plain batch norm in the paper whatever
    the blocks have. It sees neither latents nor labels. A subclass's constructor calls
    `set_final_normalizer`, its `build` `build_end`, and its `generate` `image`.
    """

    def set_final_normalizer(
        self, final_normalizer: NormalizerLike | Prototype, setting: str
    ) -> None:
        """Stores the last normalizer.

        Args:
          final_normalizer: As for `Prototype.of`; None means BatchNorm with gin's bindings.
          setting: As it is called in gin, for errors.

        Raises:
          ValueError: If it is no normalizer, or one that needs latents or labels.
        """
        self.final_normalizer = Prototype.of(
            final_normalizer or gin.get_configurable(BatchNorm), setting
        )
        layer_class = self.final_normalizer.layer_class
        if {"z_shape", "y_shape"} & set(inspect.signature(layer_class.build).parameters):
            raise ValueError(
                f"{setting} is set to {layer_class.__name__}, which is told latents or labels, but "
                "G's last normalizer sees neither; choose one that needs none, such as "
                "@batch_norm, @group_norm or @no_batch_norm."
            )

    def build_end(self, channels: int, filters: int) -> None:
        """Creates the last layers.

        Args:
          channels: Of the last block's output.
          filters: Of the convolution, at least as many as the image has channels.
        """
        self.final_norm = build_normalizer(
            self.final_normalizer.make("final_norm", dtype=self.dtype_policy),
            (None, None, None, channels),
            None,
            None,
        )
        self.final_conv = Parts.of(self).conv("final_conv", channels, filters)

    def image(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """Returns images in [0, 1] from the last block's output."""
        x = normalize_and_activate(x, self.final_norm, None, None, None, training)
        x = self.final_conv(x)
        x = tf.cast(x[..., : self.image_shape[2]], full_precision(self))
        return 0.5 * tf.tanh(x) + 0.5


class BigGANDiscriminator(DiscriminatorNetwork):
    """A discriminator that ends with relu, the sum over positions, a linear layer and projection.

    A subclass's constructor sets `project_y`, its `build` calls `build_end`, and its `discriminate`
    `judge`. Without classes there is no projection.
    """

    project_y: bool

    def build_end(self, channels: int) -> None:
        """Creates the last layers, for the last block's number of channels."""
        parts = Parts.of(self)
        self.final_fc = parts.linear("final_fc", channels, 1)
        if self.project_y and self.num_classes:
            self.embedding = parts.linear(
                "embedding",
                self.num_classes,
                channels,
                use_bias=False,
                initializer="glorot_normal",
            )

    def judge(self, x: tf.Tensor, y: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features, [batch, channels], from the last block's output."""
        x = tf.cast(tf.nn.relu(x), full_precision(self))
        features = tf.reduce_sum(x, axis=[1, 2])
        logits = tf.cast(self.final_fc(features), features.dtype)
        if self.project_y and self.num_classes:
            logits += self.projection(self.embedding, y, features)
        return logits, features
