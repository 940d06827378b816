# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Whether the classes of generated images are those of the real ones they are measured against."""

from collections.abc import Sequence

import numpy as np

from compare_gan.metrics.real_images import ImageDataset

_TAKE_OUT = "take it out of eval.metrics"


def check_fake_classes(
    users: str,
    class_names: Sequence[str],
    dataset: ImageDataset,
    split: str,
    real_labels: np.ndarray,
) -> None:
    """Checks that metrics can compare fakes and reals of one class.

    Args:
      users: The metrics that use labels, for messages.
      class_names: What the classes are called that G's images have; empty for an unconditional G.
      dataset: The real images.
      split: Where they are from.
      real_labels: The class of each, int [n], −1 for none.

    Raises:
      ValueError: The fakes have no classes, they have other ones than the real images, or no real
        image has one.
    """
    real = tuple(dataset.class_names)
    if not class_names:
        raise ValueError(
            f"{users} needs the classes of the fakes, but this G is unconditional: {_TAKE_OUT}, or "
            "train a conditional one."
        )
    if tuple(class_names) != real:
        raise ValueError(
            f"{users} compares images of one class, but G's {len(class_names)} classes "
            f"({_listed(class_names)}) are not the {len(real)} of {dataset.name} "
            f"({_listed(real)}): {_TAKE_OUT}, or set dataset.labels as in the training."
        )
    if np.max(real_labels, initial=-1) < 0:
        raise ValueError(
            f"{users} needs real images whose class is known, but none in the split {split!r} of "
            f"{dataset.name} is: the classes of dataset.labels are not the data set's own, or all "
            f"are hidden. So {_TAKE_OUT}."
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
