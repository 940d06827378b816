# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Encoders, from images to features: pre-activation ResNets, large and small.

(He et al., "Identity Mappings in Deep Residual Networks", https://arxiv.org/abs/1603.05027.) They
learn to tell rotations and classes, and know nothing of GANs: the normalizer is always batch norm
with moving averages, whose settings are the encoder's own and not those of gin's
`standardize_batch`; kernels start from He et al.'s normal distribution; no convolution has a bias,
since batch norm follows.
"""

import abc
import math
from typing import Any

import gin
import keras
import tensorflow as tf

from compare_gan.architectures.base import Network
from compare_gan.architectures.parts import Parts, Shape
from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.precision import full_precision
from compare_gan.normalizers.batch_norm import BatchNorm
from compare_gan.normalizers.prototype import Prototype
from compare_gan.normalizers.statistics import StandardizeBatch

_EPSILON = 1e-5
# Filters of the bottlenecks of each stage, and their number, for a width factor of 1.
_RESNET50_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
_EXPANSION = 4
_SMALL_STAGES = 3
_SMALL_MAP = 4


class EncoderNetwork(Network, abc.ABC):
    """The base of encoders: subclasses define `build`, `feature_size` and `feature_map`.

    Call: images [batch, height, width, channels] in [0, 1] → features [batch, feature_size], the
    mean over positions of `feature_map`. `training` chooses the statistics of batch norm: with
    training=True those of the batch, and the new moving averages go to `collect_updates`.

    Args:
      image_shape: (height, width, channels) of the images.
      batch_norm_decay: Moving averages become decay · old + (1 - decay) · batch.
      dtype: Keras dtype policy; None means the global one. Features are float32 (float64 in float64
        networks) whatever it is.
      name: Name of the network, the first part of its variables' paths.

    Raises:
      ValueError: If `image_shape` isn't three positive numbers, or the decay isn't in [0, 1).
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        batch_norm_decay: float,
        dtype: Any = None,
        name: str = "encoder",
    ) -> None:
        check_number("batch_norm_decay", batch_norm_decay, "[0, 1)", usual=0.99)
        settings = StandardizeBatch(batch_norm_decay, _EPSILON, use_moving_averages=True)
        super().__init__(
            image_shape,
            num_classes=0,
            normalizer=Prototype.of(BatchNorm(settings)),
            layer_norm=False,
            spectral_norm=None,
            initializer="he_normal",
            dtype=dtype,
            name=name,
        )
        self.batch_norm_decay = batch_norm_decay

    @property
    @abc.abstractmethod
    def feature_size(self) -> int:
        """How many features an image has."""

    @abc.abstractmethod
    def feature_map(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """Returns [batch, height', width', feature_size] for images in the compute dtype."""

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns features [batch, feature_size].

        Raises:
          ValueError: If the images don't have the shape this network was built for.
        """
        if not images.shape[1:].is_compatible_with(self.image_shape):
            raise ValueError(
                f"{self.name} needs images of shape [batch, "
                f"{', '.join(map(str, self.image_shape))}], got {tuple(images.shape)}."
            )
        x = self.feature_map(tf.cast(images, self.compute_dtype), training)
        return tf.reduce_mean(tf.cast(x, full_precision(self)), axis=[1, 2])

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            "image_shape": list(self.image_shape),
            "batch_norm_decay": self.batch_norm_decay,
            "dtype": self.dtype_policy.name,
            "name": self.name,
        }


class PreactivationBlock(keras.layers.Layer):
    """Norm, relu and convolution, several times, plus a shortcut.

    The shortcut is the identity, or, where the shape changes, a 1×1 convolution of what the first
    convolution sees, with the block's stride.

    Call: x [batch, height, width, channels] → [batch, ⌈height/stride⌉, ⌈width/stride⌉, filters of
    the last convolution].

    Args:
      parts: Makes the layers.
      convolutions: (filters, kernel size, stride) of each convolution.
      name: Name of the block.
    """

    def __init__(
        self, parts: Parts, convolutions: tuple[tuple[int, int, int], ...], name: str
    ) -> None:
        super().__init__(name=name, dtype=parts.dtype, autocast=False)
        self.parts = parts
        self.convolutions = convolutions

    def build(self, x_shape: Shape) -> None:
        """Creates all layers and variables."""
        inputs = x_shape[-1]
        for number, (filters, kernel_size, strides) in enumerate(self.convolutions, start=1):
            norm = self.parts.norm(f"norm{number}", (None, None, None, inputs), None, None)
            conv = self.parts.conv(
                f"conv{number}", inputs, filters, kernel_size, strides=strides, use_bias=False
            )
            setattr(self, f"norm{number}", norm)
            setattr(self, f"conv{number}", conv)
            inputs = filters
        stride = math.prod(strides for _, _, strides in self.convolutions)
        self.conv_shortcut = None
        if stride > 1 or inputs != x_shape[-1]:
            self.conv_shortcut = self.parts.conv(
                "conv_shortcut", x_shape[-1], inputs, 1, strides=stride, use_bias=False
            )

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns the block's output."""
        h, shortcut = x, x
        for number in range(1, len(self.convolutions) + 1):
            h = tf.nn.relu(getattr(self, f"norm{number}")(h, training=training))
            if number == 1 and self.conv_shortcut is not None:
                shortcut = self.conv_shortcut(h)
            h = getattr(self, f"conv{number}")(h)
        return h + shortcut


class _BlockEncoder(EncoderNetwork):
    """A first convolution, perhaps a max pool, blocks, norm, relu."""

    max_pool = False

    def _build_blocks(
        self,
        stem: tuple[int, int, int],
        blocks: list[tuple[tuple[int, int, int], ...]],
    ) -> None:
        """Creates all layers: `stem` and each block's convolutions as (filters, size, stride)."""
        parts = Parts.of(self)
        filters, kernel_size, strides = stem
        self.stem = parts.conv(
            "stem", self.image_shape[2], filters, kernel_size, strides=strides, use_bias=False
        )
        self.block_names = []
        for number, convolutions in enumerate(blocks, start=1):
            block = PreactivationBlock(parts, convolutions, name=f"block{number}")
            block.build((None, None, None, filters))
            setattr(self, block.name, block)
            self.block_names.append(block.name)
            filters = convolutions[-1][0]
        self.final_norm = parts.norm("final_norm", (None, None, None, filters), None, None)

    def feature_map(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """Returns the last map, none of whose numbers is negative."""
        x = self.stem(x)
        if self.max_pool:
            x = tf.nn.max_pool2d(x, ksize=3, strides=2, padding="SAME")
        for name in self.block_names:
            x = getattr(self, name)(x, training=training)
        return tf.nn.relu(self.final_norm(x, training=training))


@gin.register("resnet50_v2", allowlist=["width_factor", "batch_norm_decay"])
class ResNet50V2(_BlockEncoder):
    """ResNet-50 v2, as wide as is wanted, for photographs; 2048 · width_factor features.

        r(h)     = relu(norm(h)),    w = width_factor
        x        = maxpool3×3(conv7×7(image))        64·w filters, both of stride 2
        x        ← conv1×1(r(conv3×3(r(conv1×1(r(x)))))) + shortcut(x)
                   3 times with   64·w,  64·w and  256·w filters, of 1/4 of the image's size
                   4 times with  128·w, 128·w and  512·w filters, of 1/8
                   6 times with  256·w, 256·w and 1024·w filters, of 1/16
                   3 times with  512·w, 512·w and 2048·w filters, of 1/32
        features = mean over positions of r(x)

    (He et al., "Identity Mappings in Deep Residual Networks", 2016,
    https://arxiv.org/abs/1603.05027.) See `PreactivationBlock` for the shortcut. As in He et al.'s
    and TensorFlow's official models, the first block of stages 2 to 4 halves the map, in its 3×3
    convolution; all paddings are TensorFlow's SAME. `keras.applications.ResNet50V2` halves in the
    *last* blocks of stages 1 to 3 and adds biases.

    Kolesnikov et al., "Revisiting Self-Supervised Visual Representation Learning", 2019,
    https://arxiv.org/abs/1901.09005, call this width a factor of 4 · width_factor; their widest,
    16, is width_factor=4. The last map is 1/32 of the image: for less than 64 pixels take
    `SmallResNet`.

    Args:
      image_shape, dtype, name: See `EncoderNetwork`.
      width_factor: Multiplies the number of filters everywhere.
      batch_norm_decay: Decay of batch norm's moving averages.

    Raises:
      ValueError: If width_factor isn't a positive integer.
    """

    max_pool = True

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        width_factor: int = 1,
        batch_norm_decay: float = 0.99,
        dtype: Any = None,
        name: str = "encoder",
    ) -> None:
        super().__init__(image_shape, batch_norm_decay, dtype, name)
        self.width_factor = check_whole_number("resnet50_v2.width_factor", width_factor)
        self.build()

    @property
    def feature_size(self) -> int:
        return _EXPANSION * _RESNET50_STAGES[-1][0] * self.width_factor

    def build(self) -> None:
        """Creates all layers and variables."""
        blocks = []
        for stage, (filters, count) in enumerate(_RESNET50_STAGES):
            width = filters * self.width_factor
            for index in range(count):
                stride = 2 if stage and not index else 1
                blocks.append(((width, 1, 1), (width, 3, stride), (_EXPANSION * width, 1, 1)))
        self._build_blocks((_RESNET50_STAGES[0][0] * self.width_factor, 7, 2), blocks)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {**super().get_config(), "width_factor": self.width_factor}


@gin.register("small_resnet", allowlist=["width", "blocks", "batch_norm_decay"])
class SmallResNet(_BlockEncoder):
    """A ResNet for images of 8 to 64 pixels, as He et al. and Zagoruyko and Komodakis use on CIFAR.

        r(h)     = relu(norm(h))
        x        = conv(image)                          width filters
        x        ← conv(r(conv(r(x)))) + shortcut(x)    `blocks` times in each stage
        features = mean over positions of r(x)

    The convolutions are 3×3; see `PreactivationBlock` for the shortcut. Each stage but the first
    halves the map, in its first block, and doubles the filters. There are three stages, and more
    until the longer side of the last map is at most 4: 8, 4, 2 for 8 pixels; 28, 14, 7, 4 for 28;
    64, 32, 16, 8, 4 for 64. Features are the filters of the last stage: 4 · width for 8 to 16
    pixels, 8 · width for 17 to 32, 16 · width for 33 to 64. (Zagoruyko and Komodakis, "Wide
    Residual Networks", 2016, https://arxiv.org/abs/1605.07146.)

    Args:
      image_shape, dtype, name: See `EncoderNetwork`.
      width: Filters of the first stage.
      blocks: Blocks in each stage.
      batch_norm_decay: Decay of batch norm's moving averages. It is short because small data sets
        are learned in a few hundred steps, in which the averages have to forget their start.

    Raises:
      ValueError: If width or blocks isn't a positive integer.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        width: int = 32,
        blocks: int = 1,
        batch_norm_decay: float = 0.9,
        dtype: Any = None,
        name: str = "encoder",
    ) -> None:
        super().__init__(image_shape, batch_norm_decay, dtype, name)
        self.width = check_whole_number("small_resnet.width", width)
        self.blocks = check_whole_number("small_resnet.blocks", blocks)
        halvings = math.ceil(math.log2(max(self.image_shape[:2]) / _SMALL_MAP))
        self.stages = max(_SMALL_STAGES, halvings + 1)
        self.build()

    @property
    def feature_size(self) -> int:
        return self.width * 2 ** (self.stages - 1)

    def build(self) -> None:
        """Creates all layers and variables."""
        blocks = []
        for stage in range(self.stages):
            filters = self.width * 2**stage
            for index in range(self.blocks):
                stride = 2 if stage and not index else 1
                blocks.append(((filters, 3, stride), (filters, 3, 1)))
        self._build_blocks((self.width, 3, 1), blocks)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {**super().get_config(), "width": self.width, "blocks": self.blocks}
