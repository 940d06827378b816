# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from compare_gan.pictures import confidence_extremes
from compare_gan.pictures.extremes import select_extremes


def _images(count, size=4, channels=1):
    """Image i has the grey value i everywhere."""
    values = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return np.broadcast_to(values, [count, size, size, channels])


def test_selection_by_hand():
    labels = np.array([1, 0, 1, 1, 1, 1])
    confidences = np.array([0.5, 0.9, 0.7, 0.6, 0.7, 0.1])
    most, least = select_extremes(labels, confidences, 1, 2)
    assert most.tolist() == [2, 4] and least.tolist() == [0, 5]
    most, least = select_extremes(labels, confidences, 1, 3)
    assert most.tolist() == [2, 4, 3] and least.tolist() == [0, 5]
    assert [side.tolist() for side in select_extremes(labels, confidences, 0, 3)] == [[1], []]
    assert [side.tolist() for side in select_extremes(labels, confidences, 2, 3)] == [[], []]


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(st.data())
def test_selection_is_of_the_class_ordered_and_without_repetition(data):
    count = data.draw(st.integers(1, 20))
    each = data.draw(st.integers(1, 6))
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    confidences = np.array(
        data.draw(st.lists(st.floats(0, 1, width=16), min_size=count, max_size=count))
    )
    most, least = select_extremes(labels, confidences, 1, each)
    chosen = [*most, *least]
    members = confidences[labels == 1]
    assert len(set(chosen)) == len(chosen) == min(2 * each, len(members))
    assert (labels[chosen] == 1).all()
    assert 0 <= len(most) - len(least) <= 1
    expected = np.sort(members)[::-1]
    np.testing.assert_array_equal(confidences[most], expected[: len(most)])
    np.testing.assert_array_equal(confidences[least], expected[len(expected) - len(least) :])


def _shown(picture, minimum=64 * 60):
    """The grey values of the tiles: those that fill much of the picture."""
    values, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    return {
        int(value[0])
        for value, count in zip(values, counts)
        if count >= minimum and len(set(value.tolist())) == 1 and value[0] < 255
    }


def test_the_chosen_images_are_drawn():
    labels = np.array([0] * 8 + [1] * 8)
    confidences = np.linspace(1, 0, 16)
    picture = confidence_extremes(_images(16) * 10, labels, confidences, ["a", "b"], per_class=2)
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    assert _shown(picture) == {10 * i for i in (0, 1, 6, 7, 8, 9, 14, 15)}
    # The most confident of the first class comes first, left of the less confident ones.
    columns = [np.argwhere((picture == 10 * i).all(-1)[:100])[:, 1].mean() for i in (0, 1, 6, 7)]
    assert columns == sorted(columns)


def test_wrong_predictions_have_another_frame_and_a_mark():
    labels, confidences = np.zeros([4], int), np.array([0.9, 0.8, 0.7, 0.6])
    colours = {}
    for right in (True, False):
        picture = confidence_extremes(_images(4), labels, confidences, ["a"], np.full([4], right))
        colours[right] = {tuple(colour) for colour in picture.reshape(-1, 3)}
    blue, orange = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)
    assert blue in colours[True] - colours[False]
    assert orange in colours[False] - colours[True]
    without = confidence_extremes(_images(4), labels, confidences, ["a"])
    assert not {blue, orange} & {tuple(colour) for colour in without.reshape(-1, 3)}


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [8, 200])
def test_any_number_of_channels_and_any_size(channels, size):
    images = np.random.default_rng(0).random([6, size, size, channels])
    picture = confidence_extremes(images, np.arange(6) % 3, np.full([6], 0.5), ["a", "b", "c"])
    assert picture.shape[2] == 3 and max(picture.shape) < 1500


def test_many_classes_are_spread_evenly():
    labels = np.arange(100)
    picture = confidence_extremes(
        _images(100), labels, np.full([100], 0.5), [str(i) for i in labels], most_classes=4
    )
    assert _shown(picture) == {0, 33, 66, 99}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.zeros([3], int)}, r"2 images, but labels has the shape \[3\]"),
        ({"confidences": np.array([0.5, np.nan])}, "1 are NaN"),
        ({"right": np.array([True])}, "right has the shape"),
        ({"class_names": []}, r"len\(class_names\) must be at least 1"),
        ({"per_class": 0}, "per_class must be at least 1"),
        ({"most_classes": 0}, "most_classes must be at least 1"),
        ({"images": np.zeros([0, 4, 4, 1])}, "at least one image"),
        ({"images": np.full([2, 4, 4, 1], np.nan)}, "must be finite"),
    ],
)
def test_wrong_arguments_are_refused(changes, message):
    given = {
        "images": _images(2),
        "labels": np.zeros([2], int),
        "confidences": np.array([0.5, 0.6]),
        "class_names": ["a"],
    }
    with pytest.raises(ValueError, match=message):
        confidence_extremes(**{**given, **changes})
