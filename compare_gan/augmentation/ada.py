# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""ADA: augmentation whose probability follows how sure D is of the real images."""

from collections.abc import Mapping, Sequence
from typing import Any

import gin
import keras
import tensorflow as tf

from compare_gan.augmentation.base import Augmentation
from compare_gan.augmentation.chances import (
    BLIT,
    COLOR,
    COLOR_OF_THREE_CHANNELS,
    GEOMETRIC,
    Chances,
    random_colors,
    random_places,
)
from compare_gan.augmentation.geometry import affine_sample, check_images, random_cutout
from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers import mean_over_replicas, replica_count
from compare_gan.randomness import Draws

_CUTOUT = 0.5  # of the sides
_NOISE = 0.05  # the paper's 0.1, for images in [0, 1] instead of [-1, 1]
_PARTS = (*BLIT, *GEOMETRIC, *COLOR, "noise", "cutout")
_TURNS = ("quarter_turn", "rotation")
_CATEGORIES = {"blit": BLIT, "geometric": GEOMETRIC, "color": COLOR}


@gin.register("ada")
class Ada(Augmentation):
    """Adaptive discriminator augmentation: each transformation befalls each image with chance p.

    (Karras, Aittala, Hellsten, Laine, Lehtinen, Aila, "Training Generative Adversarial Networks
    with Limited Data", NeurIPS 2020, https://arxiv.org/abs/2006.06676.) With few images D learns
    them by heart; p rises until D is no surer of the reals than it should be. After every
    `interval` updates of D, with r_t the mean of sign(D(real)) in them,

        p ← p + sign(r_t − target) · (real images seen in them) / adjustment_images

    cut to [0, largest_probability]. p and r_t's sum are kept in the checkpoint. r_t means something
    only where D's logits are trained to be positive for reals and negative for fakes, as by the
    losses `non_saturating`, `hinge` and `least_squares`. An adaptive one is refused beside others
    (`wasserstein`, relativistic losses) and beside tasks that replace the GAN's loss: there set
    `adaptive = False` and a `probability`. "quarter_turn" and "rotation" are refused beside tasks
    that ask D how images were turned.

    The transformations, in their order, and the categories they belong to:

    * "blit": "flip", "quarter_turn", "integer_translation". Pixels are moved, not interpolated.
    * "geometric": "scale", "rotation", "anisotropic_scale", "fractional_translation".
    * "color": "brightness", "contrast", and for images of three channels "luma_flip", "hue",
      "saturation". Nothing is cut to [0, 1].
    * "noise": Gaussian noise of standard deviation |n|, n from N(0, 0.05²) for each image.
    * "cutout": a rectangle of half the image's sides, anywhere, is set to zero.

    `compare_gan.augmentation.chances` has their formulas. Numbers are the paper's, in the unit of
    images in [0, 1]. What differs from the paper's program:

    * Places are sampled once, bilinearly. The program samples at twice the resolution, between an
      upsampling and a downsampling with a wavelet filter (sym6). Ours is cheaper and blurs more: a
      move by half a pixel takes the finest details away, and a strongly shrunk image has aliases.
      Reals and fakes are treated alike.
    * An image goes on as its mirror image beyond its outermost pixels, without end; the program
      mirrors it once and has zeros beyond that.
    * Luma flips are for three channels only; the program negates images of one channel too.
    * Cut out is black, 0, as everywhere in this library, where the program's 0 is grey.
    * The program has no upper bound of p. Its filtering of images is left out, as it is in the
      paper's final choice of categories, the default here.

    Args:
      policy: Some of the categories, and single transformations such as "flip": for digits, which
        may not be mirrored or turned, ("integer_translation", "geometric").
      adaptive: Whether p follows r_t; otherwise it is fixed, and of the settings below only
        `probability` matters. In `consistency.view` nothing moves p: fix it there.
      probability: p, at the start if it adapts. None is 0 then; a fixed one must be given.
      target: The r_t to be held, from -1 to 1.
      adjustment_images: After how many reals p could have gone from 0 to 1.
      interval: After how many updates of D p is adjusted.
      largest_probability: p's upper bound. Above 0.8 the paper finds that augmentations leak into
        what G makes.

    Raises:
      ValueError: A setting is out of its range, or there is no such transformation.
    """

    def __init__(
        self,
        policy: Sequence[str] = ("blit", "geometric", "color"),
        adaptive: bool = True,
        probability: float | None = None,
        target: float = 0.6,
        adjustment_images: int = 500_000,
        interval: int = 4,
        largest_probability: float = 0.8,
    ):
        self.policy = tuple(policy) if isinstance(policy, list | tuple) else (policy,)
        known = (*_CATEGORIES, *_PARTS)
        if not self.policy or any(name not in known for name in self.policy):
            raise ValueError(
                f"ada.policy = {policy!r} must hold one or more of {', '.join(map(repr, known))}; "
                "without augmentation set ModularGAN.augmentation = None."
            )
        parts = {part for name in self.policy for part in _CATEGORIES.get(name, (name,))}
        self._parts = tuple(part for part in _PARTS if part in parts)
        self.turns_images = not parts.isdisjoint(_TURNS)
        if not isinstance(adaptive, bool):
            raise ValueError(f"ada.adaptive = {adaptive!r} must be True or False, without quotes.")
        self._adaptive = self.reads_logits = adaptive
        if not adaptive:
            if probability is None:
                raise ValueError(
                    "ada.adaptive = False fixes the probability of augmentations: set "
                    "ada.probability, such as 0.2."
                )
            self._probability = float(check_number("ada.probability", probability, "[0, 1]"))
            return
        check_number("ada.largest_probability", largest_probability, "[0, 1]")
        self._largest = float(largest_probability)
        start = 0.0 if probability is None else probability
        setting = "ada.probability, where it adapts up to ada.largest_probability,"
        check_number(setting, start, f"[0, {self._largest}]")
        self._target = float(check_number("ada.target", target, "[-1, 1]"))
        self._adjustment_images = check_whole_number("ada.adjustment_images", adjustment_images)
        self._interval = check_whole_number("ada.interval", interval)
        self._probability, self._signs, self._updates = (
            keras.Variable(
                value,
                trainable=False,
                aggregation="only_first_replica",
                name=f"augmentation_{name}",
                dtype="float32",
            )
            for name, value in (("probability", start), ("signs", 0.0), ("updates", 0.0))
        )

    @property
    def probability(self) -> tf.Tensor:
        """p as it is now, a float32 scalar."""
        return tf.convert_to_tensor(self._probability, tf.float32)

    def __call__(self, images: tf.Tensor, draws: Draws, name: str) -> tf.Tensor:
        """Returns augmented images, of the same shape and type; computed in float32 at least.

        Raises:
          ValueError: If the images aren't a batch of floats of known sizes, or don't fit a
            transformation that was asked for.
        """
        images = check_images(images, "ada")
        self._check_shape(images.shape)
        dtype = images.dtype
        if dtype.size < 4:
            images = tf.cast(images, tf.float32)
        batch, height, width, channels = images.shape
        chances = Chances(draws, name, batch, self.probability)
        if self._has(BLIT + GEOMETRIC):
            places = random_places(chances, self._parts, height, width)
            images = affine_sample(images, *places, fill="reflect")
        if self._has(COLOR):
            images = _recolored(images, *random_colors(chances, self._parts, channels))
        if self._has(["noise"]):
            grain = draws.normal(f"{name}/grain", images.shape)
            strength = tf.abs(chances.normal("noise", _NOISE)[0])[:, None, None, None]
            images += tf.cast(grain * strength, images.dtype)
        if self._has(["cutout"]):
            covered = random_cutout(images, draws, f"{name}/cutout", _CUTOUT)
            images = tf.where(chances.chosen("cutout")[:, None, None, None], covered, images)
        return tf.cast(images, dtype)

    def checkpointables(self) -> dict[str, Any]:
        if not self._adaptive:
            return {}
        return {
            "augmentation_probability": self._probability,
            "augmentation_signs": self._signs,
            "augmentation_updates": self._updates,
        }

    def assignments(self, real_logits: tf.Tensor) -> Sequence[tuple[keras.Variable, tf.Tensor]]:
        if not self._adaptive:
            return ()
        signs = tf.reduce_mean(tf.sign(tf.cast(real_logits, tf.float32)))
        # The sign below must be that of the global batch.
        signs = mean_over_replicas(signs, needed_by="ada.adaptive = True")
        signs = self._signs.value + signs
        updates = self._updates.value + 1.0
        due = updates >= self._interval
        images = self._interval * real_logits.shape[0] * replica_count()
        change = tf.sign(signs / self._interval - self._target) * images / self._adjustment_images
        changed = tf.clip_by_value(self._probability.value + change, 0.0, self._largest)
        return [
            (self._probability, tf.where(due, changed, self._probability.value)),
            (self._signs, tf.where(due, 0.0, signs)),
            (self._updates, tf.where(due, 0.0, updates)),
        ]

    def curves(self) -> Mapping[str, tf.Tensor]:
        return {"augmentation_probability": self.probability} if self._adaptive else {}

    def _has(self, parts: Sequence[str]) -> bool:
        return any(part in parts for part in self._parts)

    def _check_shape(self, shape: tf.TensorShape) -> None:
        _, height, width, channels = shape
        if "quarter_turn" in self._parts and height != width:
            raise ValueError(
                f"ada.policy = {self.policy!r} turns images by 90 degrees, which needs square "
                f"ones, received {height}×{width}; list 'flip' and 'integer_translation' in place "
                "of 'blit' or 'quarter_turn'."
            )
        alone = [name for name in self.policy if name in COLOR_OF_THREE_CHANNELS]
        if alone and channels != 3:
            raise ValueError(
                f"ada.policy has {alone[0]!r}, which needs images of 3 channels, received "
                f"{channels}; leave it out, or list 'color', which does what suits the images."
            )


def _recolored(images: tf.Tensor, matrices: tf.Tensor, offsets: tf.Tensor) -> tf.Tensor:
    """x → matrix · x + offset for each pixel, given [batch, channels, channels or nothing]."""
    matrices, offsets = tf.cast(matrices, images.dtype), tf.cast(offsets, images.dtype)
    # A sum of products, not a matrix product, which some devices compute in low precision.
    columns = tf.unstack(matrices[:, None, None], axis=-1)
    channels = tf.split(images, images.shape[3], axis=3)
    products = [channel * column for channel, column in zip(channels, columns)]
    return tf.add_n(products) + offsets[:, None, None]
