# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Moving and covering the pixels of each image of a batch in its own way.

Plain gathers and products with masks: TensorFlow's own projective transform does not compile under
XLA. All results are linear in the images, so they have derivatives of every order.
"""

from collections.abc import Sequence

import tensorflow as tf

from compare_gan.randomness import Draws

FILLS = ("zero", "edge", "reflect")


def check_images(images: tf.Tensor, function: str) -> tf.Tensor:
    """Returns images as a tensor, if they are a batch of floats whose size is known.

    Args:
      images: [batch, height, width, channels] floats.
      function: Who asks, for the message.

    Raises:
      ValueError: If they are something else.
    """
    images = tf.convert_to_tensor(images)
    if images.shape.rank != 4 or not images.shape.is_fully_defined():
        raise ValueError(
            f"{function} needs images [batch, height, width, channels] of known sizes, got shape "
            f"{images.shape}; batch with drop_remainder=True."
        )
    if not images.dtype.is_floating:
        raise ValueError(
            f"{function} needs floats in [0, 1], got {images.dtype.name}; use "
            "compare_gan.data.to_unit_floats(images)."
        )
    return images


def check_fill(fill: str, setting: str) -> None:
    """Raises ValueError if `fill` isn't one of `FILLS`; `setting` names it in the message."""
    if fill not in FILLS:
        raise ValueError(f"{setting} = {fill!r} is not known; use 'zero', 'edge' or 'reflect'.")


def pixels(fraction: float, size: int) -> int:
    """Returns a fraction of an image's side in whole pixels, halves rounded up."""
    return int(fraction * size + 0.5)


def shift_pixels(
    images: tf.Tensor, down: tf.Tensor, right: tf.Tensor, fill: str = "zero"
) -> tf.Tensor:
    """Shifts each image by whole pixels: out[i, j] = image[i - down, j - right].

    Args:
      images: [batch, height, width, channels].
      down, right: int32 [batch], how far each image is moved; negative for up and left.
      fill: What lies outside: "zero"; "edge" for the nearest pixel; "reflect" for the image
        mirrored in its outermost pixels, again and again, as `numpy.pad` does it.

    Returns:
      Images of the same shape.
    """
    _, height, width, _ = images.shape
    rows = tf.range(height)[None, :] - down[:, None]
    columns = tf.range(width)[None, :] - right[:, None]
    shifted = tf.gather(images, _found_at(rows, height, fill), axis=1, batch_dims=1)
    shifted = tf.gather(shifted, _found_at(columns, width, fill), axis=2, batch_dims=1)
    if fill != "zero":
        return shifted
    inside = _within(rows, height)[:, :, None] & _within(columns, width)[:, None, :]
    return shifted * tf.cast(inside, images.dtype)[..., None]


def random_shift(
    images: tf.Tensor, draws: Draws, name: str, fraction: float, fill: str = "zero"
) -> tf.Tensor:
    """Shifts each image by up to a fraction of its sides, in whole pixels, all equally likely.

    Args:
      images: [batch, height, width, channels].
      draws: Where randomness comes from.
      name: Keys the draws.
      fraction: Of height and of width, rounded to whole pixels.
      fill: As in `shift_pixels`.

    Returns:
      Images of the same shape.
    """
    batch, height, width, _ = images.shape
    most_down, most_right = pixels(fraction, height), pixels(fraction, width)
    down = draws.integers(f"{name}/down", [batch], -most_down, most_down + 1)
    right = draws.integers(f"{name}/right", [batch], -most_right, most_right + 1)
    return shift_pixels(images, down, right, fill)


