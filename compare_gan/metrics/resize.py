# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How images are brought to the size a backbone wants: named policies, recorded with each score.

The choice moves FID by more than most papers' improvements (Parmar et al., "On Aliased Resizing and
Surprising Subtleties in GAN Evaluation", 2022, https://arxiv.org/abs/2104.11222), so a policy is
part of a score's protocol, and every backbone has its own default.
"""

import numpy as np
import PIL.Image
import tensorflow as tf

POLICIES = ("none", "tf1_bilinear", "pil_bicubic")


def check_policy(setting: str, policy: str) -> None:
    """Lets the names of policies pass.

    Args:
      setting: As it is called in gin, for the message.
      policy: What it was set to.

    Raises:
      ValueError: There is no such policy.
    """
    if policy not in POLICIES:
        raise ValueError(f"{setting} must be one of {', '.join(POLICIES)}; received {policy!r}.")


def resize(images: np.ndarray, size: tuple[int, int], policy: str) -> np.ndarray:
    """Brings images to `size` by the named policy.

    * "none": nothing is done, and another size is an error.
    * "tf1_bilinear": TensorFlow 1's `resize_bilinear` with align_corners=False, which is what FIDs
      of that time were computed with, Compare GAN v3's among them. Output pixel i is read at
      i · (input size / output size), without the half-pixel shift of today's functions, and nothing
      is averaged when images shrink.
    * "pil_bicubic": Pillow's bicubic (a = −1/2) on floats, channel by channel, with the kernel
      widened when images shrink. Its overshoot is clipped to [0, 1]; nothing is rounded to uint8.

    Args:
      images: float32 `[batch, height, width, channels]` in [0, 1].
      size: (height, width).
      policy: One of `POLICIES`.

    Returns:
      float32 `[batch, *size, channels]`.

    Raises:
      ValueError: There is no such policy, or "none" was asked for and the size differs.
    """
    check_policy("resize", policy)
    if policy == "none":
        if images.shape[1:3] != tuple(size):
            raise ValueError(
                f"Images are {images.shape[1]}x{images.shape[2]}, not {size[0]}x{size[1]}, and "
                'resize="none" leaves them so: choose "tf1_bilinear" or "pil_bicubic".'
            )
        return images
    if policy == "tf1_bilinear":
        return _tf1_bilinear(images, size)
    return _pil_bicubic(images, size)


def _tf1_bilinear(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    # The operation's own defaults are TensorFlow 1's; tf.image.resize is another function.
    return tf.raw_ops.ResizeBilinear(
        images=tf.constant(images, tf.float32),
        size=tf.constant(size, tf.int32),
        align_corners=False,
        half_pixel_centers=False,
    ).numpy()


def _pil_bicubic(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    resized = np.empty((images.shape[0], height, width, images.shape[3]), np.float32)
    for index, image in enumerate(np.asarray(images, np.float32)):
        for channel in range(images.shape[3]):
            plane = PIL.Image.fromarray(np.ascontiguousarray(image[:, :, channel]))
            resized[index, :, :, channel] = plane.resize(
                (width, height), PIL.Image.Resampling.BICUBIC
            )
    return np.clip(resized, 0.0, 1.0, out=resized)
