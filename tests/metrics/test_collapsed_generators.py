# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Fakes that are all alike, black or beyond a network's range: each metric has a value or says why
it has none, and none takes the others' values away.
"""

import inspect
import types

import numpy as np
import pytest

from compare_gan import metrics
from compare_gan.comparison import report
from compare_gan.comparison.compare import Comparison
from compare_gan.metrics.accumulation import Unmeasurable
from tests.metrics.projections import Projections

SHAPE = (8, 8, 1)
N = 96
GREY, HUGE, WHITE = 0.5, 0.75, 1.0
PRDC = {"precision", "recall", "density", "coverage"}


def _metrics():
    """One of each kind that needs no generator, and of the Inception score both."""
    found = [
        value
        for value in vars(metrics).values()
        if inspect.isclass(value) and issubclass(value, metrics.Metric)
    ]
    found.remove(metrics.Metric)
    return [*(kind() for kind in found), metrics.InceptionScore(splits=5)]


class Blinking(Projections):
    """Linear, so that black images have features 0; out of range for two kinds of images."""

    def __init__(self):
        super().__init__(SHAPE, 4, 3)

    def forward(self, images):
        features, _ = super().forward(images)
        pixel = np.asarray(images)[:, 0, 0]
        features = np.where(pixel == HUGE, np.float32(1e25), features)
        features = np.where(pixel == WHITE, np.float32(np.nan), features)
        return features, features[:, : self.num_logits]


class TwoClasses:
    """Random images of two classes."""

    name, fingerprint, splits = "two_classes", "0", ("train", "test")
    train_split, eval_split = splits
    class_names = ("zero", "one")
    num_eval_examples = N

    def num_examples(self, split):
        return N

    def ids_and_labels(self, split):
        return np.arange(N), np.arange(N) % 2

    def evaluation_batches(self, split, batch_size):
        images = np.random.default_rng(0).integers(0, 255, [N, *SHAPE], np.uint8)
        images[:, 0, 0] //= 2  # none is white, nor too large for the network
        for first in range(0, N, batch_size):
            rows = slice(first, first + batch_size)
            yield {"images": images[rows], "labels": np.arange(N)[rows] % 2}


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPARE_GAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield metrics.Evaluator(
            TwoClasses(),
            metrics.EvaluationSettings(
                metrics=_metrics(), backbone=Blinking(), batch_size=32, num_fake_sets=1
            ),
        )


def _constant(value):
    return np.full([N, *SHAPE], value, np.float32)


def _nearly_constant():
    images = _constant(GREY)
    images[7, 3, 3] = np.nextafter(np.float32(GREY), np.float32(1))
    return images


def _all_but(*names):
    """All that is of features or logits but these names."""
    of_images = {"ms_ssim", "fractal_dimension"}
    return {name for metric in _metrics() for name in metric.names} - of_images - set(names)


@pytest.mark.filterwarnings("ignore:overflow encountered")  # in k-means, of huge features
@pytest.mark.parametrize(
    "images, without_value",
    [
        (_constant(GREY), {"fractal_dimension"}),
        (_nearly_constant(), {"fractal_dimension"}),
        (_constant(0.0), {"fractal_dimension", "vendi_score"}),
        (_constant(HUGE), {"fractal_dimension", "authenticity", *PRDC}),
        (_constant(WHITE), {"fractal_dimension", *_all_but()}),
    ],
    ids=["grey", "nearly grey", "black", "huge features", "NaN features"],
)
def test_each_metric_has_a_value_or_a_reason(evaluator, images, without_value):
    def fake_batches(set_index, n, batch_size):
        for first in range(0, n, batch_size):
            rows = slice(first, first + batch_size)
            yield images[rows], np.arange(n)[rows] % 2

    rows = evaluator.evaluate(fake_batches, step=1, ema=False, bn_mode="moving")
    found = {row.metric.removesuffix("_projections"): row for row in rows}
    assert found.keys() == {name for metric in _metrics() for name in metric.names}
    assert {name for name, row in found.items() if np.isnan(row.mean)} == without_value
    assert all(np.isfinite(row.mean) for name, row in found.items() if name not in without_value)
    for name in without_value:
        assert found[name].warning, name


def test_real_images_that_the_network_cannot_see_are_named(evaluator, monkeypatch, tmp_path):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path))
    settings = metrics.EvaluationSettings(
        metrics=[metrics.FID, metrics.KID, metrics.Vendi], backbone=Blinking(), num_fake_sets=1
    )
    white = TwoClasses()
    white.evaluation_batches = lambda split, batch_size: iter(
        [{"images": np.full([N, *SHAPE], 255, np.uint8)}]
    )
    fakes = np.random.default_rng(0).random([N, *SHAPE], np.float32)
    rows = metrics.Evaluator(white, settings).evaluate(
        lambda *arguments: [fakes], step=1, ema=False, bn_mode="moving"
    )
    of_reals = {row.metric: row.warning for row in rows if np.isnan(row.mean)}
    assert of_reals.keys() == {
        "fid_projections",
        "kid_projections",
        "kid_standard_error_projections",
    }
    for warning in of_reals.values():
        assert warning.startswith("Of the real images: 64 of 64 feature vectors hold NaN")
    assert not list(tmp_path.rglob("*.npz"))  # nothing of them is kept for other runs


def test_a_comparison_draws_and_saves_nothing_of_them(tmp_path):
    keys = (metrics.FeaturesAccumulator.key, metrics.MomentsAccumulator.key)
    side = {key: Unmeasurable(key, "1 of 9 feature vectors hold NaN") for key in keys}
    comparison = Comparison({}, {}, (), real=side, fake=side)
    no_images = types.SimpleNamespace(class_names=())
    kinds = [metrics.PRD(), metrics.PerClassFID()]
    assert report.draw(tmp_path, comparison, no_images, no_images, kinds) == ([], None)
    with pytest.raises(ValueError, match="--save_statistics: there are none of the real images. 1"):
        report.save_statistics(tmp_path / "statistics.npz", comparison, "real")
