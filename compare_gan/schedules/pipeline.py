# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=pipeline`: from images of which few are labelled to a GAN, scores and pictures."""

import dataclasses

import gin

from compare_gan.configuration import ConfigurationError, explain_errors, registry
from compare_gan.data import Dataset, InferredLabels
from compare_gan.label_inference import LabelInferenceSettings
from compare_gan.schedules import infer_labels as inference
from compare_gan.schedules.dry_run import describe, print_with_configuration
from compare_gan.schedules.eval_after_train import eval_after_train
from compare_gan.schedules.evaluation import build_evaluator
from compare_gan.schedules.pictures import Pictures
from compare_gan.schedules.run import (
    RunFlags,
    build_dataset,
    build_experiment,
    has_checkpoint,
    label_store_folder,
    refuse_other_configuration,
)


def pipeline(flags: RunFlags) -> None:
    """Infers labels, trains a GAN on them, evaluates it and draws; skips what is done already.

    Labels are inferred if `label_inference.method` is set. Each stage goes on from where it was,
    and is skipped if its result is there and came from the same configuration. What is wrong with
    the GAN or its evaluation is told before labels are inferred, which may take days.

    Raises:
      ConfigurationError, NonFiniteError, CheckpointError, TrainingInterrupted: See `infer_labels`
        and `train`.
    """
    dataset = build_dataset(flags)
    evaluator = build_evaluator(flags, dataset)
    if _infers_labels():
        _refuse_unread_labels(flags, dataset)
        # The labels themselves are compared when they are there.
        refuse_other_configuration(flags.model_dir, same_labels=True)
        if not has_checkpoint(flags.model_dir):  # else it was built before
            experiment = build_experiment(_stand_in(flags))
            with explain_errors():
                Pictures(experiment, flags.model_dir)
        inference.infer_labels(flags)
    eval_after_train(flags, dataset, evaluator)


def dry_run(flags: RunFlags) -> None:
    """Prints the resolved configuration, each stage's parameters, and what `--dry_run` says of a
    GAN with the classes that will be inferred. Needs no data.

    Raises:
      ConfigurationError: The configuration is at fault.
    """
    if not _infers_labels():
        print_with_configuration(describe(_fake_dataset(flags), flags.model_dir))
        return
    _refuse_unread_labels(flags, _fake_dataset(flags))
    # First, so that its settings are among those that the other prints as resolved.
    description = describe(_stand_in(flags), flags.model_dir)
    inference.dry_run(flags)
    print(description)


def _infers_labels() -> bool:
    return gin.get_bindings(LabelInferenceSettings).get("method") is not None


def _fake_dataset(flags: RunFlags) -> Dataset:
    return build_dataset(dataclasses.replace(flags, fake_dataset=True))


def _stand_in(flags: RunFlags) -> Dataset:
    """Random images with as many classes as will be inferred."""
    dataset = _fake_dataset(flags)
    with explain_errors():
        # A dry run needs no data, unless there are features for them.
        no_data = flags.dry_run and LabelInferenceSettings().features is None
        fake = flags.fake_dataset or no_data
        run = inference.build_run(dataclasses.replace(flags, fake_dataset=fake))
        method = run.settings.method(run)
        kind = "soft" if dataset.soft_labels else "hard"
        # What is no method at all is explained where it is used.
        classes = getattr(method, "num_classes", None)
        return dataset.with_labels(InferredLabels(kind, num_classes=classes))


def _refuse_unread_labels(flags: RunFlags, dataset: Dataset) -> None:
    """Checks that the GAN would read the labels that are about to be inferred.

    Raises:
      ConfigurationError: It has others.
    """
    source, own = dataset.label_source, label_store_folder(flags.model_dir)
    if not isinstance(source, InferredLabels):
        registered = registry.find_function(type(source))
        name = registered.name if registered else type(source).__name__
        raise ConfigurationError(
            "label_inference.method is set, but the GAN would not read the labels that it infers: "
            f"dataset.labels is @{name}. If both are in files, give the method's file after the "
            "data set's, since the last binding counts; or set dataset.labels = @inferred_labels, "
            "or label_inference.method = None."
        )
    if source.folder is None or source.folder.absolute() != own.absolute():
        raise ConfigurationError(
            "label_inference.method is set, but the GAN would not read the labels that it infers: "
            f"inferred_labels.store is {str(source.folder)!r} and not {str(own)!r}. Remove it, or "
            "set label_inference.method = None."
        )
