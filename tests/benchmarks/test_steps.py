# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest
from peers.sides import ratio, take_turns
from peers.steps import NotTheSameError, check_parameters, check_updates


def test_sides_take_turns():
    calls = []

    def turn(name):
        return lambda: calls.append(name) or float(len(calls))

    taken = take_turns({"a": turn("a"), "b": turn("b")}, rounds=3)
    assert calls == ["a", "b"] * 3
    assert taken == {"a": [1.0, 3.0, 5.0], "b": [2.0, 4.0, 6.0]}


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    # 2, 8, 3: their median is 3, where the ratio of the medians would be 6 / 2.
    assert ratio([2.0, 8.0, 9.0], [1.0, 1.0, 3.0]) == {"median": 3.0, "low": 2.0, "high": 8.0}


def test_nothing_is_timed_where_parameters_differ():
    ours = {"generator/a": 3, "generator/b": 4}
    check_parameters(ours, dict(ours))
    with pytest.raises(NotTheSameError, match="generator/b: 4 here, 5 in PyTorch"):
        check_parameters(ours, {"generator/a": 3, "generator/b": 5})
    with pytest.raises(NotTheSameError, match="generator/c: None here, 1 in PyTorch"):
        check_parameters(ours, {**ours, "generator/c": 1})


@pytest.mark.parametrize("other", [1.01, float("nan")])
def test_nothing_is_timed_where_updates_differ(other):
    ours = {"generator": {"loss": 1.0, "gradient_norm": 2.0}}
    check_updates(ours, {"generator": {"loss": 1.0005, "gradient_norm": 2.0}})
    with pytest.raises(NotTheSameError, match="generator: loss is 1.0 here"):
        check_updates(ours, {"generator": {"loss": other, "gradient_norm": 2.0}})
