# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Vendi score, where it is known."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from compare_gan.metrics import Batch, UnmeasurableError
from compare_gan.metrics.vendi import Vendi, vendi_score


def test_alike_orthogonal_and_unequal_shares():
    np.testing.assert_allclose(vendi_score(np.tile([[1.0, 2.0, 3.0]], [7, 1])), 1.0)
    np.testing.assert_allclose(vendi_score(np.eye(5)), 5.0)
    np.testing.assert_allclose(vendi_score(3 * np.repeat(np.eye(4), 6, axis=0)), 4.0)
    shares = np.array([0.5, 0.25, 0.25])
    rows = np.repeat(np.eye(3), [4, 2, 2], axis=0)
    np.testing.assert_allclose(vendi_score(rows), np.exp(-np.sum(shares * np.log(shares))))


@hypothesis.given(st.integers(2, 12), st.integers(1, 12), st.integers(0, 99))
def test_as_defined_whichever_matrix_is_smaller(n, d, seed):
    rows = np.random.default_rng(seed).normal(size=(n, d))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    eigenvalues = np.linalg.eigvalsh(unit @ unit.T / n)
    eigenvalues = eigenvalues[eigenvalues > 1e-12]
    expected = np.exp(-np.sum(eigenvalues * np.log(eigenvalues)))
    np.testing.assert_allclose(vendi_score(rows), expected, rtol=1e-6)
    assert 1 - 1e-9 <= expected <= min(n, d) + 1e-9


def test_the_metric():
    metric = Vendi()
    side = metric.accumulator()
    side.update(Batch(None, np.eye(3, dtype=np.float32), None))
    np.testing.assert_allclose(metric.compute(None, side)["vendi_score"], 3.0)


def test_some_rows_at_a_time(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(50, 6)) * np.logspace(-200, 200, 50)[:, None]
    monkeypatch.setattr("compare_gan.metrics.vendi._ROWS_AT_A_TIME", 7)
    unit = rows / np.abs(rows).max(axis=1, keepdims=True)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    eigenvalues = np.linalg.eigvalsh(unit.T @ unit / 50)
    expected = np.exp(-np.sum(eigenvalues * np.log(eigenvalues)))
    np.testing.assert_allclose(vendi_score(rows), expected, rtol=1e-12)


def test_what_makes_no_sense():
    with pytest.raises(UnmeasurableError, match="1 of 3 are"):
        vendi_score(np.array([[1.0, 0.0], [0.0, 0.0], [2.0, 1.0]]))
    with pytest.raises(ValueError, match="received none"):
        vendi_score(np.empty([0, 3]))
