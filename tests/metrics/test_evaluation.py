# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Evaluation from images to rows, on the digits and on data sets made up here."""

import dataclasses
import logging
import math
import sys

import gin
import numpy as np
import pytest
import scipy.ndimage

from compare_gan import metrics
from compare_gan.data import get_dataset
from compare_gan.data.digits import load_digits
from compare_gan.metrics import backbones, real_side
from compare_gan.metrics.fid import frechet_distance
from compare_gan.metrics.inception_score import inception_score

CONTEXT = dict(step=100, ema=True, bn_mode="moving", truncation=0.7)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Dataset:
    """Splits held in memory, which counts how often each is read."""

    def __init__(self, splits, name="toy", limit=None):
        self._images = splits
        self.name, self.fingerprint, self.splits = name, "1", tuple(splits)
        self.train_split, self.eval_split = self.splits[0], self.splits[-1]
        self.num_eval_examples = limit or self.num_examples(self.eval_split)
        self.reads = 0

    def num_examples(self, split):
        return len(self._images[split])

    def evaluation_batches(self, split, batch_size):
        self.reads += 1
        images = self._images[split]
        for start in range(0, len(images), batch_size):
            yield {"images": images[start : start + batch_size], "ids": None}


def digits():
    return Dataset({split: load_digits(split)[0] for split in ("train", "test")}, "digits")


def batches_of(images):
    """Fakes: `images` in order, another part of them for each set."""

    def fake_batches(set_index, n, batch_size):
        mine = np.roll(images, -set_index * n, axis=0)
        for start in range(0, len(mine), batch_size):
            yield mine[start : start + batch_size]

    return fake_batches


def settings(**changes):
    # Tests take few images, to be fast.
    defaults = dict(backbone=backbones.DigitsCNN, num_fake_sets=2, batch_size=100, force=True)
    return metrics.EvaluationSettings(**{**defaults, **changes})


def test_rows_equal_the_metrics_of_all_features_at_once():
    dataset = digits()
    test, train = (load_digits(split)[0] / 255.0 for split in ("test", "train"))
    scores = metrics.evaluate(dataset, batches_of(train), settings(num_samples=500), **CONTEXT)
    rows = {score.metric: score for score in scores}
    assert set(rows) == {"fid_digits_cnn", "inception_score_digits_cnn"}

    backbone = backbones.DigitsCNN()
    real = backbone(test[np.arange(500) * 537 // 500])[0]
    sets = [backbone(np.roll(train, -500 * index, axis=0)[:500]) for index in range(2)]
    fids = [frechet_distance(real=real, fake=features) for features, _ in sets]
    inception_scores = [inception_score(logits) for _, logits in sets]
    for name, values in (
        ("fid_digits_cnn", fids),
        ("inception_score_digits_cnn", inception_scores),
    ):
        np.testing.assert_allclose(rows[name].values, values, rtol=1e-5)
        np.testing.assert_allclose(rows[name].mean, np.mean(values), rtol=1e-5)
        np.testing.assert_allclose(rows[name].std, np.std(values), rtol=1e-3)

    row = rows["fid_digits_cnn"]
    assert dataclasses.replace(row, mean=0, std=0, values=()) == metrics.Score(
        step=100,
        metric="fid_digits_cnn",
        mean=0,
        std=0,
        values=(),
        n_real=500,
        n_fake=500,
        num_fake_sets=2,
        split="test",
        backbone="digits_cnn",
        backbone_hash=backbone.hash,
        resize="none",
        bn_mode="moving",
        ema=True,
        truncation=0.7,
        seed=42,
        dataset="digits",
        dataset_fingerprint="1",
        warning="",
    )
    assert rows["inception_score_digits_cnn"].n_real == 0


def test_batch_size_does_not_matter():
    fakes = batches_of(load_digits("train")[0] / 255.0)
    one, other = (
        metrics.evaluate(digits(), fakes, settings(num_samples=101, batch_size=size), **CONTEXT)
        for size in (7, 101)
    )
    for a, b in zip(one, other):
        np.testing.assert_allclose(a.values, b.values, rtol=1e-4)


def test_what_metrics_share_is_cached_once(cache, monkeypatch):
    saved = []
    monkeypatch.setattr(real_side, "save_statistics", lambda key, state: saved.append(key["kind"]))
    kinds = [metrics.KID(block_size=50), metrics.PRDC(), metrics.GaussianMMD(), metrics.FID]
    chosen = settings(num_samples=100, metrics=kinds)
    metrics.evaluate(digits(), batches_of(load_digits("train")[0] / 255.0), chosen, **CONTEXT)
    assert sorted(saved) == ["feature_moments", "features"]


def test_real_statistics_are_cached_across_processes_and_model_dirs(cache):
    fakes = batches_of(load_digits("train")[0] / 255.0)
    first, second = digits(), digits()
    before = metrics.evaluate(first, fakes, settings(num_samples=64), **CONTEXT)
    after = metrics.evaluate(second, fakes, settings(num_samples=64), **CONTEXT)
    assert (first.reads, second.reads) == (1, 0)
    assert before == after
    assert len(list((cache / "statistics").iterdir())) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"num_samples": 65},
        {"split": "train"},
        {"backbone": backbones.RandomFeatures},
        {"backbone": lambda: backbones.RandomFeatures(seed=1)},
    ],
    ids=["n", "split", "backbone", "seed"],
)
def test_another_protocol_has_statistics_of_its_own(change):
    first = settings(num_samples=64, metrics=[metrics.FID], backbone=backbones.RandomFeatures)
    if "backbone" in change and change["backbone"] is backbones.RandomFeatures:
        first = dataclasses.replace(first, backbone=backbones.DigitsCNN)
    fakes = batches_of(load_digits("train")[0] / 255.0)
    dataset = digits()
    metrics.evaluate(dataset, fakes, first, **CONTEXT)
    metrics.evaluate(dataset, fakes, dataclasses.replace(first, **change), **CONTEXT)
    assert dataset.reads == 2


