# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a trained network says of all images of a split: class probabilities, or features."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
import tqdm

from compare_gan.data import Dataset, to_unit_floats
from compare_gan.label_inference.views import PredictionViews, all_views


def predict_probabilities(
    network: keras.Model,
    dataset: Dataset,
    split: str,
    views: Sequence[PredictionViews] = (),
    batch_size: int = 256,
) -> np.ndarray:
    """The probability of each class for each image, the mean over views of it.

        p(c | x) = (1/V) Σ_v softmax(logits(v(x)))_c

    Probabilities are averaged, not logits: the mean stays a distribution for soft labels, and no
    single view with extreme logits outvotes the others.

    Args:
      network: Gives logits by the name "class"; run as in inference.
      dataset: Where the images are from.
      split: The split.
      views: Views to average over; none is the image itself.
      batch_size: Images that pass at once, times views; affects memory and speed.

    Returns:
      float32 [images, classes], in the order of an evaluation.
    """

    def probabilities(images: tf.Tensor) -> tf.Tensor:
        several = all_views(images, views)
        return tf.add_n([tf.nn.softmax(network(view)["class"]) for view in several]) / len(several)

    return _over_all(probabilities, dataset, split, batch_size)


def compute_features(
    encoder: keras.Model, dataset: Dataset, split: str, batch_size: int = 256
) -> np.ndarray:
    """An encoder's features of each image: float32 [images, feature_size], in the same order.

    All of them are in memory: of ImageNet, with the paper's 8192 features, 42 GB.
    """
    return _over_all(
        lambda images: tf.cast(encoder(images), tf.float32), dataset, split, batch_size
    )


def _over_all(
    function: Callable[[tf.Tensor], tf.Tensor], dataset: Dataset, split: str, batch_size: int
) -> np.ndarray:
    compiled = tf.function(lambda images: function(to_unit_floats(images)), autograph=False)
    batches = dataset.evaluation_batches(split, batch_size)
    shown = tqdm.tqdm(batches, desc=f"{split} images", unit="batch", disable=None, delay=2)
    everything, start = None, 0
    for batch in shown:
        rows = compiled(batch["images"]).numpy()
        if everything is None:  # one array from the start, since two might not fit into memory
            everything = np.empty([dataset.num_examples(split), *rows.shape[1:]], rows.dtype)
        everything[start : start + len(rows)] = rows
        start += len(rows)
    return everything
