# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Models whose metrics are known."""

import types

import numpy as np
import tensorflow as tf

from compare_gan.gans.latents import LatentPrior, normal
from compare_gan.metrics.model_metric import TrainedModel


class ToyGenerator:
    """Made of a function `(latents, labels) -> images` and, if it has one, a discriminator."""

    bn_mode = "moving"

    def __init__(
        self, generate, z_dim, image_shape, num_classes=0, prior=None, judge=None, loss=None
    ):
        self.generate = generate
        self.z_dim = z_dim
        self.num_classes = num_classes
        self.prior = prior or LatentPrior(normal)
        self.network = types.SimpleNamespace(image_shape=image_shape)
        self._judge, self._loss = judge, loss

    def draw(self, draws, count):
        labels = None
        if self.num_classes:
            labels = tf.one_hot(draws.integers("labels", [count], 0, self.num_classes), 2)
        return self.prior.sample(draws, "latents", count, self.z_dim), labels

    def load_discriminator(self):
        if self._judge is None:
            raise ValueError("there is no discriminator")
        return self._judge

    def load_loss(self):
        if self._loss is None:
            raise ValueError("there is no loss")
        return self._loss


class ToyDataset:
    """Splits of uint8 images, with labels if there are any."""

    name, fingerprint, splits = "toy", "1", ("train", "test")
    train_split, eval_split = splits

    def __init__(self, train, test, train_labels=None, test_labels=None):
        self._images = {"train": train, "test": test}
        self._labels = {"train": train_labels, "test": test_labels}
        self.num_eval_examples = len(test)

    def num_examples(self, split):
        return len(self._images[split])

    def with_evaluation_labels(self):
        return self

    def evaluation_batches(self, split, batch_size):
        images, labels = self._images[split], self._labels[split]
        for first in range(0, len(images), batch_size):
            rows = slice(first, first + batch_size)
            yield {
                "images": tf.constant(images[rows]),
                "labels": None if labels is None else tf.constant(labels[rows]),
            }


def toy_model(generator, train=None, test=None, num_samples=64, seed=0, **labels):
    """The model, with a few black images where no others are given."""
    black = np.zeros([4, *generator.network.image_shape], np.uint8)
    train, test = (black if images is None else images for images in (train, test))
    dataset = ToyDataset(train, test, **labels)
    return TrainedModel(generator, dataset, "test", num_samples, seed)
