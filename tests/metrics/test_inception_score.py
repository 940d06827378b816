# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Inception score against its definition, SciPy's softmax, and closed forms."""

import gin
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.metrics import Batch, UnmeasurableError
from compare_gan.metrics.inception_score import (
    InceptionScore,
    StreamingInceptionScore,
    inception_score,
    inception_score_of_parts,
)


def by_definition(logits):
    p = scipy.special.softmax(np.asarray(logits, np.float64), axis=1)
    return np.exp(np.mean([scipy.stats.entropy(row, p.mean(axis=0)) for row in p]))


def cut(x, splits):
    """The parts that torch-fidelity cuts."""
    return [x[i * len(x) // splits : (i + 1) * len(x) // splits] for i in range(splits)]


def logits(n=50, classes=7, seed=0, scale=3.0):
    return np.random.default_rng(seed).normal(0, scale, (n, classes))


def test_equals_its_definition():
    np.testing.assert_allclose(inception_score(logits()), by_definition(logits()), rtol=1e-12)


@pytest.mark.parametrize("splits", [1, 2, 3, 10, 50])
def test_splits_are_averaged(splits):
    expected = np.mean([by_definition(part) for part in cut(logits(), splits)])
    np.testing.assert_allclose(inception_score(logits(), splits=splits), expected, rtol=1e-12)


def test_closed_forms():
    sure = 1e4 * np.eye(10)
    np.testing.assert_allclose(inception_score(np.tile(sure, (4, 1))), 10, rtol=1e-12)
    np.testing.assert_allclose(inception_score(np.tile(sure[:5], (4, 1))), 5, rtol=1e-12)
    np.testing.assert_allclose(inception_score(np.tile(sure[:1], (4, 1))), 1, rtol=1e-12)
    np.testing.assert_allclose(inception_score(np.zeros((9, 10))), 1, rtol=1e-12)
    # Two images with p = (3/4, 1/4) and (1/4, 3/4): KL to (1/2, 1/2) is log 2 - H(1/4).
    two = np.log([[3, 1], [1, 3]])
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    np.testing.assert_allclose(inception_score(two), np.exp(np.log(2) - entropy), rtol=1e-12)


@given(st.integers(0, 1000), st.lists(st.integers(0, 50), max_size=6))
def test_streaming_does_not_depend_on_the_batches(seed, cuts):
    streaming = StreamingInceptionScore()
    for part in np.split(logits(seed=seed), sorted(cuts)):
        streaming.update(part.astype(np.float64))
    np.testing.assert_allclose(streaming.result(), by_definition(logits(seed=seed)), rtol=1e-11)


@given(st.integers(0, 1000), st.floats(0, 1e3), st.floats(-1e3, 1e3))
def test_is_between_one_and_the_number_of_classes_and_ignores_shifts(seed, scale, shift):
    x = logits(seed=seed, scale=scale)
    score = inception_score(x)
    assert 1 - 1e-9 <= score <= 7 + 1e-9
    np.testing.assert_allclose(inception_score(x + shift), score, rtol=1e-8)


def test_bad_arguments_are_refused():
    for bad in (np.zeros(5), np.zeros((0, 5))):
        with pytest.raises(ValueError, match=r"logits \[n, classes\]"):
            inception_score(bad)
    with pytest.raises(ValueError, match="splits=6"):
        inception_score(np.zeros((5, 3)), splits=6)
    with pytest.raises(ValueError, match="received none"):
        StreamingInceptionScore().result()


def test_parts_by_hand():
    """Sure answers: a part with k equally frequent classes scores k."""
    sure = 1e4 * np.eye(8)
    classes = [0, 1, 2, 3, 0, 1, 0, 1, 5, 5, 5, 5]  # scores 4, 2, 1
    found = inception_score_of_parts(sure[classes], splits=3)
    np.testing.assert_allclose(found, (7 / 3, np.std([4, 2, 1])), rtol=1e-12)
    # Parts are consecutive: sorted by class, all images of one alike.
    np.testing.assert_allclose(
        inception_score_of_parts(np.repeat(sure, 3, axis=0), 8), (1, 0), atol=1e-12
    )


def in_batches(metric, x):
    accumulator = metric.accumulator()
    for part in np.array_split(x, 7):
        accumulator.update(Batch(None, None, part, None))
    return metric.compute(None, accumulator)


@pytest.mark.parametrize("splits", [2, 10])
def test_the_metric_of_several_parts(splits):
    with gin.unlock_config():
        gin.parse_config(f"inception_score.splits = {splits}")
    metric = gin.get_configurable("inception_score")()
    x = logits(n=53).astype(np.float32)
    expected = [by_definition(part) for part in cut(x, splits)]
    found = in_batches(metric, x)
    assert tuple(found) == metric.names
    assert metric.names == (
        f"inception_score_{splits}_splits",
        f"inception_score_{splits}_splits_std",
    )
    np.testing.assert_allclose(
        list(found.values()), (np.mean(expected), np.std(expected)), rtol=1e-10
    )


def test_where_parts_end():
    """11 in 4 parts are 2, 3, 3 and 3; array_split would make them 3, 3, 3 and 2."""
    sure = 1e4 * np.eye(8)
    classes = [0, 1, 0, 1, 2, 3, 3, 3, 4, 5, 6]
    found = inception_score_of_parts(sure[classes], splits=4)
    np.testing.assert_allclose(found, (np.mean([2, 3, 1, 3]), np.std([2, 3, 1, 3])), rtol=1e-12)


@pytest.mark.parametrize("rows_at_a_time", [3, 1024])
def test_shuffled_before_they_are_cut(rows_at_a_time, monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.inception_score._ROWS_AT_A_TIME", rows_at_a_time)
    x = np.sort(logits(n=53), axis=0)  # of falling scores, were it not shuffled
    order = np.random.RandomState(2020).permutation(53)
    scores = [by_definition(part) for part in cut(x[order], 10)]
    found = inception_score_of_parts(x, shuffle_seed=2020)
    np.testing.assert_allclose(found, (np.mean(scores), np.std(scores)), rtol=1e-12)
    assert abs(found.mean - inception_score(x, 10)) > 1e-3
    assert found.mean == inception_score(x, 10, shuffle_seed=2020)
    assert found != inception_score_of_parts(x, shuffle_seed=2021)


def test_the_metric_shuffles():
    with gin.unlock_config():
        gin.parse_config("inception_score.splits = 4\ninception_score.shuffle_seed = 3")
    metric = gin.get_configurable("inception_score")()
    x = logits(n=53).astype(np.float32)
    expected = inception_score_of_parts(x, 4, shuffle_seed=3)
    assert tuple(in_batches(metric, x).values()) == tuple(expected)
    assert "shuffle_seed" in metric.settings_text()


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"splits": 2, "shuffle_seed": -1}, "shuffle_seed must be a whole number from 0, rec"),
        ({"splits": 2, "shuffle_seed": 2**32}, "shuffle_seed must be at most 4294967295, rec"),
        ({"shuffle_seed": 0}, "shuffle_seed=0 changes nothing where inception_score.splits is 1"),
    ],
)
def test_seeds_that_make_no_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        InceptionScore(**settings)


def test_logits_that_are_none():
    for bad in (np.nan, np.inf):
        broken = logits()
        broken[3, 2] = bad
        with pytest.raises(UnmeasurableError, match="needs finite logits"):
            inception_score(broken)


def test_the_metric_of_one_part_keeps_no_logits():
    metric = InceptionScore()
    x = logits(n=53)
    accumulator = metric.accumulator()
    accumulator.update(Batch(None, None, x, None))
    kept = vars(accumulator.score).values()
    assert max(np.size(value) for value in kept) == x.shape[1]
    assert metric.names == ("inception_score",)
    np.testing.assert_allclose(in_batches(metric, x)["inception_score"], by_definition(x))


def test_parts_need_images():
    with pytest.raises(
        ValueError, match=r"inception_score\.splits must be a whole number from 1, re"
    ):
        InceptionScore(splits=0)
    InceptionScore(splits=10).check(0, 10)
    with pytest.raises(
        ValueError, match=r"inception_score\.splits=10 needs as many images at leas"
    ):
        InceptionScore(splits=10).check(0, 9)
