# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What D says of images it was trained on, of others, and of fakes."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import tensorflow as tf

from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.model_metric import TrainedModel
from compare_gan.normalizers import uses_batch_statistics

_BATCH = 64

Known = TypeVar("Known")

# Logits [batch, 1] of real images, and of as many fakes beside them.
Answers = list[tuple[np.ndarray, np.ndarray]]


def known_to(load: Callable[[], Known], metric: str) -> Known:
    """Returns what a generator knows of its training, such as its D.

    Args:
      load: Gives it, or raises ValueError.
      metric: Who wants to know.

    Raises:
      UnmeasurableError: It is not known.
    """
    try:
        return load()
    except ValueError as error:
        raise UnmeasurableError(f"{error} Or leave out the metric {metric}.") from error


def answers_of(model: TrainedModel, metric: str) -> tuple[Answers, Answers]:
    """D's logits of training images, and of those of the evaluation split, each beside fakes.

    Of each split `eval.num_samples` images are taken, evenly spaced (of the training split all, if
    there are fewer), not augmented, with their labels in a conditional GAN. D sees reals and fakes
    of G as it is sampled, in joint batches of 64 and 64, which matters where it normalizes over the
    batch. Both splits stand beside the same fakes.

    Args:
      model: The trained model.
      metric: Who asks.

    Raises:
      UnmeasurableError: D is not known, or does not judge images by itself.
    """
    generator = model.generator
    discriminator = known_to(generator.load_discriminator, metric)
    training = uses_batch_statistics(discriminator)

    @tf.function(autograph=False)
    def judge(
        images: tf.Tensor, labels: tf.Tensor | None, index: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        rows = images.shape[0]
        latents, fake_labels = generator.draw(model.draws("accuracy", index), rows)
        joint = tf.concat([images, generator.generate(latents, fake_labels)], axis=0)
        if labels is not None:
            labels = tf.concat([labels, fake_labels], axis=0)
        logits = discriminator(joint, labels, training=training).logits
        return logits[:rows], logits[rows:]

    def beside_fakes(split: str) -> Answers:
        batches = model.real_batches(split, model.num_samples, _BATCH)
        return [
            tuple(
                logits.numpy()
                for logits in judge(tf.constant(images), labels, tf.constant(index, tf.int64))
            )
            for index, (images, labels) in enumerate(batches)
        ]

    return beside_fakes(model.dataset.train_split), beside_fakes(model.split)
