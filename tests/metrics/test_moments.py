# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Streaming moments against NumPy, however the vectors are cut into batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.metrics.base import Batch
from compare_gan.metrics.moments import Moments, MomentsAccumulator, StreamingMoments, moments


@pytest.fixture(autouse=True, scope="module")
def _few_rows_at_a_time():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("compare_gan.metrics.moments._ROWS_AT_A_TIME", 8)
        yield


def features(n=60, d=5, seed=0, offset=0.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + offset


def test_equal_numpys():
    x = features()
    result = moments(x)
    np.testing.assert_allclose(result.mean, x.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(result.covariance, np.cov(x.T), rtol=1e-12)
    assert result.n == 60 and result.mean.dtype == result.covariance.dtype == np.float64


def test_of_some_rows():
    x, rows = features(), np.array([3, 3, 59, 0, *range(10, 31)])
    result = moments(x, rows)
    np.testing.assert_allclose(result.mean, x[rows].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(result.covariance, np.cov(x[rows].T), rtol=1e-12)
    assert result.n == 25


@given(st.lists(st.integers(0, 60), max_size=8), st.integers(0, 60))
def test_do_not_depend_on_the_batches(cuts, where):
    x = features()
    first, second = StreamingMoments(), StreamingMoments()
    parts = np.split(x, sorted(cuts))
    for index, part in enumerate(parts):
        (first if index * 60 < where * len(parts) else second).update(part)
    first.merge(second)
    result = first.result()
    np.testing.assert_allclose(result.mean, x.mean(axis=0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(result.covariance, np.cov(x.T), rtol=1e-11, atol=1e-13)
    assert result.n == 60


def test_survive_a_mean_far_larger_than_the_spread():
    """E[x xᵀ] − m mᵀ would lose all 16 digits here."""
    x = features(offset=1e8)
    streaming = StreamingMoments()
    for part in np.array_split(x, 7):
        streaming.update(part)
    exact = np.cov((x - 1e8).T)
    np.testing.assert_allclose(streaming.result().covariance, exact, rtol=1e-6, atol=1e-6)
    naive = x.T @ x / 59 - np.outer(x.mean(0), x.mean(0)) * 60 / 59
    assert np.max(np.abs(naive - exact)) > 0.1


def test_arrays_may_be_filled_again_and_the_result_read_in_between():
    x, buffer = features(21), np.empty((3, 5))
    streaming = StreamingMoments()
    for first in range(0, 21, 3):
        buffer[:] = x[first : first + 3]
        streaming.update(buffer)
        assert streaming.n == first + 3
        seen = x[: first + 3]
        np.testing.assert_allclose(streaming.result().covariance, np.cov(seen.T), rtol=1e-12)


def test_float32_features_are_summed_in_float64():
    x = features(2000).astype(np.float32) + np.float32(100)
    np.testing.assert_allclose(
        moments(x).covariance, np.cov(x.astype(np.float64).T), rtol=1e-9, atol=1e-12
    )


def test_go_through_a_file_unchanged(tmp_path):
    saved = moments(features())
    path = tmp_path / "new folder" / "real.npz"
    saved.save(path)
    loaded = Moments.load(path)
    np.testing.assert_array_equal(loaded.mean, saved.mean)
    np.testing.assert_array_equal(loaded.covariance, saved.covariance)
    assert loaded.n == saved.n
    assert [p.name for p in path.parent.iterdir()] == ["real.npz"]  # no temporary file is left


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(ValueError, match="not a file of moments"):
        Moments.load(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("mu sigma n")
    with pytest.raises(ValueError, match="not a file of moments"):
        Moments.load(tmp_path / "text.npz")
    np.savez(tmp_path / "half.npz", mu=np.zeros(3))
    with pytest.raises(ValueError, match="not a file of moments"):
        Moments.load(tmp_path / "half.npz")
    # An object array can only be read by unpickling it, which could run anything.
    np.savez(tmp_path / "object.npz", mu=np.array([{}], object), sigma=np.eye(1), n=3)
    with pytest.raises(ValueError, match="not a file of moments"):
        Moments.load(tmp_path / "object.npz")


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"mu": np.array(["a", "b"])}, r"mu in .*m\.npz must hold real numbers, but is <U1"),
        ({"sigma": np.eye(2) * 1j}, r"sigma in .*m\.npz must hold real numbers, but is complex"),
        ({"sigma": np.eye(3)}, r"mu \(2,\) and sigma \(3, 3\)"),
        ({"mu": np.array([0.0, np.inf])}, r"m\.npz hold NaN or infinity"),
        ({"sigma": np.array([[1.0, 2.0], [0.0, 5.0]])}, r"m\.npz is not symmetric"),
        ({"sigma": np.diag([1.0, -0.01])}, r"m\.npz has negative eigenvalues"),
        # Symmetric, with eigenvalues 3 and −1.
        ({"sigma": np.array([[1.0, 2.0], [2.0, 1.0]])}, r"m\.npz has negative eigenvalues"),
        ({"sigma": -np.eye(2)}, r"m\.npz has negative eigenvalues"),
        ({"n": np.array([5, 6])}, r"n in .*m\.npz must be .* one whole number .* is \[5 6\]"),
        ({"n": -5}, "one whole number from 2; it is -5"),
        ({"n": 2.5}, "one whole number from 2; it is 2.5"),
        ({"n": "many"}, "one whole number from 2; it is 'many'"),
    ],
)
def test_arrays_that_are_no_moments_are_refused(tmp_path, changes, words):
    arrays = {"mu": np.zeros(2), "sigma": np.eye(2), "n": 5}
    np.savez(tmp_path / "m.npz", **(arrays | changes))
    with pytest.raises(ValueError, match=words):
        Moments.load(tmp_path / "m.npz")


def test_covariances_of_few_vectors_and_of_float32_are_moments(tmp_path):
    """Half of their eigenvalues are 0, which rounding makes negative."""
    few = features(n=40, d=80).astype(np.float32)
    covariance = np.cov(few.T, dtype=np.float32)
    assert np.linalg.eigvalsh(covariance.astype(np.float64))[0] < 0
    for sigma in (covariance, np.zeros([80, 80])):
        np.savez(tmp_path / "m.npz", mu=few.mean(axis=0), sigma=sigma, n=40.0)
        loaded = Moments.load(tmp_path / "m.npz")
        np.testing.assert_array_equal(loaded.covariance, sigma)
        assert loaded.n == 40


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "real.npz"
    moments(features()).save(path)
    before = path.read_bytes()

    def fail(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(KeyboardInterrupt):
        moments(features(seed=1)).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["real.npz"]


def test_bad_features_are_refused():
    with pytest.raises(ValueError, match=r"features \[batch, d\]"):
        moments(np.zeros(5))
    with pytest.raises(ValueError, match="at least 2 feature vectors, received 1"):
        moments(np.zeros((1, 5)))
    broken = features()
    broken[3, 1], broken[7, 0] = np.nan, np.inf
    with pytest.raises(ValueError, match="2 of 60 feature vectors"):
        moments(broken)
    streaming = StreamingMoments()
    for rows in (3, 8):  # waiting, and taken
        streaming.update(np.zeros((rows, 5)))
        with pytest.raises(ValueError, match="4 dimensions .* of 5: .*different backbones"):
            streaming.update(np.zeros((3, 4)))


def test_accumulator_restores_its_state():
    accumulator, again = MomentsAccumulator(), MomentsAccumulator()
    accumulator.update(Batch(images=None, features=features(), logits=None))
    again.restore(accumulator.state())
    np.testing.assert_array_equal(again.result().covariance, accumulator.result().covariance)
    assert again.result().n == 60 and again.key == accumulator.key
