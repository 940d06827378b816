# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a task is shown, made up, and its heads in NumPy."""

import numpy as np
import tensorflow as tf

from compare_gan.gans.auxiliary import AddedRows, Rows

FEATURES = 4


def features(rows, seed):
    """Normal float32 [rows, FEATURES]."""
    return np.random.default_rng(seed).normal(size=(rows, FEATURES)).astype(np.float32)


def rows(own, labels=None, added=None, logits=None, added_logits=None, images=None):
    """`Rows` of these features; what is left out is None."""

    def tensor(values):
        return None if values is None else tf.constant(values, tf.float32)

    others = None
    if added is not None or added_logits is not None:
        others = AddedRows(None, None, tensor(added), tensor(added_logits), None)
    images = tensor(images)
    return Rows(images, tensor(labels), None, tensor(own), tensor(logits), others, images)


def in_numpy(head, inputs):
    """A head's outputs, float64."""
    kernel, *bias = (np.asarray(v, np.float64) for v in head.variables)
    return np.asarray(inputs, np.float64) @ kernel + (bias[0] if bias else 0.0)
