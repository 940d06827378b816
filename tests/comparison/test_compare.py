# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Comparisons equal the metrics of all features at once; what cannot be compared is refused."""

import gin
import numpy as np
import pytest

from compare_gan.comparison import StatisticsSide, compare
from compare_gan.comparison.array_side import ArraySide
from compare_gan.metrics import (
    FID,
    KID,
    MSSSIM,
    PRD,
    PRDC,
    InceptionScore,
    Metric,
    PerClassFID,
    backbones,
    frechet_distance,
)
from compare_gan.metrics.kid import kernel_distance_of_blocks
from compare_gan.metrics.moments import Moments, moments
from compare_gan.metrics.per_class import per_class_distance
from compare_gan.metrics.prdc import precision_recall_density_coverage

RNG = np.random.default_rng(0)
REAL = RNG.integers(0, 256, [90, 8, 8, 1], np.uint8)
FAKE = RNG.uniform(size=[80, 8, 8, 1]).astype(np.float32)
LABELS = np.arange(90) % 2


class Patches(backbones.Backbone):
    """Features are four pixels."""

    def __init__(self):
        self.name, self.hash, self.feature_dim, self.seen = "patches", "f" * 64, 4, 0

    def forward(self, images):
        self.seen += len(images)
        return images[:, 2:4, 2:4, 0].reshape(len(images), 4), None


def _features(images):
    images = images / 255.0 if images.dtype == np.uint8 else images
    return images[:, 2:4, 2:4, 0].reshape(len(images), 4)


def test_every_metric_from_one_pass():
    backbone = Patches()
    sides = ArraySide(REAL, LABELS, "real ones", "r"), ArraySide(FAKE, LABELS[:80], "fakes", "f")
    metrics = [FID(), KID(), PRDC(), PerClassFID(), MSSSIM(batch_size=8, batches=1)]
    found = compare(*sides, metrics, backbone, batch_size=7)
    assert backbone.seen == 170  # once, although four metrics look
    features = {"real": _features(REAL), "fake": _features(FAKE)}
    expected = {
        "fid_patches": frechet_distance(**features),
        "kid_patches": kernel_distance_of_blocks(**features).value,
        "per_class_fid_patches": np.mean(
            list(
                per_class_distance(**features, real_labels=LABELS, fake_labels=LABELS[:80]).values()
            )
        ),
    }
    for name, value in precision_recall_density_coverage(**features)._asdict().items():
        expected[f"{name}_patches"] = value
    assert found.values.keys() == expected.keys() | {"ms_ssim"}
    for name, value in expected.items():
        np.testing.assert_allclose(found.values[name], value, rtol=1e-4, atol=1e-7, err_msg=name)
    assert found.protocol["real"] == {
        "description": "real ones (90 images)",
        "fingerprint": "r",
        "n": 90,
    }
    assert found.protocol["fake"]["n"] == 80 and found.protocol["backbone_hash"] == "f" * 64


def test_a_number_of_images():
    found = compare(ArraySide(REAL), ArraySide(FAKE), [FID()], Patches(), num_samples=40)
    reals, fakes = (np.arange(40) * count // 40 for count in (90, 80))
    expected = frechet_distance(real=_features(REAL[reals]), fake=_features(FAKE[fakes]))
    np.testing.assert_allclose(found.values["fid_patches"], expected, rtol=1e-5)


def test_against_statistics():
    statistics = StatisticsSide("s", "", moments(_features(REAL)), "f" * 64)
    found = compare(statistics, ArraySide(FAKE), [FID()], Patches())
    expected = frechet_distance(real=_features(REAL), fake=_features(FAKE))
    np.testing.assert_allclose(found.values["fid_patches"], expected, rtol=1e-5)


class Endless(ArraySide):
    """As a generator: images for the asking."""

    def __init__(self):
        super().__init__(FAKE)
        self.count = None

    def batches(self, n, batch_size):
        self.count = len(FAKE)
        return super().batches(n, batch_size)


def test_a_generator_makes_as_many_as_there_are_reals():
    found = compare(ArraySide(REAL[:60]), Endless(), [FID()], Patches())
    assert found.protocol["fake"]["n"] == 60
    with pytest.raises(ValueError, match="How many images shall the generator make"):
        unknown = Moments(np.zeros(4), np.eye(4), 0)
        compare(StatisticsSide("s", "", unknown, ""), Endless(), [FID()], Patches())


def test_too_few_images_for_a_covariance():
    sides = ArraySide(REAL[:4]), ArraySide(FAKE)
    with pytest.raises(ValueError, match="fid of 4 images and 4 feature dimensions .* --force"):
        compare(*sides, [FID()], Patches())
    found = compare(*sides, [FID()], Patches(), force=True)
    assert "strongly biased" in found.warnings[0] and found.protocol["forced"] is True
    assert not compare(*sides, [KID(estimator="all")], Patches()).warnings


def _broken(value):
    images = FAKE.copy()
    images[33, 0, 0, 0] = value
    return images


@pytest.mark.parametrize(
    "real, fake, metrics, settings, words",
    [
        (ArraySide(REAL), ArraySide(_broken(np.nan)), [FID()], {}, "of --fake, 1 hold NaN"),
        (
            ArraySide(_broken(1.5)),
            ArraySide(FAKE),
            [FID()],
            {},
            "of --real, 0 hold NaN .* 1 hold val",
        ),
        (ArraySide(REAL), ArraySide(FAKE), [InceptionScore()], {}, "patches has no logits"),
        (ArraySide(REAL), ArraySide(FAKE), [PRD()], {}, "as many fakes as reals, received 90"),
        (ArraySide(REAL), ArraySide(FAKE), [PerClassFID()], {}, "the real images have none"),
        (
            ArraySide(REAL),
            ArraySide(FAKE),
            [FID()],
            {"num_samples": 85},
            "only 80 images: an array",
        ),
        (ArraySide(REAL), ArraySide(FAKE), [FID()], {"num_samples": 1}, "must be at least 2"),
        (
            StatisticsSide("s", "", moments(_features(REAL)), ""),
            ArraySide(FAKE),
            [FID(), KID()],
            {},
            "--real is a file of statistics, .* also asks for KID",
        ),
        (
            StatisticsSide("s", "", moments(_features(REAL)), "a" * 64),
            ArraySide(FAKE),
            [FID()],
            {},
            "another backbone than patches .*make them anew with --save_statistics",
        ),
        (
            StatisticsSide("s", "", moments(_features(REAL)[:, :3]), ""),
            ArraySide(FAKE),
            [FID()],
            {},
            "Features of different backbones",
        ),
    ],
)
def test_what_cannot_be_compared(real, fake, metrics, settings, words):
    with pytest.raises(ValueError, match=words):
        compare(real, fake, metrics, Patches(), **settings)


def test_a_metric_of_ones_own(tmp_path):
    class Brightness(Metric):
        names, uses, needs_real = ("brightness",), ("images",), False

        def accumulator(self):
            return Sums()

        def compute(self, real, fake):
            return {"brightness": fake.total / fake.count}

    class Sums:
        key, total, count = "sums", 0.0, 0

        def update(self, batch):
            self.total += float(batch.images.mean(axis=(1, 2, 3)).sum())
            self.count += len(batch.images)

    found = compare(ArraySide(REAL), ArraySide(FAKE), [Brightness()], None)
    np.testing.assert_allclose(found.values["brightness"], FAKE.mean(), rtol=1e-5)
    assert found.protocol["backbone"] == "" and gin.config_str() == ""
