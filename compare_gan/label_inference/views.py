# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Of how many views of an image a prediction is the mean: `label_inference.views = [@…, @…]`.

A set of views is one class in one file, registered with gin. Several are applied one after the
other, so `[@shifted_views, @rotated_views]` gives every rotation of every shift.
"""

import abc
import dataclasses
import itertools
from collections.abc import Sequence

import gin
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.self_supervision import NUM_ROTATIONS, rotate_images


class PredictionViews(abc.ABC):
    """Makes several views of each image.

    Attributes:
      rotates: Whether there are rotated ones among them, which only a classifier understands that
        has learned classes from rotated images.
    """

    rotates: bool = False

    @abc.abstractmethod
    def __call__(self, images: tf.Tensor) -> list[tf.Tensor]:
        """Views of a batch [batch, height, width, channels], in graph code, each of that shape."""


@gin.register("rotated_views")
@dataclasses.dataclass(frozen=True)
class RotatedViews(PredictionViews):
    """The image in all four directions."""

    rotates = True

    def __call__(self, images: tf.Tensor) -> list[tf.Tensor]:
        return [rotate_images(images, [turns]) for turns in range(NUM_ROTATIONS)]


@gin.register("shifted_views")
@dataclasses.dataclass(frozen=True)
class ShiftedViews(PredictionViews):
    """The image, and the image shifted to the eight sides: crops of the image with repeated edges.

    Attributes:
      pixels: By how much.

    Raises:
      ValueError: `pixels` is no whole number from 1.
    """

    pixels: int = 1

    def __post_init__(self) -> None:
        check_whole_number("shifted_views.pixels", self.pixels)

    def __call__(self, images: tf.Tensor) -> list[tf.Tensor]:
        height, width = images.shape[1:3]
        padded = images
        for _ in range(self.pixels):  # each time the edge is repeated once
            padded = tf.pad(padded, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")
        corners = itertools.product((0, self.pixels, 2 * self.pixels), repeat=2)
        return [padded[:, top : top + height, left : left + width] for top, left in corners]


@gin.register("cropped_views")
@dataclasses.dataclass(frozen=True)
class CroppedViews(PredictionViews):
    """Five crops of the image, of its centre and its four corners, resized to the whole.

    (Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", NeurIPS
    2012, average over these and their mirror images.) Resizing is bilinear.

    Attributes:
      fraction: A crop's sides as a fraction of the image's, rounded down to whole pixels.

    Raises:
      ValueError: `fraction` is no number above 0 and below 1.
    """

    fraction: float = 0.875

    def __post_init__(self) -> None:
        check_number("cropped_views.fraction", self.fraction, "(0, 1)", usual=0.875)

    def __call__(self, images: tf.Tensor) -> list[tf.Tensor]:
        height, width = images.shape[1:3]
        tall, wide = (max(1, int(self.fraction * side)) for side in (height, width))
        down, right = height - tall, width - wide
        corners = itertools.product((0, down), (0, right))
        crops = [
            images[:, top : top + tall, left : left + wide]
            for top, left in [(down // 2, right // 2), *corners]
        ]
        return [tf.image.resize(crop, (height, width)) for crop in crops]


def all_views(images: tf.Tensor, views: Sequence[PredictionViews]) -> list[tf.Tensor]:
    """Every view of every view; the images alone if `views` is empty."""
    batches = [images]
    for several in views:
        batches = [view for batch in batches for view in several(batch)]
    return batches
