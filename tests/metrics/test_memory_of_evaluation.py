# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An evaluation needs the memory of a batch and of its sums, however many images pass."""

import tracemalloc

import numpy as np
import pytest

from compare_gan import metrics
from compare_gan.metrics.backbones import Backbone

SHAPE = (16, 16, 3)
BATCH = 64
FEW = 1024


class Projections(Backbone):
    """Fixed random projections: in NumPy alone, whose memory can be traced."""

    name, hash = "projections", "0"
    feature_dim, num_logits = 64, 10

    def __init__(self):
        shape = [np.prod(SHAPE), self.feature_dim]
        self._kernel = np.random.default_rng(0).normal(size=shape).astype(np.float32)

    def forward(self, images):
        features = images.reshape([len(images), -1]) @ self._kernel
        return features, features[:, : self.num_logits]


class Endless:
    """Any number of images, none of which exists before it is asked for."""

    name, fingerprint, splits = "endless", "0", ("train", "test")
    train_split, eval_split = splits

    def __init__(self, n):
        self.num_eval_examples = n

    def num_examples(self, split):
        return self.num_eval_examples

    def evaluation_batches(self, split, batch_size):
        for index in range(0, self.num_eval_examples, batch_size):
            random = np.random.default_rng(index)
            size = min(batch_size, self.num_eval_examples - index)
            yield {"images": random.integers(0, 256, [size, *SHAPE], np.uint8)}


def _fakes(n):
    for index in range(0, n, BATCH):
        random = np.random.default_rng(index)
        yield random.random([min(BATCH, n - index), *SHAPE], np.float32)


def _peak(function):
    """The most memory that `function` holds at once, in bytes."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True)
def no_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "cache"))


def _evaluator(n):
    # Built with the metrics an evaluation has by default.
    return metrics.Evaluator(
        Endless(n), metrics.EvaluationSettings(backbone=Projections(), batch_size=BATCH)
    )


def test_what_would_be_noticed():
    """Were the features kept, the peak would grow by far more than is allowed below."""
    backbone = Projections()
    few, many = (
        _peak(lambda n=n: np.concatenate([backbone(batch)[0] for batch in _fakes(n)]))
        for n in (FEW, 10 * FEW)
    )
    assert many > 2 * few


def test_fakes_are_not_kept():
    evaluator = _evaluator(FEW)
    evaluator.measure(_fakes(FEW))  # what is made once: the reals' statistics, imports
    few = _peak(lambda: evaluator.measure(_fakes(FEW)))
    many = _peak(lambda: evaluator.measure(_fakes(10 * FEW)))
    assert many < 1.2 * few


def test_reals_are_not_kept():
    """They are read at the first measurement."""
    _evaluator(BATCH).measure(_fakes(BATCH))  # what is made once: TensorFlow's own beginnings
    few, many = (_peak(lambda n=n: _evaluator(n).measure(_fakes(BATCH))) for n in (FEW, 10 * FEW))
    assert many < 1.2 * few
