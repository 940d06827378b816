# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""ADA's maps of places against complex numbers, its maps of colours against SciPy and by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from compare_gan.augmentation.chances import BLIT, COLOR, GEOMETRIC, Chances
from compare_gan.augmentation.chances import random_colors as colors
from compare_gan.augmentation.chances import random_places as places
from compare_gan.randomness import Draws
from tests.augmentation.scripted_draws import ScriptedDraws

HEIGHT, WIDTH = 20, 30
ROTATIONS = ("rotation_before", "rotation_after")
# With p = 0.64, a rotation happens with 1 - √0.36 = 0.4.
P = 0.64
LIMITS = dict.fromkeys([*BLIT, *GEOMETRIC, *COLOR], P) | dict.fromkeys(ROTATIONS, 0.4)


def chances(batch, probability, draws=None, **script):
    draws = draws or ScriptedDraws(**script)
    return Chances(draws, "a", batch, tf.constant(probability))


def moved(place, numbers):
    """Where a point of the picture goes, as right + i up."""
    if "flip" in numbers and numbers["flip"]:
        place = -place.conjugate()
    place *= 1j ** numbers.get("quarter_turn", 0)
    right, down = numbers.get("integer_translation", (0.0, 0.0))
    place += round(right * WIDTH) - 1j * round(down * HEIGHT)
    place *= 2 ** (0.2 * numbers.get("scale", 0.0))
    place *= np.exp(1j * numbers.get("rotation_before", 0.0))
    stretch = 2 ** (0.2 * numbers.get("anisotropic_scale", 0.0))
    place = place.real * stretch + 1j * place.imag / stretch
    place *= np.exp(1j * numbers.get("rotation_after", 0.0))
    right, down = numbers.get("fractional_translation", (0.0, 0.0))
    return place + 0.125 * (right * WIDTH - 1j * down * HEIGHT)


shares = st.tuples(st.floats(-0.12, 0.12), st.floats(-0.12, 0.12))
normals = st.floats(-3.0, 3.0)
angles = st.floats(-math.pi, math.pi)
PLACES = st.fixed_dictionaries(
    {
        "flip": st.integers(0, 1),
        "quarter_turn": st.integers(0, 3),
        "integer_translation": shares,
        "scale": normals,
        "rotation_before": angles,
        "anisotropic_scale": normals,
        "rotation_after": angles,
        "fractional_translation": st.tuples(normals, normals),
    }
)
COLORS = st.fixed_dictionaries(
    {
        "brightness": normals,
        "contrast": normals,
        "luma_flip": st.integers(0, 1),
        "hue": angles,
        "saturation": normals,
    }
)


def script(numbers, chosen):
    """A batch of one image, which undergoes the `chosen` parts only."""
    gates = {f"{part}_chosen": LIMITS[part] + (-0.01 if part in chosen else 0.0) for part in LIMITS}
    gates |= {
        f"{part}_chosen": LIMITS[part] + (-0.01 if part in chosen else 0.01) for part in ROTATIONS
    }
    return numbers | gates


@settings(max_examples=40, deadline=None)
@given(numbers=PLACES, chosen=st.sets(st.sampled_from(sorted({*BLIT, *GEOMETRIC, *ROTATIONS}))))
def test_places_are_where_the_picture_came_from(numbers, chosen):
    draws = ScriptedDraws(**script(numbers, chosen))
    matrix, offset = places(chances(1, P, draws), [*BLIT, *GEOMETRIC], HEIGHT, WIDTH)
    for point in (0j, 3 + 2j, -7 + 5j):
        result = moved(point, {part: numbers[part] for part in numbers if part in chosen})
        source = matrix[0].numpy() @ [result.real, -result.imag] + offset[0].numpy()
        np.testing.assert_allclose(source, [point.real, -point.imag], atol=2e-4)
    assert draws.asked["integer_translation"] == (-0.125, 0.125)
    assert draws.asked["rotation_before"] == (-math.pi, math.pi)
    assert draws.asked["flip"] == (0, 2) and draws.asked["quarter_turn"] == (0, 4)


