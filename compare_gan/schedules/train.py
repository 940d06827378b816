# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=train`: train until `options.training_steps`, from the newest checkpoint if there is
one.
"""

import dataclasses
from pathlib import Path

import gin

from compare_gan import training
from compare_gan.configuration import (
    ConfigurationError,
    explain_errors,
    registry,
    warn_of_unused_bindings,
)
from compare_gan.data import Dataset
from compare_gan.metrics import EvaluationSettings
from compare_gan.schedules.pictures import Pictures
from compare_gan.schedules.run import (
    Experiment,
    RunFlags,
    announce,
    build_dataset,
    build_experiment,
    claim_model_dir,
)


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
        with explain_errors():
            announce(flags, experiment)
            callbacks = [Pictures(experiment, flags.model_dir)]
            EvaluationSettings()  # a mistake in `eval` shows before the training, not after it
            claim_model_dir(flags, experiment)
        warn_of_unused_bindings(ignore=["continuous_eval", *_parts_of_other_stages()])
        training.train(
            experiment.gan,
            experiment.batches,
            flags.model_dir,
            experiment.settings,
            callbacks,
            experiment.strategy,
        )
    return experiment


def _parts_of_other_stages() -> list[str]:
    """The registered names of what evaluation and label inference are configured with.

    Metrics, backbone, classifier, encoder, and what they refer to: a training builds none of them,
    so it knows no more of their bindings than that they may be used.
    """
    settings = {field.name: field.default for field in dataclasses.fields(EvaluationSettings)}
    settings |= gin.get_bindings(EvaluationSettings, resolve_references=False)
    inference = registry.registered_in("compare_gan.label_inference")
    names: dict[str, str] = {name: name for name in inference}  # by the name with its scope
    pending = [settings, *(gin.get_bindings(name, resolve_references=False) for name in inference)]
    while pending:
        for value in registry.leaves(pending.pop()):
            if isinstance(value, gin.config.ConfigurableReference):
                part, scoped_name = value.configurable, value.scoped_selector
            else:
                part = registry.find_function(value) if callable(value) else None
                scoped_name = part and part.selector
            if part is not None and scoped_name not in names:
                names[scoped_name] = part.selector
                pending.append(gin.get_bindings(scoped_name, resolve_references=False))
    return [name for name in names.values() if not registry.is_macro(name)]


def _make_folder(model_dir: Path) -> None:
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"--model_dir={model_dir} cannot be made: {error.strerror}."
        ) from error
