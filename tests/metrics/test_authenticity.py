# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Copies of training images are found out."""

import numpy as np

from compare_gan.metrics import Batch
from compare_gan.metrics.authenticity import Authenticity, authenticity


def _normal(n, seed, d=4):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_by_hand():
    real = np.array([[0.0], [1.0], [10.0]])
    # Near 0 (whose neighbour is 1 away): 0.4 is a copy, −2 is authentic; near 10 (9 away): a copy.
    fake = np.array([[0.4], [-2.0], [12.0]])
    np.testing.assert_allclose(authenticity(real=real, fake=fake), 1 / 3)


def test_copies_and_new_images_of_the_same_distribution():
    real = _normal(500, 0)
    copies = real + 0.01 * _normal(500, 1)
    assert authenticity(real=real, fake=copies) < 0.02
    new = authenticity(real=real, fake=_normal(500, 2))
    assert 0.3 < new < 0.7
    half = authenticity(real=real, fake=np.concatenate([copies, _normal(500, 2)]))
    np.testing.assert_allclose(half, new / 2, atol=0.02)


def test_the_metric():
    rows = {"real": _normal(20, 0).astype(np.float32), "fake": _normal(10, 1).astype(np.float32)}
    metric = Authenticity()
    sides = {name: metric.accumulator() for name in rows}
    for name, side in sides.items():
        side.update(Batch(None, rows[name], None))
    assert metric.compute(**sides) == {"authenticity": authenticity(**rows)}
