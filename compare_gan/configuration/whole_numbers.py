# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings that count something."""

import numbers

_LARGEST_SEED = 2**32 - 1


def check_whole_number(setting: str, value: int, least: int | None = 1) -> int:
    """Returns a setting that is a whole number, NumPy's too, as an int.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.
      least: The smallest that makes sense; None for any.

    Raises:
      ValueError: It is no whole number (True and 2.0 are none), or less than `least`.
    """
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    # A float that gin made of 1e4, which is easily written for 10000.
    is_like_one = isinstance(value, float) and value.is_integer()
    is_in_range = (is_whole or is_like_one) and (least is None or value >= least)
    if is_whole and is_in_range:
        return int(value)
    bound = "" if least is None else f" from {least}"
    fix = f": write {int(value)}" if is_in_range else ""
    raise ValueError(f"{setting} must be a whole number{bound}, received {value!r}{fix}.")


def check_seed(setting: str, value: int) -> int:
    """Returns a seed that NumPy's `RandomState` takes: a whole number from 0 to 2³² − 1.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.

    Raises:
      ValueError: It is none of these.
    """
    seed = check_whole_number(setting, value, least=0)
    if seed > _LARGEST_SEED:
        raise ValueError(f"{setting} must be at most {_LARGEST_SEED}, received {seed}.")
    return seed
