# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What D says of images it was trained on, of others, and of fakes."""

from collections.abc import Callable
from typing import TypeVar

import keras
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
    there are fewer), not augmented, in a conditional GAN all with their true labels: were training
    images told apart by the labels of the training, a difference between the splits could be one
    between labels. D sees reals and fakes of G as it is sampled, in joint batches of 64 and 64,
    which matters where it normalizes over the batch. A batch of one split stands beside the same
    fakes as that of the other.

    Args:
      model: The trained model.
      metric: Who asks.

    Raises:
      UnmeasurableError: D is not known, or does not judge images by itself, or asks for classes
        that no image has.
    """
    if "discriminator_answers" not in model.shared:
        discriminator = known_to(model.generator.load_discriminator, metric)
        judge = _judge(model, discriminator)
        model.shared["discriminator_answers"] = tuple(
            _beside_fakes(model, split, judge, metric)
            for split in (model.dataset.train_split, model.split)
        )
    return model.shared["discriminator_answers"]


def _judge(model: TrainedModel, discriminator: keras.Model) -> Callable[..., tuple]:
    """What gives D's logits of real images, and of as many new fakes, both [batch, 1]."""
    generator = model.generator
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

    return judge


def _beside_fakes(
    model: TrainedModel, split: str, judge: Callable[..., tuple], metric: str
) -> Answers:
    """The answers to a split's images."""
    answers, labelled = [], not model.generator.num_classes
    batches = model.real_batches(split, model.num_samples, _BATCH)
    for index, (images, labels) in enumerate(batches):
        labelled = labelled or bool(np.any(labels))
        real, fake = judge(tf.constant(images), labels, tf.constant(index, tf.int64))
        answers.append((real.numpy(), fake.numpy()))
    if not labelled:
        raise UnmeasurableError(
            f"D judges images of a class, but no image of the split {split!r} of "
            f"{model.dataset.name} has one of the run's {model.generator.num_classes} classes. "
            f"Leave out the metric {metric}."
        )
    return answers
