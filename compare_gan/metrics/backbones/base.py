# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The networks whose features and logits metrics are computed from, behind one interface."""

import abc
import hashlib
import json
import textwrap
from typing import Any

import numpy as np

from compare_gan.metrics.resize import check_policy
from compare_gan.metrics.resize import resize as resize_images


class Backbone(abc.ABC):
    """A fixed network from images to features and, perhaps, logits.

    A backbone of your own is a subclass with a gin name, outside the package too, that sets these
    attributes in its constructor and has `forward`. It is chosen as `eval.backbone = @my_backbone`.

    Attributes:
      name: What it is called in scores: "fid_<name>". Letters, digits and underscores.
      hash: SHA-256, in hexadecimal, of everything that decides its outputs.
      input_size: (height, width) that `forward` is given; None if it takes any.
      channels: 1 or 3, what `forward` is given; None if it takes any. One channel is tiled to 3.
      resize: The policy of `compare_gan.metrics.resize` that brings images to `input_size`.
      feature_dim: The length of a feature vector.
      num_logits: How many logits there are, 0 for none.
      is_inception: Whether this is Inception-2015 itself, whose scores go by the plain names "fid"
        and "inception_score". Scores of any other network carry its name.
      accuracy: How often the network is right on the task it was trained for; None if unknown.
    """

    name: str
    hash: str
    input_size: tuple[int, int] | None = None
    channels: int | None = None
    resize: str = "none"
    feature_dim: int
    num_logits: int = 0
    is_inception: bool = False
    accuracy: float | None = None

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Features and logits of images.

        Args:
          images: `[batch, height, width, channels]` floats in [0, 1].

        Returns:
          float32 `[batch, feature_dim]` and float32 `[batch, num_logits]`, or None for no logits.

        Raises:
          ValueError: The images have a size or a number of channels the backbone does not take.
        """
        images = np.asarray(images, np.float32)
        if images.ndim != 4:
            raise ValueError(
                f"The backbone {self.name} takes images [batch, height, width, channels], received "
                f"{images.shape}."
            )
        if self.channels == 3 and images.shape[3] == 1:
            images = np.repeat(images, 3, axis=3)
        wrong_channels = self.channels is not None and images.shape[3] != self.channels
        wrong_size = self.input_size is not None and images.shape[1:3] != self.input_size
        if wrong_channels or (wrong_size and self.resize == "none"):
            size = "any size" if self.input_size is None else "x".join(map(str, self.input_size))
            raise ValueError(
                f"The backbone {self.name} takes images of {size} with {self.channels or 'any'} "
                f"channels; these are {images.shape[1]}x{images.shape[2]} with {images.shape[3]}. "
                "Set eval.backbone to one that takes them, for example @random_features, or, if "
                "only the size is wrong, the backbone's `resize`, where it has that setting."
            )
        if wrong_size:
            images = resize_images(images, self.input_size, self.resize)
        return self.forward(images)

    @abc.abstractmethod
    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Features and logits of float32 images that have `input_size` and `channels` already."""


def hash_with_settings(contents: str, **settings: Any) -> str:
    """SHA-256 of a file's contents together with how it is used.

    Args:
      contents: The hash of the file, or of whatever else holds the weights.
      **settings: What else decides the outputs: plain values.
    """
    text = json.dumps({"contents": contents, **settings}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def reason(error: Exception) -> str:
    """What an error of another library says, cut to what fits into a message of one line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return textwrap.shorten(lines[0], 250, placeholder=" …")


def agreed_size(
    setting: str, own: tuple[int | None, int | None], wanted: tuple[int, int] | None
) -> tuple[int, int] | None:
    """The (height, width) that a network is given, None for any.

    Args:
      setting: What says `wanted`, as it is called in gin.
      own: What the network takes; None where it takes any.
      wanted: What the user asks for; None leaves it to the network.

    Raises:
      ValueError: `wanted` is no size, or not the network's.
    """
    if wanted is not None:
        numbers = list(wanted) if isinstance(wanted, tuple | list) else []
        if len(numbers) != 2 or not all(type(n) is int and n > 0 for n in numbers):
            raise ValueError(
                f"{setting} must be (height, width), such as (224, 224); received {wanted!r}."
            )
        if any(taken not in (None, number) for taken, number in zip(own, numbers)):
            size = "x".join("any" if taken is None else str(taken) for taken in own)
            raise ValueError(
                f"{setting} = {tuple(numbers)}, but the network takes {size}: leave it out."
            )
        return numbers[0], numbers[1]
    if None in own:
        if own != (None, None):
            raise ValueError(
                f"The network takes images of {own[0] or 'any'}x{own[1] or 'any'}: set {setting}."
            )
        return None
    return own[0], own[1]


def agreed_resize(setting: str, policy: str | None, input_size: tuple[int, int] | None) -> str:
    """How images are brought to the size that a network is given.

    Args:
      setting: What says `policy`, as it is called in gin.
      policy: What the user asks for; None is "pil_bicubic" where there is a size.
      input_size: The size; None for any.

    Raises:
      ValueError: There is no such policy, or no size to bring images to.
    """
    if policy is not None:
        check_policy(setting, policy)
    if input_size is not None:
        return policy or "pil_bicubic"
    if policy not in (None, "none"):
        raise ValueError(
            f"{setting} = {policy!r} has no effect, since the network takes images of any size as "
            f"they are: leave it out, or say which size by {setting.partition('.')[0]}.input_size."
        )
    return "none"
