# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Views: each part alone against NumPy and SciPy, and what all of them keep."""

import functools

import gin
import numpy as np
import pytest
import scipy.ndimage
from PIL import Image

from compare_gan.augmentation import strong_view, weak_view
from compare_gan.randomness import Draws
from tests.augmentation.scripted_draws import (
    ScriptedDraws,
    assert_only_draws_decide,
    pictures,
)

OFF = dict(
    angle=0.0,
    scale=0.0,
    shear=0.0,
    shift=0.0,
    brightness=0.0,
    contrast=0.0,
    noise=0.0,
    cutout=0.0,
)
VIEWS = {
    "weak": weak_view,
    "weak, mirrored, edge": functools.partial(weak_view, flip=True, fill="edge"),
    "weak, cropped": functools.partial(weak_view, shift=0.0, crop_area=(0.1, 1.0)),
    "strong": strong_view,
    "strong, mirrored, edge": functools.partial(strong_view, flip=True, fill="edge"),
}


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (16, 24, 3), (64, 64, 5)])
@pytest.mark.parametrize("name", VIEWS)
def test_shape_type_and_range(name, shape):
    images = np.repeat(pictures(1, *shape).astype(np.float32), 8, axis=0)
    out = VIEWS[name](images, Draws(1), "a").numpy()
    assert out.shape == (8, *shape)
    assert out.dtype == np.float32
    assert 0.0 <= out.min() <= out.max() <= 1.0
    # One picture, eight times: each has a view of its own; shifts by a pixel have only nine.
    assert len({view.tobytes() for view in out}) >= 4


@pytest.mark.parametrize(
    "name", ["weak, mirrored, edge", "weak, cropped", "strong, mirrored, edge"]
)
def test_determined_by_draws(name):
    images = pictures(4, 8, 12, 3)
    assert_only_draws_decide(VIEWS[name], images)


@pytest.mark.parametrize(
    "view", [functools.partial(weak_view, shift=0.0), functools.partial(strong_view, **OFF)]
)
def test_everything_off_is_the_identity(view):
    images = pictures(2, 8, 8, 3)
    np.testing.assert_array_equal(view(images, Draws(1), "a"), images)


def test_weak_view_shifts_and_mirrors():
    images = pictures(2, 8, 8, 1)
    draws = ScriptedDraws(flip=[0.49, 0.5], down=[1, 0], right=[0, -1])
    out = weak_view(images, draws, "a", flip=True)
    expected = np.zeros_like(images)
    expected[0, 1:] = images[0, :-1, ::-1]
    expected[1, :, :-1] = images[1, :, 1:]
    np.testing.assert_array_equal(out, expected)
    expected[0, 0] = images[0, 0, ::-1]
    expected[1, :, -1] = images[1, :, -1]
    draws = ScriptedDraws(flip=[0.49, 0.5], down=[1, 0], right=[0, -1])
    np.testing.assert_array_equal(weak_view(images, draws, "a", flip=True, fill="edge"), expected)


def test_weak_view_crops_a_part_of_the_area():
    height, width = 12, 20
    images = pictures(3, height, width, 1).astype(np.float32)
    # The last crop is as wide as the image: the square root of 0.9 * 2 * 12 / 20 is above 1.
    areas, aspects = np.array([0.25, 0.5, 0.9]), np.array([1.0, 0.75, 2.0])
    places = np.array([[0.0, 0.0], [1.0, -0.5], [0.3, 1.0]])
    draws = ScriptedDraws(area=areas, aspect=aspects, place=places)
    out = weak_view(images, draws, "a", shift=0.0, crop_area=(0.25, 0.9), crop_aspect=(0.75, 2))
    assert draws.asked["area"] == (0.25, 0.9) and draws.asked["aspect"] == (0.75, 2)
    for image, result, area, aspect, (right, down) in zip(images, out, areas, aspects, places):
        wide = min(np.sqrt(area * aspect * height * width), width)
        tall = min(np.sqrt(area / aspect * height * width), height)
        left, top = (1 + right) / 2 * (width - wide), (1 + down) / 2 * (height - tall)
        expected = Image.fromarray(image[..., 0]).resize(
            (width, height), Image.Resampling.BILINEAR, (left, top, left + wide, top + tall)
        )
        np.testing.assert_allclose(result[..., 0], expected, atol=2e-5)


def sampled(image, matrix, offset=(0.0, 0.0)):
    """out[p] = image[matrix p + offset] for p = (down, right) from the centre, by SciPy."""
    middle = (np.array(image.shape[:2]) - 1) / 2
    return scipy.ndimage.affine_transform(
        image[..., 0], matrix, offset + middle - matrix @ middle, order=1, mode="grid-constant"
    )[..., None]


def test_strong_view_rotates_by_degrees():
    images = pictures(2, 9, 9, 1)
    draws = ScriptedDraws(angle=np.radians([10.0, -25.0]), shift=np.zeros(4))
    out = strong_view(images, draws, "a", **{**OFF, "angle": 30.0})
    np.testing.assert_allclose(draws.asked["angle"], np.radians([-30.0, 30.0]))
    for image, result, angle in zip(images, out, np.radians([10.0, -25.0])):
        expected = scipy.ndimage.rotate(
            image[..., 0], np.degrees(angle), reshape=False, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-6)


