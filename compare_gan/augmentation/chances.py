# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Transformations that each image undergoes with a probability, as maps of places and of colours.

The transformations of ADA (Karras et al., "Training Generative Adversarial Networks with Limited
Data", 2020, https://arxiv.org/abs/2006.06676), with the strengths of the paper's program.
"""

import dataclasses
import math
from collections.abc import Callable, Collection

import tensorflow as tf

from compare_gan.randomness import Draws

_INTEGER_TRANSLATION = 0.125  # of the side, at most
_FRACTIONAL_TRANSLATION = 0.125  # of the side, standard deviation; so are all below
_SCALE = 0.2  # log2
_BRIGHTNESS = 0.1  # the paper's 0.2, for images in [0, 1] instead of [-1, 1]
_CONTRAST = 0.5  # log2
_SATURATION = 1.0  # log2

BLIT = ("flip", "quarter_turn", "integer_translation")
GEOMETRIC = ("scale", "rotation", "anisotropic_scale", "fractional_translation")
COLOR_OF_THREE_CHANNELS = ("luma_flip", "hue", "saturation")
COLOR = ("brightness", "contrast", *COLOR_OF_THREE_CHANNELS)


@dataclasses.dataclass(frozen=True)
class Chances:
    """The numbers of one batch: drawn for the images that undergo a part, neutral for the others.

    Attributes:
      draws: Where randomness comes from.
      name: Keys the draws.
      batch: How many images.
      probability: Of each part, for each image on its own, a float32 scalar.
    """

    draws: Draws
    name: str
    batch: int
    probability: tf.Tensor

    def chosen(self, part: str, probability: tf.Tensor | None = None) -> tf.Tensor:
        """Which images undergo the part, bool [batch]."""
        limit = self.probability if probability is None else probability
        return self.draws.uniform(f"{self.name}/{part}_chosen", [self.batch]) < limit

    def option(self, part: str, count: int) -> tf.Tensor:
        """0, …, count − 1, float32 [batch], equally likely; 0 where the part isn't chosen."""
        options = self.draws.integers(f"{self.name}/{part}", [self.batch], 0, count)
        return tf.where(self.chosen(part), tf.cast(options, tf.float32), 0.0)

    def uniform(
        self, part: str, reach: float, size: int = 1, probability: tf.Tensor | None = None
    ) -> tf.Tensor:
        """U[-reach, reach), float32 [size, batch]; 0 where the part isn't chosen."""
        values = self.draws.uniform(f"{self.name}/{part}", [self.batch, size], -reach, reach)
        return tf.where(self.chosen(part, probability), tf.transpose(values), 0.0)

    def normal(self, part: str, stddev: float, size: int = 1) -> tf.Tensor:
        """N(0, stddev²), float32 [size, batch]; 0 where the part isn't chosen."""
        values = self.draws.normal(f"{self.name}/{part}", [self.batch, size], 0.0, stddev)
        return tf.where(self.chosen(part), tf.transpose(values), 0.0)


def random_places(
    chances: Chances, parts: Collection[str], height: int, width: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Where in the image each pixel of the result comes from, given `BLIT` and `GEOMETRIC` parts.

    What happens to the picture, in this order, each but rotation with the given probability p:

    * "flip": it is mirrored left to right in half of the cases.
    * "quarter_turn": turned by 0, 90, 180 or 270 degrees.
    * "integer_translation": moved by round(u · side) pixels, u from U[-0.125, 0.125) for width and
      height each.
    * "scale": magnified by 2^n, n from N(0, 0.2²).
    * "rotation": turned by U[-180, 180) degrees, before and after the next, with probability
      1 − √(1 − p) each, so that at least one of them happens with p.
    * "anisotropic_scale": stretched by 2^n across and by 2^−n along, n from N(0, 0.2²).
    * "fractional_translation": moved by n · side, n from N(0, 0.125²) for width and height each.

    Returns:
      What `affine_sample` takes: matrices [batch, 2, 2] and offsets [batch, 2], in pixels (right,
      down). Images that undergo nothing have exactly the identity and zero.
    """
    once = 1.0 - tf.sqrt(1.0 - chances.probability)

    def translation(moved: tf.Tensor) -> tf.Tensor:
        return _matrices([[1.0, 0.0, -moved[0]], [0.0, 1.0, -moved[1]], [0.0, 0.0, 1.0]])

    # Given what places are multiplied by, the inverse of what the picture is: a compiled 1 / 1.0
    # need not be 1.0.
    def scaling(right: tf.Tensor | float, down: tf.Tensor | float) -> tf.Tensor:
        return _matrices([[right, 0.0, 0.0], [0.0, down, 0.0], [0.0, 0.0, 1.0]])

    def turn(cosine: tf.Tensor, sine: tf.Tensor) -> tf.Tensor:
        return _matrices([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])

    def flip() -> tf.Tensor:
        return scaling(1.0 - 2.0 * chances.option("flip", 2), 1.0)

    def quarter_turn() -> tf.Tensor:
        quarters = chances.option("quarter_turn", 4)
        # Exact, as cosines of multiples of π/2 are not: 1, 0, -1, 0 and 0, 1, 0, -1.
        return turn(tf.abs(2.0 - quarters) - 1.0, 1.0 - tf.abs(quarters - 1.0))

    def integer_translation() -> tf.Tensor:
        share = chances.uniform("integer_translation", _INTEGER_TRANSLATION, size=2)
        return translation(tf.round(share * sides))

    def scale() -> tf.Tensor:
        shrink = _power_of_two(-chances.normal("scale", _SCALE)[0])
        return scaling(shrink, shrink)

    def rotation(part: str) -> tf.Tensor:
        angle = chances.uniform(part, math.pi, probability=once)[0]
        return turn(tf.cos(angle), tf.sin(angle))

    def anisotropic_scale() -> tf.Tensor:
        exponent = chances.normal("anisotropic_scale", _SCALE)[0]
        return scaling(_power_of_two(-exponent), _power_of_two(exponent))

    def fractional_translation() -> tf.Tensor:
        return translation(
            sides * chances.normal("fractional_translation", _FRACTIONAL_TRANSLATION, size=2)
        )

    sides = tf.constant([[width], [height]], tf.float32)
    steps: tuple[tuple[str, Callable[[], tf.Tensor]], ...] = (
        ("flip", flip),
        ("quarter_turn", quarter_turn),
        ("integer_translation", integer_translation),
        ("scale", scale),
        ("rotation", lambda: rotation("rotation_before")),
        ("anisotropic_scale", anisotropic_scale),
        ("rotation", lambda: rotation("rotation_after")),
        ("fractional_translation", fractional_translation),
    )
    # Each step's matrix leads from a place in its result to one in what it was given, so that the
    # first step stands leftmost.
    places = tf.eye(3, batch_shape=[chances.batch])
    for part, step in steps:
        if part in parts:
            places = _product(places, step())
    return places[:, :2, :2], places[:, :2, 2]


def random_colors(
    chances: Chances, parts: Collection[str], channels: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Linear maps of the colours in [0, 1], given `COLOR` parts.

    With y = x − ½, in this order, each with the given probability:

    * "brightness": y + n, n from N(0, 0.1²).
    * "contrast": 2^n y, n from N(0, 0.5²).
    * "luma_flip": y − 2 l (l · y) in half of the cases, with l = (1, 1, 1) / √3: light becomes
      dark, hues stay.
    * "hue": y turned about l by U[-180, 180) degrees.
    * "saturation": l (l · y) + 2^n (y − l (l · y)), n from N(0, 1).

    The last three are for three channels, and are left out for any other number.

    Returns:
      Matrices [batch, channels, channels] and offsets [batch, channels] of x → matrix · x + offset,
      exactly the identity and zero for images that undergo nothing.
    """
    batch = chances.batch
    matrix = tf.eye(channels, batch_shape=[batch])
    if channels == 3:
        luma = tf.fill([3, 3], 1.0 / 3.0)
        # y → l × y, so that a turn by θ is 1 + sin θ (l ×) + (1 − cos θ) (l ×)².
        across = tf.constant([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
        # All are the identity plus something that vanishes, so that nothing stays exactly nothing.
        colorful = tf.eye(3) - luma
        if "luma_flip" in parts:
            flipped = chances.option("luma_flip", 2)[:, None, None]
            matrix = _product(tf.eye(3) - 2.0 * flipped * luma, matrix)
        if "hue" in parts:
            angle = chances.uniform("hue", math.pi)[0][:, None, None]
            turn = tf.eye(3) + tf.sin(angle) * across - (1.0 - tf.cos(angle)) * colorful
            matrix = _product(turn, matrix)
        if "saturation" in parts:
            factor = _power_of_two(chances.normal("saturation", _SATURATION)[0])[:, None, None]
            matrix = _product(tf.eye(3) + (factor - 1.0) * colorful, matrix)
    middle = tf.fill([batch], -0.5)
    if "brightness" in parts:
        middle += chances.normal("brightness", _BRIGHTNESS)[0]
    if "contrast" in parts:
        factor = _power_of_two(chances.normal("contrast", _CONTRAST)[0])
        matrix *= factor[:, None, None]
    return matrix, 0.5 + tf.reduce_sum(matrix, axis=2) * middle[:, None]


def _power_of_two(exponent: tf.Tensor) -> tf.Tensor:
    return tf.exp(exponent * math.log(2.0))


def _matrices(rows: list[list[tf.Tensor | float]]) -> tf.Tensor:
    """[batch, rows, columns] of entries that are [batch] or the same for all."""
    batch = next(entry.shape for row in rows for entry in row if tf.is_tensor(entry))
    rows = [tf.stack([tf.broadcast_to(entry, batch) for entry in row], axis=-1) for row in rows]
    return tf.stack(rows, axis=1)


def _product(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Products of small matrices; some devices compute `tf.matmul` in low precision."""
    return tf.reduce_sum(left[..., :, :, None] * right[..., None, :, :], axis=-2)
