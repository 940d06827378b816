# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks that label inference has trained, loaded without data and without gin."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras

from compare_gan.architectures import network_config
from compare_gan.data import LabelStore
from compare_gan.label_inference.classifier import AVERAGE_PREFIX
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.stages import (
    CLASSIFIER,
    ENCODER,
    LABEL_INFERENCE_FOLDER,
    LABELS,
    NETWORK_FILE,
    STAGE_FILE,
    restore_stage,
)
from compare_gan.training import Checkpoints


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


class TrainedEncoder(NamedTuple):
    """An encoder as its pre-training left it.

    Attributes:
      encoder: From images to features.
      dataset: The name of the data set it was trained on.
      hash: SHA-256 of its definition and weights.
      step: The checkpoint's: the last.
    """

    encoder: keras.Model
    dataset: str
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
    network = _build(place)
    state = {f"{AVERAGE_PREFIX}{name}": part for name, part in network.parts().items()}
    step = int(checkpoint.name)
    restore_stage(place, step, state)
    return TrainedClassifier(
        network,
        provenance["dataset"]["name"],
        provenance.get("accuracy_test"),
        _hash(network.get_config(), network.parts()),
        step,
    )


def load_encoder(model_dir: str | os.PathLike[str]) -> TrainedEncoder:
    """Loads the encoder that `--schedule=infer_labels` has pre-trained in a model_dir.

    Args:
      model_dir: The folder; `pretraining.training_steps` was set.

    Raises:
      ValueError: There is none, or its pre-training is not at its end.
      CheckpointError: Its last checkpoint is damaged.
    """
    place = Path(model_dir) / LABEL_INFERENCE_FOLDER / ENCODER
    if not (place / NETWORK_FILE).exists() or not (place / STAGE_FILE).exists():
        raise ValueError(
            f"{model_dir} holds no pre-trained encoder: run --schedule=infer_labels there, with "
            "pretraining.training_steps set."
        )
    settings = json.loads((place / STAGE_FILE).read_text(encoding="utf-8"))
    step = settings["pretraining"]["training_steps"]
    if step not in Checkpoints(place / "checkpoints").steps():
        raise ValueError(
            f"The pre-training of the encoder in {place} has not come to its end, step {step}: run "
            "--schedule=infer_labels there once more."
        )
    encoder = _build(place).encoder
    restore_stage(place, step, {"encoder": encoder})
    digest = _hash(network_config(encoder), {"encoder": encoder})
    return TrainedEncoder(encoder, settings["data"]["name"], digest, step)


def _build(place: Path) -> EncoderWithHeads:
    """The network of a stage, with fresh weights."""
    text = (place / NETWORK_FILE).read_text(encoding="utf-8")
    return EncoderWithHeads.from_config(json.loads(text)["config"])


def _hash(config: Mapping[str, Any], parts: Mapping[str, keras.layers.Layer]) -> str:
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for part in parts.values():
        for variable in part.variables:
            digest.update(variable.numpy().tobytes())
    return digest.hexdigest()
