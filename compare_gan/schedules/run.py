# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A run: what the command line says, and the experiment that gin describes, built and checked
against its folder.
"""

import contextlib
import dataclasses
import json
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan.architectures.rematerialization import rematerialize_blocks
from compare_gan.atomic_files import write_atomically, write_text_atomically
from compare_gan.configuration import (
    MAY_CHANGE_ON_RESUME,
    ConfigurationError,
    Difference,
    differences,
    explain_errors,
    save_config,
    save_operative_config,
)
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.data import Dataset, SingleLabel, get_dataset, id_lines
from compare_gan.gans import ModularGAN, Options, experiment_options
from compare_gan.generators import MODEL_FILE
from compare_gan.label_inference import LABEL_INFERENCE_FOLDER, LABELS
from compare_gan.label_inference.inference import LABELLED_IDS_FILE
from compare_gan.metrics import EvaluationSettings
from compare_gan.schedules.other_stages import inference_parts, parts_beside_the_gan
from compare_gan.training import (
    Checkpoints,
    LoopSettings,
    ModelDirLock,
    distribution,
    network_scope,
    process_strategy,
    workers_of,
)
from compare_gan.training.compilation import check_jit_compile
from compare_gan.training.precision import FLOAT32, check_precision

_log = logging.getLogger(__name__)
CONFIG_FILE = "config.gin"


@dataclasses.dataclass(frozen=True)
class SampleFlags:
    """What `--schedule=sample` draws.

    Attributes:
      count: How many images.
      labels: Classes to draw in turn, by number or name; None draws them as in training.
      truncation: Latents beyond so many standard deviations are drawn anew.
      seed: Another seed gives other images.
      step: The checkpoint; None takes the newest, "best" the one that `eval.best` chose.
      format: "grid" for one picture, "png" for a file an image, "npz" for an array.
      output: Where to; None for a place in the model_dir.
    """

    count: int = 64
    labels: list[str] | None = None
    truncation: float | None = None
    seed: int = 0
    step: int | Literal["best"] | None = None
    format: str = "grid"
    output: str | None = None


@dataclasses.dataclass(frozen=True)
class RunFlags:
    """What the command line says about a run, beside its configuration.

    Attributes:
      model_dir: Where its results are.
      tfds_data_dir: Where TensorFlow Datasets are prepared.
      fake_dataset: Whether to use random images of the data set's shape.
      eval_every_steps: Which checkpoints are evaluated: multiples of this, and the last one.
      num_fake_sets: Over how many sets of fakes a score is averaged; None takes
        `eval.num_fake_sets`.
      sample: What to draw.
      dry_run: Whether only to say what would be trained.
      strategy: Which devices and processes train together; see `compare_gan.training.begin`.
    """

    model_dir: Path
    tfds_data_dir: str | None = None
    fake_dataset: bool = False
    eval_every_steps: int = 5000
    num_fake_sets: int | None = None
    sample: SampleFlags = SampleFlags()
    dry_run: bool = False
    strategy: str = "auto"


class Experiment(NamedTuple):
    """What a configuration describes, built."""

    dataset: Dataset
    options: Options
    gan: ModularGAN
    settings: LoopSettings
    strategy: tf.distribute.Strategy

    def batches(self, step: int) -> tf.data.Dataset:
        """What the steps after `step` take, one element a step; of several workers, this one's
        rows.

        Raises:
          ConfigurationError: The data are damaged, or not there.
        """
        workers = workers_of(self.strategy)
        with explain_errors():
            return self.dataset.shard(workers.index, workers.count).training_batches(
                self.options.batch_size,
                start_batch=step * self.gan.batches_per_step,
                batches_per_step=self.gan.batches_per_step,
            )


@gin.configurable("run_config", denylist=["training_steps"])
def loop_settings(
    training_steps: int,
    tf_random_seed: int | None = None,
    iterations_per_loop: int = 1000,
    save_checkpoints_steps: int = 5000,
    keep_checkpoint_max: int = 1000,
    jit_compile: bool | None = None,
    precision: str = FLOAT32,
    gradient_accumulation: int = 1,
    rematerialize: bool = False,
) -> LoopSettings:
    """How a training runs; see `LoopSettings`. Without `tf_random_seed` the seed is 0.

    `precision` is "float32", or "mixed_bfloat16" or "mixed_float16" for networks that compute in
    those, with variables in float32; see `network_scope`.

    Raises:
      ValueError: A setting has a value that it can't have.
    """
    for name, value, least in (
        ("iterations_per_loop", iterations_per_loop, 1),
        ("save_checkpoints_steps", save_checkpoints_steps, 0),
        ("keep_checkpoint_max", keep_checkpoint_max, 1),
        ("gradient_accumulation", gradient_accumulation, 1),
    ):
        check_whole_number(f"run_config.{name}", value, least)
    check_jit_compile(jit_compile, process_strategy())
    return LoopSettings(
        training_steps=training_steps,
        seed=tf_random_seed or 0,
        iterations_per_loop=iterations_per_loop,
        save_checkpoints_steps=save_checkpoints_steps,
        keep_checkpoint_max=keep_checkpoint_max,
        jit_compile=jit_compile,
        precision=check_precision(precision),
        gradient_accumulation=gradient_accumulation,
        rematerialize=rematerialize,
    )


def build_dataset(flags: RunFlags) -> Dataset:
    """The data set that gin names."""
    with explain_errors():
        return get_dataset(
            tfds_data_dir=flags.tfds_data_dir,
            fake=flags.fake_dataset,
            label_store=label_store_folder(flags.model_dir),
        )


def label_store_folder(model_dir: Path) -> Path:
    """Where a run keeps the labels that it infers."""
    return model_dir / LABEL_INFERENCE_FOLDER / LABELS


def has_checkpoint(model_dir: Path) -> bool:
    """Whether the run's GAN has been trained, in part at least."""
    return bool(Checkpoints(model_dir / "checkpoints").steps())


