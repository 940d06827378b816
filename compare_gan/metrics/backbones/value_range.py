# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The range of values in which a network of somebody else's takes its images."""

import math
import numbers
from typing import Any

import tensorflow as tf

_EXAMPLES = "(0, 1), (-1, 1) or (0, 255)"


def checked_range(setting: str, value: Any) -> tuple[float, float]:
    """Returns (low, high) as floats.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.

    Raises:
      ValueError: It is not two finite numbers, the smaller first.
    """
    pair = list(value) if isinstance(value, tuple | list) else []
    are_numbers = all(isinstance(n, numbers.Real) and math.isfinite(n) for n in pair)
    if len(pair) != 2 or not are_numbers or not pair[0] < pair[1]:
        missing = "is missing" if value is None else f"cannot be {value!r}"
        raise ValueError(
            f"{setting} {missing}: it says in which range the network takes its images; write "
            f"{_EXAMPLES}."
        )
    return float(pair[0]), float(pair[1])


def to_range(images: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """low + (high − low) · images, of images in [0, 1]."""
    return low + (high - low) * images
