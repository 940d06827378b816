# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of inferred labels, and the lines that sum them up."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan.data import Dataset, to_unit_floats
from compare_gan.label_inference.method import InferenceRun, InferredLabels, Method
from compare_gan.pictures import (
    confidence_extremes,
    confidence_histogram,
    confusion_matrix,
    rotation_predictions,
    save_png,
)
from compare_gan.pictures.extremes import select_extremes
from compare_gan.self_supervision import NUM_ROTATIONS, rotate_images

_log = logging.getLogger(__name__)

_PER_CLASS = 5
_MOST_CLASSES = 20
_ROTATED_IMAGES = 12


def draw_labels(
    run: InferenceRun, method: Method, inferred: InferredLabels, true: np.ndarray, folder: Path
) -> None:
    """Draws what labels were inferred: `confusion.png`, `confidence.png`, `extremes.png`.

    Args:
      run: The run.
      method: What inferred them.
      inferred: The labels.
      true: The true labels, int [n], −1 where unknown.
      folder: Where the pictures go.
    """
    known = run.known_labels if method.uses_labels else np.full(len(true), -1)
    # The labelled images were learned by heart: they would make everything look better.
    hidden = known < 0
    judged = hidden & (true >= 0)
    if judged.any():
        clusters = None if method.uses_labels else method.class_names
        picture = confusion_matrix(
            true[judged], inferred.hard[judged], run.data.truth.class_names, clusters
        )
        save_png(folder / "confusion.png", picture)
    if inferred.probabilities is None or not hidden.any():
        return
    confidence = inferred.probabilities.max(axis=1)
    right = (inferred.hard == true)[hidden] if judged[hidden].all() else None
    save_png(folder / "confidence.png", confidence_histogram(confidence[hidden], right))
    positions = np.flatnonzero(hidden)
    labels = inferred.hard[hidden]
    classes = np.unique(np.linspace(0, method.num_classes - 1, _MOST_CLASSES).round().astype(int))
    several = (select_extremes(labels, confidence[hidden], c, _PER_CLASS) for c in classes)
    chosen = np.sort(np.concatenate([part for two in several for part in two]))
    picture = confidence_extremes(
        _images_at(run.data.known, positions[chosen]),
        labels[chosen],
        confidence[hidden][chosen],
        method.class_names,
        None if right is None else right[chosen],
        _PER_CLASS,
        _MOST_CLASSES,
    )
    save_png(folder / "extremes.png", picture)


def draw_rotations(network: keras.Model, dataset: Dataset, folder: Path) -> None:
    """Draws `rotations.png`: images of the evaluation split in four directions, and the predicted
    ones.

    Args:
      network: Gives logits by the name "rotation".
      dataset: Where the images are from.
      folder: Where the picture goes.
    """
    batch = next(iter(dataset.evaluation_batches(batch_size=_ROTATED_IMAGES)))
    images = to_unit_floats(batch["images"])
    logits = network(rotate_images(images))["rotation"]
    predicted = tf.reshape(tf.argmax(logits, axis=1), [NUM_ROTATIONS, -1])
    picture = rotation_predictions(images.numpy(), predicted.numpy())
    save_png(folder / "rotations.png", picture)


def summary(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is worth telling of a label store: names and values, for a table.

    Args:
      provenance: The store's.
    """
    lines = [("method", provenance["method"])]
    images = provenance["num_examples"]
    if "known_labels" in provenance:
        count = provenance["known_labels"]["labels_used"]
        lines.append(("labels used", f"{count} of {images} ({count / images:.1%})"))
    for name, text in (("hidden", "hidden labels"), ("test", "the test split")):
        if provenance.get(f"accuracy_{name}") is not None:
            right, count = provenance[f"accuracy_{name}"], provenance[f"{name}_count"]
            lines.append((f"accuracy on {text}", f"{right:.2%} of {count}"))
    if "purity" in provenance:
        lines += [
            ("clusters", str(provenance["num_classes"])),
            ("purity", f"{provenance['purity']:.2%}"),
            ("accuracy after matching", f"{provenance['accuracy_matched']:.2%}"),
            (
                "normalized mutual information",
                f"{provenance['normalized_mutual_information']:.3f}",
            ),
        ]
    return lines


def _images_at(dataset: Dataset, positions: np.ndarray) -> np.ndarray:
    """The training images at some places of the order of an evaluation, ascending."""
    images, start = [], 0
    for batch in dataset.evaluation_batches(dataset.train_split, batch_size=256):
        rows = np.asarray(batch["images"])
        here = positions[(positions >= start) & (positions < start + len(rows))] - start
        images.append(rows[here])
        start += len(rows)
        if start > positions.max(initial=-1):
            break  # what follows need not be decoded
    return np.concatenate(images)
