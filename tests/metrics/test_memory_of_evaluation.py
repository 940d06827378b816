# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An evaluation needs the memory of a batch and of its sums, however many images pass; with metrics
that keep features, of as many as may be kept in memory.
"""

import inspect
import tracemalloc

import numpy as np
import pytest

from compare_gan import metrics
from compare_gan.metrics.bootstrap import bootstrap_interval
from tests.metrics.projections import Projections

SHAPE = (16, 16, 3)
BATCH = 64
FEW = 1024


def _backbone():
    return Projections(SHAPE, 64, 10)


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
    # Built with the metrics an evaluation has by default; there are few images for FID.
    settings = metrics.EvaluationSettings(backbone=_backbone(), batch_size=BATCH, force=True)
    return metrics.Evaluator(Endless(n), settings)


def test_what_would_be_noticed():
    """Were the features kept, the peak would grow by far more than is allowed below."""
    backbone = _backbone()
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


DIMENSIONS = 256
# Numbers of vectors, beyond what k-means takes at a time; and how much more is held, of what the
# vectors that one side has more take: some numbers for each vector, but not the vectors.
SOME, MORE = 1600, 4096
GROWTH = 0.4 * (MORE - SOME) * DIMENSIONS * 4


@pytest.fixture
def little_at_a_time(monkeypatch):
    """All features are in files, and blocks of them are small beside a side."""
    for name, value in {
        "kept_rows.BYTES_IN_MEMORY": 2**16,
        "kept_rows._BYTES_AT_A_TIME": 2**16,
        "features._ROWS_AT_A_TIME": 128,
        "moments._ROWS_AT_A_TIME": 128,
        "vendi._ROWS_AT_A_TIME": 128,
        "gaussian_mmd._ROWS_AT_A_TIME": 128,
        "inception_score._ROWS_AT_A_TIME": 128,
        "kid._ROWS_AT_A_TIME": 256,
        "neighbours._COLUMNS_AT_A_TIME": 512,
        "neighbours._DISTANCES_AT_A_TIME": 2**19,
        "neighbours._NUMBERS_AT_A_TIME": 2**14,
    }.items():
        monkeypatch.setattr(f"compare_gan.metrics.{name}", value)


def _metrics_that_keep_vectors():
    # A linear classifier is fitted to a whole side at once, as the docstring of `cas` says.
    others = {metrics.Metric, metrics.ClassificationAccuracy}
    others |= {metrics.Bootstrap, metrics.FIDInfinity, metrics.PRD}  # built to take less time
    kinds = {kind for kind in vars(metrics).values() if inspect.isclass(kind)} - others
    built = [
        *(kind() for kind in kinds if issubclass(kind, metrics.Metric)),
        metrics.Bootstrap(resamples=2),
        metrics.FIDInfinity(points=3),
        metrics.PRD(clusterings=1),
        metrics.GaussianMMD(normalize=True),
        metrics.KID(estimator="all"),
        metrics.KID(estimator="subsets", subsets=2, subset_size=500),
        metrics.InceptionScore(splits=7),
        metrics.InceptionScore(splits=7, shuffle_seed=0),
    ]
    kept = {f"{type(m).__name__}{dict(m.settings) or ''}": m for m in built}
    return {
        name: metric
        for name, metric in sorted(kept.items())
        if metric.accumulator().key in ("features", "logits")
    }


def _filled(accumulator, n, seed):
    for first in range(0, n, BATCH):
        rows = np.random.default_rng([seed, first]).normal(seed, 1.0, [BATCH, DIMENSIONS])
        rows = rows.astype(np.float32)
        accumulator.update(metrics.Batch(None, rows, rows, np.arange(BATCH) % 2))
    return accumulator


def _growth(metric):
    """How much more is held at once with more images, from the first batch to the values."""

    def measure(n):
        real, fake = (_filled(metric.accumulator(), n, seed) for seed in (0, 1))
        return metric.compute(real if metric.needs_real else None, fake)

    measure(SOME)  # what is made once
    return _peak(lambda: measure(MORE)) - _peak(lambda: measure(SOME))


@pytest.mark.parametrize("name, metric", _metrics_that_keep_vectors().items())
def test_no_side_is_held(name, metric, little_at_a_time):
    assert _growth(metric) < GROWTH


class Holding(metrics.KID):
    """One side is read as a whole."""

    def compute(self, real, fake):
        return {"kid": np.array(fake.result()).mean()}


def test_a_held_side_would_be_noticed(little_at_a_time):
    assert _growth(Holding()) > GROWTH


class Bootstrap(metrics.KID):
    """An interval, of whose resamples some rows are held."""

    def compute(self, real, fake):
        sides = {"real": real.result(), "fake": fake.result()}
        return {"kid": bootstrap_interval(self._of_the_first, **sides, resamples=2).value}

    def _of_the_first(self, *, real, fake):
        return float(fake[0, 0] - real[0, 0])


def test_resamples_are_not_held(little_at_a_time):
    assert _growth(Bootstrap()) < GROWTH