def random_cutout(images: tf.Tensor, draws: Draws, name: str, fraction: float) -> tf.Tensor:
    """Sets a rectangle of each image to zero; it may reach over the border.

    (DeVries and Taylor, https://arxiv.org/abs/1708.04552, with the places of Zhao et al.,
    https://arxiv.org/abs/2006.10738: on a side of n pixels, k covered ones begin anywhere from
    -⌊k/2⌋ to n - ⌈k/2⌉, all places equally likely.)

    Args:
      images: [batch, height, width, channels].
      draws: Where randomness comes from.
      name: Keys the draws.
      fraction: Sides of the rectangle as a fraction of those of the image, rounded to whole pixels.

    Returns:
      Images of the same shape.
    """
    batch, height, width, _ = images.shape
    covered = []
    for side, size in (("top", height), ("left", width)):
        length = pixels(fraction, size)
        first = draws.integers(
            f"{name}/{side}", [batch, 1], -(length // 2), size + 1 - (length + 1) // 2
        )
        position = tf.range(size)[None, :]
        covered.append((position >= first) & (position < first + length))
    hidden = covered[0][:, :, None] & covered[1][:, None, :]
    return images * tf.cast(~hidden, images.dtype)[..., None]


def random_crop(
    images: tf.Tensor,
    draws: Draws,
    name: str,
    area: Sequence[float],
    aspect: Sequence[float],
) -> tf.Tensor:
    """Resizes a random part of each image to the whole, bilinearly.

    With A the area's share from U[area] and r = width / height in pixels from U[aspect], the crop
    has the sides min(√(A r · pixels), width) and min(√(A / r · pixels), height), where pixels =
    height · width; all places inside the image are equally likely.

    Args:
      images: [batch, height, width, channels].
      draws: Where randomness comes from.
      name: Keys the draws.
      area: (low, high) of the share of the area, above 0 and at most 1.
      aspect: (low, high) of width / height, above 0.

    Returns:
      Images of the same shape.
    """
    batch, height, width, _ = images.shape
    share = draws.uniform(f"{name}/area", [batch], *area)
    ratio = draws.uniform(f"{name}/aspect", [batch], *aspect)
    # As fractions of the image's own sides.
    across = tf.minimum(tf.sqrt(share * ratio * height / width), 1.0)
    along = tf.minimum(tf.sqrt(share / ratio * width / height), 1.0)
    sides = tf.stack([across, along], axis=1)
    place = draws.uniform(f"{name}/place", [batch, 2], -1.0, 1.0)
    offsets = place * (1.0 - sides) * tf.constant([width / 2, height / 2], tf.float32)
    # Nothing from outside is seen, but half a pixel beyond the centres of the outermost ones.
    return affine_sample(images, tf.linalg.diag(sides), offsets, fill="edge")


def affine_sample(
    images: tf.Tensor, matrices: tf.Tensor, offsets: tf.Tensor, fill: str = "zero"
) -> tf.Tensor:
    """Samples each image at affinely transformed places, bilinearly.

    With p = (right, down) the distance of a pixel from the image's centre,

        out[p] = image[matrix · p + offset]

    so the picture itself undergoes the inverse.

    Args:
      images: [batch, height, width, channels].
      matrices: [batch, 2, 2].
      offsets: [batch, 2], in pixels, (right, down).
      fill: What lies outside: "zero"; "edge" for the nearest pixel; "reflect" for the image
        mirrored in its outermost pixels, again and again, as `numpy.pad` does it.

    Returns:
      Images of the same shape.
    """
    batch, height, width, channels = images.shape
    # Half precision can't tell places of one image apart.
    dtype = tf.float32 if images.dtype.size < 4 else images.dtype
    matrices, offsets = tf.cast(matrices, dtype), tf.cast(offsets, dtype)
    middle = tf.constant([(width - 1) / 2, (height - 1) / 2], dtype)
    down, right = tf.meshgrid(tf.range(height), tf.range(width), indexing="ij")
    places = tf.cast(tf.stack([right, down], axis=-1), dtype) - middle
    # A sum of products, not a matrix product, which some devices compute in low precision.
    sources = tf.reduce_sum(matrices[:, None, None] * places[None, :, :, None, :], axis=-1)
    sources += offsets[:, None, None] + middle
    corners = tf.floor(sources)
    beyond = sources - corners
    corners = tf.cast(corners, tf.int32)
    flat = tf.reshape(images, [batch, height * width, channels])
    result = tf.zeros_like(images)
    for below in (0, 1):
        for beside in (0, 1):
            column, row = corners[..., 0] + beside, corners[..., 1] + below
            weight = _share(beyond[..., 0], beside) * _share(beyond[..., 1], below)
            if fill == "zero":
                inside = _within(column, width) & _within(row, height)
                weight *= tf.cast(inside, dtype)
            index = _found_at(row, height, fill) * width + _found_at(column, width, fill)
            taken = tf.gather(flat, tf.reshape(index, [batch, -1]), batch_dims=1)
            result += tf.reshape(taken, images.shape) * tf.cast(weight, images.dtype)[..., None]
    return result


def _share(fraction: tf.Tensor, following: int) -> tf.Tensor:
    """The weight of the following neighbour (1), or of the one before (0)."""
    return fraction if following else 1.0 - fraction


def _found_at(index: tf.Tensor, size: int, fill: str) -> tf.Tensor:
    """The pixel, of those from 0 to size - 1, that is seen at a place that may lie outside."""
    if fill != "reflect":
        return tf.clip_by_value(index, 0, size - 1)
    period = max(2 * (size - 1), 1)
    index = tf.math.floormod(index, period)
    return tf.minimum(index, period - index)


def _within(index: tf.Tensor, size: int) -> tf.Tensor:
    return (index >= 0) & (index < size)
