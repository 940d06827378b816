# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Scores and pictures of a run's checkpoints."""

import dataclasses
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from compare_gan.atomic_files import write_text_atomically
from compare_gan.configuration import explain_errors
from compare_gan.data import Dataset
from compare_gan.generators import CheckpointGenerator, TrainedGenerator
from compare_gan.metrics import (
    EvaluationSettings,
    Evaluator,
    read_scores,
    write_scores,
    yardstick,
)
from compare_gan.pictures import image_grid, nearest_neighbors, save_png
from compare_gan.schedules.run import RunFlags
from compare_gan.schedules.train import class_grid
from compare_gan.training import Checkpoints

_log = logging.getLogger(__name__)

YARDSTICK_FILE = "yardstick.json"
_NEIGHBOR_ROWS = 10
_NEIGHBORS = 5
# Fake sets draw from seeds this far apart, so that no two share a latent.
_SEED_STRIDE = 1_000_003


def build_evaluator(flags: RunFlags, dataset: Dataset) -> Evaluator:
    """What measures generators against `dataset` as gin's `eval` says.

    Raises:
      ConfigurationError: `eval` is at fault, does not fit the data, or asks for a missing file.
    """
    with explain_errors():
        settings = EvaluationSettings()
        if flags.num_fake_sets is not None:
            settings = dataclasses.replace(settings, num_fake_sets=flags.num_fake_sets)
        return Evaluator(dataset, settings)


def evaluate_checkpoints(
    flags: RunFlags, dataset: Dataset, evaluator: Evaluator, draw_last: bool
) -> int:
    """Scores the checkpoints that are due and have no scores yet.

    Due are the multiples of `flags.eval_every_steps` and, if `draw_last`, the last one, from which
    pictures are drawn too.

    Returns:
      How many were evaluated.
    """
    settings = evaluator.settings
    steps = Checkpoints(flags.model_dir / "checkpoints").steps()
    every = flags.eval_every_steps
    due = [step for step in steps if every and step % every == 0]
    if draw_last and steps:
        due = sorted({*due, steps[-1]})
        _write_yardstick(flags.model_dir, dataset, settings)
    done = _evaluated_steps(flags.model_dir, settings, evaluator)
    pending = [step for step in due if step not in done]
    generator = CheckpointGenerator(flags.model_dir) if steps else None
    if generator is not None and settings.bn_mode != "auto":
        generator.bn_mode = settings.bn_mode
    for step in pending:
        _log.info("Evaluating the checkpoint of step %d.", step)
        generator.restore(step, settings.standing_samples)
        rows = evaluator.evaluate(
            _FakeSets(generator, settings),
            step=step,
            ema=generator.averaged,
            bn_mode=generator.bn_mode,
            truncation=settings.truncation,
            seed=settings.seed,
        )
        write_scores(flags.model_dir, rows)
    if draw_last and steps:
        generator.restore(steps[-1], settings.standing_samples)
        _draw(flags.model_dir, dataset, generator)
    return len(pending)


def print_scores(model_dir: Path) -> None:
    """Prints the newest scores, beside those that training images would get."""
    scores = read_scores(model_dir)
    if not scores:
        _log.info("No checkpoint was evaluated.")
        return
    last = max(score.step for score in scores)
    path = model_dir / YARDSTICK_FILE
    real = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"values": {}}
    lines = [f"{'':36}{'fakes of step ' + str(last):>24}{'training images':>18}"]
    for score in scores:
        if score.step == last:
            value = real["values"].get(score.metric)
            beside = f"{value:.4g}" if value is not None and real["n"] == score.n_fake else "-"
            spread = f"{score.mean:.4g} ± {score.std:.2g}"
            lines.append(f"{score.metric:<36}{spread:>24}{beside:>18}")
    lines.append(f"Both against {scores[-1].n_fake} images of the split {scores[-1].split!r}.")
    lines.append(f"Pictures: {model_dir / 'pictures'}")
    print("\n".join(lines))


class _FakeSets:
    """Sets of fakes for the evaluation, each from latents of its own."""

    def __init__(self, generator: TrainedGenerator, settings: EvaluationSettings):
        self._generator = generator
        self._settings = settings

    def __call__(self, index: int, n: int, batch_size: int) -> Iterator[np.ndarray]:
        del batch_size  # the generator has its own, on which its images depend
        seed = self._settings.seed + _SEED_STRIDE * index
        for images, _ in self._generator.batches(n, None, self._settings.truncation, seed):
            yield images


def _evaluated_steps(
    model_dir: Path, settings: EvaluationSettings, evaluator: Evaluator
) -> set[int]:
    """The steps that have scores measured in the way that is asked for now."""
    return {
        score.step
        for score in read_scores(model_dir)
        if score.n_fake == evaluator.num_samples
        and score.num_fake_sets == settings.num_fake_sets
        and score.split == evaluator.split
        and score.truncation == settings.truncation
        and score.seed == settings.seed
        and settings.bn_mode in ("auto", score.bn_mode)
        and score.backbone_hash in ("", evaluator.backbone.hash if evaluator.backbone else "")
    }


def _write_yardstick(model_dir: Path, dataset: Dataset, settings: EvaluationSettings) -> None:
    path = model_dir / YARDSTICK_FILE
    if not path.exists():
        real = yardstick(dataset, settings)
        write_text_atomically(path, json.dumps({"values": real.values, "n": real.n}))


def _draw(model_dir: Path, dataset: Dataset, generator: TrainedGenerator) -> None:
    """Samples by class, and fakes beside the training images that are nearest in pixels."""
    folder = model_dir / "pictures"
    samples = class_grid(generator, images=100, seed=0)
    save_png(folder / f"samples-{generator.step:07d}.png", samples)
    classes = generator.num_classes
    labels = np.arange(_NEIGHBOR_ROWS) % classes if classes else None
    fakes = generator.sample(_NEIGHBOR_ROWS, labels, seed=1)
    neighbors = nearest_neighbors(fakes, dataset.evaluation_batches("train"), _NEIGHBORS)
    rows = np.concatenate([fakes[:, None], neighbors], axis=1)
    picture = image_grid(rows.reshape(-1, *fakes.shape[1:]), columns=1 + _NEIGHBORS)
    save_png(folder / f"neighbors-{generator.step:07d}.png", picture)
