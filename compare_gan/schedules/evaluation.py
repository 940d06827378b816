# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Scores and pictures of a run's checkpoints.

Several workers make and look at the images together. The first one decides what is evaluated,
computes the values and writes them; it measures models, training images and pictures alone.
"""

import dataclasses
import json
import logging
import math
import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tabulate import tabulate

from compare_gan.architectures import generator_options
from compare_gan.atomic_files import write_text_atomically
from compare_gan.configuration import explain_errors, explain_own_errors
from compare_gan.data import Dataset, InferredLabels, LabelStore, TrueLabels
from compare_gan.generators import CheckpointGenerator
from compare_gan.label_inference import summary
from compare_gan.metrics import (
    EvaluationSettings,
    Evaluator,
    InvalidImagesError,
    Score,
    read_scores,
    write_scores,
    yardstick,
)
from compare_gan.metrics.protocol import CSV_NAME, JSONL_NAME
from compare_gan.pictures import image_grid, nearest_neighbors, save_png, visible_channels
from compare_gan.schedules.best import keep_best, scores_of
from compare_gan.schedules.pictures import class_grid, interpolations
from compare_gan.schedules.run import RunFlags
from compare_gan.schedules.shared_evaluation import FakeSets, agreed, check_agreement, restored
from compare_gan.trained_generator import check_bn_mode
from compare_gan.training import (
    BestCheckpoint,
    CheckpointError,
    Checkpoints,
    process_strategy,
    workers_of,
)

_log = logging.getLogger(__name__)

YARDSTICK_FILE = "yardstick.json"
_NEIGHBOR_ROWS = 10
_NEIGHBORS = 5


def build_evaluator(flags: RunFlags, dataset: Dataset) -> Evaluator:
    """What measures generators against `dataset` as gin's `eval` says.

    Raises:
      ConfigurationError: `eval` is at fault, does not fit the data, G or earlier scores, or asks
        for a missing file.
    """
    with explain_errors():
        settings = EvaluationSettings()
        if flags.num_fake_sets is not None:
            settings = dataclasses.replace(settings, num_fake_sets=flags.num_fake_sets)
        if flags.fake_dataset:  # a hundred random images, whose values mean nothing anyway
            settings = dataclasses.replace(settings, force=True)
        _check_normalizer(settings.bn_mode)
        evaluator = Evaluator(dataset, settings, workers_of(process_strategy()))
        _refuse_another_network(flags.model_dir, evaluator)
        return evaluator


def _refuse_another_network(model_dir: Path, evaluator: Evaluator) -> None:
    """Checks that earlier scores of the same names are of the same network.

    Whoever reads or draws them goes by the names.

    Raises:
      ValueError: They are of another one.
    """
    backbone = evaluator.backbone
    if backbone is None:
        return
    others = {
        score.backbone_hash: None
        for score in read_scores(model_dir)
        if score.backbone == backbone.name and score.backbone_hash != backbone.hash
    }
    if others:
        listed = ", ".join(f"{other[:12]}…" for other in others)
        raise ValueError(
            f"{model_dir / JSONL_NAME} has scores of another network called {backbone.name} (hash "
            f"{listed}; now {backbone.hash[:12]}…), since its file or settings have changed, and "
            f"values of two networks must not be mixed under one name: restore that network, move "
            f"{JSONL_NAME} and {CSV_NAME} away to have all checkpoints scored anew, or give "
            "eval.backbone another name, where it has that setting."
        )


def evaluate_checkpoints(
    flags: RunFlags, dataset: Dataset, evaluator: Evaluator, draw_last: bool
) -> int:
    """Scores the checkpoints that are due and have no scores yet, and keeps the best one.

    A metric is due at the multiples of `flags.eval_every_steps`, or of its own number in
    `eval.every_steps`; if `draw_last`, all metrics are at the last checkpoint, from which pictures
    are drawn too. Whatever is due at a checkpoint, its images are made once.

    All workers of the evaluator call this together. What is due is what the first one finds so, and
    a checkpoint is evaluated by all of them, or left out by all.

    Returns:
      How many the first worker found due; 0 on the others.

    Raises:
      ConfigurationError: G lacks the statistics that `eval.bn_mode` asks for, or the classes that
        metrics use; a metric refuses the images; or another worker would measure something else.
      CheckpointError: The first worker sees checkpoints, but this one does not.
    """
    settings, workers = evaluator.settings, evaluator.workers
    steps = Checkpoints(flags.model_dir / "checkpoints").steps()
    if not workers.exchange([len(steps)])[0, 0]:
        return 0
    if not (workers.writes or steps):
        raise CheckpointError(
            f"Worker {workers.index} sees no checkpoint in {flags.model_dir}, but the first worker "
            "does: --model_dir must be a folder that all workers share."
        )
    with explain_errors():
        generator = CheckpointGenerator(flags.model_dir)
        if settings.bn_mode != "auto":
            generator.bn_mode = settings.bn_mode
        evaluator.check_classes(generator.class_names)
    rows = evaluator.rows_without_values(step=0, **_context(generator, settings))
    check_agreement(rows, workers)
    pending = {}
    if workers.writes:
        pending = _pending(flags, evaluator, generator, steps, draw_last)
    for step, names in agreed(pending, evaluator):
        _log.info("Evaluating the checkpoint of step %d.", step)
        may_be_best = evaluator.best is not None and evaluator.best.name in names
        with restored(flags.model_dir, step, generator, evaluator, may_be_best) as is_there:
            if not is_there:
                continue
            with explain_own_errors():
                scores = _scores(evaluator, generator, names)
            if workers.writes:
                write_scores(flags.model_dir, scores)
                keep_best(flags.model_dir, evaluator)
    if not workers.writes:
        return 0
    keep_best(flags.model_dir, evaluator)  # also what a kill left, or another eval.best chooses
    if draw_last:
        _write_yardstick(flags.model_dir, dataset, evaluator)
        # Other scores are a sign of other statistics, with which pictures differ too.
        anew = steps[-1] in pending
        paths = _picture_paths(flags.model_dir, steps[-1]).values()
        if anew or not all(path.exists() for path in paths):
            generator.restore(None, settings.standing_samples)
            _draw(flags.model_dir, dataset, generator, anew)
    return len(pending)


def _pending(
    flags: RunFlags,
    evaluator: Evaluator,
    generator: CheckpointGenerator,
    steps: Sequence[int],
    draw_last: bool,
) -> dict[int, set[str]]:
    """The values that are due and have no row yet, by step; steps that lack none are left out."""
    done = {score.protocol for score in read_scores(flags.model_dir)}
    context = _context(generator, evaluator.settings)
    pending = {}
    for step in steps:
        due = set()
        for name in evaluator.names:
            every = evaluator.every_steps.get(name, flags.eval_every_steps)
            if (every and step % every == 0) or (draw_last and step == steps[-1]):
                due.add(name)
        rows = evaluator.rows_without_values(step=step, names=due, **context)
        missing = {row.metric for row in rows if row.protocol not in done}
        if missing:
            pending[step] = missing
    return pending


def print_scores(flags: RunFlags, dataset: Dataset, evaluator: Evaluator) -> None:
    """Prints what labels were used and the newest scores, beside those that training images would
    get.

    Scores of other evaluations than the evaluator's are left out.
    """
    model_dir = flags.model_dir
    scores = scores_of(evaluator, model_dir)
    if not scores:
        _log.info("No checkpoint was evaluated.")
        return
    last = max(score.step for score in scores)
    real = _read_yardstick(model_dir)
    rows = [("", f"fakes of step {last}", "training images")]
    for score in scores:
        if score.step == last:
            value = _yardstick_of(score, real)
            beside = "-" if value is None else f"{value:.4g}"
            spread = "not measurable" if math.isnan(score.mean) else _spread(score)
            rows.append((score.metric, spread, beside))
    places = ("left", "right", "right")
    lines = [tabulate(rows, tablefmt="plain", colalign=places, disable_numparse=True)]
    lines.append(f"Against {evaluator.num_samples} images of the split {evaluator.split!r}.")
    lines.append(f"Pictures: {model_dir / 'pictures'}")
    lines += _best_lines(model_dir, evaluator)
    print("\n".join([*_label_lines(dataset), *lines]))


def _best_lines(model_dir: Path, evaluator: Evaluator) -> list[str]:
    """Which checkpoint is the best so far, if the best is kept."""
    best = BestCheckpoint(model_dir / "checkpoints").read() if evaluator.best else None
    if best is None:
        return []
    return [f'Best {best.metric}: {best.value:.4g} at step {best.step} (step="best")']


def _label_lines(dataset: Dataset) -> list[str]:
    """What is worth telling of the labels that the GAN was trained on: nothing if all are known."""
    source = dataset.label_source
    if isinstance(source, InferredLabels) and LabelStore.exists(source.folder):
        title = "Inferred labels"
        try:
            rows = summary(LabelStore(source.folder).provenance)
        except ValueError as error:  # damaged
            _log.warning("How the labels were inferred cannot be told. %s", error)
            return []
        except (KeyError, TypeError) as error:  # whoever wrote it left out what we would not
            _log.warning(
                "How the labels were inferred cannot be told: %s is not as --schedule=infer_labels "
                "writes it (%s).",
                source.folder / "provenance.json",
                repr(error),
            )
            return []
    else:
        title = "Labels"
        used = dataset.known_label_ids()
        if used is None:
            return []
        images = dataset.everything().num_examples(dataset.train_split)
        rows = [("labels used", f"{len(used)} of {images} ({len(used) / images:.1%})")]
    listed = tabulate(rows, tablefmt="plain", disable_numparse=True)
    return [title, textwrap.indent(listed, "  ")]


def _spread(score: Score) -> str:
    return f"{score.mean:.4g} ± {score.std:.2g}"


def _context(generator: CheckpointGenerator, settings: EvaluationSettings) -> dict[str, Any]:
    """What a row says of the generator, but for its step."""
    return {
        "ema": generator.averaged,
        "bn_mode": generator.bn_mode,
        "truncation": settings.truncation,
        "seed": settings.seed,
    }


def _scores(
    evaluator: Evaluator, generator: CheckpointGenerator, names: Collection[str]
) -> list[Score]:
    """The rows of the generator's weights; without values if they make no images. On other workers
    than the first they are of no use.
    """
    context = _context(generator, evaluator.settings)
    fakes = FakeSets(generator, evaluator.settings, evaluator.workers)
    try:
        return evaluator.evaluate(
            fakes, step=generator.step, names=names, generator=generator, **context
        )
    except InvalidImagesError as error:  # this one cannot be scored, the others can
        if evaluator.workers.writes:
            _log.error("The checkpoint of step %d cannot be scored. %s", generator.step, error)
        return evaluator.rows_without_values(
            step=generator.step, names=names, warning=str(error), **context
        )


def _check_normalizer(bn_mode: str) -> None:
    """Checks `eval.bn_mode` against what gin gives generators, before there is one."""
    normalizer = generator_options()["normalizer"] if bn_mode != "auto" else None
    if normalizer is not None:
        check_bn_mode(bn_mode, normalizer.make("normalizer"))


def _write_yardstick(model_dir: Path, dataset: Dataset, evaluator: Evaluator) -> None:
    """Keeps what training images score, unless that is known or they are the reals themselves."""
    dataset = dataset.everything()
    if evaluator.uses_labels and dataset.label_source.hides_labels:
        # Training images stand for the fakes of a perfect G here, whose classes are known.
        dataset = dataset.with_labels(TrueLabels)
    protocol = {
        "metrics": list(evaluator.names),
        "settings": evaluator.metric_settings,
        "num_samples": evaluator.num_samples,
        "split": evaluator.split,
        "backbone_hash": evaluator.backbone.hash if evaluator.backbone else "",
        "resize": evaluator.backbone.resize if evaluator.backbone else "",
        "dataset_fingerprint": dataset.fingerprint,
        "training_images": dataset.num_examples(dataset.train_split),
    }
    of_itself = evaluator.split == dataset.train_split
    if of_itself or _read_yardstick(model_dir).get("protocol") == protocol:
        return
    # The backbone is there already, and may be large.
    backbone = evaluator.backbone or evaluator.settings.backbone
    try:
        real = yardstick(dataset, dataclasses.replace(evaluator.settings, backbone=backbone))
        values = {name: value for name, value in real.values.items() if math.isfinite(value)}
        content = {"values": values, "n": real.n, "protocol": protocol}
        write_text_atomically(model_dir / YARDSTICK_FILE, json.dumps(content))
    except Exception as error:  # scores are worth having without it
        _log.warning("What training images would score could not be measured: %s", error)


def _read_yardstick(model_dir: Path) -> dict[str, Any]:
    path = model_dir / YARDSTICK_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or none that can be read: it is measured again
        return {}
    return content if isinstance(content, dict) else {}


def _yardstick_of(score: Score, real: dict[str, Any]) -> float | None:
    """What training images get under the score's protocol, if that is known."""
    protocol = real.get("protocol", {})
    agrees = (
        real.get("n") == score.n_fake
        and protocol.get("settings", {}).get(score.metric, "") == score.settings
        and protocol.get("split") == score.split
        and protocol.get("dataset_fingerprint") == score.dataset_fingerprint
        and score.backbone_hash in ("", protocol.get("backbone_hash"))
        and score.resize in ("", protocol.get("resize"))
    )
    return real.get("values", {}).get(score.metric) if agrees else None


