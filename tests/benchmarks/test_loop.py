# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest
from peers import loop


def test_shares_of_the_loop():
    clock = loop.Clock(warm_up=2)
    clock.add(taken=1, waited=9.0, before=0.0, after=50.0)  # traced, and not counted
    clock.add(taken=3, waited=9.0, before=51.0, after=60.0)  # begins before two were made
    clock.add(taken=4, waited=0.5, before=100.0, after=106.0)
    clock.add(taken=4, waited=1.5, before=107.0, after=110.0)
    # 10 seconds, 9 of them inside, 8 steps.
    assert clock.steps == 8
    assert clock.shares() == pytest.approx({"seconds": 1.25, "outside": 0.1, "waiting": 0.2})


def test_calls_are_timed_while_it_watches(monkeypatch):
    plain = lambda steps, iterator, count: (count, "values", 0.25)  # noqa: E731
    monkeypatch.setattr(loop.CompiledSteps, "__call__", plain)
    times = iter([1.0, 2.0, 4.0, 5.0])
    clock = loop.Clock(warm_up=0, now=lambda: next(times))
    with clock.watching():
        steps = object.__new__(loop.CompiledSteps)
        assert steps(None, 2) == (2, "values", 0.25)
        steps(None, 2)
    assert loop.CompiledSteps.__call__ is plain
    # From 1 to 5; inside from 1 to 2 and from 4 to 5.
    assert clock.shares() == pytest.approx({"seconds": 1.0, "outside": 0.5, "waiting": 0.125})


def test_too_few_steps_to_count():
    with pytest.raises(ValueError, match="1 steps are too few, 2 would do"):
        loop.measure(None, 1)
