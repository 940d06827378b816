# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The error for everything that a configuration gets wrong, and the words for it."""

import difflib
from collections.abc import Iterable


class ConfigurationError(ValueError):
    """A mistake in a configuration, told in one line that says where it is and how to mend it."""


def one_line(text: object) -> str:
    """Joins the lines of a message, each stripped, into one."""
    return " ".join(str(text).split())


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Returns the candidate that is spelt most like `name`, whatever its case; None if none is."""
    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[matches[0]] if matches else None
