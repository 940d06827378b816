# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--dry_run`: say what would be trained, with how many parameters, how much memory and how much
work, and stop. Needs no data.
"""

import dataclasses
import math
from pathlib import Path

import gin
import keras
import tensorflow as tf
from tabulate import tabulate

from compare_gan.configuration import explain_errors, explain_own_errors
from compare_gan.data import Dataset
from compare_gan.metrics import EvaluationSettings
from compare_gan.schedules.pictures import Pictures
from compare_gan.schedules.run import (
    RunFlags,
    build_dataset,
    build_experiment,
    trainable_parameters,
)
from compare_gan.training import distribution
from compare_gan.training.graphs import update_graphs
from compare_gan.training.memory import estimate_bytes
from compare_gan.training.work import step_operations


def dry_run(flags: RunFlags) -> None:
    """Prints the resolved configuration, tables of G's and D's parameters, an estimate of the peak
    memory, and the work of a step.

    Raises:
      ConfigurationError: The configuration is at fault.
    """
    dataset = build_dataset(dataclasses.replace(flags, fake_dataset=True))
    print_with_configuration(describe(dataset, flags.model_dir))


def describe(dataset: Dataset, model_dir: Path) -> str:
    """Tables of G's and D's parameters, the device, the data, an estimate of the peak memory, and
    the work of a step.

    Args:
      dataset: Images of the right shape and number of classes.
      model_dir: Where the run would be; nothing is written.

    Raises:
      ConfigurationError: The configuration is at fault.
    """
    experiment = build_experiment(dataset)
    gan, options = experiment.gan, experiment.options
    with explain_errors():
        EvaluationSettings()
        Pictures(experiment, model_dir)
    accumulation = experiment.settings.gradient_accumulation
    rows = distribution.rows_per_replica(options.batch_size, experiment.strategy, accumulation)
    batch = {
        "images": tf.TensorSpec([rows, *dataset.image_shape], tf.uint8),
        "labels": _label_spec(dataset, rows),
    }
    with explain_own_errors():
        graphs = update_graphs(gan, batch, accumulation)
    memory = estimate_bytes(gan, graphs, accumulation)
    work = step_operations(gan, graphs, accumulation)
    tables = map(parameter_table, (gan.generator, gan.discriminator, *gan.heads.values()))
    size = " x ".join(map(str, dataset.image_shape))
    return "\n".join(
        [
            *tables,
            f"Device: {distribution.describe_devices(experiment.strategy)}",
            f"Images: {size}, {dataset.num_classes or 'no'} classes",
            f"Estimated peak memory of the process: {memory / 2**30:.2f} GiB, without the data set",
            f"Work of a step on each replica: {work / 1e9:,.4g} GFLOP of convolutions and matrix "
            "products",
        ]
    )


def print_with_configuration(description: str) -> None:
    """Prints the configuration, as parsed and as resolved so far, and then a description."""
    print(gin.config_str())
    print("# Resolved, with the defaults of everything that was used\n")
    print(gin.operative_config_str())
    print(description)


def _label_spec(dataset: Dataset, rows: int) -> tf.TensorSpec:
    if dataset.soft_labels:
        return tf.TensorSpec([rows, dataset.num_classes], tf.float32)
    return tf.TensorSpec([rows], tf.int32)


def parameter_table(network: keras.layers.Layer) -> str:
    """The network's variables: name, shape, and how many numbers are trained; with the exact
    total.
    """
    trained = {variable.path for variable in network.trainable_variables}
    rows = [("variable", "shape", "trained")]
    for variable in network.variables:
        count = f"{math.prod(variable.shape):,}" if variable.path in trained else "-"
        rows.append((variable.path, " x ".join(map(str, variable.shape)) or "scalar", count))
    total = trainable_parameters(network)
    rows.append((f"{network.name}: trainable parameters", "", f"{total:,}"))
    places = ("left", "left", "right")
    return tabulate(rows, tablefmt="plain", colalign=places, disable_numparse=True) + "\n"
