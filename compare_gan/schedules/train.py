# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=train`: train until `options.training_steps`, from the newest checkpoint if there is
one.
"""

import os
from pathlib import Path

import gin
import numpy as np

from compare_gan import training
from compare_gan.configuration import explain_errors, warn_of_unused_bindings
from compare_gan.data import Dataset
from compare_gan.generators import TrainedGenerator
from compare_gan.metrics import EvaluationSettings
from compare_gan.pictures import image_grid, save_png
from compare_gan.schedules.run import (
    Experiment,
    RunFlags,
    announce,
    build_dataset,
    build_experiment,
    claim_model_dir,
)
from compare_gan.training.summaries import Curves

_PICTURE_IMAGES = 64


def train(flags: RunFlags, dataset: Dataset | None = None) -> Experiment:
    """Trains what gin describes, in `flags.model_dir`.

    Args:
      flags: What the command line says.
      dataset: What to train on, if it is built already.

    Returns:
      The experiment, trained.

    Raises:
      ConfigurationError: The configuration is at fault, or the folder holds another run.
      NonFiniteError, CheckpointError, TrainingInterrupted: See `compare_gan.training.train`.
    """
    _make_folder(flags.model_dir)
    dataset = dataset or build_dataset(flags)
    with training.ModelDirLock(flags.model_dir):
        experiment = build_experiment(dataset)
        announce(flags, experiment)
        callbacks = [Pictures(experiment, flags.model_dir)]
        with explain_errors():
            EvaluationSettings()  # a mistake in `eval` shows before the training, not after it
        claim_model_dir(flags, experiment)
        warn_of_unused_bindings()
        training.train(
            experiment.gan,
            experiment.batches,
            flags.model_dir,
            experiment.settings,
            callbacks,
            experiment.strategy,
        )
    return experiment


@gin.configurable("pictures", allowlist=["every_steps"])
class Pictures:
    """Draws the same latents again and again while a GAN is trained; classes run along the rows.

    Args:
      experiment: What is trained.
      model_dir: Pictures go to its folder `pictures`, and to TensorBoard.
      every_steps: How often; 0 draws at the end only.
    """

    def __init__(
        self, experiment: Experiment, model_dir: str | os.PathLike[str], every_steps: int = 1000
    ):
        self.every_steps = every_steps
        self._folder = Path(model_dir) / "pictures"
        gan, model = experiment.gan, experiment.gan.model_config()
        self._frequencies = gan.label_frequencies
        self._generator = TrainedGenerator(
            gan.sampling_generator,
            gan.evaluation_prior,
            model["z_dim"],
            gan.label_frequencies.numpy(),
        )
        # Statistics of the batch are always at hand; standing ones are made for checkpoints that
        # are evaluated.
        self._generator.bn_mode = "batch"

    def __call__(self, step: int, curves: Curves) -> None:
        """Draws, and saves `pictures/fakes-<step>.png`."""
        picture = class_grid(self._generator, _PICTURE_IMAGES, seed=0)
        save_png(self._folder / f"fakes-{step:07d}.png", picture)
        curves.image(step, "fakes", picture)


def class_grid(
    generator: TrainedGenerator, images: int, seed: int, truncation: float | None = None
) -> np.ndarray:
    """A picture of fakes, uint8 [height, width, channels]: one column a class if there are at most
    20 of them.
    """
    classes = generator.num_classes
    if not 1 < classes <= 20:
        return image_grid(generator.sample(images, None, truncation, seed))
    rows = max(1, images // classes)
    labels = np.tile(np.arange(classes), rows)
    return image_grid(generator.sample(len(labels), labels, truncation, seed), columns=classes)


def _make_folder(model_dir: Path) -> None:
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--model_dir={model_dir} cannot be made: {error.strerror}.") from error
