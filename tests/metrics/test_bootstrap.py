# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Bootstrap intervals, where the right answer is known."""

import gin
import numpy as np
import pytest

from compare_gan import metrics
from compare_gan.metrics import Batch, FeaturesAccumulator, frechet_distance
from compare_gan.metrics.bootstrap import Bootstrap, bootstrap_interval
from compare_gan.metrics.kid import kernel_distance


def _mean_difference(*, real, fake):
    return float(np.mean(fake) - np.mean(real))


def _normal(n, seed, shift=0.0, d=1):
    return np.random.default_rng(seed).normal(shift, 1.0, size=(n, d))


def test_of_a_mean_it_is_the_textbooks():
    real, fake = _normal(400, 0), _normal(100, 1, 3.0)
    found = bootstrap_interval(_mean_difference, real=real, fake=fake, resamples=4000)
    error = np.sqrt(real.var() / 400 + fake.var() / 100)
    np.testing.assert_allclose(found.standard_error, error, rtol=0.05)
    np.testing.assert_allclose(found.value, fake.mean() - real.mean())
    np.testing.assert_allclose(found.low, found.value - 1.96 * error, atol=0.25 * error)
    np.testing.assert_allclose(found.high, found.value + 1.96 * error, atol=0.25 * error)
    fixed = bootstrap_interval(
        _mean_difference, real=real, fake=fake, resamples=4000, resample_real=False
    )
    np.testing.assert_allclose(fixed.standard_error, fake.std() / 10, rtol=0.05)


def test_the_bias_of_resampling_is_taken_out():
    # Resamples of a Fréchet distance have twice its bias, and none of them is below it.
    real, fake = _normal(100, 0, d=5), _normal(100, 1, d=5)
    found = bootstrap_interval(frechet_distance, real=real, fake=fake, resamples=50)
    assert found.low < found.value == frechet_distance(real=real, fake=fake) < found.high
    # It covers what other samples of the same size give.
    others = [
        frechet_distance(real=_normal(100, 10 + s, d=5), fake=_normal(100, 500 + s, d=5))
        for s in range(50)
    ]
    assert found.low < np.median(others) < found.high


def test_confidence_and_seed():
    sides = {"real": _normal(30, 0), "fake": _normal(30, 1)}
    wide = bootstrap_interval(_mean_difference, **sides, confidence=0.99)
    narrow = bootstrap_interval(_mean_difference, **sides, confidence=0.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide == bootstrap_interval(_mean_difference, **sides, confidence=0.99)
    assert wide != bootstrap_interval(_mean_difference, **sides, confidence=0.99, seed=1)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"resamples": 1}, "resamples must be a whole number from 2, received 1"),
        ({"confidence": 95}, "confidence must be a number in .0, 1., received 95"),
    ],
)
def test_what_makes_no_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        bootstrap_interval(_mean_difference, real=_normal(9, 0), fake=_normal(9, 1), **settings)


def _sides(labels=None, d=3):
    rows = [_normal(40, seed, d=d).astype(np.float32) + seed for seed in (0, 1)]
    sides = [FeaturesAccumulator(), FeaturesAccumulator()]
    for side, features in zip(sides, rows, strict=True):
        side.update(Batch(None, features, None, labels))
    return sides, {"real": rows[0], "fake": rows[1]}


def test_the_deviation_and_quantiles_by_hand():
    real, fake = _normal(7, 0), _normal(5, 1)
    found = bootstrap_interval(_mean_difference, real=real, fake=fake, resamples=4, confidence=0.5)
    rng = np.random.default_rng(0)
    values = []
    for _ in range(4):
        reals, fakes = rng.integers(7, size=7), rng.integers(5, size=5)
        values.append(fake[fakes].mean() - real[reals].mean())
    a, b, c, d = sorted(values)
    mean = (a + b + c + d) / 4
    deviation = np.sqrt(sum((value - mean) ** 2 for value in values) / 3)
    np.testing.assert_allclose(found.standard_error, deviation)
    # A quarter of the way from the first to the last of four is a quarter before the second.
    np.testing.assert_allclose(found.low, found.value + b - (b - a) / 4 - mean)
    np.testing.assert_allclose(found.high, found.value + c + (d - c) / 4 - mean)


