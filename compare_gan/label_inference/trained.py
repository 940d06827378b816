# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A classifier that label inference has trained, loaded without data and without gin."""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from compare_gan.data import LabelStore
from compare_gan.label_inference.classifier import AVERAGE_PREFIX
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.stages import (
    CLASSIFIER,
    LABEL_INFERENCE_FOLDER,
    LABELS,
    NETWORK_FILE,
    restore_stage,
)


class TrainedClassifier(NamedTuple):
    """A classifier with its averaged weights.

    Attributes:
      network: Gives "features" and logits by the name "class".
      dataset: The name of the data set it was trained on.
      accuracy: Of the labels that it gave that data set's evaluation split, if it is known; they
        are those of its mean prediction over `label_inference.views`, if there were any.
      hash: SHA-256 of its definition and weights.
      step: The checkpoint's.
    """

    network: EncoderWithHeads
    dataset: str
    accuracy: float | None
    hash: str
    step: int


def load_classifier(model_dir: str | os.PathLike[str]) -> TrainedClassifier:
    """Loads the classifier that `--schedule=infer_labels` has trained in a model_dir.

    Args:
      model_dir: The folder; `label_inference.method` was @semi_supervised.

    Raises:
      ValueError: There is none, or its labels are not inferred yet.
      CheckpointError: The checkpoint that gave the labels is missing or damaged.
    """
    folder = Path(model_dir) / LABEL_INFERENCE_FOLDER
    place = folder / CLASSIFIER
    provenance = {}
    if LabelStore.exists(folder / LABELS):
        provenance = LabelStore(folder / LABELS).provenance
    # As it is written: <folder of all stages>/<stage>/checkpoints/<step>.
    checkpoint = Path(provenance.get("encoder_checkpoint") or "")
    from_classifier = checkpoint.parts[-3:-1] == (place.name, "checkpoints")
    if not (place / NETWORK_FILE).exists() or not from_classifier:
        raise ValueError(
            f"{model_dir} holds no trained classifier: run --schedule=infer_labels there, with "
            "label_inference.method = @semi_supervised."
        )
    text = (place / NETWORK_FILE).read_text(encoding="utf-8")
    network = EncoderWithHeads.from_config(json.loads(text)["config"])
    state = {f"{AVERAGE_PREFIX}{name}": part for name, part in network.parts().items()}
    step = int(checkpoint.name)
    restore_stage(place, step, state)
    digest = hashlib.sha256(json.dumps(network.get_config(), sort_keys=True).encode())
    for part in network.parts().values():
        for variable in part.variables:
            digest.update(variable.numpy().tobytes())
    return TrainedClassifier(
        network,
        provenance["dataset"]["name"],
        provenance.get("accuracy_test"),
        digest.hexdigest(),
        step,
    )
