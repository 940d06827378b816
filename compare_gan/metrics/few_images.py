# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Whether images are enough for metrics that fit a Gaussian to their features."""

from collections.abc import Sequence

from compare_gan.metrics.base import Metric


def biased_by_few_images(
    metrics: Sequence[Metric], n: int, n_of_class: int, feature_dim: int
) -> list[str]:
    """Which metrics would be mostly bias, each group of them with why, for people.

    As many vectors as dimensions are too few as well: their covariance has no inverse.

    Args:
      metrics: Of any kind: those that fit no Gaussians are left out.
      n: Images of the smaller side.
      n_of_class: About how many of them a class has; read for metrics of classes only, whose
        Gaussians are of one class.
      feature_dim: The features' dimensions.
    """
    few: dict[str, list[str]] = {}
    for metric in metrics:
        if not metric.fits_gaussians:
            continue
        by_class = "labels" in metric.uses
        if (n_of_class if by_class else n) <= feature_dim:
            number = f"about {n_of_class:,} images in a class" if by_class else f"{n:,} images"
            few.setdefault(number, []).extend(metric.names)
    return [
        f"{', '.join(names)} of {number} and {feature_dim:,} feature dimensions"
        for number, names in few.items()
    ]


def refuse_few_images(biased: Sequence[str], more: str, instead: str, force: str) -> None:
    """Refuses what `biased_by_few_images` found.

    Args:
      biased: What it found.
      more: How to use more images.
      instead: How to choose the kernel distance.
      force: How to have it computed all the same.

    Raises:
      ValueError: It found something.
    """
    if biased:
        raise ValueError(
            f"{' and '.join(biased)} would be mostly bias: the covariance cannot be estimated from "
            f"so few. Use {more}, {instead}, whose expectation does not depend on the number, or "
            f"{force}."
        )
