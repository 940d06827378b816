# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=infer_labels`: from images, and the labels that few of them have, to a label store.

Everything goes to `<model_dir>/label_inference`: each trained stage in a folder of its own, the
store, the ids of the labelled images, pictures.
"""

import dataclasses
import logging
from pathlib import Path

from tabulate import tabulate

from compare_gan.configuration import (
    explain_errors,
    save_config,
    save_operative_config,
    unused_bindings,
)
from compare_gan.label_inference import (
    LABELS,
    InferenceRun,
    LabelInferenceSettings,
    NoLabels,
    build_task,
    check,
    infer,
    inference_data,
    plan,
    summary,
)
from compare_gan.schedules.dry_run import parameter_table, print_with_configuration
from compare_gan.schedules.other_stages import inference_parts
from compare_gan.schedules.run import (
    CONFIG_FILE,
    LABEL_INFERENCE_FOLDER,
    RunFlags,
    loop_settings,
    own_folder,
    writes,
)
from compare_gan.training import distribution, process_strategy

_log = logging.getLogger(__name__)


def infer_labels(flags: RunFlags) -> Path:
    """Infers labels as gin says, as far as `<model_dir>/label_inference` does not hold them yet.

    Of several workers all train, and the first labels the images.

    Args:
      flags: What the command line says.

    Returns:
      The folder of the label store.

    Raises:
      ConfigurationError: The configuration is at fault, or the folder holds what another one made.
      NonFiniteError, CheckpointError, TrainingInterrupted: See `compare_gan.training.train`.
    """
    run = build_run(flags)
    with own_folder(flags.model_dir, run.folder):
        _log.info("Device: %s.", distribution.describe_devices(run.strategy))
        _log.info("Data: %s", run.data.known.describe())
        # Before anything is trained, so that what stopped half-way says what it was made with; but
        # after the comparison, so that a refused configuration does not take the other's place.
        planned = check(run)
        if writes():
            save_config(run.folder / CONFIG_FILE)
        provenance = infer(run, planned)
        if not writes():
            return run.folder / LABELS
        save_operative_config(run.folder / f"operative_{CONFIG_FILE}")
    # Those of the GAN and its evaluation are another schedule's to tell.
    own = set(inference_parts())
    unused = [name for name in unused_bindings() if name.rpartition(".")[0].split("/")[-1] in own]
    if unused:
        _log.warning("These bindings had no effect, nothing used them: %s.", ", ".join(unused))
    rows = [*summary(provenance), ("label store", str(run.folder / LABELS))]
    print(tabulate(rows, tablefmt="plain", disable_numparse=True))
    return run.folder / LABELS


def build_run(flags: RunFlags) -> InferenceRun:
    """What gin describes, built.

    Raises:
      ConfigurationError: It is at fault.
    """
    strategy = process_strategy()
    with explain_errors():
        settings = LabelInferenceSettings()
        # Clustering sees no label.
        uses_labels = getattr(settings.method, "uses_labels", True)
        data = inference_data(
            settings.known_labels if uses_labels else NoLabels,
            tfds_data_dir=flags.tfds_data_dir,
            fake=flags.fake_dataset,
            any_labels=flags.fake_dataset and flags.dry_run,
        )
        return InferenceRun(
            settings,
            data,
            flags.model_dir / LABEL_INFERENCE_FOLDER,
            loop_settings(training_steps=0),
            strategy,
        )


def dry_run(flags: RunFlags) -> None:
    """Prints the resolved configuration and a table of each stage's parameters.

    Random images with made-up labels stand in for the data and the known labels, so the images need
    not be there; only what their ids or numbers decide goes unchecked. But where the user brings
    features, these are checked against the data, which must be there.

    Args:
      flags: What the command line says.

    Raises:
      ConfigurationError: The configuration is at fault.
    """
    with explain_errors():
        own_features = LabelInferenceSettings().features is not None
    run = build_run(dataclasses.replace(flags, fake_dataset=not own_features))
    stages = plan(run).stages
    tables = [parameter_table(build_task(stage, run.strategy).network) for stage in stages]
    lines = [
        f"Stage {stage.name}: {stage.loop.training_steps} steps\n{table}"
        for stage, table in zip(stages, tables, strict=True)
    ]
    lines.append(f"Device: {distribution.describe_devices(run.strategy)}")
    print_with_configuration("\n".join(lines))
