# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From images of which few are labelled to a label store: stages, labels, a report.

`<model_dir>/label_inference/` holds a folder for each trained stage, `labels` (the store),
`labelled_ids.txt` and `pictures`. Whatever is there already, made with the same configuration, is
not made again.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from compare_gan.atomic_files import write_atomically
from compare_gan.configuration import ConfigurationError, explain_errors, registry
from compare_gan.data import LabelStore, id_lines, write_label_store
from compare_gan.label_inference.accuracy import cluster_agreement, label_accuracy
from compare_gan.label_inference.method import InferenceRun, InferredLabels, Method
from compare_gan.label_inference.report import draw_labels, draw_rotations
from compare_gan.label_inference.stages import (
    LABELS,
    Stage,
    build_task,
    check_stage,
    is_done,
    refuse_differences,
    run_stage,
    trained_task,
)
from compare_gan.training import workers_of

_log = logging.getLogger(__name__)

LABELLED_IDS_FILE = "labelled_ids.txt"
PICTURES = "pictures"


class Plan(NamedTuple):
    """What is to be done, checked.

    Attributes:
      method: What infers the labels.
      stages: What is to be trained for it, in order.
      settings: All that decides the labels: plain values.
    """

    method: Method
    stages: Sequence[Stage]
    settings: dict[str, Any]


def plan(run: InferenceRun) -> Plan:
    """Makes the method that `run` names; nothing is trained or written.

    Raises:
      ConfigurationError: The settings do not fit each other or the data.
    """
    with explain_errors():
        method = run.settings.method(run)
        if not isinstance(method, Method):
            raise ValueError(
                "label_inference.method takes a reference such as @semi_supervised, but it gives "
                f"{method!r}."
            )
        if method.uses_labels and not (run.known_labels >= 0).any():
            raise ValueError(
                f"No image of {run.data.known.name} has a known label: see "
                "label_inference.known_labels, or use @clustering, which needs none."
            )
        stages = tuple(method.stages())
        return Plan(method, stages, _label_settings(run, method, stages))


def check(run: InferenceRun) -> Plan:
    """Plans the run and compares it with what its folder holds; nothing is trained or written.

    Raises:
      ConfigurationError: The settings do not fit, or the folder holds stages or labels of another
        configuration or of other data.
    """
    planned = plan(run)
    for stage in planned.stages:
        check_stage(run.folder, stage)
    store = run.folder / LABELS
    if store.exists():
        with explain_errors():  # it may be damaged
            before = LabelStore(store).provenance.get("settings")
        if not isinstance(before, dict):
            raise ConfigurationError(
                f"The label store in {store} was not made by --schedule=infer_labels: bind it as "
                "inferred_labels.store instead, from another folder, or remove it."
            )
        refuse_differences(store, before, planned.settings)
    return planned


def infer(run: InferenceRun, planned: Plan | None = None) -> dict[str, Any]:
    """Infers the labels that `run` describes, as far as that is not done.

    Of several workers all train, and the first labels the images and writes.

    Args:
      run: What it works with.
      planned: What `check` said of it, if it was asked already.

    Returns:
      The store's provenance.

    Raises:
      ConfigurationError: The settings do not fit, or the folder holds stages or labels of another
        configuration or of other data.
      NonFiniteError, CheckpointError, TrainingInterrupted: See `compare_gan.training.train`.
    """
    method, stages, settings = planned or check(run)
    store = run.folder / LABELS
    workers = workers_of(run.strategy)
    there = store.exists()
    workers.wait()  # until all have looked, at labels or stages that the first may be about to make
    if there:
        _log.info("The labels are there already: %s.", store)
        return dict(LabelStore(store).provenance)

    if method.uses_labels and workers.writes:
        lines = id_lines(run.labelled_ids())
        write_atomically(run.folder / LABELLED_IDS_FILE, lambda file: file.write(lines))
    done = [index for index, stage in enumerate(stages) if is_done(run.folder, stage)]
    pending = stages[max(done, default=-1) + 1 :]
    for stage in pending[1:]:  # what cannot be built shows before the first is trained
        build_task(stage, run.strategy)
    for stage in pending:
        run_stage(run.folder, stage, run.strategy)
    if not workers.writes:
        workers.wait()  # until the store is there
        return dict(LabelStore(store).provenance)
    task = trained_task(run.folder, stages[-1]) if stages else None
    _log.info("Labelling the images.")
    with explain_errors():
        inferred = method.label(task)
    provenance = _provenance(run, method, stages, inferred, settings)
    _draw(run, method, stages, inferred)
    # Last, since it is the mark that all is done.
    ids, _ = run.data.known.ids_and_labels(run.data.known.train_split)
    write_label_store(store, ids, inferred.hard, inferred.probabilities, provenance)
    workers.wait()
    return provenance


