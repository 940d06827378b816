# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What can be told of a comparison before any image passes: why not, or why with care."""

from collections.abc import Sequence

import numpy as np

from compare_gan.comparison.sides import ImageSide, Side, StatisticsSide
from compare_gan.metrics import FID, Metric
from compare_gan.metrics.accumulation import uses_backbone
from compare_gan.metrics.backbones import Backbone
from compare_gan.metrics.few_images import biased_by_few_images, refuse_few_images


def check(
    real: Side,
    fake: Side,
    metrics: Sequence[Metric],
    backbone: Backbone | None,
    numbers: tuple[int, int],
    force: bool,
) -> tuple[str, ...]:
    """Checks that sides, metrics and backbone go together.

    Args:
      real: See `compare_gan.comparison.compare`, as for all that follow but `numbers`.
      fake: See there.
      metrics: See there.
      backbone: See there.
      numbers: How many images of each side are used; 0 where statistics do not say.
      force: See there.

    Returns:
      Why values should be read with care.

    Raises:
      ValueError: They do not go together.
    """
    _check_backbone(metrics, backbone)
    _check_classes(real, fake, metrics)
    for metric in metrics:
        own_check = getattr(metric, "check", None)
        if own_check is not None:
            own_check(*numbers, backbone.feature_dim if uses_backbone(metric) else 0)
    warnings = [
        *_check_statistics(real, "real", metrics, backbone),
        *_check_statistics(fake, "fake", metrics, backbone),
        *_check_gaussians(real, metrics, backbone, numbers, force),
        *_check_training_images(real, metrics),
        *_check_shapes(real, fake, metrics, backbone),
    ]
    return tuple(warnings)


def _names(metrics: Sequence[Metric]) -> str:
    return ", ".join(name for metric in metrics for name in metric.names)


def _check_backbone(metrics: Sequence[Metric], backbone: Backbone | None) -> None:
    if not metrics:
        raise ValueError("There are no metrics to compute: name some, such as fid and kid.")
    users = [metric for metric in metrics if uses_backbone(metric)]
    if users and backbone is None:
        raise ValueError(f"{_names(users)} needs the features of a backbone, but there is none.")
    of_logits = [metric for metric in metrics if "logits" in metric.uses]
    if of_logits and not backbone.num_logits:
        raise ValueError(
            f"The backbone {backbone.name} has no logits, which {_names(of_logits)} needs: leave "
            "that out of --metrics, or choose another --backbone."
        )


def _check_classes(real: Side, fake: Side, metrics: Sequence[Metric]) -> None:
    of_labels = [metric for metric in metrics if "labels" in metric.uses]
    if not of_labels:
        return
    for name, side in (("real", real), ("fake", fake)):
        if isinstance(side, ImageSide) and not side.class_names:
            raise ValueError(
                f"{_names(of_labels)} needs classes on both sides, but the {name} images have "
                "none: put them into one folder a class, or add labels to the file."
            )


def _check_statistics(
    side: Side, name: str, metrics: Sequence[Metric], backbone: Backbone | None
) -> list[str]:
    if not isinstance(side, StatisticsSide):
        return []
    others = [metric for metric in metrics if not isinstance(metric, FID)]
    if others:
        raise ValueError(
            f"--{name} is a file of statistics, of which fid alone can be computed, but --metrics "
            f"also asks for {_names(others)}: give images."
        )
    if side.backbone_hash and side.backbone_hash != backbone.hash:
        raise ValueError(
            f"--{name} holds statistics of another backbone than {backbone.name} as it is now "
            f"(hash {side.backbone_hash[:12]}…, not {backbone.hash[:12]}…): make them anew with "
            "--save_statistics, or choose that backbone."
        )
    settings = (
        ("resize", side.resize, backbone.resize),
        ("input_size", side.input_size, backbone.input_size or ()),
    )
    for setting, stored, current in settings:
        if stored is not None and stored != current:
            raise ValueError(
                f"--{name} holds statistics of features with {setting} {stored}, but that of "
                f"{backbone.name} is {current} now: make them anew with --save_statistics, or set "
                "it so."
            )
    if len(side.moments.mean) != backbone.feature_dim:
        raise ValueError(
            f"--{name} holds statistics of {len(side.moments.mean):,} dimensions, but features of "
            f"{backbone.name} have {backbone.feature_dim:,}. Features of different backbones "
            "cannot be compared."
        )
    unknown = [] if side.backbone_hash else ["the network"]
    unknown += [setting for setting, stored, _ in settings if stored is None]
    unknown += [] if side.moments.n else ["the number of images"]
    if not unknown:
        return []
    return [
        f"--{name} is a file of statistics that does not say {', '.join(unknown)}: values are "
        "wrong unless these are those of the other side"
    ]


def _check_gaussians(
    real: Side,
    metrics: Sequence[Metric],
    backbone: Backbone | None,
    numbers: tuple[int, int],
    force: bool,
) -> list[str]:
    """Covariances cannot be estimated from fewer vectors than there are dimensions."""
    users = [metric for metric in metrics if uses_backbone(metric)]
    known = [n for n in numbers if n]
    if not (users and known):
        return []
    n_of_class = min(known) // max(1, len(real.class_names))
    biased = biased_by_few_images(users, min(known), n_of_class, backbone.feature_dim)
    if not force:
        refuse_few_images(biased, "more images", "--metrics=kid", "--force")
    return [f"{what} is strongly biased: compare it at this number only" for what in biased]


def _check_training_images(real: Side, metrics: Sequence[Metric]) -> list[str]:
    users = [metric for metric in metrics if metric.needs_training_images]
    if not users or not isinstance(real, ImageSide) or real.are_training_images is not False:
        return []
    return [
        f"{_names(users)} looks for copies of training images, but --real is {real.description}: "
        "give the split that G was trained on"
    ]


def _check_shapes(
    real: Side, fake: Side, metrics: Sequence[Metric], backbone: Backbone | None
) -> list[str]:
    """Images of other sizes or channels are only comparable where a backbone makes them alike."""
    users = [metric for metric in metrics if uses_backbone(metric)]
    with_real = [metric for metric in metrics if metric.needs_real]
    sides = (real, fake) if with_real else (fake,)
    shapes = [side.image_shape for side in sides if isinstance(side, ImageSide)]
    if users:
        for shape in shapes:
            backbone(np.zeros((1, *shape), np.float32))  # says what it does not take
    if len(set(shapes)) < 2:
        return []
    texts = ["x".join(map(str, shape)) for shape in shapes]
    of_pixels = [metric for metric in with_real if not uses_backbone(metric)]
    any_size = backbone is not None and backbone.input_size is None
    any_channels = backbone is not None and backbone.channels is None
    differ_in = {
        "sizes": shapes[0][:2] != shapes[1][:2] and (of_pixels or any_size),
        "channels": shapes[0][2] != shapes[1][2] and (of_pixels or any_channels),
    }
    for what, incomparable in differ_in.items():
        if incomparable:
            fix = "give --image_size, or make" if what == "sizes" else "make"
            reader = "the pixels as they are" if of_pixels else f"{backbone.name}, which takes any"
            raise ValueError(
                f"The real images are {texts[0]} and the fake ones {texts[1]}, but other {what} "
                f"give other values with {reader}: {fix} them alike."
            )
    return [
        f"the real images are {texts[0]} and the fake ones {texts[1]}: {backbone.name} makes them "
        "alike, but how sharp they are differs with it"
    ]
