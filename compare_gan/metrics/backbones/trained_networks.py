# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks trained by this library as backbones: a classifier, or an encoder that saw no labels.

Trained on all labels of a data set's training split (`few_labels.fraction = 1.0`), a classifier
gives that data set what Inception gives photographs. An encoder that learned to tell rotations does
so, less well, for images of which no label is known.
"""

import os
import re
from collections.abc import Callable

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan.label_inference.trained import load_classifier, load_encoder
from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.resize import check_policy


class _TrainedNetwork(Backbone):
    """An encoder of this library, perhaps with something on top."""

    def _set_up(self, encoder: keras.Model, call: Callable, name: str, resize: str) -> None:
        height, width, channels = encoder.image_shape
        self.name = re.sub(r"\W+", "_", name)
        self.input_size = (height, width)
        self.channels = channels
        self.resize = resize
        self.feature_dim = encoder.feature_size
        signature = [tf.TensorSpec([None, height, width, channels], tf.float32)]
        self._forward = tf.function(call, input_signature=signature)


@gin.register("trained_classifier")
class TrainedClassifierBackbone(_TrainedNetwork):
    """Features and logits of the classifier of a model_dir.

        features = encoder(image)
        logits   = linear(features)

    with the averaged weights that gave the labels. (Lucic, Tschannen, Ritter, Zhai, Bachem, Gelly,
    "High-Fidelity Image Generation With Fewer Labels", ICML 2019, https://arxiv.org/abs/1903.02271,
    train such a classifier for its labels.)

    Args:
      model_dir: Where `--schedule=infer_labels` has trained it, with the method @semi_supervised.
      name: What it is called in scores; by default "trained_classifier_" and its data set.
      resize: How images of another size are brought to that of its data set; "none" refuses them.

    Attributes:
      accuracy: Of the labels that the classifier gave its data set's evaluation split; None if it
        is not known. They were predicted as the mean over `label_inference.views`, while a backbone
        sees the image alone: with views, its own logits are right a little less often.

    Raises:
      ValueError: There is no such classifier, or no such policy.
    """

    def __init__(
        self,
        model_dir: str | os.PathLike[str] = "",
        name: str | None = None,
        resize: str = "none",
    ):
        _check_given("trained_classifier", model_dir, "a classifier")
        check_policy("trained_classifier.resize", resize)
        trained = load_classifier(model_dir)
        network = trained.network
        self.hash = trained.hash
        self.accuracy = trained.accuracy
        self.num_logits = network.outputs_of["class"]
        name = name or f"trained_classifier_{trained.dataset}"
        self._set_up(network.encoder, lambda images: network(images), name, resize)

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The encoder's features and the class head's logits."""
        outputs = self._forward(images)
        return outputs["features"].numpy(), outputs["class"].numpy()


@gin.register("trained_encoder")
class TrainedEncoderBackbone(_TrainedNetwork):
    """Features of the encoder that was pre-trained by rotation in a model_dir; no logits.

        features = encoder(image)

    It is the encoder from which `--schedule=infer_labels` went on, whatever the method: that of a
    classifier, which has seen labels, is a part of @trained_classifier. (Gidaris, Singh, Komodakis,
    "Unsupervised Representation Learning by Predicting Image Rotations", ICLR 2018,
    https://arxiv.org/abs/1803.07728.)

    Args:
      model_dir: Where `--schedule=infer_labels` has pre-trained it (`pretraining.training_steps`).
      name: What it is called in scores; by default "trained_encoder_" and its data set.
      resize: How images of another size are brought to that of its data set; "none" refuses them.

    Raises:
      ValueError: There is no such encoder, or no such policy.
    """

    def __init__(
        self,
        model_dir: str | os.PathLike[str] = "",
        name: str | None = None,
        resize: str = "none",
    ):
        _check_given("trained_encoder", model_dir, "an encoder")
        check_policy("trained_encoder.resize", resize)
        trained = load_encoder(model_dir)
        encoder = trained.encoder
        self.hash = trained.hash
        name = name or f"trained_encoder_{trained.dataset}"
        self._set_up(encoder, lambda images: tf.cast(encoder(images), tf.float32), name, resize)

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        """The encoder's features."""
        return self._forward(images).numpy(), None


def _check_given(backbone: str, model_dir: str | os.PathLike[str], what: str) -> None:
    if not model_dir:
        raise ValueError(
            f"{backbone}.model_dir is missing: give the folder in which --schedule=infer_labels "
            f"has trained {what}."
        )
