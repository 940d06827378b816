# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How the benchmark is run, whatever is measured."""

import dataclasses
import os
import pathlib


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line.

    Attributes:
      rounds: How often every side has its turn.
      seconds: About how long a turn takes; at least one step is made.
      threads: How many each side may use.
      variants: PyTorch's forms to choose the fastest from, of `ALL_VARIANTS`.
      folder: For temporary files.
      tfds_data_dir: Where TensorFlow Datasets are prepared; None leaves their sources out.
      photos: A folder of images to read; None makes one.
    """

    rounds: int
    seconds: float
    threads: int
    variants: tuple[str, ...]
    folder: pathlib.Path
    tfds_data_dir: str | None = None
    photos: str | None = None


# PyTorch's forms: a memory format, with "+compile" through `torch.compile`.
ALL_VARIANTS = ("contiguous", "channels_last", "contiguous+compile", "channels_last+compile")


def default_threads() -> int:
    """All cores."""
    return os.cpu_count() or 1
