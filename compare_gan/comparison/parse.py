# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From what a user writes after --real= and --fake= to a side."""

from pathlib import Path
from typing import Literal

from compare_gan.comparison.array_side import read_array_side
from compare_gan.comparison.dataset_side import DatasetSide
from compare_gan.comparison.folder_side import FolderSide
from compare_gan.comparison.generator_side import GeneratorSide
from compare_gan.comparison.sides import Side
from compare_gan.data import get_dataset
from compare_gan.generators import MODEL_FILE

_DATASET = "dataset:"
_FORMS = (
    "a folder of images, an .npz or .npy file of images, an .npz file of statistics (mu and "
    "sigma), the model_dir of a training run, or dataset:NAME[@SPLIT]"
)


def parse_side(
    text: str,
    image_size: int | None = None,
    tfds_data_dir: str | None = None,
    step: int | Literal["best"] | None = None,
    truncation: float | None = None,
    seed: int = 42,
    bn_mode: str | None = None,
) -> Side:
    """What `text` names.

    Args:
      text: A path, or "dataset:NAME", or "dataset:NAME@SPLIT".
      image_size: For folders, and data sets without a size of their own.
      tfds_data_dir: Where TensorFlow Datasets are prepared.
      step: For generators: which checkpoint.
      truncation: For generators.
      seed: For generators.
      bn_mode: For generators; None is "auto".

    Raises:
      ValueError: There is no such thing, or it cannot be used.
    """
    if image_size is not None and image_size < 1:
        raise ValueError(f"--image_size={image_size} must be at least 1, or left out.")
    if text.startswith(_DATASET):
        name, _, split = text.removeprefix(_DATASET).partition("@")
        dataset = get_dataset(name=name, image_size=image_size, tfds_data_dir=tfds_data_dir)
        return DatasetSide(dataset, split or None)
    path = Path(text).expanduser()
    if path.is_file():
        if path.suffix.casefold() in (".npz", ".npy"):
            return read_array_side(path)
        raise ValueError(f"{text!r} is a file, but not .npz or .npy: give {_FORMS}.")
    if not path.is_dir():
        raise ValueError(f"{text!r} is not there: give {_FORMS}.")
    if (path / MODEL_FILE).exists():
        return GeneratorSide(path, step, truncation, seed, bn_mode or "auto")
    return FolderSide(path, image_size)
