# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=train`: train until `options.training_steps`, from the newest checkpoint if there is
one.
"""

from compare_gan import training
from compare_gan.configuration import explain_errors, warn_of_unused_bindings
from compare_gan.data import Dataset
from compare_gan.metrics import EvaluationSettings, Evaluator
from compare_gan.schedules.leftovers import set_aside_results
from compare_gan.schedules.other_stages import parts_that_may_be_used_later
from compare_gan.schedules.pictures import Pictures
from compare_gan.schedules.run import (
    Experiment,
    RunFlags,
    announce,
    build_dataset,
    build_experiment,
    claim_model_dir,
    own_folder,
    writes,
)


def train(
    flags: RunFlags, dataset: Dataset | None = None, evaluator: Evaluator | None = None
) -> Experiment:
    """Trains what gin describes, in `flags.model_dir`.

    Args:
      flags: What the command line says.
      dataset: What to train on, if it is built already.
      evaluator: What will measure G: whether it can is found out before the training.

    Returns:
      The experiment, trained.

    Raises:
      ConfigurationError: The configuration is at fault, or the folder holds another run.
      NonFiniteError, CheckpointError, TrainingInterrupted: See `compare_gan.training.train`.
    """
    with own_folder(flags.model_dir, flags.model_dir):
        dataset = dataset or build_dataset(flags)
        experiment = build_experiment(dataset)
        with explain_errors():
            announce(flags, experiment)
            callbacks = [Pictures(experiment, flags.model_dir)]
            EvaluationSettings()  # a mistake in `eval` shows before the training, not after it
            if evaluator is not None:
                evaluator.check_classes(experiment.gan.model_config()["class_names"])
            if writes():
                set_aside_results(flags.model_dir)
            claim_model_dir(flags, experiment)
        warn_of_unused_bindings(ignore=["continuous_eval", *parts_that_may_be_used_later()])
        training.train(
            experiment.gan,
            experiment.batches,
            flags.model_dir,
            experiment.settings,
            callbacks,
            experiment.strategy,
        )
    return experiment
