# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN (Brock et al., https://arxiv.org/abs/1809.11096), for images of 8×8 and more.

    block(x) = down(conv(relu(norm(conv(up(relu(norm(x)))))))) + down(conv1×1(up(x)))
    up:    zeros between the pixels, in G's blocks
    down:  2×2 average pooling, in D's blocks that halve the map

The other convolutions are 3×3. See `ResNetBlock`.
"""

import functools
from collections.abc import Sequence
from typing import Any

import gin
import tensorflow as tf

from compare_gan.architectures.attention_plan import attention_blocks, default_resolutions
from compare_gan.architectures.biggan_ends import BigGANDiscriminator, BigGANGenerator
from compare_gan.architectures.biggan_plan import (
    discriminator_multipliers,
    generator_multipliers,
)
from compare_gan.architectures.blocks import ResNetBlock, add_block, run_block
from compare_gan.architectures.families import Architecture, register_architecture
from compare_gan.architectures.latent_chunks import latent_chunk_size, split_latents
from compare_gan.architectures.parts import Parts, vector_shape
from compare_gan.architectures.resolution_plan import resolution_plan
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype


@gin.register(
    module="resnet_biggan",
    allowlist=[
        "ch",
        "attention_resolutions",
        "blocks_with_attention",
        "hierarchical_z",
        "embed_z",
        "embed_y",
        "embed_y_dim",
        "embed_bias",
        "final_normalizer",
    ],
)
class Generator(BigGANGenerator):
    """BigGAN's generator: linear, upsampling residual blocks, batch norm, relu, convolution, tanh.

        z₀, z₁, … = equal chunks of z,    e = y W
        x         = linear(z₀)                [4, 4, 16·ch]
        x         ← block(x)                  [8, 8, 16·ch], [16, 16, 8·ch], [32, 32, 4·ch],
                                              [64, 64, 2·ch], [128, 128, ch]; normalizers see z_i
                                              as z and [z_i, e] as y
        image     = (1 + tanh(conv(relu(batch_norm(x))))) / 2

    This is with the default settings, and the maps are those of 128×128 images. For others see
    `biggan_plan.generator_multipliers`; the smallest map is 4×4 where the size allows, else 5×5,
    6×6 or 7×7. Self-attention may follow a block. The last normalizer is a plain batch norm
    whatever `normalizer` is, unless `final_normalizer` says otherwise. (Brock et al.,
    https://arxiv.org/abs/1809.11096, appendix B.) See `GeneratorNetwork` for how it is called and
    for the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      blocks_with_attention: Names of blocks followed by self-attention, joined by commas, as in
        Compare GAN v3, e.g. "B4"; "" for none, names of blocks that aren't there are ignored.
      attention_resolutions: The same by the sizes of the blocks' outputs, e.g. (32, 64); () for
        none. If neither is set, attention is at 64×64, or at the size from 40×40 to 56×56 that
        images have which have no 64×64 map; smaller images have none.
      hierarchical_z: Whether z is cut into equal chunks, one for the first layer and one for each
        block, whose normalizers see their chunk as z and chunk and embedded label as y.
      embed_z: Whether z first goes through a linear layer.
      embed_y: Whether the label first goes through a linear layer, never spectrally normalized.
      embed_y_dim: Size of that embedding.
      embed_bias: Whether these two layers have a bias.
      add_shortcut: Whether blocks have a shortcut. Gin sets it by
        `BigGanResNetBlock.add_shortcut`.
      final_normalizer: The normalizer before the last convolution, e.g. @evonorm_s0, or
        @no_batch_norm for none; it sees neither latents nor labels. None is for @batch_norm.

    Raises:
      ValueError: If `ch` or `embed_y_dim` isn't a positive whole number, the size is inadmissible,
        z can't be cut, the last normalizer needs latents or labels, or the settings of attention
        name something that isn't there, or both are set.
    """

    own_arguments = (
        "ch",
        "blocks_with_attention",
        "attention_resolutions",
        "hierarchical_z",
        "embed_z",
        "embed_y",
        "embed_y_dim",
        "embed_bias",
        "add_shortcut",
    )

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 96,
        blocks_with_attention: str | None = None,
        attention_resolutions: Sequence[int] | None = None,
        hierarchical_z: bool = True,
        embed_z: bool = False,
        embed_y: bool = True,
        embed_y_dim: int = 128,
        embed_bias: bool = False,
        add_shortcut: bool = True,
        final_normalizer: NormalizerLike | Prototype = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, dtype, name
        )
        self.ch = check_whole_number("resnet_biggan.Generator.ch", ch)
        self.blocks_with_attention = blocks_with_attention
        self.attention_resolutions = attention_resolutions
        self.hierarchical_z = hierarchical_z
        self.embed_z = embed_z
        self.embed_y = embed_y
        self.embed_y_dim = check_whole_number("resnet_biggan.Generator.embed_y_dim", embed_y_dim)
        self.embed_bias = embed_bias
        self.add_shortcut = add_shortcut
        self.set_final_normalizer(final_normalizer, "resnet_biggan.Generator.final_normalizer")
        self.seed_size, doublings = resolution_plan(self.image_shape, "resnet_biggan_arch")
        self.widths = tuple(ch * factor for factor in generator_multipliers(doublings))
        self.chunks = doublings + 1 if hierarchical_z else 1
        self.block_names = tuple(f"B{number + 1}" for number in range(doublings))
        sizes = [self.seed_size * 2 ** (number + 1) for number in range(doublings)]
        self.attention_after = attention_blocks(
            blocks_with_attention,
            attention_resolutions,
            dict(zip(self.block_names, sizes, strict=True)),
            "resnet_biggan.Generator",
            default_resolutions(sizes),
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts, plain = Parts.of(self), Parts.of(self, spectral_norm=False)
        chunk = latent_chunk_size(self.z_dim, self.chunks)
        label_size = self.num_classes
        if self.embed_z:
            self.embedding_z = plain.linear(
                "embed_z", self.z_dim, self.z_dim, use_bias=self.embed_bias
            )
        if self.embed_y and self.num_classes:
            self.embedding_y = plain.linear(
                "embed_y", self.num_classes, self.embed_y_dim, use_bias=self.embed_bias
            )
            label_size = self.embed_y_dim
        if self.hierarchical_z and label_size:
            label_size += chunk
        self.fc_noise = parts.linear("fc_noise", chunk, self.seed_size**2 * self.widths[0])
        for name, inputs, filters in zip(
            self.block_names, self.widths[:-1], self.widths[1:], strict=True
        ):
            add_block(
                self,
                ResNetBlock(parts, filters, "up", 1 if self.add_shortcut else None, name=name),
                (None, None, None, inputs),
                vector_shape(chunk),
                vector_shape(label_size),
            )
        self.build_end(self.widths[-1], self.image_shape[2])

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        if self.embed_z:
            z = self.embedding_z(z)
        if self.embed_y and y is not None:
            y = self.embedding_y(y)
        chunks = split_latents(z, self.chunks)
        x = self.fc_noise(chunks[0])
        x = tf.reshape(x, [-1, self.seed_size, self.seed_size, self.widths[0]])
        for index, name in enumerate(self.block_names):
            block_z, block_y = z, y
            if self.hierarchical_z:
                block_z = chunks[index + 1]
                block_y = None if y is None else tf.concat([block_z, y], axis=1)
            x = run_block(self, name, x, block_z, block_y, training)
        return self.image(x, training)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {**super().get_config(), "final_normalizer": self.final_normalizer.describe()}


@gin.register(
    module="resnet_biggan",
    allowlist=["ch", "attention_resolutions", "blocks_with_attention", "project_y"],
)
class Discriminator(BigGANDiscriminator):
    """BigGAN's discriminator: residual blocks, relu, sum over positions, linear and projection.

        x        ← block(x), halving the map    [64, 64, ch], [32, 32, 2·ch], [16, 16, 4·ch],
                                                [8, 8, 8·ch], [4, 4, 16·ch]
        x        ← block(x)                     [4, 4, 16·ch]
        features = sum over positions of relu(x)
        logit    = linear(features) + Σ (y W) · features

    These are the maps of 128×128 images, for others see `biggan_plan.discriminator_multipliers`. A
    block that keeps the number of channels has no shortcut. Self-attention may follow a block.
    (Brock et al., https://arxiv.org/abs/1809.11096, appendix B, as in Compare GAN v3.) See
    `DiscriminatorNetwork` for how it is called and for the arguments not listed here. Features are
    [batch, channels].

    Args:
      ch: Unit of the number of channels.
      blocks_with_attention: Names of blocks followed by self-attention, joined by commas, as in
        Compare GAN v3, e.g. "B1"; "" for none, names of blocks that aren't there are ignored.
      attention_resolutions: The same by the sizes of the blocks' outputs, e.g. (32, 64); () for
        none. If neither is set, attention is at the largest size of at most 64×64.
      project_y: Whether the logits get the label's projection Σ (y W) · features; without classes
        there is none.

    Raises:
      ValueError: If `ch` isn't a positive whole number, the size is inadmissible, or the settings
        of attention name something that isn't there, or both are set.
    """

    own_arguments = ("ch", "blocks_with_attention", "attention_resolutions", "project_y")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: bool = False,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 96,
        blocks_with_attention: str | None = None,
        attention_resolutions: Sequence[int] | None = None,
        project_y: bool = True,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape,
            num_classes,
            normalizer,
            layer_norm,
            spectral_norm,
            initializer,
            dtype,
            name,
        )
        self.ch = check_whole_number("resnet_biggan.Discriminator.ch", ch)
        self.blocks_with_attention = blocks_with_attention
        self.attention_resolutions = attention_resolutions
        self.project_y = project_y
        seed_size, doublings = resolution_plan(self.image_shape, "resnet_biggan_arch")
        self.widths = tuple(ch * factor for factor in discriminator_multipliers(doublings))
        self.block_names = tuple(f"B{number + 1}" for number in range(doublings + 1))
        halved = [seed_size * 2**number for number in reversed(range(doublings))]
        sizes = [*halved, seed_size]
        self.attention_after = attention_blocks(
            blocks_with_attention,
            attention_resolutions,
            dict(zip(self.block_names, sizes, strict=True)),
            "resnet_biggan.Discriminator",
            default_resolutions(sizes, more_than=0),
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        inputs = self.image_shape[2]
        for name, filters in zip(self.block_names, self.widths, strict=True):
            resample = None if name == self.block_names[-1] else "down"
            shortcut_size = None if inputs == filters else 1
            block = ResNetBlock(parts, filters, resample, shortcut_size, name=name)
            add_block(self, block, (None, None, None, inputs), None, self.label_shape)
            inputs = filters
        self.build_end(inputs)

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        for name in self.block_names:
            x = run_block(self, name, x, None, y, training)
        return self.judge(x, y)


@gin.configurable("BigGanResNetBlock")
def generators_shortcut(add_shortcut: bool = True) -> bool:
    """Returns whether the blocks of generators that `resnet_biggan_arch` makes have a shortcut.

        block(x) = conv(relu(norm(conv(up(relu(norm(x)))))))  [+ conv1×1(up(x)) if add_shortcut]

    (Brock et al., https://arxiv.org/abs/1809.11096, appendix B, with shortcuts.) D's blocks have
    theirs where the number of channels changes, as ever.

    Args:
      add_shortcut: Whether there is one.
    """
    return add_shortcut


@register_architecture
def resnet_biggan_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    generator = functools.partial(
        gin.get_configurable(Generator), add_shortcut=generators_shortcut()
    )
    return Architecture(generator, gin.get_configurable(Discriminator))