def _picture_paths(model_dir: Path, step: int) -> dict[str, Path]:
    """The files that `_draw` writes for the checkpoint of a step."""
    names = ("samples", "interpolations", "neighbors")
    return {name: model_dir / "pictures" / f"{name}-{step:07d}.png" for name in names}


def _draw(model_dir: Path, dataset: Dataset, generator: CheckpointGenerator, anew: bool) -> None:
    """Samples by class, what lies between some of them, and fakes beside the training images that
    are nearest in pixels; those that are there are left alone unless all are drawn `anew`.
    """
    pictures = {
        "samples": lambda: class_grid(generator, images=100, seed=0),
        "interpolations": lambda: interpolations(generator, seed=2),
        "neighbors": lambda: _neighbors(dataset, generator),
    }
    for name, path in _picture_paths(model_dir, generator.step).items():
        if anew or not path.exists():
            try:
                save_png(path, pictures[name]())
            except ValueError as error:  # fakes that are no images, or too few reals
                _log.error("%s cannot be drawn. %s", path.name, error)


def _neighbors(dataset: Dataset, generator: CheckpointGenerator) -> np.ndarray:
    classes = generator.num_classes
    labels = np.arange(_NEIGHBOR_ROWS) % classes if classes else None
    fakes = generator.sample(_NEIGHBOR_ROWS, labels, seed=1)
    split = dataset.train_split
    _log.info(
        "Nearest neighbours, in pixels, are looked for among all %s images of the split %r.",
        f"{dataset.num_examples(split):,}",
        split,
    )
    reals = dataset.evaluation_batches(split)
    neighbors = nearest_neighbors(fakes, reals, _NEIGHBORS)
    rows = np.concatenate([fakes[:, None], neighbors], axis=1)
    rows = visible_channels(rows.reshape(-1, *fakes.shape[1:]))
    return image_grid(rows, columns=1 + _NEIGHBORS)
