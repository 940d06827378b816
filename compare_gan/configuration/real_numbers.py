# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings that are numbers in a range."""

import numbers


def check_number(setting: str, value: float, interval: str, usual: float | None = None) -> float:
    """Returns a setting that is a number in an interval.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.
      interval: Such as "[0, 1)", with 0 and without 1, or "(0, inf)", positive and finite.
      usual: What people set it to, for the message.

    Raises:
      ValueError: It is no number (True and "1" are none, nor is NaN), or outside of the interval.
    """
    low, high = map(float, interval[1:-1].split(","))
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    is_above = is_number and (value > low or (value == low and interval[0] == "["))
    if not is_above or not (value < high or (value == high and interval[-1] == "]")):
        hint = "" if usual is None else f"; {usual:g} is usual"
        raise ValueError(f"{setting} must be a number in {interval}, received {value!r}{hint}.")
    return value


def check_weight(setting: str, weight: float) -> float:
    """Returns the weight of a term of a loss, a number from 0, which leaves the term out.

    Raises:
      ValueError: It is no number, negative or not finite.
    """
    return check_number(setting, weight, "[0, inf)")
