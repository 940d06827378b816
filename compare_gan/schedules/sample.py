# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=sample`: draw images from a trained run. Needs its model_dir alone: no data, no
configuration.
"""

import logging
from pathlib import Path

import numpy as np

from compare_gan.configuration import explain_errors
from compare_gan.generators import BEST, CheckpointGenerator
from compare_gan.pictures import (
    image_grid,
    save_images,
    save_npz,
    save_png,
    visible_channels,
)
from compare_gan.schedules.pictures import class_grid
from compare_gan.schedules.run import RunFlags
from compare_gan.trained_generator import TrainedGenerator
from compare_gan.training import BestCheckpoint, Checkpoints

_log = logging.getLogger(__name__)


def sample(flags: RunFlags) -> Path:
    """Draws what `flags.sample` asks for.

    Returns:
      The file written, or the folder of PNG files.

    Raises:
      ConfigurationError: The folder holds no run, or the run cannot draw what is asked for.
      CheckpointError: The checkpoint is damaged, and so is every older one if none was asked for.
    """
    with explain_errors():
        generator = _generator_of(flags)
    # Outside, since a damaged checkpoint is a fault of the data and not of what was asked for.
    generator.restore(flags.sample.step)
    with explain_errors():
        return _sample(flags, generator)


def _generator_of(flags: RunFlags) -> CheckpointGenerator:
    """The run's generator, without the weights of a checkpoint yet."""
    asked = flags.sample
    if asked.count < 1:
        raise ValueError(f"--num_samples must be at least 1, received {asked.count}.")
    generator = CheckpointGenerator(flags.model_dir)
    steps = Checkpoints(flags.model_dir / "checkpoints").steps()
    if asked.step == BEST:
        if BestCheckpoint(flags.model_dir / "checkpoints").read() is None:
            raise ValueError(
                f"--step={BEST}: no checkpoint in {flags.model_dir} is marked as the best; that is "
                "what an evaluation with eval.best does."
            )
    elif asked.step is not None and asked.step not in steps:
        raise ValueError(
            f"--step={asked.step}: there is no checkpoint of step {asked.step} in "
            f"{flags.model_dir}; there are {', '.join(map(str, steps))}."
        )
    return generator


def _sample(flags: RunFlags, generator: CheckpointGenerator) -> Path:
    asked = flags.sample
    labels = _labels(asked.labels, generator)
    if labels is not None:
        labels = np.resize(labels, asked.count)
    suffix = {"grid": ".png", "png": "", "npz": ".npz"}[asked.format]
    default = (
        flags.model_dir / "pictures" / f"samples-{generator.step:07d}-seed{asked.seed}{suffix}"
    )
    output = Path(asked.output) if asked.output else default

    if asked.format == "grid" and labels is None:
        save_png(output, class_grid(generator, asked.count, asked.seed, asked.truncation))
    else:
        batches = list(generator.batches(asked.count, labels, asked.truncation, asked.seed))
        images = np.concatenate([images for images, _ in batches])
        if asked.format == "grid":
            columns = len(asked.labels) if len(asked.labels) > 1 else None
            save_png(output, image_grid(visible_channels(images), columns))
        elif asked.format == "png":
            save_images(output, images)
        else:
            drawn = [classes for _, classes in batches]
            save_npz(output, images, np.concatenate(drawn) if generator.num_classes else None)
    _log.info("%d images of step %d: %s", asked.count, generator.step, output)
    return output


def _labels(asked: list[str] | None, generator: TrainedGenerator) -> list[int] | None:
    """The numbers of the classes asked for by number or name."""
    if not asked:
        return None
    if not generator.num_classes:
        raise ValueError(
            f"--labels={','.join(asked)}: this generator is unconditional; leave --labels out."
        )
    names = {name: number for number, name in enumerate(generator.class_names)}
    names |= {str(number): number for number in range(generator.num_classes)}
    unknown = [label for label in asked if label not in names]
    if unknown:
        known = ", ".join(list(names)[:20])
        raise ValueError(f"--labels: there is no class {unknown[0]!r}; the classes are {known}.")
    return [names[label] for label in asked]
