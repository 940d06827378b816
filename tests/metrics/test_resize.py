# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Resizing policies against loops that spell out what they promise."""

import numpy as np
import PIL.Image
import pytest

from compare_gan.metrics.resize import POLICIES, resize


def images(height, width, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(size=(2, height, width, channels)).astype(np.float32)


def tf1_bilinear(image, size):
    """Output pixel i is read at i · input / output, with its right and lower neighbor."""
    height, width, channels = image.shape
    result = np.zeros((*size, channels))
    for i in range(size[0]):
        for j in range(size[1]):
            y, x = i * height / size[0], j * width / size[1]
            y0, x0 = int(y), int(x)
            y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
            fy, fx = y - y0, x - x0
            top = (1 - fx) * image[y0, x0] + fx * image[y0, x1]
            bottom = (1 - fx) * image[y1, x0] + fx * image[y1, x1]
            result[i, j] = (1 - fy) * top + fy * bottom
    return result


def cubic(t):
    t = abs(t)
    if t < 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0


def antialiased_weights(size_in, size_out):
    """Rows of weights; the kernel is centered at half-pixels and widened when shrinking."""
    scale = size_in / size_out
    widening = max(scale, 1.0)
    matrix = np.zeros((size_out, size_in))
    for i in range(size_out):
        center = (i + 0.5) * scale
        first = max(int(center - 2 * widening + 0.5), 0)
        last = min(int(center + 2 * widening + 0.5), size_in)
        for j in range(first, last):
            matrix[i, j] = cubic((j - center + 0.5) / widening)
        matrix[i] /= matrix[i].sum()
    return matrix


@pytest.mark.parametrize("shape, size", [((8, 8), (19, 19)), ((9, 5), (4, 7)), ((6, 6), (6, 6))])
def test_tf1_bilinear_equals_a_loop(shape, size):
    x = images(*shape)
    expected = [tf1_bilinear(image.astype(np.float64), size) for image in x]
    result = resize(x, size, "tf1_bilinear")
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=2e-6)


def test_tf1_bilinear_has_no_half_pixel_shift():
    ramp = np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1) / 4
    doubled = resize(ramp, (1, 8), "tf1_bilinear")[0, 0, :, 0] * 4
    np.testing.assert_allclose(doubled, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3], atol=1e-6)


@pytest.mark.parametrize("shape, size", [((8, 8), (19, 19)), ((21, 13), (5, 6)), ((6, 9), (12, 3))])
def test_pil_bicubic_equals_a_loop(shape, size):
    x = images(*shape)
    rows = antialiased_weights(shape[0], size[0])
    columns = antialiased_weights(shape[1], size[1])
    expected = np.clip(np.einsum("ih,jw,bhwc->bijc", rows, columns, x.astype(np.float64)), 0, 1)
    result = resize(x, size, "pil_bicubic")
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=2e-6)


def test_pil_bicubic_is_pillows_without_rounding():
    levels = (images(16, 16, 1) * 255).round().astype(np.uint8)[0, :, :, 0]
    pillow = PIL.Image.fromarray(levels).resize((7, 7), PIL.Image.Resampling.BICUBIC)
    ours = resize(levels[None, :, :, None] / np.float32(255), (7, 7), "pil_bicubic")[0, :, :, 0]
    assert np.max(np.abs(ours * 255 - np.asarray(pillow))) <= 1.01  # Pillow rounds twice.


def test_pil_bicubic_is_that_of_clean_fid():
    """Planes of floats from 0 to 255, resized by Pillow and clipped."""
    x = images(40, 31)
    planes = [
        [
            PIL.Image.fromarray(255 * image[:, :, channel], mode="F").resize(
                (17, 50), PIL.Image.Resampling.BICUBIC
            )
            for channel in range(3)
        ]
        for image in x
    ]
    expected = np.clip(np.stack([np.stack(p, axis=-1) for p in planes]), 0, 255)
    result = 255 * resize(x, (50, 17), "pil_bicubic")
    np.testing.assert_allclose(result, expected, atol=1e-3)
    assert (expected == 0).any() and (expected == 255).any()  # something was clipped


def test_none_leaves_images_alone_and_refuses_another_size():
    x = images(8, 8)
    np.testing.assert_array_equal(resize(x, (8, 8), "none"), x)
    with pytest.raises(ValueError, match="8x8, not 4x4"):
        resize(x, (4, 4), "none")


def test_an_unknown_policy_names_the_known_ones():
    with pytest.raises(ValueError, match=", ".join(POLICIES)):
        resize(images(4, 4), (8, 8), "bilinear")


@pytest.mark.parametrize("policy", ["tf1_bilinear", "pil_bicubic"])
def test_constant_images_stay_constant(policy):
    result = resize(np.full((1, 7, 5, 3), 0.3, np.float32), (11, 3), policy)
    np.testing.assert_allclose(result, 0.3, rtol=1e-6)
