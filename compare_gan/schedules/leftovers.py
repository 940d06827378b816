# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a run whose checkpoints were removed has left must not pass for results of a new one."""

import itertools
import logging
from pathlib import Path

from compare_gan.training import Checkpoints

_log = logging.getLogger(__name__)

# Labels that were inferred say themselves what they were made with.
_RESULTS = (
    "scores.jsonl",
    "scores.csv",
    "yardstick.json",
    "pictures",
    "logs",
    "operative_config-*.gin",
    "checkpoints/best*",
)


def set_aside_results(model_dir: Path) -> Path | None:
    """Moves results into a folder of their own, if there is no checkpoint that they could be of.

    Args:
      model_dir: Where a training is about to begin.

    Returns:
      The folder, `<model_dir>/earlier-<n>`; None if there was nothing to move.
    """
    if Checkpoints(model_dir / "checkpoints").steps():
        return None
    found = sorted(path for pattern in _RESULTS for path in model_dir.glob(pattern))
    if not found:
        return None
    places = (model_dir / f"earlier-{number}" for number in itertools.count(1))
    place = next(place for place in places if not place.exists())
    place.mkdir()
    for path in found:
        path.rename(place / path.name)
    _log.warning(
        "There is no checkpoint in %s, so what an earlier run left there is moved to %s: %s.",
        model_dir,
        place,
        ", ".join(path.name for path in found),
    )
    return place
