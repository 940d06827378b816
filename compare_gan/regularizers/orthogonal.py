# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Orthogonal regularization: a network's filters are kept apart."""

from typing import Any

import gin
import tensorflow as tf

from compare_gan.layers.spectral_norm import as_matrix
from compare_gan.randomness import Draws
from compare_gan.regularizers.base import (
    CALL_ARGUMENTS,
    Array,
    as_float,
    penalizes_weights,
    trainable_kernels,
)


@gin.configurable(denylist=CALL_ARGUMENTS)
@penalizes_weights
def orthogonal_penalty(
    discriminator: Any,
    real_images: Array | None = None,
    fake_images: Array | None = None,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
) -> tf.Tensor:
    """The squared inner products of different filters, summed over all kernels.

        penalty = sum over kernels of sum over i ≠ j of (WᵀW)_ij²

    W is a kernel as a matrix [everything else, outputs], as for its spectral norm: filters are its
    columns, and their own norms are left free. In a transposed convolution the last axis, and so a
    column, is an input's. Kernels are the `trainable_variables` named "kernel", before they are
    spectrally normalized, without that of the embedding of classes that G's blocks share
    (`embed_y`, the network's `embedding_y`), whose numbers are no filters: the program of the
    paper's authors leaves it out, too.

    Brock, Donahue, Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
    ICLR 2019, https://arxiv.org/abs/1809.11096, eq. 3, which regularizes G with a weight of 1e-4:
    `ModularGAN.g_penalty = @orthogonal_penalty`.

    Args:
      discriminator: D, or G as `ModularGAN.g_penalty`: anything with `trainable_variables`.
      real_images: Not used, like all that follow; they are there because every regularizer has
        them.

    Returns:
      A scalar.

    Raises:
      ValueError: No trainable variable is called "kernel".
    """
    del real_images, fake_images, real_labels, fake_labels, draws
    embedding = getattr(getattr(discriminator, "embedding_y", None), "kernel", None)
    squares = []
    for kernel in trainable_kernels(discriminator, "orthogonal_penalty"):
        if kernel is embedding:
            continue
        matrix = as_matrix(as_float(kernel))
        products = tf.matmul(matrix, matrix, transpose_a=True)
        between = 1.0 - tf.eye(matrix.shape[1], dtype=matrix.dtype)
        squares.append(tf.reduce_sum(tf.square(products * between)))
    return tf.add_n(squares)
