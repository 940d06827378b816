# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings that count something."""

import numbers


def check_whole_number(setting: str, value: int, least: int = 1) -> int:
    """Returns a setting that is a whole number.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.
      least: The smallest that makes sense.

    Raises:
      ValueError: It is no whole number (True and 2.0 are none), or less than `least`.
    """
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_whole or value < least:
        raise ValueError(f"{setting} must be a whole number from {least}, received {value!r}.")
    return value
