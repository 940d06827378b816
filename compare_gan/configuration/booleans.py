# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings that are on or off."""

import numpy as np


def check_boolean(setting: str, value: bool) -> bool:
    """Returns a setting that is True or False, NumPy's too, as a bool.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.

    Raises:
      ValueError: It is neither. "False" is a text, which Python takes for true.
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    fix = f": write {value}, without quotes" if value in ("True", "False") else ""
    raise ValueError(f"{setting} must be True or False, received {value!r}{fix}.")