def writes() -> bool:
    """Whether this process is the one that writes to the model_dir."""
    return workers_of(process_strategy()).writes


@contextlib.contextmanager
def own_folder(model_dir: Path, folder: Path) -> Iterator[None]:
    """Makes a folder of a run, and lets no other command train in its model_dir meanwhile.

    Workers that do not write leave both to the first one.

    Raises:
      ConfigurationError: It can't be made, or another process is training there.
    """
    if not writes():
        yield
        return
    make_folder(folder)
    with ModelDirLock(model_dir):
        yield


def make_folder(model_dir: Path) -> None:
    """Makes the folder of a run, if it is not there.

    Raises:
      ConfigurationError: It can't be made.
    """
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"--model_dir={model_dir} cannot be made: {error.strerror}."
        ) from error


def build_experiment(dataset: Dataset) -> Experiment:
    """Builds what gin describes.

    Raises:
      ConfigurationError: Something is missing or does not fit.
    """
    strategy = process_strategy()
    with explain_errors():
        options = experiment_options()
        settings = loop_settings(options.training_steps)
        distribution.rows_per_replica(options.batch_size, strategy, settings.gradient_accumulation)
        keras.utils.set_random_seed(settings.seed)  # initial weights
        with network_scope(strategy, settings.precision):
            gan = options.gan_class(dataset=dataset, options=options)
        if settings.rematerialize:
            rematerialize_blocks(gan.generator, gan.discriminator)
    return Experiment(dataset, options, gan, settings, strategy)


def claim_model_dir(flags: RunFlags, experiment: Experiment) -> None:
    """Writes down what is trained in the model_dir, unless something else is already.

    Of several workers all compare, and the first writes.

    `model.json` has a digest of the labels that training sees. Where it is known to be the same,
    what only decides them, and where they lie, may have changed.

    Raises:
      ConfigurationError: The folder holds a run of another configuration, of other data or on other
        labels; they are listed.
    """
    folder, dataset = flags.model_dir, experiment.dataset
    steps = Checkpoints(folder / "checkpoints").steps()
    labels = dataset.labels_digest()
    labels_before = _recorded_data(folder).get("labels") if steps else None
    other_labels = bool(labels and labels_before and labels != labels_before)
    refuse_other_configuration(folder, bool(labels and labels == labels_before), other_labels)
    description = {
        **experiment.gan.model_config(),
        "standing_samples": EvaluationSettings().standing_samples,
        "dataset": {**_identity(dataset), "labels": labels or labels_before},
    }
    if steps:
        refuse_other_data(folder, dataset)
    if other_labels:
        raise ConfigurationError(
            f"--model_dir={folder} holds a run on other labels than dataset.labels gives now "
            f"({labels_before[:16]} -> {labels[:16]}): a file of labels was edited, or they were "
            "inferred anew. Restore the old ones, or choose another folder."
        )
    if not writes():
        return
    labelled_ids = dataset.known_label_ids()
    if labelled_ids is None:
        (folder / LABELLED_IDS_FILE).unlink(missing_ok=True)
    else:
        lines = id_lines(labelled_ids)
        write_atomically(folder / LABELLED_IDS_FILE, lambda file: file.write(lines))
    save_config(folder / CONFIG_FILE)
    write_text_atomically(folder / MODEL_FILE, json.dumps(description, indent=1))
    save_operative_config(folder / f"operative_config-{max(steps, default=0)}.gin")