@pytest.mark.parametrize("resample_real", [True, False])
def test_the_metric_gives_the_intervals_of_other_metrics(resample_real):
    gin.parse_config(
        "kid.estimator = 'all'\n"
        "bootstrap.metrics = [@fid, @kid]\n"
        "bootstrap.resamples = 9\n"
        "bootstrap.confidence = 0.8\n"
        f"bootstrap.resample_real = {resample_real}"
    )
    metric = gin.get_configurable(Bootstrap)()
    sides, rows = _sides()
    found = metric.compute(*sides)
    assert list(found) == list(metric.names)
    for name, distance in (("fid", frechet_distance), ("kid", kernel_distance)):
        expected = bootstrap_interval(
            distance, **rows, resamples=9, confidence=0.8, resample_real=resample_real
        )
        for end in ("low", "high", "standard_error"):
            np.testing.assert_allclose(
                found[f"{name}_bootstrap_{end}"], getattr(expected, end), rtol=1e-6
            )
    assert len(found) == 6


def test_labels_go_with_their_features():
    labels = np.arange(40) % 2
    sides, rows = _sides(labels)
    metric = Bootstrap([metrics.PerClassFID], resamples=3)
    assert metric.uses == ("features", "labels")
    found = metric.compute(*sides)
    rng, values = np.random.default_rng(0), []
    for _ in range(3):
        drawn = [rng.integers(40, size=40) for _ in range(2)]
        taken = [side[chosen] for side, chosen in zip(rows.values(), drawn, strict=True)]
        of_class = [
            frechet_distance(
                real=taken[0][labels[drawn[0]] == name], fake=taken[1][labels[drawn[1]] == name]
            )
            for name in (0, 1)
        ]
        values.append(np.mean(of_class))
    np.testing.assert_allclose(
        found["per_class_fid_bootstrap_standard_error"], np.std(values, ddof=1), rtol=1e-6
    )


def test_a_metric_of_the_fakes_alone():
    sides, rows = _sides()
    metric = Bootstrap([metrics.Vendi()], resamples=3)
    assert not metric.needs_real
    found = metric.compute(None, sides[1])
    rng = np.random.default_rng(0)
    values = [metrics.vendi.vendi_score(rows["fake"][rng.integers(40, size=40)]) for _ in range(3)]
    np.testing.assert_allclose(
        found["vendi_score_bootstrap_standard_error"], np.std(values, ddof=1), rtol=1e-6
    )


def test_what_the_metric_takes_from_the_others():
    metric = Bootstrap([metrics.KID(), metrics.PRDC(nearest_k=3)])
    assert not metric.fits_gaussians and Bootstrap().fits_gaussians
    assert Bootstrap().names[0] == "fid_bootstrap_low"
    # Of KID the distance, not its error.
    assert [name for name in metric.names if "kid" in name] == [
        f"kid_bootstrap_{end}" for end in ("low", "high", "standard_error")
    ]
    with pytest.raises(ValueError, match="prdc.nearest_k=3 needs more images"):
        metric.check(3, 9)
    assert metric.settings_text() == '{"metrics": {"precision": {"nearest_k": 3}}}'
    assert Bootstrap([metrics.FID], resamples=9).settings_text() == '{"resamples": 9}'
    assert Bootstrap([metrics.KID]).settings_text() == ""


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"metrics": []}, r"bootstrap.metrics takes a list .*\[@fid, @prdc\], received \[\]"),
        ({"metrics": "fid"}, "takes a list of references .* received 'fid'"),
        ({"metrics": ["fid"]}, "but one gives 'fid'"),
        ({"metrics": [metrics.GILBO]}, "to metrics of images, but one gives .*GILBO"),
        ({"metrics": [metrics.InceptionScore]}, "but inception_score reads logits: take it out"),
        ({"metrics": [metrics.MSSSIM]}, "but ms_ssim reads images"),
        ({"metrics": [metrics.FID, metrics.FID]}, "call a value 'fid': list each once"),
        ({"resamples": 1}, "bootstrap.resamples must be a whole number from 2, received 1"),
        ({"confidence": 95}, "bootstrap.confidence must be a number in .0, 1., received 95"),
    ],
)
def test_settings_of_the_metric_that_make_no_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        Bootstrap(**settings)
