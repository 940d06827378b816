# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""D's loss, on images it was trained on and on others."""

from collections.abc import Callable

import gin
import numpy as np
import tensorflow as tf

from compare_gan.configuration.errors import one_line
from compare_gan.losses import GANLoss
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.discriminator_answers import Answers, answers_of, known_to
from compare_gan.metrics.model_metric import ModelMetric, TrainedModel


@gin.register("discriminator_loss")
class DiscriminatorLoss(ModelMetric):
    """The loss of D's answers to training images and fakes, and to evaluation images and fakes.

        discriminator_train_loss = mean over batches of d_loss(training images, fakes)
        discriminator_test_loss  = mean over batches of d_loss(evaluation images, fakes)

    The loss is the run's `loss.fn` with its arguments, without penalties and without the terms of
    auxiliary tasks; batches count by their rows. Which images D is asked about, and how: see
    `compare_gan.metrics.discriminator_answers`. A loss on evaluation images that rises above the
    one on training images tells that D learns its images by heart, under any loss: also where the
    sign of a logit, and so `discriminator_accuracy`, means nothing. For the Wasserstein loss the
    two are estimates, with their sign reversed, of the distance between fakes and either set
    (Arjovsky, Chintala, Bottou, "Wasserstein GAN", 2017, https://arxiv.org/abs/1701.07875).
    """

    names = ("discriminator_train_loss", "discriminator_test_loss")
    num_real = None
    num_fake = None

    def measure(self, model: TrainedModel) -> dict[str, float]:
        """Both losses.

        Raises:
          UnmeasurableError: D or its loss is not known, D does not judge images by itself, or the
            loss raises an error.
        """
        loss = known_to(model.generator.load_loss, "discriminator_loss")
        train, test = answers_of(model, "discriminator_loss")
        try:
            return {
                "discriminator_train_loss": _mean_loss(loss, train),
                "discriminator_test_loss": _mean_loss(loss, test),
            }
        # Whatever a user's function may raise, which need not be the one that was trained by.
        except Exception as error:
            raise UnmeasurableError(
                f"The run's loss failed, {type(error).__name__}: {one_line(error)}. Its function "
                "may be another than in the training: bring that back, or leave out the metric "
                "discriminator_loss."
            ) from error


def _mean_loss(loss: Callable[..., GANLoss], answers: Answers) -> float:
    """The loss of batches, each by how many rows it has."""
    return float(
        np.average(
            [float(loss(tf.constant(real), tf.constant(fake)).d_loss) for real, fake in answers],
            weights=[len(real) for real, _ in answers],
        )
    )
