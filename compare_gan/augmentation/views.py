# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Random views of images, from which a classifier learns what doesn't matter.

A weak view looks like another picture of the data set, a strong one is distorted. Learning to call
them the same is what FixMatch does (Sohn et al., https://arxiv.org/abs/2001.07685). The defaults
suit digits of 8×8 pixels as well as photographs of 32×32 and more: sizes are fractions, nothing is
mirrored, and one channel is as good as three. All views are made inside the training step, from its
draws alone, and compile under XLA.
"""

import math
import numbers
from collections.abc import Sequence

import gin
import tensorflow as tf

from compare_gan.augmentation.geometry import (
    affine_sample,
    check_fill,
    check_images,
    random_crop,
    random_cutout,
    random_shift,
)
from compare_gan.randomness import Draws

_CALL_ARGUMENTS = ("images", "draws", "name")


@gin.configurable("weak_view", denylist=_CALL_ARGUMENTS)
def weak_view(
    images: tf.Tensor,
    draws: Draws,
    name: str,
    shift: float = 0.125,
    flip: bool = False,
    fill: str = "zero",
    crop_area: Sequence[float] | None = None,
    crop_aspect: Sequence[float] = (0.75, 4 / 3),
) -> tf.Tensor:
    """Mirrors each image, crops it, and shifts it by whole pixels; by default only the last.

        view = shift(crop(mirror(image)))

    * mirror, if `flip`: left to right, with probability 1/2.
    * crop, if `crop_area`: a part with a share A of the area, A from U[crop_area], and the aspect
      width / height from U[crop_aspect], is resized to the whole; all places are equally likely.
    * shift: by whole pixels, from −s to s down and to the right, all equally likely, s = ⌊shift ·
      side + 1/2⌋.

    The weak augmentation of Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with
    Consistency and Confidence", NeurIPS 2020, https://arxiv.org/abs/2001.07685, is `flip = True`.

    Args:
      images: [batch, height, width, channels] floats in [0, 1].
      draws: Where randomness comes from.
      name: Keys the draws of this call.
      shift: How far at most, as a fraction of each side, rounded to whole pixels: 0.125 is 1 pixel
        of 8 and 4 of 32. Pixels aren't interpolated.
      flip: Whether each image is mirrored left to right with probability 1/2; not for digits.
      fill: What a shift brings in from outside: "zero" (black), "edge" for the nearest pixel, or
        "reflect" for the mirrored image.
      crop_area: (low, high): each image is cropped to a part of its area from U[low, high], at a
        random place, and the crop is resized to the whole; None for no crop. With (0.05, 1.0) and
        a shift of 0 this is the "Inception crop" that ImageNet's classifiers learn from (Szegedy
        et al., https://arxiv.org/abs/1409.4842).
      crop_aspect: (low, high): the crop's width is its height times a factor from U[low, high]; a
        side that would be longer than the image's is as long.

    Returns:
      Images of the same shape and type, in [0, 1].

    Raises:
      ValueError: If the images aren't a batch of floats, or a setting isn't understood.
    """
    images = check_images(images, "weak_view")
    check_fill(fill, "weak_view.fill")
    _check_strengths("weak_view", shift=shift)
    _check_flag("weak_view.flip", flip)
    if flip:
        mirrored = draws.uniform(f"{name}/flip", [images.shape[0]]) < 0.5
        images = tf.where(mirrored[:, None, None, None], tf.reverse(images, [2]), images)
    if crop_area is not None:
        _check_range("weak_view.crop_area", crop_area, "(0.05, 1.0)", most=1.0)
        _check_range("weak_view.crop_aspect", crop_aspect, "(0.75, 1.33)")
        images = random_crop(images, draws, f"{name}/crop", crop_area, crop_aspect)
    if shift:
        images = random_shift(images, draws, f"{name}/shift", shift, fill)
    return images


@gin.configurable("strong_view", denylist=_CALL_ARGUMENTS)
def strong_view(
    images: tf.Tensor,
    draws: Draws,
    name: str,
    angle: float = 20.0,
    scale: float = 0.2,
    shear: float = 0.2,
    shift: float = 0.125,
    flip: bool = False,
    fill: str = "zero",
    brightness: float = 0.2,
    contrast: float = 0.4,
    noise: float = 0.05,
    cutout: float = 0.3,
) -> tf.Tensor:
    """Distorts each image: an affine map, then contrast and brightness, noise, and a covered part.

        x[p] = image[e^−u · rotation(a) · [1 s; 0 1] · [m 0; 0 1] · p + t]
        view = mask · clip(c (x − mean x) + mean x + b + n, 0, 1)

    with p = (right, down) the distance from the centre, and each image's own

    * a from U[−angle, angle) degrees, u from U[−scale, scale), s from U[−shear, shear);
    * t from U[−shift, shift) · (width, height); m −1 with probability 1/2 if `flip`, else 1;
    * c from U[1 − contrast, 1 + contrast), b from U[−brightness, brightness);
    * n from N(0, noise²), independent for each number;
    * mask 0 in a rectangle anywhere, its sides `cutout` of the image's, else 1.

    Each part is switched off by 0. Shapes are sampled bilinearly; contrast and brightness change
    what came in from outside too.

    In the manner of the strong augmentations of Sohn et al., "FixMatch: Simplifying Semi-Supervised
    Learning with Consistency and Confidence", NeurIPS 2020, https://arxiv.org/abs/2001.07685, which
    ends with the cutout of DeVries and Taylor, https://arxiv.org/abs/1708.04552.

    Args:
      images: [batch, height, width, channels] floats in [0, 1].
      draws: Where randomness comes from.
      name: Keys the draws of this call.
      angle: Rotation by up to so many degrees, counter-clockwise or clockwise.
      scale: Magnification by exp(u), u from U[-scale, scale].
      shear: Moves a row sideways by up to this times its height above the centre.
      shift: Moves by up to this fraction of each side, not only by whole pixels.
      flip: Whether each image is mirrored left to right with probability 1/2; not for digits.
      fill: What lies outside: "zero" (black), "edge" for the nearest pixel, or "reflect" for the
        mirrored image.
      brightness: Adds a number of up to ± this to the whole image.
      contrast: Multiplies distances from the image's mean by a factor from U[1 - contrast,
        1 + contrast]; at most 1.
      noise: Standard deviation of Gaussian noise, independent for each number.
      cutout: Covers a rectangle with zeros, its sides this fraction of the image's.

    Returns:
      Images of the same shape and type, in [0, 1].

    Raises:
      ValueError: If the images aren't a batch of floats, or a setting isn't understood.
    """
    images = check_images(images, "strong_view")
    check_fill(fill, "strong_view.fill")
    _check_strengths(
        "strong_view",
        angle=angle,
        scale=scale,
        shear=shear,
        shift=shift,
        brightness=brightness,
        contrast=contrast,
        noise=noise,
        cutout=cutout,
    )
    _check_flag("strong_view.flip", flip)
    if contrast > 1.0:
        raise ValueError(f"strong_view.contrast = {contrast} must be at most 1.")

    if angle or scale or shear or shift or flip:
        matrices = _random_matrices(images, draws, name, angle, scale, shear, flip)
        _, height, width, _ = images.shape
        reach = tf.constant([shift * width, shift * height], tf.float32)
        offsets = reach * draws.uniform(f"{name}/shift", [images.shape[0], 2], -1.0, 1.0)
        images = affine_sample(images, matrices, offsets, fill)
    images = _random_tones(images, draws, name, brightness, contrast)
    if noise:
        grain = draws.normal(f"{name}/noise", images.shape, 0.0, noise)
        images += tf.cast(grain, images.dtype)
    images = tf.clip_by_value(images, 0.0, 1.0)
    if cutout:
        images = random_cutout(images, draws, f"{name}/cutout", cutout)
    return images


def _random_matrices(
    images: tf.Tensor,
    draws: Draws,
    name: str,
    angle: float,
    scale: float,
    shear: float,
    flip: bool,
) -> tf.Tensor:
    """[batch, 2, 2], from (right, down) in the view to (right, down) in the image.

    rotation · shear · 1/magnification · mirroring, where nothing is drawn for a part that is off.
    """
    batch = images.shape[0]

    def up_to(strength: float, part: str) -> tf.Tensor:
        if not strength:
            return tf.zeros([batch])
        return draws.uniform(f"{name}/{part}", [batch], -strength, strength)

    turn = up_to(math.radians(angle), "angle")
    cosine, sine = tf.cos(turn), tf.sin(turn)
    slant = up_to(shear, "shear")
    shrink = tf.exp(-up_to(scale, "scale"))
    mirror = tf.ones([batch])
    if flip:
        mirror = tf.where(draws.uniform(f"{name}/flip", [batch]) < 0.5, -1.0, 1.0)
    rows = [
        [cosine * mirror, cosine * slant - sine],
        [sine * mirror, sine * slant + cosine],
    ]
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=1) * shrink[:, None, None]


def _random_tones(
    images: tf.Tensor, draws: Draws, name: str, brightness: float, contrast: float
) -> tf.Tensor:
    shape = [images.shape[0], 1, 1, 1]
    if contrast:
        factor = draws.uniform(f"{name}/contrast", shape, 1.0 - contrast, 1.0 + contrast)
        mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
        images = (images - mean) * tf.cast(factor, images.dtype) + mean
    if brightness:
        added = draws.uniform(f"{name}/brightness", shape, -brightness, brightness)
        images += tf.cast(added, images.dtype)
    return images


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _check_strengths(view: str, **strengths: float) -> None:
    for setting, value in strengths.items():
        if not _is_number(value):
            raise ValueError(f"{view}.{setting} = {value!r} must be a number, such as 0.1.")
        if not value >= 0.0:
            raise ValueError(
                f"{view}.{setting} = {value!r} must not be negative; 0 switches this part off."
            )


def _check_flag(setting: str, value: bool) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{setting} = {value!r} must be True or False, without quotes.")


def _check_range(
    setting: str, value: Sequence[float], example: str, most: float = math.inf
) -> None:
    pair = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))
    if not pair or not 0 < value[0] <= value[1] <= most:
        bound = f" and at most {most}" if most < math.inf else ""
        raise ValueError(
            f"{setting} = {value!r} must be (low, high) with low above 0, high not below it"
            f"{bound}, such as {example}."
        )
