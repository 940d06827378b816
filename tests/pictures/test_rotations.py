# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from compare_gan.pictures import rotation_predictions

BLUE, ORANGE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def _pixels(picture, colour):
    return np.count_nonzero((picture == colour).all(-1))


def _predicted(count):
    return np.repeat(np.arange(4)[:, None], count, axis=1)


def test_images_are_turned_counter_clockwise_row_by_row():
    ground, corner = (10, 90, 10), (90, 10, 90)
    image = np.full([64, 64, 3], ground, np.uint8)
    image[:10, :10] = corner  # the upper left one
    picture = rotation_predictions(image[None], _predicted(1))
    mine = (picture == ground).all(-1) | (picture == corner).all(-1)
    rows = np.flatnonzero(mine.any(1)).reshape(4, 64)
    columns = np.flatnonzero(mine.any(0))
    assert len(columns) == 64
    # A quarter turn takes the upper left corner down, the next one right, the third up.
    for tops, (top, left) in zip(rows, [(0, 0), (54, 0), (54, 54), (0, 54)]):
        turned = picture[tops][:, columns]
        spot = np.argwhere((turned == corner).all(-1))
        assert spot.min(0).tolist() == [top, left] and len(spot) == 100


def test_frames_tell_right_from_wrong():
    images = np.zeros([2, 8, 8, 1])
    right = rotation_predictions(images, _predicted(2))
    assert _pixels(right, BLUE) > 8 * 4 * 64 and not _pixels(right, ORANGE)
    predicted = _predicted(2)
    predicted[1, 0] = 3
    one_wrong = rotation_predictions(images, predicted)
    frame = 72**2 - 64**2
    assert frame <= _pixels(one_wrong, ORANGE) < 1.5 * frame  # the words have some as well
    assert 7 * frame <= _pixels(one_wrong, BLUE) < 10 * frame


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [5, 128])
def test_any_number_of_channels_and_any_size(channels, size):
    images = np.random.default_rng(0).random([3, size, size, channels])
    picture = rotation_predictions(images, _predicted(3).astype(np.int64))
    assert picture.dtype == np.uint8 and picture.shape[2] == 3 and max(picture.shape) < 1000


@pytest.mark.parametrize(
    ("images", "predicted", "message"),
    [
        (np.zeros([0, 4, 4, 1]), np.zeros([4, 0], int), "at least one square image"),
        (np.zeros([1, 4, 5, 1]), np.zeros([4, 1], int), r"square image, .*\[1, 4, 5, 1\]"),
        (np.zeros([2, 4, 4, 1]), np.zeros([4, 1], int), r"whole numbers \[4, 2\], received int64"),
        (np.zeros([1, 4, 4, 1]), np.zeros([4, 1]), "received float64"),
        (np.zeros([1, 4, 4, 1]), np.full([4, 1], 4), "in 0 … 3, but they lie in 4 … 4"),
    ],
)
def test_wrong_arguments_are_refused(images, predicted, message):
    with pytest.raises(ValueError, match=message):
        rotation_predictions(images, predicted)