def test_changed_images_have_statistics_of_their_own():
    fakes = batches_of(load_digits("train")[0] / 255.0)
    for dataset in (digits(), digits()):
        dataset.fingerprint = str(id(dataset))
        metrics.evaluate(dataset, fakes, settings(num_samples=64), **CONTEXT)
        assert dataset.reads == 1


def test_an_evaluator_reads_nothing_twice():
    dataset, built = digits(), []

    class Counted(backbones.DigitsCNN):
        def __init__(self):
            super().__init__()
            self.images = 0
            built.append(self)

        def forward(self, images):
            self.images += len(images)
            return super().forward(images)

    evaluator = metrics.Evaluator(dataset, settings(backbone=Counted, num_samples=64))
    fakes = batches_of(load_digits("train")[0] / 255.0)
    for step in (1, 2):
        evaluator.evaluate(fakes, step=step, ema=False, bn_mode="batch")
    assert dataset.reads == 1 and len(built) == 1
    # Both metrics share one pass: the real images once, 2 fake sets at each of 2 checkpoints.
    assert built[0].images == 64 * (1 + 2 * 2)


def inferior_copies():
    images, labels, _ = load_digits("test")
    images = images / 255.0
    random = np.random.RandomState(0)
    return {
        "blurred": scipy.ndimage.gaussian_filter(images, (0, 0.7, 0.7, 0)),
        "noised": np.clip(images + random.normal(0, 0.2, images.shape), 0, 1),
        "five classes": np.resize(images[labels < 5], images.shape),
    }


@pytest.mark.parametrize("kind", ["blurred", "noised", "five classes"])
def test_digits_cnn_tells_inferior_copies_from_real_digits(kind):
    """Ten times as far from the test digits as training digits are, at equal n."""
    only_fid = settings(metrics=[metrics.FID], num_fake_sets=1)
    yardstick = metrics.yardstick(digits(), only_fid)
    assert yardstick.n == 537
    fakes = batches_of(inferior_copies()[kind])
    [score] = metrics.evaluate(digits(), fakes, only_fid, **CONTEXT)
    assert score.n_fake == 537
    assert score.mean > 10 * yardstick.values["fid_digits_cnn"] > 0


