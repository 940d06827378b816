# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What several workers measure together is what one measures; workers are threads here."""

import numpy as np
import pytest

from compare_gan import metrics
from compare_gan.data.digits import load_digits
from compare_gan.metrics import InvalidImagesError
from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.base import Accumulator, Batch, Metric
from compare_gan.metrics.image_sets import exactly
from compare_gan.metrics.sharing import everyones, own_share
from tests.metrics.test_evaluation import Dataset
from tests.training.team import together


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "cache"))


def _batches(n, size):
    x = np.random.default_rng(0).uniform(size=(n, 2, 2, 1)).astype(np.float32)
    cuts = range(size, n, size)
    return list(zip(np.split(x, cuts), np.split(np.arange(n), cuts)))


def test_batches_are_dealt_out_in_turn():
    shares = together(3, lambda worker: list(own_share("abcdefgh", worker)))
    assert shares == [["a", "d", "g"], ["b", "e", "h"], ["c", "f"]]


@pytest.mark.parametrize("labelled", [True, False])
def test_the_first_worker_has_the_batches_of_all(labelled):
    """Of three workers, the second of which has fewer rows and the third none."""
    images = np.zeros([3, 2, 2, 1], np.float32)
    features = np.arange(12, dtype=np.float32).reshape(3, 4)
    labels = np.array([2**31, -1, 5]) if labelled else None
    logits = np.ones([3, 2], np.float32)
    first = Batch(images, features, logits, labels)
    second = Batch(*(None if array is None else array[1:] * 2 for array in first))

    def bring(worker):
        return everyones([first, second, None][worker.index], {"features"}, worker)

    (one, two), *others = together(3, bring)
    assert others == [[], []]
    for found, expected in ((one, first), (two, second)):
        np.testing.assert_array_equal(found.features, expected.features)
        assert found.images is None and found.logits is None  # which nobody reads
        assert (found.labels is None) == (not labelled)
        if labelled:
            np.testing.assert_array_equal(found.labels, expected.labels)
            assert found.labels.dtype == np.int64

    uses = {"images", "logits"}
    _, two = together(2, lambda worker: everyones([first, second][worker.index], uses, worker))[0]
    assert two.images.shape == (2, 2, 2, 1) and two.features is None
    np.testing.assert_array_equal(two.logits, np.full([2, 2], 2.0))


def test_several_have_exactly_what_was_asked_for():
    batches = _batches(20, 6)  # of 6, 6, 6 and 2 images

    def own(worker):
        return list(exactly(own_share(batches, worker), 20, "fakes", worker))

    shares = together(3, own)
    assert [[batch and len(batch[0]) for batch in share] for share in shares] == [
        [6, 2],
        [6, None],
        [6, None],
    ]
    np.testing.assert_array_equal(shares[0][1][1], [18, 19])


def test_what_one_finds_broken_all_refuse():
    batches = _batches(20, 4)
    batches[3][0][1] = np.nan  # images 12 to 15, the second ones of the second worker
    errors = together(2, lambda w: list(exactly(own_share(batches, w), 20, "fake set 0", w)))
    (alone,) = together(1, lambda w: list(exactly(batches, 20, "fake set 0", w)))
    for error in errors:
        assert isinstance(error, InvalidImagesError) and str(error) == str(alone)
    assert str(alone).startswith("Of images 12 to 15 of fake set 0, 1 hold NaN or infinity and 0")


@pytest.mark.parametrize(
    ("share", "n", "message"),
    [
        (own_share, 21, "21 images of fakes were asked for, but only 20 came"),
        (lambda batches, _: batches, 20, "2 workers brought more: each must bring its own"),
    ],
)
def test_too_few_and_too_many_are_an_error_of_all(share, n, message):
    batches = _batches(20, 7)
    for error in together(2, lambda w: list(exactly(share(batches, w), n, "fakes", w))):
        assert isinstance(error, ValueError) and message in str(error)


class _Order(Accumulator):
    key = "order"

    def __init__(self):
        self.places = []

    def update(self, batch):
        self.places += batch.images[:, 0, 0, 0].tolist()


class FirstPixels(Metric):
    """Of another file, and dependent on the order of the images."""

    names = ("first_pixels",)
    uses = ("images",)

    def accumulator(self):
        return _Order()

    def compute(self, real, fake):
        pixels = np.array(real.places + fake.places)
        return {"first_pixels": float(pixels @ np.arange(1, len(pixels) + 1))}


def test_scores_are_those_of_one_process():
    test, train = (load_digits(split)[0] for split in ("test", "train"))
    weights = np.random.default_rng(0).normal(size=(64, 7)).astype(np.float32)
    passed = {}

    def fakes(index, n, size):
        images = np.float32(train[index * n : (index + 1) * n] / 255.0)
        return (images[start : start + size] for start in range(0, n, size))

    def evaluate(worker):
        class Projection(Backbone):
            name, hash, feature_dim, num_logits = "projection", "0", 4, 3

            def forward(self, images):
                passed.setdefault((worker.count, worker.index), []).append(len(images))
                features = images.reshape(len(images), 64) @ weights
                return features[:, :4], features[:, 4:]

        # The cache has nothing of a data set of another name.
        dataset = Dataset({"train": train, "test": test}, f"digits of {worker.count}")
        settings = metrics.EvaluationSettings(
            metrics=[metrics.FID, metrics.InceptionScore, metrics.KID, FirstPixels],
            backbone=Projection,
            num_fake_sets=2,
            num_samples=90,
            batch_size=20,
        )
        evaluator = metrics.Evaluator(dataset, settings, worker)

        return evaluator.evaluate(
            lambda *asked: own_share(fakes(*asked), worker), step=1, ema=False, bn_mode="batch"
        )

    (alone,) = together(1, evaluate)
    shared, *others = together(2, evaluate)
    assert others == [[]]
    assert [row.values for row in shared] == [row.values for row in alone]
    assert len(alone) == 5  # KID has two
    # Two sets of fakes and the real images, each in batches of 20, 20, 20, 20 and 10.
    assert passed[1, 0] == [20, 20, 20, 20, 10] * 3
    assert passed[2, 0] == [20, 20, 10] * 3 and passed[2, 1] == [20, 20] * 3
