# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DiffAugment: D only ever sees augmented images, and G learns through the augmentation."""

from collections.abc import Callable, Sequence

import gin
import tensorflow as tf

from compare_gan.augmentation.base import Augmentation
from compare_gan.augmentation.geometry import check_images, random_cutout, random_shift
from compare_gan.randomness import Draws

_BRIGHTNESS = 0.25
_TRANSLATION = 0.125
_CUTOUT = 0.5


def _color(images: tf.Tensor, draws: Draws, name: str) -> tf.Tensor:
    shape = [images.shape[0], 1, 1, 1]

    def factor(part: str, low: float, high: float) -> tf.Tensor:
        return tf.cast(draws.uniform(f"{name}/{part}", shape, low, high), images.dtype)

    images += factor("brightness", -_BRIGHTNESS, _BRIGHTNESS)
    if images.shape[3] > 1:  # a single channel is its own mean
        grey = tf.reduce_mean(images, axis=3, keepdims=True)
        images = (images - grey) * factor("saturation", 0.0, 2.0) + grey
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    return (images - mean) * factor("contrast", 0.5, 1.5) + mean


def _translation(images: tf.Tensor, draws: Draws, name: str) -> tf.Tensor:
    return random_shift(images, draws, f"{name}/translation", _TRANSLATION)


def _cutout(images: tf.Tensor, draws: Draws, name: str) -> tf.Tensor:
    return random_cutout(images, draws, f"{name}/cutout", _CUTOUT)


_POLICIES: dict[str, Callable[[tf.Tensor, Draws, str], tf.Tensor]] = {
    "color": _color,
    "translation": _translation,
    "cutout": _cutout,
}


@gin.register("diff_augment")
class DiffAugment(Augmentation):
    """Differentiable augmentation of all that D sees, reals and fakes, in both updates.

        "color":        x ← x + b
                        x ← s (x - grey(x)) + grey(x)
                        x ← c (x - mean(x)) + mean(x)
        "translation":  x[i, j] ← x[i - down, j - right], 0 where that is outside
        "cutout":       x[i, j] ← 0 in a rectangle of half the image's sides, anywhere

    (Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020,
    https://arxiv.org/abs/2006.10738.) Each image draws its own numbers:

    * b from U[-0.25, 0.25), s from U[0, 2), c from U[0.5, 1.5). grey is the mean over the channels,
      which leaves images of one channel as they are; mean is that over the whole image. Nothing is
      cut to [0, 1].
    * down and right up to ±1/8 of the height and of the width, in whole pixels, all equally likely.

    The paper's images are mostly in [-1, 1], ours in [0, 1]. Saturation and contrast don't depend
    on that. The paper's brightness of ±0.5 is ±0.25 here, the same change of the picture. Zero,
    which the paper fills in, is grey for images in [-1, 1] and black here: it stays zero, because
    that is what D's own convolutions see around an image, and what the paper's ImageNet code, which
    has images in [0, 1], does.

    Args:
      policy: Some of "color", "translation" and "cutout"; applied in this order.

    Raises:
      ValueError: If there is no such policy, or none at all.
    """

    def __init__(self, policy: Sequence[str] = ("color", "translation", "cutout")):
        names = list(policy) if isinstance(policy, list | tuple) else [policy]
        if not names or any(name not in tuple(_POLICIES) for name in names):
            raise ValueError(
                f"diff_augment.policy = {policy!r} must hold one or more of "
                f"{', '.join(map(repr, _POLICIES))}; without augmentation set "
                "ModularGAN.augmentation = None."
            )
        self.policy = tuple(name for name in _POLICIES if name in names)

    def __call__(self, images: tf.Tensor, draws: Draws, name: str) -> tf.Tensor:
        """Returns augmented images, of the same shape and type.

        Raises:
          ValueError: If the images aren't a batch of floats of known sizes.
        """
        images = check_images(images, "diff_augment")
        for policy in self.policy:
            images = _POLICIES[policy](images, draws, name)
        return images
