# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from compare_gan.pictures import interpolation_grid, stacked


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("names", [(), ("a class with a very long name indeed", "b")])
def test_rows_stand_in_order(channels, names):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3, 1, 1, 1) * 30 + 17
    images = np.broadcast_to(values, [2, 3, 8, 8, channels])
    picture = interpolation_grid(images, "title", names, names)
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    places = []
    for value in values.ravel():
        mine = (picture == value).all(-1)
        # Words have a few pixels of any grey.
        places.append([np.flatnonzero(mine.sum(axis) >= 64)[0] for axis in (1, 0)])
        assert np.count_nonzero(mine) >= 64 * 64
    tops, lefts = np.transpose(places).reshape(2, 2, 3)
    assert (np.diff(lefts, axis=1) == 66).all() and (np.diff(tops, axis=0) == 70).all()
    assert (np.diff(tops, axis=1) == 0).all()
    assert picture.shape[1] < 3 * 66 + 2 * 180  # long names are shortened


@pytest.mark.parametrize(
    ("shape", "names", "message"),
    [
        ([2, 8, 8, 1], (), r"\[rows, columns, height, width, channels\]"),
        ([2, 0, 8, 8, 1], (), r"each at least 1, but it is \[2, 0"),
        ([2, 3, 8, 8, 1], ["a"], "2 rows but 1 names on the left"),
    ],
)
def test_wrong_interpolations_are_refused(shape, names, message):
    with pytest.raises(ValueError, match=message):
        interpolation_grid(np.zeros(shape), "title", names)


def test_pictures_are_stacked_on_white():
    picture = stacked([np.zeros([1, 1, 3], np.uint8), np.full([1, 2, 3], 7, np.uint8)])
    assert picture[..., 0].tolist() == [[0, 255], [7, 7]]
