# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How often D is right, of images it was trained on and of others."""

import gin
import numpy as np

from compare_gan.metrics.discriminator_answers import answers_of
from compare_gan.metrics.model_metric import ModelMetric, TrainedModel


@gin.register("discriminator_accuracy")
class DiscriminatorAccuracy(ModelMetric):
    """The shares of training images, evaluation images and fakes that D takes for what they are.

        discriminator_train_accuracy = share of training images with logit ≥ 0
        discriminator_test_accuracy  = share of evaluation images with logit ≥ 0
        discriminator_fake_accuracy  = share of fakes with logit < 0

    A logit of 0 is a probability of 1/2. A D that is right on training images and wrong on those
    of the evaluation split knows its training images by heart: G then learns little more. Which
    images D is asked about, and how: see `compare_gan.metrics.discriminator_answers`. Under losses
    that give a logit of 0 no meaning, as the Wasserstein loss and relativistic ones, the shares say
    little by themselves; `discriminator_loss` does then. Compare GAN v3 averaged over five random
    parts of the training images. Karras et al., "Training Generative Adversarial Networks with
    Limited Data", NeurIPS 2020, https://arxiv.org/abs/2006.06676, tell by D's answers to these
    three sets when it overfits.
    """

    names = (
        "discriminator_train_accuracy",
        "discriminator_test_accuracy",
        "discriminator_fake_accuracy",
    )
    num_real = None
    num_fake = None

    def measure(self, model: TrainedModel) -> dict[str, float]:
        """The three shares.

        Raises:
          UnmeasurableError: D is not known, or does not judge images by itself.
        """
        train, test = answers_of(model, "discriminator_accuracy")
        of_train, of_test = (np.concatenate([real for real, _ in part]) for part in (train, test))
        of_fakes = np.concatenate([fake for _, fake in test])
        return {
            "discriminator_train_accuracy": float(np.mean(of_train >= 0)),
            "discriminator_test_accuracy": float(np.mean(of_test >= 0)),
            "discriminator_fake_accuracy": float(np.mean(of_fakes < 0)),
        }
