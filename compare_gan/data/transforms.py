# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Crops, resizing and flips of images in the input pipeline, uint8 in and uint8 out.

A transform is a frozen dataclass, so that its `repr` says exactly what it does: it becomes part of
a data set's fingerprint. What is random in one is drawn from bits that belong to the example's
position in the data order (see `order`), never from a generator with a state.
"""

import abc
import dataclasses

import gin
import numpy as np
import tensorflow as tf

from compare_gan.data import fitting
from compare_gan.data.order import position_bits, stateless_seed, unit_floats

CROP_METHODS = ("distorted", "random", "middle", "none")


def to_unit_floats(images: tf.Tensor | np.ndarray) -> tf.Tensor:
    """Turns uint8 images into float32 values in [0, 1]: x / 255. Shapes are kept."""
    return tf.cast(images, tf.float32) / 255.0


def flip_at_random(images: tf.Tensor, positions: tf.Tensor, seed: int) -> tf.Tensor:
    """Mirrors each image left to right with probability 1/2.

    Args:
      images: [batch, height, width, channels] of any type.
      positions: int64 [batch], the positions in the data order: they decide.
      seed: The seed of the data order.

    Returns:
      Images of the same shape and type.
    """
    flip = unit_floats(position_bits(seed, "flip", positions)) < 0.5
    return tf.where(flip[:, None, None, None], tf.reverse(images, [2]), images)


def resize_as_tf1(image: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Resizes bilinearly as TF1 did, without antialiasing and with corners as the pixels' origins.

    Compare GAN v3 resized CelebA and ImageNet this way, and scores depend on it.

    Args:
      image: [h, w, channels].
      height: The new height.
      width: The new width.

    Returns:
      uint8 [height, width, channels], rounded.
    """
    resized = tf.raw_ops.ResizeBilinear(
        images=tf.cast(image, tf.float32)[None],
        size=[height, width],
        align_corners=False,
        half_pixel_centers=False,
    )[0]
    return tf.cast(tf.round(resized), tf.uint8)


class Transform(abc.ABC):
    """Makes an image of the data set's shape from one as it is stored."""

    # Whether `__call__` draws from its bits; the other transforms need no position.
    random = False

    @abc.abstractmethod
    def __call__(self, image: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        """Transforms one image, in graph code.

        Args:
          image: uint8 [h, w, channels] as decoded.
          bits: uint64 scalar, random bits of the example's position.

        Returns:
          uint8 [height, width, channels].
        """


@dataclasses.dataclass(frozen=True)
class KeepAsItIs(Transform):
    """Images are stored in the shape that is wanted."""

    def __call__(self, image: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        return image


@dataclasses.dataclass(frozen=True)
class CropOrPad(Transform):
    """Cuts out the middle, or surrounds what is smaller with black; nothing is resized."""

    size: int

    def __call__(self, image: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        return tf.image.resize_with_crop_or_pad(image, self.size, self.size)


@dataclasses.dataclass(frozen=True)
class CropThenResize(Transform):
    """Cuts the middle `crop` x `crop` pixels out and resizes them as TF1 did: v3's CelebA."""

    crop: int
    size: int

    def __call__(self, image: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        middle = tf.image.resize_with_crop_or_pad(image, self.crop, self.crop)
        return resize_as_tf1(middle, self.size, self.size)


@dataclasses.dataclass(frozen=True)
class SquareCrop(Transform):
    """v3's crops of ImageNet: cut out a square by `method`, then resize it as TF1 did.

    Methods: "distorted" takes a square of random place and of 50 to 100 % of the image's area,
    "random" the largest square at a random place, "middle" the largest in the middle, and "none"
    resizes the whole image, whatever its proportions.

    Raises:
      ValueError: If there is no such method.
    """

    method: str
    size: int

    def __post_init__(self):
        if self.method not in CROP_METHODS:
            raise ValueError(
                f"crop_method is {self.method!r}, but it must be one of {', '.join(CROP_METHODS)}."
            )

    @property
    def random(self) -> bool:
        return self.method in ("distorted", "random")

    def __call__(self, image: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        if self.method == "distorted":
            begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
                tf.shape(image),
                tf.zeros([1, 0, 4]),
                stateless_seed(bits),
                aspect_ratio_range=[1.0, 1.0],
                area_range=[0.5, 1.0],
                use_image_if_no_bounding_boxes=True,
            )
            image = tf.slice(image, begin, size)
        elif self.method != "none":
            height, width = tf.shape(image)[0], tf.shape(image)[1]
            side = tf.minimum(height, width)
            room = tf.cast([height - side, width - side], tf.float32)
            # One of the two is 0, so that one fraction places the square.
            fraction = unit_floats(bits) if self.method == "random" else 0.5
            begin = tf.cast(room * fraction, tf.int32)
            image = tf.slice(image, [begin[0], begin[1], 0], [side, side, -1])
        return resize_as_tf1(image, self.size, self.size)


@dataclasses.dataclass(frozen=True)
class Fit(Transform):
    """Resizes and crops with Pillow, like a folder's images (see `fitting`)."""

    height: int
    width: int
    channels: int
    policy: str

    def __post_init__(self):
        fitting.check_policy(self.policy)

    def fit(self, image: np.ndarray) -> np.ndarray:
        """Fits one image, uint8 [h, w, channels], without TensorFlow."""
        return fitting.fit_array(image, self.height, self.width, self.channels, self.policy)

    def __call__(self, image: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        fitted = tf.numpy_function(self.fit, [image], tf.uint8, stateful=False)
        return tf.ensure_shape(fitted, [self.height, self.width, self.channels])


@gin.configurable("train_imagenet_transform")
def train_imagenet_transform(size: int = gin.REQUIRED, crop_method: str = "distorted") -> Transform:
    """How ImageNet is cropped for training; `crop_method` as in `SquareCrop`."""
    return SquareCrop(crop_method, size)


@gin.configurable("eval_imagenet_transform")
def eval_imagenet_transform(size: int = gin.REQUIRED, crop_method: str = "middle") -> Transform:
    """How ImageNet is cropped for evaluation; a random `crop_method` is refused.

    Raises:
      ValueError: If the method is random, since then no two evaluations would see equal images.
    """
    transform = SquareCrop(crop_method, size)
    if transform.random:
        raise ValueError(
            f"eval_imagenet_transform.crop_method is {crop_method!r}, which is random; evaluation "
            "needs the same images every time: use 'middle' or 'none'."
        )
    return transform
