# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which values `eval.every_steps` and `eval.best` mean."""

import pytest

from compare_gan import metrics
from compare_gan.metrics.choices import Values

FID, KID, PRDC, VENDI = metrics.FID(), metrics.KID(), metrics.PRDC(), metrics.Vendi()


def values(*chosen, backbone="_cnn"):
    own = {f"{name}{backbone}": name for metric in chosen for name in metric.names}
    by_own = {name: metric for metric in chosen for name in metric.names}
    return Values({full: by_own[name] for full, name in own.items()}, own)


@pytest.mark.parametrize("name", ["kid", "kid_cnn"])
def test_a_value_goes_by_both_names(name):
    both = {"kid_cnn": 20, "kid_standard_error_cnn": 20}
    assert values(FID, KID).every_steps({name: 20}) == both
    assert values(FID, KID).best(name).name == "kid_cnn"


def test_a_metrics_values_are_measured_together():
    expected = dict.fromkeys(["precision_cnn", "recall_cnn", "density_cnn", "coverage_cnn"], 50)
    for asked in ({"recall": 50}, {"density": 50, "coverage_cnn": 50}):
        assert values(FID, PRDC).every_steps(asked) == expected
    with pytest.raises(
        ValueError, match="'recall' every 50 steps and 'density' every 60, but PRDC"
    ):
        values(FID, PRDC).every_steps({"recall": 50, "density": 60})


def test_nothing_asked_for_is_nothing_said():
    assert values(FID).every_steps(None) == values(FID).every_steps({}) == {}
    assert values(FID).best(None) is None


@pytest.mark.parametrize("setting", ["every_steps", "best"])
def test_what_is_not_measured_is_told_with_what_is_near(setting):
    def ask(name):
        chosen = values(FID, KID)
        return chosen.best(name) if setting == "best" else chosen.every_steps({name: 1})

    near = f"eval.{setting} names 'fid_cn', .* did you mean 'fid_cnn'.* measure fid_cnn, kid_cnn"
    with pytest.raises(ValueError, match=near):
        ask("fid_cn")
    with pytest.raises(ValueError, match="names 'recall', which no metric of eval.metrics"):
        ask("recall")


def test_the_better_of_two_values_ranks_lower():
    lower, higher = values(FID, PRDC).best("fid"), values(FID, PRDC).best("recall")
    assert lower.lower and not higher.lower
    assert lower.rank(1.0) < lower.rank(2.0) and higher.rank(2.0) < higher.rank(1.0)


def test_a_metric_that_does_not_say_which_way_is_better_chooses_nothing():
    with pytest.raises(
        ValueError, match="Vendi does not say whether lower .* choose 'fid_cnn', or"
    ):
        values(FID, VENDI).best("vendi_score")

    class Odd(metrics.Vendi):
        better = {"vendi_score": "up"}

    with pytest.raises(
        ValueError, match="Odd says 'up' and not whether .* another metric, or give"
    ):
        values(Odd()).best("vendi_score")


def test_metrics_say_what_is_better_of_values_that_they_have():
    classes = [getattr(metrics, name) for name in metrics.__all__]
    classes = [c for c in classes if isinstance(c, type) and issubclass(c, metrics.Metric)]
    known = {}
    for metric_class in classes:
        if metric_class is not metrics.Metric:
            metric = metric_class()  # names may depend on arguments
            assert set(metric.better) <= set(metric.names)
            assert set(metric.better.values()) <= {"lower", "higher"}
            known |= metric.better
    distances = {name for name in known if any(part in name for part in ("fid", "kid", "mmd"))}
    assert {name for name, better in known.items() if better == "lower"} == distances
    assert len(distances) == 5
