# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The loss terms of a classifier that is told few labels.

Means are over the rows of the global batch that count, of all replicas together, and are 0 where
none does.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from compare_gan.layers import count_where, mean_over_replicas, mean_where


def known_label_loss(logits: tf.Tensor | np.ndarray, labels: tf.Tensor | np.ndarray) -> tf.Tensor:
    """The cross-entropy of the rows whose label is known.

        loss = −(1/m) Σ_{i: labels_i ≥ 0} log_softmax(logits_i)[labels_i],   m = |{i: labels_i ≥ 0}|

    Args:
      logits: [n, classes].
      labels: int [n], −1 for unknown.

    Returns:
      A scalar; 0 if no label is known.
    """
    logits = tf.convert_to_tensor(logits)
    labels = tf.convert_to_tensor(labels)
    return mean_where(labels >= 0, _cross_entropy(logits, labels))


def consistency_loss(
    weak_logits: tf.Tensor | np.ndarray,
    strong_logits: tf.Tensor | np.ndarray,
    unlabelled: tf.Tensor | np.ndarray,
    threshold: float = 0.95,
    alignment: tf.Tensor | np.ndarray | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """FixMatch: a confident prediction on a weak view is the target for a strong view.

        p_i = softmax(weak_i),   t_i = argmax p_i
        with an alignment a:     p_i ∝ a · softmax(weak_i)
        loss = −(1/m) Σ_{i unlabelled, max p_i ≥ threshold} log_softmax(strong_i)[t_i]

    with m the number of unlabelled rows, confident or not, so that the term grows as the classifier
    becomes sure. Nothing flows through the targets. (Sohn et al., "FixMatch: Simplifying
    Semi-Supervised Learning with Consistency and Confidence", NeurIPS 2020,
    https://arxiv.org/abs/2001.07685, equation 4.)

    Args:
      weak_logits: [n, classes].
      strong_logits: [n, classes], of the same images.
      unlabelled: bool [n], the rows that count.
      threshold: How probable the target must be.
      alignment: [classes], by what probabilities are multiplied before the target is taken; see
        `class_alignment`.

    Returns:
      The loss, and the fraction of the unlabelled rows that were confident, scalars.
    """
    strong_logits = tf.convert_to_tensor(strong_logits)
    unlabelled = tf.convert_to_tensor(unlabelled)
    probabilities = tf.stop_gradient(tf.nn.softmax(weak_logits))
    if alignment is not None:
        probabilities *= tf.cast(alignment, probabilities.dtype)
        probabilities /= tf.reduce_sum(probabilities, axis=-1, keepdims=True)
    targets = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
    confident = tf.cast(tf.reduce_max(probabilities, axis=-1) >= threshold, strong_logits.dtype)
    loss = mean_where(unlabelled, confident * _cross_entropy(strong_logits, targets))
    return loss, mean_where(unlabelled, confident)


def class_alignment(
    frequencies: tf.Tensor | np.ndarray, predicted: tf.Tensor | np.ndarray
) -> tf.Tensor:
    """How much more frequent each class is among known labels than among predictions.

        alignment_c = frequencies_c / max(predicted_c, 1e-6)

    Targets that are multiplied by it do not let one class swallow others that look like it.
    (Distribution alignment of Berthelot et al., "ReMixMatch", ICLR 2020,
    https://arxiv.org/abs/1911.09785.)

    Args:
      frequencies: [classes], of the known labels.
      predicted: [classes], the mean of recent predictions on images without a label.

    Returns:
      [classes].
    """
    return tf.convert_to_tensor(frequencies) / tf.maximum(predicted, 1e-6)


def mean_prediction(
    logits: tf.Tensor | np.ndarray, unlabelled: tf.Tensor | np.ndarray, before: tf.Tensor
) -> tf.Tensor:
    """The moving average of predictions on images without a label: 0.99 before + 0.01 batch.

    Args:
      logits: [n, classes].
      unlabelled: bool [n], the rows that count; if none does, nothing moves.
      before: [classes], the average so far.

    Returns:
      [classes].
    """
    probabilities = tf.nn.softmax(tf.convert_to_tensor(logits))
    mask = tf.cast(unlabelled, probabilities.dtype)
    number = count_where(mask)
    # Where gradients are accumulated, the mean over micro-batches of what is returned is right.
    total = tf.reduce_sum(mask[:, None] * probabilities, axis=0)
    total = mean_over_replicas(total, whole_batch=False)
    moved = before + 0.01 * (tf.math.divide_no_nan(total, number) - before)
    return tf.where(number > 0, moved, before)


def known_label_accuracy(
    logits: tf.Tensor | np.ndarray, labels: tf.Tensor | np.ndarray
) -> tf.Tensor:
    """The fraction of rows with a known label whose largest logit is that label's, a scalar."""
    logits = tf.convert_to_tensor(logits)
    labels = tf.cast(labels, tf.int32)
    right = tf.equal(tf.argmax(logits, axis=-1, output_type=tf.int32), labels)
    return mean_where(labels >= 0, tf.cast(right, logits.dtype))


def weight_decay(variables: Sequence[keras.Variable]) -> tf.Tensor:
    """Half the sum of squares of all kernels, Σ ½ ‖w‖²; biases, gains and offsets do not count.

    A sum, as papers on classifiers state their weight decay, and not a mean over kernels like
    `l2_penalty`.

    Args:
      variables: Those of a network; whatever is called "kernel" counts, "depthwise_kernel" and
        the like too.

    Returns:
      A float32 scalar.
    """
    kernels = [variable.value for variable in variables if variable.path.endswith("kernel")]
    halves = [tf.nn.l2_loss(tf.cast(kernel, tf.float32)) for kernel in kernels]
    return tf.add_n(halves) if halves else tf.zeros([])


def _cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """−log_softmax(logits_i)[labels_i]; the one-hot vector of −1 is all zeros, and so is this."""
    chosen = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return -tf.reduce_sum(chosen * tf.nn.log_softmax(logits), axis=-1)
