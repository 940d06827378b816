# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Structural similarity, against TensorFlow's and on images whose answer is known."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.metrics import Batch
from compare_gan.metrics.ms_ssim import MSSSIM, ms_ssim, ms_ssim_diversity


def _images(n, size, seed, channels=1):
    """Smooth random images."""
    rng = np.random.default_rng(seed)
    small = rng.uniform(size=(n, 6, 6, channels))
    return tf.image.resize(small, [size, size], "bicubic").numpy().clip(0, 1).astype(np.float64)


def test_against_tensorflow():
    a = _images(3, 180, 0, 3)
    b = np.clip(a + np.random.default_rng(1).normal(0, 0.1, a.shape), 0, 1)
    expected = [
        np.mean(
            [
                tf.image.ssim_multiscale(x[..., c : c + 1], y[..., c : c + 1], 1.0).numpy()
                for c in range(3)
            ]
        )
        for x, y in zip(a.astype(np.float32), b.astype(np.float32), strict=True)
    ]
    # Ours averages over 2 x 2 pixels with an odd side's last pixel repeated, as TensorFlow does.
    np.testing.assert_allclose(ms_ssim(a, b), expected, rtol=1e-3)


@pytest.mark.parametrize("size", [8, 11, 28, 31])
def test_small_images(size):
    a, b = _images(2, size, 0), _images(2, size, 1)
    np.testing.assert_allclose(ms_ssim(a, a), 1.0)
    forth, back = ms_ssim(a, b), ms_ssim(b, a)
    np.testing.assert_allclose(forth, back)
    assert (forth < 0.9).all() and (forth >= 0).all()


@pytest.mark.parametrize("size", [32, 31, 21])
def test_constant_images_by_hand(size):
    # c is 1 at every scale, l = (2ab + C1) / (a² + b² + C1) counts at the last one alone.
    a, b = np.full([1, size, size, 1], 0.2), np.full([1, size, size, 1], 0.7)
    light = (2 * 0.14 + 1e-4) / (0.04 + 0.49 + 1e-4)
    np.testing.assert_allclose(ms_ssim(a, b), light**0.1333, rtol=1e-6)
    np.testing.assert_allclose(ms_ssim(a, b, weights=None), light, rtol=1e-6)


def test_diversity_is_the_mean_over_pairs():
    images = _images(6, 16, 0)
    pairs = [ms_ssim(images[i : i + 1], images[j : j + 1])[0] for i in range(6) for j in range(i)]
    found = ms_ssim_diversity(images, batch_size=6, batches=1)
    np.testing.assert_allclose(found, np.mean(pairs))
    alike = np.clip(images[:1] + 0.02 * np.random.default_rng(0).normal(size=images.shape), 0, 1)
    assert ms_ssim_diversity(alike, 6, 1) > 0.8 > found


def test_the_metric():
    gin.parse_config("ms_ssim.batch_size = 3\nms_ssim.batches = 2")
    metric = gin.get_configurable(MSSSIM)()
    side = metric.accumulator()
    images = _images(40, 8, 0).astype(np.float32)
    for part in np.array_split(images, 5):
        side.update(Batch(part, None, None))
    kept = {image.tobytes() for image in side.images}
    assert len(kept) == 6 and kept < {image.tobytes() for image in images}
    assert kept != {image.tobytes() for image in images[:6]}
    found = metric.compute(None, side)
    assert found == {"ms_ssim": ms_ssim_diversity(side.images, 3, 2)}


def test_what_makes_no_sense():
    with pytest.raises(ValueError, match=r"one shape, received \(2, 8, 8, 1\) and \(1, 8"):
        ms_ssim(_images(2, 8, 0), _images(1, 8, 0))
    with pytest.raises(ValueError, match="ms_ssim.batch_size=64 is more than there are: 5 images"):
        ms_ssim_diversity(_images(5, 8, 0))
    with pytest.raises(ValueError, match="ms_ssim.batches must be a whole number from 1"):
        ms_ssim_diversity(_images(5, 8, 0), 2, 0)


@pytest.mark.parametrize(
    "images, words",
    [
        (np.ones([2, 8, 8, 1], np.uint8), r"floats in \[0, 1\], received uint8: divide bytes"),
        (np.full([2, 8, 8, 1], 200.0), "received values from 200 to 200"),
        (np.full([2, 8, 8, 1], -0.5), "received values from -0.5 to -0.5"),
        (np.full([2, 8, 8, 1], np.nan), "received values from nan"),
    ],
)
def test_other_ranges(images, words):
    for sides in ((images, _images(2, 8, 0)), (_images(2, 8, 0), images)):
        with pytest.raises(ValueError, match=words):
            ms_ssim(*sides)


@pytest.mark.parametrize("settings", [{"batch_size": 1}, {"batches": 0}, {"batch_size": 2.0}])
def test_settings_that_make_no_sense(settings):
    with pytest.raises(ValueError, match=f"ms_ssim.{[*settings][0]} must be a whole number"):
        MSSSIM(**settings)


def test_numbers_that_will_not_do():
    with pytest.raises(ValueError, match="ms_ssim.batch_size=64 is more than there are: 63 images"):
        MSSSIM().check(500, 63)
    for numbers in ((63, 64), (0, 0), (63, 0)):
        MSSSIM().check(*numbers)
