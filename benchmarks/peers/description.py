# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A training in plain values, fit for JSON: all that PyTorch's side must know to train the same."""

from typing import Any

import gin
import numpy as np
import tensorflow as tf

from compare_gan.architectures import network_config
from compare_gan.schedules.run import Experiment
from compare_gan.training.distribution import rows_per_replica
from compare_gan.training.graphs import update_graphs
from compare_gan.training.precision import FLOAT16
from compare_gan.training.work import step_operations


def describe(experiment: Experiment) -> dict[str, Any]:
    """Describes networks, losses, updates and precision.

    Raises:
      ValueError: It uses what was not written for PyTorch.
    """
    gan, options, settings = experiment.gan, experiment.options, experiment.settings
    refuse_float16(experiment)
    if settings.gradient_accumulation > 1:
        raise ValueError(
            "PyTorch's side passes a batch at once, and run_config.gradient_accumulation is "
            f"{settings.gradient_accumulation}: leave it out."
        )
    trained = [gan.generator, gan.discriminator, *gan.heads.values()]
    description = {
        "family": type(gan.generator).__module__.rpartition(".")[2],
        "generator": network_config(gan.generator)["config"],
        "discriminator": network_config(gan.discriminator)["config"],
        "heads": {head.name: list(head.kernel.shape) for head in gan.heads.values()},
        "precision": precision(experiment),
        "batch_size": options.batch_size,
        "disc_iters": options.disc_iters,
        "z_dim": options.z_dim,
        "loss": gin.query_parameter("loss.fn").selector.rpartition(".")[2],
        "prior": gan.evaluation_prior.to_config()["distribution_fn"].rpartition(":")[2],
        "optimizers": {update.name: _adam(update.optimizer) for update in gan.updates},
        "ema_decay": None,
        "parameters": {
            variable.path: int(np.prod(variable.shape))
            for network in trained
            for variable in network.trainable_variables
        },
    }
    if gan.average_generator is not None:
        description["ema_decay"] = gin.query_parameter("ModularGAN.ema_decay")
    if "discriminator_rotation" in gan.heads:
        fraction = gin.query_parameter("S3GAN.rotated_batch_fraction")
        description["rotation"] = {
            "rows": options.batch_size // fraction // 4,
            "weight_d": gin.query_parameter("S3GAN.weight_rotation_loss_d"),
            "weight_g": gin.query_parameter("S3GAN.weight_rotation_loss_g"),
        }
    return description


def precision(experiment: Experiment) -> str:
    """In what its networks multiply: "float32" or "bfloat16"."""
    return experiment.settings.precision.removeprefix("mixed_")


def refuse_float16(experiment: Experiment) -> None:
    """Checks that no loss is scaled, which only the library's own loop does.

    Raises:
      ValueError: The precision is float16.
    """
    if experiment.settings.precision == FLOAT16:
        raise ValueError(
            f'run_config.precision = "{FLOAT16}" needs loss scaling, which steps outside of the '
            'training loop do not have: take "mixed_bfloat16" or "float32".'
        )


def operations(experiment: Experiment) -> int:
    """Floating-point operations of a step on one replica."""
    gan, parts = experiment.gan, experiment.settings.gradient_accumulation
    rows = rows_per_replica(experiment.options.batch_size, experiment.strategy, parts)
    batch = {
        name: tf.TensorSpec([rows, *spec.shape[2:]], spec.dtype)
        for name, spec in experiment.batches(0).element_spec.items()
    }
    return step_operations(gan, update_graphs(gan, batch, parts), parts)


def _adam(optimizer: Any) -> dict[str, float]:
    if type(optimizer).__name__ != "Adam":
        raise ValueError(
            f"No PyTorch version of the optimizer {type(optimizer).__name__} was written: "
            "take @tf.train.AdamOptimizer."
        )
    settings = optimizer.get_config()
    names = ("learning_rate", "beta_1", "beta_2", "epsilon")
    return {name: float(settings[name]) for name in names}
