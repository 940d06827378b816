# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Comparisons equal the metrics of all features at once; what cannot be compared is refused."""

import gin
import numpy as np
import pytest

from compare_gan.comparison import StatisticsSide, compare, report
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
    # Once, although four metrics look; and a black one of each side beforehand.
    assert backbone.seen == 172
    features = {"real": _features(REAL), "fake": _features(FAKE)}
    expected = {
        "fid_patches": frechet_distance(**features),
        "kid_patches": kernel_distance_of_blocks(**features).value,
        "kid_standard_error_patches": kernel_distance_of_blocks(**features).standard_error,
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


def test_a_metric_without_a_value_leaves_the_others_theirs(tmp_path):
    """One fake of class 1 has no covariance."""
    classes = (np.arange(80) == 0).astype(int)
    sides = ArraySide(REAL, LABELS, "real ones", "r"), ArraySide(FAKE, classes, "fakes", "f")
    metrics = [PerClassFID(), FID()]
    found = compare(*sides, metrics, Patches())
    assert np.isnan(found.values["per_class_fid_patches"])
    expected = frechet_distance(real=_features(REAL), fake=_features(FAKE))
    np.testing.assert_allclose(found.values["fid_patches"], expected, rtol=1e-6)
    assert any("Class 1 has 45 real and 1 fake images" in warning for warning in found.warnings)
    drawn = report.draw(tmp_path, found, *sides, metrics)
    assert [path.name for path in drawn.paths] == ["neighbors.png"]


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


class Named(ArraySide):
    """As a folder of class folders."""

    def __init__(self, images, labels, class_names):
        super().__init__(images, labels)
        self.class_names = class_names


def test_classes_are_matched_by_name():
    fake_labels = np.arange(80) * 7 % 3 % 2
    real = Named(REAL, LABELS, ("cat", "dog"))
    metrics = [PerClassFID()]
    found = compare(real, Named(FAKE, fake_labels, ("dog", "cat")), metrics, Patches())
    features = {"real": _features(REAL), "fake": _features(FAKE)}
    expected = per_class_distance(**features, real_labels=LABELS, fake_labels=1 - fake_labels)
    value = found.values["per_class_fid_patches"]
    np.testing.assert_allclose(value, np.mean(list(expected.values())), rtol=1e-4)
    by_place = per_class_distance(**features, real_labels=LABELS, fake_labels=fake_labels)
    assert abs(value - np.mean(list(by_place.values()))) > 1e-3
    # Unlabelled fakes stay so.
    unlabelled = np.where(np.arange(80) < 5, -1, 1 - fake_labels)
    found = compare(
        real,
        Named(FAKE, np.where(unlabelled < 0, -1, 1 - unlabelled), ("dog", "cat")),
        metrics,
        Patches(),
    )
    expected = per_class_distance(**features, real_labels=LABELS, fake_labels=unlabelled)
    np.testing.assert_allclose(
        found.values["per_class_fid_patches"], np.mean(list(expected.values())), rtol=1e-4
    )


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
    with pytest.raises(ValueError, match="fid of 3 images and 4 feature dimensions"):
        compare(ArraySide(REAL), ArraySide(FAKE[:3]), [FID()], Patches())
    assert not compare(ArraySide(REAL[:5]), ArraySide(FAKE[:5]), [FID()], Patches()).warnings


class Recorded(Metric):
    """A metric that only says whether it fits Gaussians, what it reads and when it was asked."""

    names = ("recorded",)

    def __init__(self, fits_gaussians=False, uses=("features",), problem="", needs_real=True):
        self.fits_gaussians, self.uses, self.needs_real = fits_gaussians, uses, needs_real
        self.problem, self.asked = problem, []

    def check(self, n_real, n_fake, feature_dim=0):
        self.asked.append((n_real, n_fake, feature_dim))
        if self.problem:
            raise ValueError(self.problem)

    def accumulator(self):
        return KID().accumulator()

    def compute(self, real, fake):
        return {"recorded": 1.0}


def test_every_metric_that_fits_gaussians_needs_enough_images():
    with pytest.raises(ValueError, match="^recorded of 4 images and 4 feature dimensions"):
        compare(ArraySide(REAL[:4]), ArraySide(FAKE), [Recorded(True), KID()], Patches())


def test_few_images_of_each_class_are_refused():
    sides = [ArraySide(images, np.arange(80) % 20) for images in (REAL[:80], FAKE)]
    metric = Recorded(True, ("features", "labels"))
    words = "^recorded of about 4 images in a class and 4 feature dimensions would be .* --force"
    with pytest.raises(ValueError, match=words):
        compare(*sides, [metric], Patches())
    (warning,) = compare(*sides, [metric], Patches(), force=True).warnings
    assert warning.startswith("recorded of about 4 images in a class and 4 feature dim"), warning
    # Of whole sets and of classes, each is told.
    few = [ArraySide(images[:4], np.arange(4) % 2) for images in (REAL, FAKE)]
    with pytest.raises(ValueError, match="^recorded of about 2 images .* and fid of 4 images and"):
        compare(*few, [metric, FID()], Patches())
    sides = [ArraySide(images, np.arange(80) % 16) for images in (REAL[:80], FAKE)]
    assert not compare(*sides, [metric], Patches()).warnings


def test_metrics_are_asked_before_any_image_passes():
    backbone, first, second = Patches(), Recorded(), Recorded(problem="too few for me")
    with pytest.raises(ValueError, match="too few for me"):
        compare(ArraySide(REAL), ArraySide(FAKE), [first, second], backbone)
    assert first.asked == second.asked == [(90, 80, 4)] and not backbone.seen


def test_images_of_other_shapes():
    class Resizing(Patches):
        def __init__(self):
            super().__init__()
            self.input_size, self.channels, self.resize = (8, 8), 1, "tf1_bilinear"

    larger, coloured = np.zeros([80, 9, 8, 1], np.uint8), np.zeros([80, 8, 8, 3], np.uint8)
    large, rgb, real = ArraySide(larger), ArraySide(coloured), ArraySide(REAL)
    with pytest.raises(ValueError, match="real images are 8x8x1 and the fake ones 9x8x1, but oth"):
        compare(real, large, [FID()], Patches())
    with pytest.raises(ValueError, match="8x8x1 and the fake ones 8x8x3, but other channels give"):
        compare(real, rgb, [FID()], Patches())
    found = compare(real, large, [KID(estimator="all")], Resizing())
    assert "9x8x1: patches makes them alike" in found.warnings[0]
    # Found before the images pass, in the backbone's own words.
    backbone = Resizing()
    with pytest.raises(ValueError, match="takes images of 8x8 with 1 channels; .* with 3"):
        compare(real, rgb, [FID()], backbone)
    assert backbone.seen == 1  # a black image of the reals
    with pytest.raises(ValueError, match="other sizes give other values with the pixels as they"):
        compare(real, large, [Recorded(uses=("images",))], None)
    # Metrics of the fakes alone do not ask what the reals are.
    fakes_only = Recorded(needs_real=False)
    assert not compare(real, large, [fakes_only], Patches()).warnings


def _statistics(backbone_hash="f" * 64, width=4, **settings):
    found = moments(_features(REAL)[:, :width])
    return StatisticsSide("s", "", found, backbone_hash, **settings)


@pytest.mark.parametrize("as_fake", [False, True])
def test_statistics_of_unknown_origin_are_warned_of(as_fake):
    def warnings(statistics):
        sides = [statistics, ArraySide(FAKE)]
        return compare(*(sides[::-1] if as_fake else sides), [FID()], Patches()).warnings

    name = "fake" if as_fake else "real"
    known = {"resize": "none", "input_size": ()}
    assert not warnings(_statistics(**known))
    (warning,) = warnings(_statistics(""))
    assert f"--{name} is a file of statistics that does not say the network, resize" in warning
    assert "say resize, input_size" in warnings(_statistics())[0]
    nameless = StatisticsSide("s", "", Moments(np.zeros(4), np.eye(4), 0), "f" * 64, **known)
    assert "does not say the number of images" in warnings(nameless)[0]


class Diverged(ArraySide):
    def __init__(self, value):
        super().__init__(FAKE)
        self._images = _broken(value)


def _broken(value):
    images = FAKE.copy()
    images[33, 0, 0, 0] = value
    return images


@pytest.mark.parametrize(
    "real, fake, metrics, settings, words",
    [
        (ArraySide(REAL), Diverged(np.nan), [FID()], {}, "of --fake, 1 hold NaN"),
        (
            Diverged(1.5),
            ArraySide(FAKE),
            [FID()],
            {},
            "of --real, 0 hold NaN .* 1 hold val",
        ),
        (ArraySide(REAL), ArraySide(FAKE), [InceptionScore()], {}, "which inception_score needs"),
        (ArraySide(REAL), ArraySide(FAKE), [], {}, "There are no metrics to compute"),
        (_statistics(), _statistics(), [FID()], {"num_samples": 9}, "=9 has no effect, since both"),
        (ArraySide(REAL), ArraySide(FAKE), [PRD()], {}, "as many fakes as reals, received 90"),
        (ArraySide(REAL), ArraySide(FAKE), [PerClassFID()], {}, "the real images have none"),
        (
            ArraySide(REAL, LABELS),
            ArraySide(FAKE),
            [PerClassFID()],
            {},
            "per_class_fid needs classes on both sides, but the fake images have none",
        ),
        (
            Named(REAL, LABELS, ("cat", "dog")),
            Named(FAKE, np.arange(80) % 3, ("ant", "cat", "dog")),
            [PerClassFID()],
            {},
            "there are the class ant of the fake images missing",
        ),
        (
            ArraySide(REAL),
            ArraySide(FAKE),
            [FID()],
            {"num_samples": 85},
            "only 80 images: an array",
        ),
        (ArraySide(REAL), ArraySide(FAKE), [FID()], {"num_samples": 1}, "must be at least 2"),
        (
            _statistics(""),
            ArraySide(FAKE),
            [FID(), KID()],
            {},
            "--real is a file of statistics, .* also asks for kid",
        ),
        (ArraySide(FAKE), _statistics(), [KID()], {}, "--fake is a file .* also asks for kid"),
        (ArraySide(FAKE), _statistics("a" * 64), [FID()], {}, "--fake holds .* another backbone"),
        (
            _statistics(resize="tf1_bilinear", input_size=()),
            ArraySide(FAKE),
            [FID()],
            {},
            "with resize tf1_bilinear, but that of patches is none now",
        ),
        (
            ArraySide(FAKE),
            _statistics(resize="none", input_size=(8, 8)),
            [FID()],
            {},
            r"--fake holds .* input_size \(8, 8\), but that of patches is \(\) now",
        ),
        (
            _statistics("a" * 64),
            ArraySide(FAKE),
            [FID()],
            {},
            "another backbone than patches .*make them anew with --save_statistics",
        ),
        (
            _statistics("", width=3),
            ArraySide(FAKE),
            [FID()],
            {},
            "of 3 dimensions, but features of patches have 4. Features of different backbones",
        ),
    ],
)
def test_what_cannot_be_compared(real, fake, metrics, settings, words):
    with pytest.raises(ValueError, match=words):
        compare(real, fake, metrics, Patches(), **settings)


def test_features_need_a_backbone():
    with pytest.raises(ValueError, match="kid_standard_error needs the features"):
        compare(ArraySide(REAL), ArraySide(FAKE), [FID(), KID()], None)


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
