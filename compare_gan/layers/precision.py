# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The dtype in which numerically delicate parts of a network are computed."""

import keras


def full_precision(layer: keras.layers.Layer) -> str:
    """Returns the dtype for normalization, spectral norms, softmax and network outputs.

    It is float32 whatever low precision the layer computes in, and float64 in float64 networks,
    so that numerical tests see no rounding.

    Args:
      layer: A Keras layer; only its dtype policy is read.

    Returns:
      "float64" or "float32".
    """
    return "float64" if layer.compute_dtype == "float64" else "float32"
