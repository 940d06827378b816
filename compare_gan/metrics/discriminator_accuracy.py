# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How often D is right, of images it was trained on and of others."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.model_metric import ModelMetric, TrainedModel
from compare_gan.normalizers import uses_batch_statistics

_BATCH = 64


@gin.register("discriminator_accuracy")
class DiscriminatorAccuracy(ModelMetric):
    """The shares of training images, evaluation images and fakes that D takes for what they are.

        discriminator_train_accuracy = share of training images with logit ≥ 0
        discriminator_test_accuracy  = share of evaluation images with logit ≥ 0
        discriminator_fake_accuracy  = share of fakes with logit < 0

    A logit of 0 is a probability of 1/2. A D that is right on training images and wrong on those
    of the evaluation split knows its training images by heart: G then learns little more. Each is
    of `eval.num_samples` images, evenly spaced over the split (of the training split all, if there
    are fewer), not augmented, with their labels in a conditional GAN. D sees reals and fakes of G
    as it is sampled, in joint batches of 64 and 64 as in training, which matters where it
    normalizes over the batch. Under losses that give a logit of 0 no meaning, as the
    Wasserstein loss and relativistic ones, the shares say little by themselves. Compare GAN v3
    averaged over five random parts of the training images. Karras et al., "Training Generative
    Adversarial Networks with Limited Data", NeurIPS 2020, https://arxiv.org/abs/2006.06676,
    tell by D's answers to these three sets when it overfits.
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
        generator = model.generator
        try:
            discriminator = generator.load_discriminator()
        except ValueError as error:
            raise UnmeasurableError(
                f"{error} Or take discriminator_accuracy out of eval.metrics."
            ) from error
        training = uses_batch_statistics(discriminator)

        def judge(
            images: tf.Tensor, labels: tf.Tensor | None, index: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            """Logits of reals, and of as many new fakes."""
            rows = images.shape[0]
            latents, fake_labels = generator.draw(model.draws("accuracy", index), rows)
            joint = tf.concat([images, generator.generate(latents, fake_labels)], axis=0)
            if labels is not None:
                labels = tf.concat([labels, fake_labels], axis=0)
            logits = discriminator(joint, labels, training=training).logits[:, 0]
            return logits[:rows], logits[rows:]

        compiled = tf.function(judge, autograph=False)

        def logits_beside(split: str) -> tuple[np.ndarray, np.ndarray]:
            pairs = [
                compiled(tf.constant(images), labels, tf.constant(index, tf.int64))
                for index, (images, labels) in enumerate(
                    model.real_batches(split, model.num_samples, _BATCH)
                )
            ]
            reals, fakes = (np.concatenate(logits) for logits in zip(*pairs, strict=True))
            return reals, fakes

        train, _ = logits_beside(model.dataset.train_split)
        test, fakes = logits_beside(model.split)
        return {
            "discriminator_train_accuracy": float(np.mean(train >= 0)),
            "discriminator_test_accuracy": float(np.mean(test >= 0)),
            "discriminator_fake_accuracy": float(np.mean(fakes < 0)),
        }