def recolored(color, numbers):
    """Of an RGB colour, float64."""
    y = np.asarray(color) - 0.5
    y = (y + 0.1 * numbers.get("brightness", 0.0)) * 2 ** (0.5 * numbers.get("contrast", 0.0))
    if numbers.get("luma_flip"):
        y = y - 2 * y.mean()
    turn = Rotation.from_rotvec(np.full(3, numbers.get("hue", 0.0) / math.sqrt(3)))
    y = turn.apply(y)
    return y.mean() + 2 ** numbers.get("saturation", 0.0) * (y - y.mean()) + 0.5


@settings(max_examples=40, deadline=None)
@given(numbers=COLORS, chosen=st.sets(st.sampled_from(COLOR)))
def test_colors_equal_scipys_rotations(numbers, chosen):
    draws = ScriptedDraws(**script(numbers, chosen))
    matrix, offset = colors(chances(1, P, draws), COLOR, channels=3)
    for color in ([0.0, 0.0, 0.0], [0.9, 0.2, 0.4]):
        expected = recolored(color, {part: numbers[part] for part in chosen})
        found = matrix[0].numpy() @ np.array(color) + offset[0].numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-5)
    assert draws.asked["hue"] == (-math.pi, math.pi) and draws.asked["luma_flip"] == (0, 2)


@pytest.mark.parametrize(
    "part, number, expected",
    [
        ("brightness", 1.5, (0.95, 0.75, 0.85)),  # + 1.5 · 0.1
        ("contrast", 2.0, (1.1, 0.7, 0.9)),  # 2^(2 · 0.5) (0.3, 0.1, 0.2)
        ("luma_flip", 1, (0.4, 0.2, 0.3)),  # (0.3, 0.1, 0.2) - 2 · 0.2
        ("hue", 2 * math.pi / 3, (0.7, 0.8, 0.6)),  # a third of a turn: red becomes green
        ("hue", math.pi, (0.6, 0.8, 0.7)),  # 2 · 0.7 - x
        ("saturation", 1.0, (0.9, 0.5, 0.7)),  # 0.7 + 2 (0.1, -0.1, 0)
    ],
)
def test_colors_by_hand(part, number, expected):
    script = {part: number, f"{part}_chosen": 0.0}
    matrix, offset = colors(chances(1, 1.0, **script), [part], channels=3)
    found = matrix[0].numpy() @ [0.8, 0.6, 0.7] + offset[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2])
def test_other_numbers_of_channels_have_brightness_and_contrast(channels):
    draws = ScriptedDraws(brightness=-1, brightness_chosen=0, contrast=-2, contrast_chosen=0)
    matrix, offset = colors(chances(1, 1.0, draws), COLOR, channels)
    # (x - 0.5 - 0.1) / 2 + 0.5 = x / 2 + 0.2
    np.testing.assert_allclose(matrix[0], 0.5 * np.eye(channels), atol=1e-6)
    np.testing.assert_allclose(offset[0], np.full(channels, 0.2), atol=1e-6)


def changed(part, batch, probability):
    """Which images a part does something to."""
    given = chances(batch, probability, Draws(1))
    if part in COLOR:
        matrix, offset = colors(given, [part], channels=3)
    else:
        matrix, offset = places(given, [part], HEIGHT, WIDTH)
    same = np.all(matrix == np.eye(matrix.shape[1]), axis=(1, 2)) & np.all(offset == 0.0, axis=1)
    return ~same


@pytest.mark.parametrize("part", [*BLIT, *GEOMETRIC, *COLOR])
def test_each_image_undergoes_a_part_with_the_probability(part):
    batch, probability = 20_000, 0.3
    # Half of the flips and a quarter of the turns are none; of the moves by whole pixels that are
    # up to 3.75 across and 2.5 along, 1 / 7.5 · 1 / 5 are by nothing.
    real = {"flip": 1 / 2, "luma_flip": 1 / 2, "quarter_turn": 3 / 4}
    real["integer_translation"] = 1 - 1 / 7.5 / 5
    share = changed(part, batch, probability).mean()
    expected = probability * real.get(part, 1.0)
    assert abs(share - expected) < 4 * math.sqrt(expected / batch)
    assert not changed(part, 100, 0.0).any()
    if part not in real:
        assert changed(part, 100, 1.0).all()


def test_parts_are_chosen_independently():
    flipped, scaled = (changed(part, 20_000, 0.8) for part in ("flip", "scale"))
    assert abs(np.mean(flipped & scaled) - 0.4 * 0.8) < 0.015
