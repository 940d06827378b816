# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What can be compared: a side is a set of images, or what was kept of one."""

import abc
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from compare_gan.metrics.moments import Moments


class Labelled(NamedTuple):
    """Some images of a side.

    Attributes:
      images: [batch, height, width, channels]: uint8, or floats in [0, 1].
      labels: int [batch], -1 where there is none; None if the side has no classes.
    """

    images: np.ndarray
    labels: np.ndarray | None


class Side(abc.ABC):
    """One of the two things that are compared.

    Attributes:
      description: For people: what it is and where it comes from.
      class_names: What the classes are called; empty without classes.
      warnings: What should be known of it when values are read, one clause each.
    """

    description: str
    class_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @abc.abstractmethod
    def fingerprint(self, n: int) -> str:
        """Changes with the contents of the n images that are used; "" if that is unknown."""


class ImageSide(Side):
    """A set of images.

    Attributes:
      count: How many there are; None if as many as are asked for can be made.
      protocol: What else tells this set from others, for the report.
      are_training_images: Whether they are a data set's training split; None where that is not
        known.
    """

    count: int | None
    protocol: dict[str, object] = {}
    are_training_images: bool | None = None

    @property
    @abc.abstractmethod
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image, known before `batches` are asked for."""

    @abc.abstractmethod
    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """n images, the same ones in the same order each time; of more, evenly spaced ones."""


class StatisticsSide(Side):
    """Mean and covariance of the features of images that are not there.

    Attributes:
      moments: The statistics; `n` is 0 where the file does not say of how many images.
      backbone_hash: Of the network the features are from; "" where the file does not say.
      resize: How images were brought to its size; None where the file does not say.
      input_size: Its (height, width), () if it takes any; None where the file does not say.
    """

    def __init__(
        self,
        description: str,
        fingerprint: str,
        moments: Moments,
        backbone_hash: str,
        resize: str | None = None,
        input_size: tuple[int, ...] | None = None,
    ):
        self.description = description
        self.moments = moments
        self.backbone_hash = backbone_hash
        self.resize = resize
        self.input_size = input_size
        self._fingerprint = fingerprint

    def fingerprint(self, n: int) -> str:
        """See `Side.fingerprint`."""
        return self._fingerprint