def refuse_other_configuration(
    folder: Path, same_labels: bool = False, other_labels: bool = False
) -> None:
    """Checks that a model_dir's run, if it has a checkpoint, is of gin's configuration.

    Args:
      folder: The model_dir.
      same_labels: Whether the labels are known to be the same, or will be compared: what only
        decides them may then differ.
      other_labels: Whether they are known to be others, which is told beside what differs.

    Raises:
      ConfigurationError: It is of another one; the differences are listed.
    """
    # Without a checkpoint there is nothing to spoil.
    if not has_checkpoint(folder) or not (folder / CONFIG_FILE).exists():
        return
    before, now = (folder / CONFIG_FILE).read_text(encoding="utf-8"), gin.config_str()
    beside = [f"{part}.*" for part in parts_beside_the_gan(before, now)]
    allowed = [*MAY_CHANGE_ON_RESUME, *beside]
    allowed += _may_change_with_same_labels() if same_labels else []
    found = [
        difference
        for difference in differences(before, now, allowed)
        if not _is_moved_data(difference) and not _is_same_seed(difference)
    ]
    if found:
        raise ConfigurationError(
            f"--model_dir={folder} holds a run of another configuration"
            f"{' and other labels' if other_labels else ''}: {'; '.join(map(str, found))}. "
            "Go on with the old one, or choose another folder."
        )


def refuse_other_data(folder: Path, dataset: Dataset) -> None:
    """Checks that a model_dir's run, if there is one, is on these data.

    Raises:
      ConfigurationError: It is on others.
    """
    before = _recorded_data(folder)
    if before and before["fingerprint"] != dataset.fingerprint:
        raise ConfigurationError(
            f"--model_dir={folder} holds a run on other data: {before['name']!r} with the "
            f"fingerprint {before['fingerprint']}, now {dataset.name!r} with "
            f"{dataset.fingerprint}. Restore the data, or choose another folder."
        )


def _recorded_data(folder: Path) -> dict[str, Any]:
    """What `model.json` says of the data; nothing if it is not there."""
    if not (folder / MODEL_FILE).exists():
        return {}
    return json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))["dataset"]


def _may_change_with_same_labels() -> list[str]:
    """Patterns of bindings that only decide which labels there are, or where."""
    own = [f"{name}.*" for name in inference_parts()]
    return [*own, "few_labels.*", "inferred_labels.store", "replace_labels.file_pattern", "*.path"]


def announce(flags: RunFlags, experiment: Experiment) -> None:
    """Says what is about to be trained, on what, and where results go."""
    dataset, gan = experiment.dataset, experiment.gan
    _log.info("Device: %s.", distribution.describe_devices(experiment.strategy))
    _log.info("Data: %s", dataset.describe())
    conditional = bool(gan.model_config()["num_classes"])
    asked_for = isinstance(dataset.label_source, SingleLabel)
    if conditional and not asked_for and np.count_nonzero(dataset.class_histogram()) <= 1:
        _log.warning(
            "This run is conditional, but its training images are all of one class; are the "
            "labels right?"
        )
    for network in (gan.generator, gan.discriminator, *gan.heads.values()):
        count = trainable_parameters(network)
        _log.info("%s: %s parameters.", network.name.capitalize(), f"{count:,}")
    _log.info("Results: %s", flags.model_dir)


def trainable_parameters(network: keras.layers.Layer) -> int:
    """How many numbers training moves."""
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)


def _is_moved_data(difference: Difference) -> bool:
    """Whether the data only have another path; the fingerprint tells if they are others."""
    kinds = [value.strip("'\"").partition(":")[0] for value in (difference.old, difference.new)]
    return difference.binding.endswith("dataset.name") and kinds in (["folder"] * 2, ["tfds"] * 2)


def _is_same_seed(difference: Difference) -> bool:
    """Whether the seed is 0 in both, written or not."""
    values = {difference.old, difference.new}
    return difference.binding == "run_config.tf_random_seed" and values <= {"None", "0"}


def _identity(dataset: Dataset) -> dict[str, Any]:
    return {"name": dataset.name, "fingerprint": dataset.fingerprint}
