# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Two sets of images compared without training anything: `python -m compare_gan.evaluate`."""

from compare_gan.comparison.command import CompareFlags, run, run_and_exit
from compare_gan.comparison.compare import Comparison, compare
from compare_gan.comparison.parse import parse_side
from compare_gan.comparison.sides import ImageSide, Side, StatisticsSide

__all__ = [
    "CompareFlags",
    "Comparison",
    "ImageSide",
    "Side",
    "StatisticsSide",
    "compare",
    "parse_side",
    "run",
    "run_and_exit",
]
