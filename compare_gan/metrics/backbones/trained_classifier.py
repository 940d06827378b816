# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A classifier trained by this library as a backbone: `eval.backbone = @trained_classifier`.

Trained on all labels of a data set's training split (`few_labels.fraction = 1.0`), it gives that
data set what Inception gives photographs.
"""

import os
import re

import gin
import numpy as np
import tensorflow as tf

from compare_gan.label_inference.trained import load_classifier
from compare_gan.metrics.backbones.base import Backbone


@gin.register("trained_classifier")
class TrainedClassifierBackbone(Backbone):
    """Features and logits of the classifier of a model_dir.

    Args:
      model_dir: Where `--schedule=infer_labels` has trained it, with the method @semi_supervised.
      name: What it is called in scores; by default "trained_classifier_" and its data set.

    Attributes:
      accuracy: Of the labels that the classifier gave its data set's evaluation split; None if it
        is not known. They were predicted as the mean over `label_inference.views`, while a backbone
        sees the image alone: with views, its own logits are right a little less often.

    Raises:
      ValueError: There is no such classifier.
    """

    def __init__(self, model_dir: str | os.PathLike[str] = "", name: str | None = None):
        if not model_dir:
            raise ValueError(
                "trained_classifier.model_dir is missing: give the folder in which "
                "--schedule=infer_labels has trained a classifier."
            )
        trained = load_classifier(model_dir)
        network = trained.network
        height, width, channels = network.encoder.image_shape
        self.name = re.sub(r"\W+", "_", name or f"trained_classifier_{trained.dataset}")
        self.hash = trained.hash
        self.accuracy = trained.accuracy
        self.input_size = (height, width)
        self.channels = channels
        self.feature_dim = network.encoder.feature_size
        self.num_logits = network.outputs_of["class"]
        signature = [tf.TensorSpec([None, height, width, channels], tf.float32)]
        self._forward = tf.function(lambda images: network(images), input_signature=signature)

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The encoder's features and the class head's logits."""
        outputs = self._forward(images)
        return outputs["features"].numpy(), outputs["class"].numpy()