def test_yardstick_is_the_training_split_at_equal_n():
    train = load_digits("train")[0] / 255.0
    result = metrics.yardstick(digits(), settings(num_samples=300))
    assert result.n == 300
    fakes = batches_of(train[np.arange(300) * 1260 // 300])
    by_hand = metrics.evaluate(digits(), fakes, settings(num_samples=300), **CONTEXT)
    for score in by_hand:
        np.testing.assert_allclose(result.values[score.metric], score.values[0], rtol=1e-9)
    with pytest.raises(ValueError, match="but eval.split='train'"):
        metrics.yardstick(digits(), settings(split="train"))
    with pytest.raises(ValueError, match="'validation'"):
        metrics.yardstick(digits(), settings(split="validation"))


def test_fewer_images_than_features_are_flagged(caplog):
    few = settings(num_samples=40, metrics=[metrics.FID, metrics.InceptionScore])
    fakes = batches_of(load_digits("train")[0] / 255.0)
    with caplog.at_level(logging.WARNING, logger="absl"):
        fid, score = metrics.evaluate(digits(), fakes, few, **CONTEXT)
    assert "n=40 is not above the 64 feature dimensions" in fid.warning
    assert score.warning == ""
    (record,) = [r for r in caplog.records if "feature dimensions" in r.getMessage()]
    assert record.getMessage().startswith("fid: n=40 is not above")


@pytest.mark.parametrize(
    "n, metric, words",
    [
        (64, metrics.FID, r"^fid of 64 images and 64 feature dimensions would be mostly bias: .*"),
        # 300 are more than 64, those of a class are not.
        (
            300,
            metrics.PerClassFID,
            "^per_class_fid of about 29 images in a class and 64 ",
        ),
    ],
)
def test_fewer_images_than_features_are_refused_before_any_image_is_read(n, metric, words):
    dataset = Labelled()
    chosen = settings(num_samples=n, metrics=[metrics.KID, metric], force=False)
    with pytest.raises(ValueError, match=words) as error:
        metrics.Evaluator(dataset, chosen)
    assert dataset.reads == 0
    for fix in ("the split 'test' has 537", "eval.metrics = [@kid]", "eval.force = True"):
        assert fix in str(error.value)
    metrics.Evaluator(dataset, dataclasses.replace(chosen, force=True))
    metrics.Evaluator(dataset, dataclasses.replace(chosen, metrics=[metrics.KID]))


def test_the_rarest_class_counts_and_unlabelled_images_do_not():
    _, labels, _ = load_digits("test")
    for rare in (np.where(labels == 3, -1, labels), np.where(labels > 0, labels, 9)):
        rare = np.where((rare == 5) & (np.cumsum(rare == 5) > 7), -1, rare)
        chosen = settings(num_samples=None, metrics=[metrics.PerClassFID], force=False)
        with pytest.raises(ValueError, match="per_class_fid of about 7 images in a class and 64 "):
            metrics.Evaluator(Labelled(rare), chosen)


def test_enough_images_need_no_force():
    for n, split, metric in ((65, None, metrics.FID), (720, "train", metrics.PerClassFID)):
        chosen = settings(num_samples=n, split=split, metrics=[metric], force=False)
        assert metrics.Evaluator(Labelled(), chosen).num_samples == n


@pytest.mark.parametrize("split, warned", [(None, True), ("test", True), ("train", False)])
def test_copies_are_looked_for_among_training_images(split, warned):
    chosen = settings(
        num_samples=80, metrics=[metrics.Authenticity, metrics.FID], split=split, num_fake_sets=1
    )
    fakes = batches_of(load_digits("train")[0] / 255.0)
    authenticity, fid = metrics.evaluate(digits(), fakes, chosen, **CONTEXT)
    told = "the reals are the split 'test': set eval.split = 'train'" in authenticity.warning
    assert told == bool(authenticity.warning) == warned
    assert fid.warning == ""


def test_metrics_that_fit_no_gaussians_are_not_flagged():
    every = [metrics.FID, metrics.KID, metrics.PRDC, metrics.Vendi]
    few = settings(num_samples=40, metrics=every, num_fake_sets=1)
    fakes = batches_of(load_digits("train")[0] / 255.0)
    scores = metrics.evaluate(digits(), fakes, few, **CONTEXT)
    assert [score.metric for score in scores if score.warning] == ["fid_digits_cnn"]


@pytest.mark.parametrize(
    "metric, words",
    [
        (metrics.KID(estimator="subsets"), "kid.subset_size=1000 is more than there are: 40"),
        (metrics.PRDC(nearest_k=40), "prdc.nearest_k=40 needs more images"),
        (metrics.PRD(clusters=81), "prd.clusters=81 must be from 1 to .* 80"),
        (metrics.MSSSIM(), "ms_ssim.batch_size=64 is more than there are: 40"),
        # The features have 64 dimensions.
        (metrics.FIDInfinity(points=2), "from 128 fakes .* but there are 40"),
    ],
)
def test_numbers_that_will_not_do_are_refused_before_any_image_is_read(metric, words):
    dataset = digits()
    with pytest.raises(ValueError, match=words):
        metrics.Evaluator(dataset, settings(num_samples=40, metrics=[metric]))
    assert dataset.reads == 0


class Inception(backbones.Inception2015):
    """Stands for the real one, whose file tests do not have."""

    def __init__(self):
        self.name, self.hash, self.feature_dim, self.num_logits = "inception_2015", "h", 3, 3
        self.input_size, self.channels, self.resize = (299, 299), 3, "tf1_bilinear"
        self.is_inception = True

    def forward(self, images):
        means = images.mean(axis=(1, 2))
        return means, means


def test_only_inceptions_distance_is_called_fid():
    fakes = batches_of(load_digits("train")[0] / 255.0)
    scores = metrics.evaluate(
        digits(), fakes, settings(backbone=Inception, num_samples=64), **CONTEXT
    )
    assert {score.metric for score in scores} == {"fid", "inception_score"}
    assert {score.resize for score in scores} == {"tf1_bilinear"}


def test_another_graph_is_not_called_fid():
    """Although it is loaded by the same class."""
    other = Inception()
    other.is_inception, other.name = False, "inception_custom"
    evaluator = metrics.Evaluator(digits(), settings(backbone=other))
    assert evaluator.names == ("inception_score_inception_custom", "fid_inception_custom")


def test_the_default_backbone_is_inception_and_says_what_it_misses():
    with pytest.raises(ValueError, match="inception-2015-12-05.tgz"):
        metrics.Evaluator(digits(), metrics.EvaluationSettings())


def test_images_that_are_none_are_refused():
    fakes = np.full((64, 8, 8, 1), 0.5)
    fakes[3] = np.nan
    with pytest.raises(metrics.InvalidImagesError, match="of fake set 0, 1 hold NaN"):
        metrics.evaluate(digits(), batches_of(fakes), settings(num_samples=64), **CONTEXT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": ["fid"]}, r"eval.metrics takes references .*write @fid without quotes"),
        ({"metrics": "fid"}, r"eval.metrics takes references .*write @fid without quotes"),
        ({"metrics": [3]}, r"eval.metrics takes references such as \[@fid, .* received 3"),
        (
            {"metrics": [backbones.DigitsCNN]},
            "eval.metrics takes references to .*base.Metric, but one",
        ),
        ({"backbone": "digits_cnn"}, "eval.backbone takes .*write @digits_cnn without quotes"),
        ({"backbone": None}, "eval.backbone takes references such as @digits_cnn, received None"),
        ({"backbone": metrics.FID}, "eval.backbone takes references to .*base.Backbone, but one"),
        ({"num_samples": 1e4}, "eval.num_samples must be a whole number from 2, .*: write 10000"),
        ({"num_samples": "100"}, "eval.num_samples must be a whole number from 2, received '100'"),
        ({"num_fake_sets": 1.5}, "eval.num_fake_sets must be a whole number from 1, received 1.5"),
        ({"batch_size": None}, "eval.batch_size must be a whole number from 1, received None"),
        ({"seed": "a"}, "eval.seed must be a whole number, received 'a'"),
        (
            {"every_steps": 10},
            r'eval.every_steps gives .* such as \{"kid": 10000\}, .* received 10',
        ),
        ({"every_steps": {metrics.KID: 10}}, "eval.every_steps names values in quotation marks"),
        (
            {"every_steps": {"fid": -1}},
            r"eval.every_steps\['fid'\] must be a whole number from 0, received -1",
        ),
        ({"every_steps": {"fid": 2.5}}, r"eval.every_steps\['fid'\] must be a whole number"),
        ({"every_steps": {"kid": 1}}, "eval.every_steps names 'kid', .* did you mean 'fid'"),
        ({"best": metrics.FID}, "eval.best is the name of a value in quotation marks"),
        ({"best": "fid_digit_cnn"}, "eval.best names .* did you mean 'fid_digits_cnn'"),
        ({"force": "yes"}, "eval.force must be True or False, without quotes; received 'yes'"),
        ({"truncation": "0.5"}, "eval.truncation must be positive or None, received '0.5'"),
    ],
    ids=str,
)
def test_values_of_the_wrong_kind_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        metrics.Evaluator(digits(), settings(**change))


def test_settings_that_make_no_sense_are_refused():
    dataset = digits()
    for change, message in (
        ({"num_samples": 1}, "eval.num_samples must be a whole number from 2"),
        ({"num_fake_sets": 0}, "eval.num_fake_sets must be a whole number from 1"),
        ({"bn_mode": "train"}, "eval.bn_mode must be one of auto, moving, standing, batch"),
        ({"truncation": 0.0}, "eval.truncation must be positive"),
        ({"num_samples": 538}, "has 537 images: lower it, or set eval.split"),
        ({"split": "valid"}, "has no 'valid'; its splits are train, test"),
        ({"backbone": backbones.RandomFeatures}, "has no logits, which InceptionScore"),
        ({"metrics": [metrics.FID, metrics.FID]}, "list each once"),
    ):
        with pytest.raises(ValueError, match=message):
            metrics.Evaluator(dataset, settings(**change)).evaluate(
                batches_of(load_digits("train")[0] / 255.0), **CONTEXT
            )


def test_the_data_set_chooses_its_split_and_number():
    splits = {"train": load_digits("train")[0], "validation": load_digits("test")[0]}
    usual = Dataset(splits, limit=100)
    evaluator = metrics.Evaluator(usual, settings())
    assert (evaluator.split, evaluator.num_samples) == ("validation", 100)
    # The usual number belongs to the usual split.
    assert metrics.Evaluator(usual, settings(split="train")).num_samples == 1260
    assert metrics.Evaluator(usual, settings(num_samples=300)).num_samples == 300


def test_a_small_training_split_has_a_smaller_yardstick():
    dataset = Dataset({"train": load_digits("train")[0][:120], "test": load_digits("test")[0]})
    assert metrics.yardstick(dataset, settings()).n == 120


def test_a_real_data_set_is_what_evaluation_asks_for():
    result = metrics.yardstick(get_dataset("digits"), settings())
    assert result.n == 537
    expected = metrics.yardstick(digits(), settings()).values
    assert result.values == pytest.approx(expected, rel=1e-6)


def test_what_is_wanted_alone_is_measured():
    """And equals what is measured of everything; the real images pass once, for all metrics."""
    every = [metrics.FID, metrics.PRDC, metrics.InceptionScore]
    fakes = batches_of(load_digits("train")[0] / 255.0)
    chosen = settings(num_samples=80, metrics=every)
    all_rows = {r.metric: r for r in metrics.evaluate(digits(), fakes, chosen, **CONTEXT)}
    dataset = digits()
    dataset.fingerprint = "2"  # nothing is in the cache
    evaluator = metrics.Evaluator(dataset, chosen)
    for names, expected in (
        (["fid_digits_cnn"], {"fid_digits_cnn"}),
        (["recall_digits_cnn"], {n for n in all_rows if "fid" not in n and "inception" not in n}),
    ):
        rows = evaluator.evaluate(fakes, **CONTEXT, names=names)
        empty = evaluator.rows_without_values(**CONTEXT, names=names)
        assert {row.metric for row in rows} == expected
        assert [row.protocol for row in empty] == [row.protocol for row in rows]
        for row in rows:
            assert row.values == all_rows[row.metric].values
    assert dataset.reads == 1
    assert evaluator.evaluate(fakes, **CONTEXT, names=[]) == []


class Labelled(Dataset):
    """Digits with classes."""

    class_names = tuple(map(str, range(10)))

    def __init__(self, labels=None):
        super().__init__({split: load_digits(split)[0] for split in ("train", "test")}, "digits")
        self.labels = load_digits("test")[1] if labels is None else labels

    def ids_and_labels(self, split):
        labels = self.labels if split == "test" else load_digits("train")[1]
        return np.arange(len(labels)), labels

    def evaluation_batches(self, split, batch_size):
        starts = range(0, self.num_examples(split), batch_size)
        for start, batch in zip(starts, super().evaluation_batches(split, batch_size)):
            yield batch | {"labels": self.labels[start : start + batch_size]}


def labelled_fakes(index, n, batch_size):
    images, labels, _ = load_digits("train")
    first = index * n
    for start in range(first, first + n, 37):
        rows = slice(start, min(start + 37, first + n))
        yield images[rows] / 255.0, labels[rows]


def by_class(real_labels):
    """The mean distance within classes of 300 labelled fakes, in each of two sets."""
    backbone, places = backbones.DigitsCNN(), np.arange(300) * 537 // 300
    real = backbone(load_digits("test")[0][places] / 255.0)[0].astype(np.float64)
    values = []
    for index in range(2):
        images, labels, _ = load_digits("train")
        rows = slice(300 * index, 300 * (index + 1))
        fake = backbone(images[rows] / 255.0)[0].astype(np.float64)
        distances = [
            frechet_distance(real=real[real_labels[places] == c], fake=fake[labels[rows] == c])
            for c in range(10)
        ]
        values.append(np.mean(distances))
    return values


def test_labels_of_both_sides_reach_the_metrics():
    chosen = settings(num_samples=300, metrics=[metrics.PRDC, metrics.PerClassFID])
    labels = load_digits("test")[1]
    turned = (labels + 1) % 10
    first, cached, other = Labelled(), Labelled(), Labelled(turned)
    found = {}
    for dataset in (first, cached, other):
        evaluator = metrics.Evaluator(dataset, chosen)
        evaluator.check_classes(Labelled.class_names)
        rows = evaluator.evaluate(labelled_fakes, **CONTEXT)
        (found[dataset],) = [row.values for row in rows if "per_class" in row.metric]
    # From the cache too, where labels are as they were.
    assert (first.reads, cached.reads, other.reads) == (1, 0, 1)
    np.testing.assert_allclose(found[first], by_class(labels), rtol=1e-4)
    assert found[cached] == found[first]
    np.testing.assert_allclose(found[other], by_class(turned), rtol=1e-4)
    assert min(found[other]) > 2 * max(found[first])


def test_metrics_without_labels_keep_what_they_kept():
    chosen = settings(num_samples=64, metrics=[metrics.PRDC])
    for dataset, reads in ((digits(), 1), (Labelled(), 0)):
        metrics.evaluate(dataset, labelled_fakes, chosen, **CONTEXT)
        assert dataset.reads == reads


def test_classes_that_do_not_fit_are_refused():
    chosen = settings(metrics=[metrics.PerClassFID])
    without = Labelled()
    without.class_names = ()
    with pytest.raises(ValueError, match="PerClassFID in eval.metrics needs .* digits has none"):
        metrics.Evaluator(without, chosen)
    evaluator = metrics.Evaluator(Labelled(), chosen)
    with pytest.raises(ValueError, match="needs the classes of the fakes, but this G is uncond"):
        evaluator.check_classes([])
    clusters = [f"cluster {k}" for k in range(12)]
    with pytest.raises(ValueError, match=r"G's 12 classes \(cluster 0, .*, …\) are not the 10 of"):
        evaluator.check_classes(clusters)
    unlabelled = metrics.Evaluator(Labelled(np.full(537, -1)), chosen)
    with pytest.raises(ValueError, match="none in the split 'test' of digits is"):
        unlabelled.check_classes(Labelled.class_names)
    # Nothing is asked of classes that no metric uses.
    metrics.Evaluator(without, settings(metrics=[metrics.FID])).check_classes([])


def test_the_yardstick_of_labelled_images():
    dataset = get_dataset("digits")
    result = metrics.yardstick(dataset, settings(num_samples=300, metrics=[metrics.PerClassFID]))
    (train, train_labels, _), (test, labels, _) = load_digits("train"), load_digits("test")
    fake, real = np.arange(300) * 1260 // 300, np.arange(300) * 537 // 300
    expected = metrics.per_class_distance(
        real=backbones.DigitsCNN()(test[real] / 255.0)[0],
        real_labels=labels[real],
        fake=backbones.DigitsCNN()(train[fake] / 255.0)[0],
        fake_labels=train_labels[fake],
    )
    np.testing.assert_allclose(
        result.values["per_class_fid_digits_cnn"], np.mean(list(expected.values())), rtol=1e-4
    )


USERS_MODULE = """
import gin
import numpy as np
from compare_gan import metrics


class Sums(metrics.Accumulator):
    key = "pixel_sums"

    def __init__(self):
        self.total, self.count = 0.0, 0

    def update(self, batch):
        assert batch.features is None
        self.total += batch.images.sum(dtype=np.float64)
        self.count += batch.images.size


@gin.register
class Brightness(metrics.Metric):
    names = ("brightness_real", "brightness_fake")
    uses = ("images",)

    def __init__(self, factor=1.0):
        self.factor = factor

    def accumulator(self):
        return Sums()

    def compute(self, real, fake):
        means = {"real": real.total / real.count, "fake": fake.total / fake.count}
        return {f"brightness_{side}": self.factor * mean for side, mean in means.items()}
"""


def test_a_users_metric_is_one_class_in_one_file(tmp_path, monkeypatch):
    (tmp_path / "users_brightness.py").write_text(USERS_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    gin.parse_config("""
        import users_brightness
        eval.metrics = [@Brightness]
        eval.num_samples = 100
        eval.num_fake_sets = 1
        Brightness.factor = 2.0
    """)
    fakes = np.full((100, 8, 8, 1), 0.25)
    # The default backbone is not built, since nothing uses it.
    scores = metrics.evaluate(digits(), batches_of(fakes), **CONTEXT)
    rows = {score.metric: score for score in scores}
    assert rows["brightness_fake"].mean == 0.5
    real = load_digits("test")[0][np.arange(100) * 537 // 100] / 255.0
    np.testing.assert_allclose(rows["brightness_real"].mean, 2 * real.mean(), rtol=1e-6)
    assert rows["brightness_fake"].backbone == rows["brightness_fake"].backbone_hash == ""
    del sys.modules["users_brightness"]


class Constant(metrics.Metric):
    """Gives the values it is told to, whatever it names."""

    uses, needs_real = ("images",), False

    def __init__(self, names, values):
        if names:
            self.names = names
        self.values = values

    def accumulator(self):
        return Nothing()

    def compute(self, real, fake):
        return self.values


class Nothing(metrics.Accumulator):
    key = "nothing"

    def update(self, batch):
        pass


def test_a_metric_gives_the_values_it_names():
    def measure(names, values):
        evaluator = metrics.Evaluator(digits(), settings(metrics=Constant(names, values)))
        return evaluator.measure([np.zeros((2, 8, 8, 1), np.float32)])

    assert measure(("b", "a"), {"a": 1, "b": 2}) == {"b": 2.0, "a": 1.0}
    with pytest.raises(ValueError, match="Constant names its values a, b, but gives a: they must"):
        measure(("a", "b"), {"a": 1})
    for names in (None, "a"):
        with pytest.raises(ValueError, match="Constant must say what its values are called"):
            measure(names, {"a": 1})


def test_rows_without_values_are_those_of_an_evaluation_otherwise():
    evaluator = metrics.Evaluator(digits(), settings(num_samples=64))
    scores = evaluator.evaluate(batches_of(load_digits("train")[0] / 255.0), **CONTEXT)
    rows = evaluator.rows_without_values(**CONTEXT, warning="diverged")
    assert [row.protocol for row in rows] == [score.protocol for score in scores]
    assert tuple(row.metric for row in rows) == evaluator.names
    for row in rows:
        assert np.isnan([row.mean, row.std, *row.values]).all() and len(row.values) == 2
        assert row.warning == "diverged"


def test_everything_is_set_in_gin():
    gin.parse_config("""
        eval.metrics = [@inception_score, @fid]
        eval.backbone = @digits_cnn
        eval.num_samples = 200
        eval.num_fake_sets = 1
        eval.batch_size = 50
        eval.bn_mode = "standing"
        eval.split = "train"
        eval.seed = 7
    """)
    evaluator = metrics.Evaluator(digits())
    assert evaluator.settings.bn_mode == "standing" and evaluator.split == "train"
    fakes = batches_of(load_digits("test")[0] / 255.0)
    scores = evaluator.evaluate(fakes, step=1, ema=False, bn_mode="standing")
    assert [score.metric for score in scores] == ["inception_score_digits_cnn", "fid_digits_cnn"]
    assert {(score.n_fake, score.seed, score.split) for score in scores} == {(200, 7, "train")}


def test_rows_go_into_a_model_dir(tmp_path):
    fakes = batches_of(load_digits("train")[0] / 255.0)
    scores = metrics.evaluate(digits(), fakes, settings(num_samples=64), **CONTEXT)
    metrics.write_scores(tmp_path, scores)
    metrics.write_scores(tmp_path, scores)
    assert metrics.read_scores(tmp_path) == scores


def test_of_few_images_a_class_distances_within_classes_are_flagged():
    """300 images are more than the 64 dimensions, 30 of each class are not."""
    chosen = settings(num_samples=300, metrics=[metrics.FID, metrics.PerClassFID])
    rows = metrics.Evaluator(Labelled(), chosen).evaluate(labelled_fakes, **CONTEXT)
    warnings = {row.metric: row.warning for row in rows}
    assert warnings["fid_digits_cnn"] == ""
    assert "n=300, about 29 in a class, is not above the 64" in warnings["per_class_fid_digits_cnn"]


@pytest.mark.parametrize("n, flagged", [(64, True), (65, False)])
def test_as_many_images_as_features_are_too_few(n, flagged):
    evaluator = metrics.Evaluator(digits(), settings(num_samples=n, metrics=[metrics.FID]))
    fakes = batches_of(load_digits("train")[0] / 255.0)
    (row,) = evaluator.evaluate(fakes, **CONTEXT)
    assert bool(row.warning) == flagged


def test_what_some_fakes_do_not_have_takes_nothing_along():
    """The second set of fakes is of one class: the other metrics have their values."""

    def one_class(index, n, batch_size):
        for images, labels in labelled_fakes(index, n, batch_size):
            yield images, labels if index == 0 else np.zeros_like(labels)

    every = [metrics.PRDC, metrics.PerClassFID, metrics.ClassificationAccuracy]
    evaluator = metrics.Evaluator(Labelled(), settings(num_samples=300, metrics=every))
    rows = {row.metric: row for row in evaluator.evaluate(one_class, **CONTEXT)}
    assert tuple(rows) == evaluator.names
    for name, row in rows.items():
        lacking = name.startswith(("per_class_fid", "cas"))
        assert [math.isnan(value) for value in row.values] == [False, lacking]
        assert math.isnan(row.mean) == lacking
    assert "Class 1 has" in rows["per_class_fid_digits_cnn"].warning
    for name in ("cas_digits_cnn", "cas_reversed_digits_cnn"):
        assert "labels of the fake images name 1" in rows[name].warning