def _label_settings(run: InferenceRun, method: Method, stages: Sequence[Stage]) -> dict[str, Any]:
    """All that decides the labels: plain values."""
    return {
        "method": _name(method),
        "seed": run.loop.seed,
        "data": run.data_settings(),
        **method.settings(),
        **({"stage": dict(stages[-1].settings)} if stages else {}),
    }


def _provenance(
    run: InferenceRun,
    method: Method,
    stages: Sequence[Stage],
    inferred: InferredLabels,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """What the store says of itself."""
    known = run.data.known
    facts: dict[str, Any] = {}
    if method.uses_labels:
        labels = run.known_labels
        counts = np.bincount(labels[labels >= 0], minlength=method.num_classes)
        # What the store's reader compares with the labels that it is told are known.
        used = run.known_label_settings()
        facts["labelled_ids_sha256"] = used["labelled_ids_sha256"]
        facts["known_labels"] = {**used, "labels_per_class": counts.tolist()}
    return {
        "method": _name(method),
        "num_classes": method.num_classes,
        "class_names": list(method.class_names),
        "dataset": {
            "name": known.name,
            "fingerprint": known.fingerprint,
            "split": known.train_split,
        },
        "num_examples": known.num_examples(known.train_split),
        **facts,
        "encoder_checkpoint": _encoder_checkpoint(run, stages),
        **_accuracy(run, method, inferred),
        **inferred.facts,
        "settings": settings,
    }


def _accuracy(run: InferenceRun, method: Method, inferred: InferredLabels) -> dict[str, Any]:
    """How right the labels are; what cannot be known is None or left out."""
    known = run.data.known
    true = _true_labels(run, method, known.train_split)
    if not method.uses_labels:
        return cluster_agreement(inferred.hard, true)
    facts = label_accuracy(inferred.hard, run.known_labels, true)
    if inferred.test is not None:
        true = _true_labels(run, method, known.eval_split)
        test = label_accuracy(inferred.test, np.full_like(true, -1), true)
        facts |= {"accuracy_test": test["accuracy_hidden"], "test_count": test["hidden_count"]}
    return facts


def _true_labels(run: InferenceRun, method: Method, split: str) -> np.ndarray:
    """The true labels of a split, int [n], −1 where they are unknown or of classes that are not
    those which the method tells apart.
    """
    _, true = run.data.truth.ids_and_labels(split)
    other_classes = run.data.truth.class_names != tuple(method.class_names)
    return np.full_like(true, -1) if method.uses_labels and other_classes else true


def _encoder_checkpoint(run: InferenceRun, stages: Sequence[Stage]) -> str | None:
    """Where the encoder is that the labels are from, or what else took its place."""
    if not stages:
        return run.settings.features
    last = stages[-1]
    place = Path(run.folder.name) / last.name / "checkpoints" / str(last.loop.training_steps)
    return place.as_posix()


def _draw(
    run: InferenceRun, method: Method, stages: Sequence[Stage], inferred: InferredLabels
) -> None:
    """Pictures are worth having, but labels are worth more: what cannot be drawn is told."""
    folder = run.folder / PICTURES
    try:
        true = _true_labels(run, method, run.data.known.train_split)
        draw_labels(run, method, inferred, true, folder)
        for stage in reversed(stages):  # the last that tells rotations
            network = trained_task(run.folder, stage).network
            if "rotation" in network.outputs_of:
                draw_rotations(network, run.data.known, folder)
                break
    except (ValueError, OSError) as error:
        _log.error("Not all pictures can be drawn. %s", error)


def _name(method: Method) -> str:
    """What gin calls it."""
    registered = registry.find_function(type(method))
    return registered.name if registered else type(method).__name__
