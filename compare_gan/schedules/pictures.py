# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of a generator: during its training and afterwards."""

import logging
import os
from pathlib import Path

import gin
import numpy as np
from PIL import Image

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.pictures import (
    image_grid,
    interpolation_grid,
    save_gif,
    save_png,
    stacked,
    visible_channels,
)
from compare_gan.pictures.annotations import class_name
from compare_gan.schedules.run import Experiment
from compare_gan.trained_generator import TrainedGenerator
from compare_gan.training.summaries import Curves

_log = logging.getLogger(__name__)

_PICTURE_IMAGES = 60
_MOST_COLUMNS = 20
_EVOLUTION_FILE = "evolution.gif"
# Together: a GIF that a page can show. A training is seen in about six seconds.
_MOST_FRAMES = 60
_LONGEST_SIDE = 800
_EVOLUTION_MS = 6000
_FRAME_MS = (80, 400)
_INTERPOLATIONS = 10
_INTERPOLATION_STEPS = 10


@gin.configurable("pictures", allowlist=["every_steps"])
class Pictures:
    """Draws the same latents again and again while a GAN is trained, and at the end plays the
    pictures one after the other.

    Args:
      experiment: What is trained.
      model_dir: Pictures go to its folder `pictures`, and to TensorBoard.
      every_steps: How often; 0 draws at the end only.

    Raises:
      ValueError: `every_steps` is no whole number from 0.
    """

    def __init__(
        self, experiment: Experiment, model_dir: str | os.PathLike[str], every_steps: int = 1000
    ):
        self.every_steps = check_whole_number("pictures.every_steps", every_steps, least=0)
        self._folder = Path(model_dir) / "pictures"
        self._last_step = experiment.settings.training_steps
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
        """Draws, and saves `pictures/fakes-<step>.png` and, after the last step, the animation.

        A full disk does not end the training.
        """
        picture = class_grid(self._generator, _PICTURE_IMAGES, seed=0)
        curves.image(step, "fakes", picture)
        try:
            save_png(self._folder / f"fakes-{step:07d}.png", picture)
            if step == self._last_step:
                save_evolution(self._folder, step)
        except OSError as error:
            _log.warning("The pictures of step %d could not be saved: %s", step, error.strerror)


def save_evolution(folder: Path, last_step: int) -> bool:
    """Plays the pictures of a training, `fakes-<step>.png`, in `evolution.gif`.

    They are read from the folder, so those from before an interruption are among them, and each
    step is there once. Of many, evenly spread ones are taken, always with the first and the last.

    Args:
      folder: Where the pictures are, and where the animation goes.
      last_step: Those of later steps, of a training that once went further, are left out.

    Returns:
      Whether there were at least two pictures, without which nothing is written.

    Raises:
      OSError: The file could not be written.
    """
    paths = {}
    for path in folder.glob("fakes-*.png"):
        step = path.stem.removeprefix("fakes-")
        if step.isdecimal() and int(step) <= last_step:
            paths[int(step)] = path
    frames = {}
    steps = sorted(paths)
    for index in np.linspace(0, len(steps) - 1, min(len(steps), _MOST_FRAMES)).round().astype(int):
        try:
            frames[steps[index]] = _frame(paths[steps[index]])
        except (OSError, SyntaxError) as error:  # what Pillow says of damaged files
            _log.warning("%s is left out of %s: %s", paths[steps[index]], _EVOLUTION_FILE, error)
    # All of one size, even if the pictures were once drawn otherwise.
    shape = frames[max(frames)].shape if frames else None
    frames = {step: frame for step, frame in frames.items() if frame.shape == shape}
    if len(frames) < 2:
        return False
    save_gif(
        folder / _EVOLUTION_FILE,
        list(frames.values()),
        [f"step {step:,}" for step in frames],
        int(np.clip(_EVOLUTION_MS // len(frames), *_FRAME_MS)),
    )
    return True


def _frame(path: Path) -> np.ndarray:
    """A picture for the animation: uint8 [height, width, 1 or 3], neither side too long."""
    with Image.open(path) as picture:
        picture = picture.convert("L" if picture.mode == "L" else "RGB")
        picture = picture.reduce(-(-max(picture.size) // _LONGEST_SIDE))
        return np.asarray(picture).reshape(picture.height, picture.width, -1)


def interpolations(generator: TrainedGenerator, seed: int) -> np.ndarray:
    """A picture of what lies between fakes, uint8 [height, width, 3].

    Rows lead from one latent to another, within a class if there are classes; below, where there
    are at least two, others from one class to the next with the latent unchanged.
    """
    classes = generator.num_classes
    rows, steps = _INTERPOLATIONS, _INTERPOLATION_STEPS
    if not classes:
        images = generator.interpolate(rows, steps, seed=seed)
        return interpolation_grid(images, "between two latents")
    # Of many classes, some from all over.
    labels = np.arange(rows) * classes // rows
    names = [class_name(label, generator.class_names) for label in labels]
    images = generator.interpolate(rows, steps, labels, seed=seed)
    pictures = [interpolation_grid(images, "between two latents of a class", names)]
    if classes > 1:
        # The next class is another one, even where rows share theirs.
        ends = (labels + max(1, classes // rows)) % classes
        end_names = [class_name(label, generator.class_names) for label in ends]
        images = generator.interpolate(rows, steps, labels, ends, seed=seed)
        title = "between two classes, the latent unchanged"
        pictures.append(interpolation_grid(images, title, names, end_names))
    return stacked(pictures)


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