def test_strong_view_magnifies_shears_mirrors_and_shifts():
    image = pictures(1, 8, 10, 1)
    cases = [
        ({"scale": 0.5}, {"scale": [0.3]}, np.eye(2) * np.exp(-0.3), (0, 0)),
        ({"shear": 0.5}, {"shear": [0.4]}, np.array([[1, 0], [0.4, 1]]), (0, 0)),
        ({"flip": True}, {"flip": [0.1]}, np.diag([1, -1]), (0, 0)),
        ({"flip": True}, {"flip": [0.9]}, np.eye(2), (0, 0)),
        # A fraction of the width 10, and of the height 8.
        ({"shift": 0.25}, {"shift": [[0.5, -1.0]]}, np.eye(2), (-2.0, 1.25)),
    ]
    for settings, values, matrix, offset in cases:
        draws = ScriptedDraws(**{"shift": [[0.0, 0.0]], **values})
        out = strong_view(image, draws, "a", **{**OFF, **settings})
        np.testing.assert_allclose(out[0], sampled(image[0], matrix, offset), atol=1e-6)


def test_strong_view_composes_its_affine_parts():
    image = pictures(1, 12, 12, 1)
    angle, scale, shear = 0.2, -0.1, 0.3
    draws = ScriptedDraws(
        angle=[angle], scale=[scale], shear=[shear], flip=[0.2], shift=[[0.5, 0.25]]
    )
    out = strong_view(
        image, draws, "a", **{**OFF, "angle": 20, "scale": 1, "shear": 1, "shift": 0.5}, flip=True
    )
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ [[1, shear], [0, 1]] @ np.diag([-1, 1]) * np.exp(-scale)
    # Ours counts (right, down), SciPy (down, right).
    expected = sampled(image[0], matrix[::-1, ::-1], (0.25 * 0.5 * 12, 0.5 * 0.5 * 12))
    np.testing.assert_allclose(out[0], expected, atol=1e-6)


def test_strong_view_changes_tones_then_covers():
    images = pictures(2, 8, 8, 3)
    grain = np.random.default_rng(1).normal(size=images.shape)
    draws = ScriptedDraws(
        contrast=[0.5, 1.4], brightness=[0.3, -0.1], noise=grain, top=[-1, 6], left=[0, 5]
    )
    settings = {**OFF, "contrast": 0.5, "brightness": 0.3, "noise": 0.05, "cutout": 0.25}
    out = strong_view(images, draws, "a", **settings)
    assert draws.asked["contrast"] == (0.5, 1.5)
    assert draws.asked["brightness"] == (-0.3, 0.3)
    for index, (factor, added) in enumerate(((0.5, 0.3), (1.4, -0.1))):
        mean = images[index].mean()
        expected = mean + factor * (images[index] - mean) + added + 0.05 * grain[index]
        expected = np.clip(expected, 0.0, 1.0)
        if index == 0:
            expected[0:1, 0:2] = 0.0
        else:
            expected[6:8, 5:7] = 0.0
        np.testing.assert_allclose(out[index], expected, atol=1e-6)


def test_parts_draw_independently():
    """Switching one part off leaves the others' draws as they are."""
    image = pictures(4, 8, 8, 1)
    only_tones = {**OFF, "contrast": 0.4, "brightness": 0.2}
    tones = strong_view(image, Draws(1), "a", **only_tones).numpy()
    covered = strong_view(image, Draws(1), "a", **{**only_tones, "cutout": 0.3}).numpy()
    same = covered == tones
    assert np.all(covered[~same] == 0.0)
    assert 0 < np.sum(~same) < same.size / 4


def test_gin_binds_the_settings():
    @gin.configurable("test_view_user")
    def user(view):
        return view

    gin.parse_config("test_view_user.view = @weak_view\nweak_view.shift = 0.0")
    images = pictures(2, 8, 8, 1)
    np.testing.assert_array_equal(user()(images, Draws(1), "a"), images)
    with pytest.raises(ValueError, match="name"):
        gin.parse_config("strong_view.name = 'a'")


@pytest.mark.parametrize(
    "view, settings, message",
    [
        (
            weak_view,
            {"fill": "grey"},
            "weak_view.fill = 'grey' is not known; use 'zero', 'edge' or 'reflect'",
        ),
        (weak_view, {"shift": -0.1}, "weak_view.shift = -0.1 must not be negative"),
        (weak_view, {"flip": "False"}, "weak_view.flip = 'False' must be True or False"),
        (weak_view, {"shift": "0.1"}, "weak_view.shift = '0.1' must be a number"),
        (weak_view, {"crop_area": 0.5}, r"weak_view.crop_area = 0.5 must be \(low, high\)"),
        (weak_view, {"crop_area": (0.5, 1.5)}, "weak_view.crop_area = .* at most 1.0"),
        (
            weak_view,
            {"crop_area": (0.5, 1.0), "crop_aspect": (2, 1)},
            "weak_view.crop_aspect = .* high not below it",
        ),
        (strong_view, {"flip": 1}, "strong_view.flip = 1 must be True or False"),
        (strong_view, {"fill": 0}, "strong_view.fill = 0 is not known"),
        (strong_view, {"angle": -20.0}, "strong_view.angle = -20.0 must not be negative"),
        (strong_view, {"contrast": 1.5}, "strong_view.contrast = 1.5 must be at most 1"),
    ],
)
def test_errors(view, settings, message):
    with pytest.raises(ValueError, match=message):
        view(pictures(2, 8, 8, 1), Draws(1), "a", **settings)
