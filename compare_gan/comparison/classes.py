# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which class of one side is which of the other: by their names, not by their places."""

from collections.abc import Sequence

import numpy as np

_NAMED = 5


def places_among_real(real: Sequence[str], fake: Sequence[str]) -> np.ndarray:
    """Where each class of the fakes is among those of the reals.

    Classes of equal names are one. Where the names of one side alone are mere numbers, as those of
    an array are, number k stands for the k-th class of the other side.

    Args:
      real: The names of the reals' classes.
      fake: The names of the fakes' classes.

    Returns:
      int [number of the fakes' classes].

    Raises:
      ValueError: A class of one side is not among those of the other.
    """
    if _are_numbers(real) != _are_numbers(fake):
        if _are_numbers(real):
            real = _named_by_place(real, fake)
        else:
            fake = _named_by_place(fake, real)
    missing = [name for name in real if name not in set(fake)]
    extra = [name for name in fake if name not in set(real)]
    if missing or extra:
        problems = []
        if missing:
            problems.append(f"{_listed(missing)} of the real images missing among the fake ones")
        if extra:
            problems.append(f"{_listed(extra)} of the fake images missing among the real ones")
        raise ValueError(
            f"Both sides must have the same classes, but there are {' and '.join(problems)}: name "
            "them alike, and leave out what only one side has."
        )
    places = {name: place for place, name in enumerate(real)}
    return np.array([places[name] for name in fake])


def _are_numbers(names: Sequence[str]) -> bool:
    return all(name.isdecimal() for name in names)


def _named_by_place(numbers: Sequence[str], names: Sequence[str]) -> list[str]:
    return [names[int(k)] if int(k) < len(names) else k for k in numbers]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    kind = "class" if len(names) == 1 else "classes"
    return f"the {kind} {', '.join(names[:_NAMED])}{more}"
