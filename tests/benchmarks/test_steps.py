# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest
from peers import steps
from peers.options import ALL_VARIANTS
from peers.sides import SideError, ratio, take_turns
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


def test_torch_compile_is_tried_again_only_where_it_won():
    eager = ("contiguous", "channels_last")
    assert steps.forms_to_try(ALL_VARIANTS, None) == eager
    assert steps.forms_to_try(ALL_VARIANTS, "contiguous") == eager
    won = "channels_last+compile"
    assert steps.forms_to_try(ALL_VARIANTS, won) == (*eager, won)
    # What the user leaves out is not tried, and something must be.
    assert steps.forms_to_try(("contiguous",), won) == ("contiguous",)
    assert steps.forms_to_try((won,), None) == (won,)


class _Side:
    """One that takes so long, or doesn't run."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.is_closed = False

    def close(self):
        self.is_closed = True


def _look(side):
    if side.seconds is None:
        raise SideError("It ended:\nout of memory")
    return side.seconds


@pytest.fixture
def sides(monkeypatch):
    """Sides by form, for `steps` to start."""
    made = {}
    monkeypatch.setattr(steps, "torch_side", lambda description, variant, options: made[variant])
    return made


def test_the_fastest_form_is_kept_and_all_others_are_closed(sides):
    sides |= {"a": _Side(3.0), "b": _Side(None), "c": _Side(1.0), "d": _Side(2.0)}
    best = steps.fastest_torch({}, "abcd", None, _look)
    assert (best.side, best.variant) == (sides["c"], "c")
    assert best.tried == {"a": 3.0, "b": "out of memory", "c": 1.0, "d": 2.0}
    assert [name for name, side in sides.items() if not side.is_closed] == ["c"]


def test_no_form_that_runs_is_an_error(sides):
    sides["a"] = _Side(None)
    with pytest.raises(SideError, match="No form of PyTorch's runs.*out of memory"):
        steps.fastest_torch({}, "a", None, _look)


def test_sides_that_differ_are_all_closed(sides):
    def differing(side):
        if side is sides["b"]:
            raise NotTheSameError
        return 1.0

    sides |= {"a": _Side(1.0), "b": _Side(1.0)}
    with pytest.raises(NotTheSameError):
        steps.fastest_torch({}, "ab", None, differing)
    assert all(side.is_closed for side in sides.values())
