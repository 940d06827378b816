# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Stages: trainings that build on each other, each in a folder of its own.

`<folder>/stage.json` says what a stage's result is made with, and `network.json` what its network
is, so that it can be built without gin. A stage goes on from its checkpoint,
is skipped if it is done, and is refused if it was begun with other settings or data.
"""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from compare_gan.architectures import network_config
from compare_gan.atomic_files import write_text_atomically
from compare_gan.configuration import ConfigurationError, explain_errors
from compare_gan.label_inference.descriptions import flatten
from compare_gan.training import (
    CheckpointError,
    Checkpoints,
    LoopSettings,
    Task,
    network_scope,
    train,
    workers_of,
)

_log = logging.getLogger(__name__)

# In a model_dir: the folder of it all, and in that one the label store and the stages.
LABEL_INFERENCE_FOLDER = "label_inference"
LABELS = "labels"
ENCODER = "encoder"
CLASSIFIER = "classifier"

STAGE_FILE = "stage.json"
NETWORK_FILE = "network.json"
_MISSING = object()


class Stage(NamedTuple):
    """One training.

    Attributes:
      name: The folder's name.
      settings: All that decides its result, plain values: settings, data, the stages before it.
      build: Makes its task, with fresh weights; it has a `network`.
      batches: What its steps take, of several workers this one's rows; see
        `compare_gan.training.train`.
      loop: How it runs.
    """

    name: str
    settings: Mapping[str, Any]
    build: Callable[[], Task]
    batches: Callable[[int], tf.data.Dataset]
    loop: LoopSettings


def build_task(stage: Stage, strategy: tf.distribute.Strategy) -> Task:
    """The stage's task; the same seed gives the same initial weights, whatever ran before.

    Raises:
      ConfigurationError: It cannot be built as configured.
    """
    keras.utils.set_random_seed(stage.loop.seed)
    with explain_errors(), network_scope(strategy, stage.loop.precision):
        return stage.build()


def is_done(folder: Path, stage: Stage) -> bool:
    """Whether the stage's training has come to its end."""
    return stage.loop.training_steps in Checkpoints(folder / stage.name / "checkpoints").steps()


def check_stage(folder: Path, stage: Stage) -> None:
    """Compares a stage with what was begun in its folder, if anything was.

    Raises:
      ConfigurationError: That was something else; the differences are listed.
    """
    place = folder / stage.name
    if Checkpoints(place / "checkpoints").steps() and (place / STAGE_FILE).exists():
        before = json.loads((place / STAGE_FILE).read_text(encoding="utf-8"))
        refuse_differences(place, before, stage.settings)


def refuse_differences(place: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuses to put a result made with settings `now` where one made with `before` is.

    Raises:
      ConfigurationError: They differ.
    """
    old, new = flatten(before), flatten(json.loads(json.dumps(now)))
    found = [
        f"{key}: {_text(old, key)} -> {_text(new, key)}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key, _MISSING) != new.get(key, _MISSING)
    ]
    if found:
        raise ConfigurationError(
            f"{place} was made with another configuration: {'; '.join(found)}. Go on with the old "
            "one, choose another --model_dir, or remove that folder and those of the stages after "
            "it."
        )


def run_stage(folder: Path, stage: Stage, strategy: tf.distribute.Strategy) -> None:
    """Trains a stage, from its newest checkpoint if there is one.

    Raises:
      NonFiniteError, CheckpointError, TrainingInterrupted: See `compare_gan.training.train`.
    """
    place = folder / stage.name
    writes = workers_of(strategy).writes
    # What nothing was trained with may change.
    if writes and not Checkpoints(place / "checkpoints").steps():
        write_text_atomically(place / STAGE_FILE, json.dumps(stage.settings, indent=1))
    _log.info("Stage %s: %d steps, in %s.", stage.name, stage.loop.training_steps, place)
    task = build_task(stage, strategy)
    # So that the network can be built again without gin.
    if writes:
        description = json.dumps(network_config(task.network), indent=1)
        write_text_atomically(place / NETWORK_FILE, description)

    def batches(step: int) -> tf.data.Dataset:
        with explain_errors():  # the data may be damaged, or not there
            return stage.batches(step)

    train(task, batches, place, stage.loop, strategy=strategy)


def trained_task(folder: Path, stage: Stage) -> Task:
    """The task of a stage that is done, with the weights of its last step, on one device.

    Raises:
      CheckpointError: The checkpoint is damaged.
    """
    task = build_task(stage, tf.distribute.get_strategy())
    restore_stage(folder / stage.name, stage.loop.training_steps, task.checkpointables())
    return task


def restore_stage(place: Path, step: int, state: Mapping[str, Any]) -> None:
    """Reads exactly the checkpoint of `step` of the stage in `place`, and no earlier one.

    Args:
      place: The stage's folder.
      step: Its last step.
      state: Trackables by name; the checkpoint may hold more.

    Raises:
      CheckpointError: It is missing, damaged, or lacks something.
    """
    checkpoints = Checkpoints(place / "checkpoints")
    try:
        checkpoints.restore(step, dict(state), partial=True)
    except CheckpointError as error:
        raise CheckpointError(
            f"{error} Remove {checkpoints.folder(step)} and start again: the stage goes on from "
            "the checkpoint before it, or from its beginning."
        ) from error


def _text(settings: Mapping[str, Any], key: str) -> str:
    return json.dumps(settings[key]) if key in settings else "not set"
