# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of a generator: during its training and afterwards."""

import logging
import os
from pathlib import Path

import gin
import numpy as np

from compare_gan.generators import TrainedGenerator
from compare_gan.pictures import image_grid, save_png, visible_channels
from compare_gan.schedules.run import Experiment
from compare_gan.training.summaries import Curves

_log = logging.getLogger(__name__)

_PICTURE_IMAGES = 60
_MOST_COLUMNS = 20


@gin.configurable("pictures", allowlist=["every_steps"])
class Pictures:
    """Draws the same latents again and again while a GAN is trained.

    Args:
      experiment: What is trained.
      model_dir: Pictures go to its folder `pictures`, and to TensorBoard.
      every_steps: How often; 0 draws at the end only.

    Raises:
      ValueError: `every_steps` is no whole number of at least 0.
    """

    def __init__(
        self, experiment: Experiment, model_dir: str | os.PathLike[str], every_steps: int = 1000
    ):
        if not isinstance(every_steps, int) or every_steps < 0:
            raise ValueError(
                f"pictures.every_steps must be a whole number of at least 0, got {every_steps!r}."
            )
        self.every_steps = every_steps
        self._folder = Path(model_dir) / "pictures"
        gan = experiment.gan
        self._generator = TrainedGenerator(
            gan.sampling_generator,
            gan.evaluation_prior,
            experiment.options.z_dim,
            gan.label_frequencies.numpy(),
        )
        # Statistics of the batch are always at hand; standing ones are made for checkpoints that
        # are evaluated.
        self._generator.bn_mode = "batch"

    def __call__(self, step: int, curves: Curves) -> None:
        """Draws, and saves `pictures/fakes-<step>.png`; a full disk does not end the training."""
        picture = class_grid(self._generator, _PICTURE_IMAGES, seed=0)
        curves.image(step, "fakes", picture)
        try:
            save_png(self._folder / f"fakes-{step:07d}.png", picture)
        except OSError as error:
            _log.warning("The picture of step %d could not be saved: %s", step, error.strerror)


def class_grid(
    generator: TrainedGenerator, images: int, seed: int, truncation: float | None = None
) -> np.ndarray:
    """A picture of `images` fakes, uint8 [height, width, channels].

    Where there are at most 20 classes, each has a column.
    """
    classes = generator.num_classes
    by_class = 1 < classes <= _MOST_COLUMNS
    labels = np.arange(images) % classes if by_class else None
    drawn = visible_channels(generator.sample(images, labels, truncation, seed))
    return image_grid(drawn, columns=classes if by_class else None)
