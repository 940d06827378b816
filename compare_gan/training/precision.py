# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""In which precision the networks of a training compute: `run_config.precision`."""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf

FLOAT32 = "float32"
FLOAT16 = "mixed_float16"
PRECISIONS = (FLOAT32, "mixed_bfloat16", FLOAT16)


def check_precision(precision: str) -> str:
    """Returns the precision if it is one.

    Raises:
      ValueError: It is none.
    """
    if precision not in PRECISIONS:
        *others, last = (f'"{name}"' for name in PRECISIONS)
        raise ValueError(
            f"run_config.precision must be {', '.join(others)} or {last}, received {precision!r}."
        )
    return precision


@contextlib.contextmanager
def network_scope(strategy: tf.distribute.Strategy, precision: str) -> Iterator[None]:
    """Networks that are made inside belong to `strategy` and compute in `precision`.

    With "mixed_bfloat16" their layers convolve and multiply in bfloat16, which has the range of
    float32 and 8 significant bits; with "mixed_float16" in float16, which has 11 significant bits,
    but no number above 65504, and needs a `LossScale` for gradients near its smallest, 6e-8.
    Variables stay float32, and so do their gradients, losses, optimizers and averaged weights;
    normalizers' statistics, spectral norms, softmax, the outputs of networks and the norms of
    penalties are computed in float32. (Micikevicius et al., "Mixed Precision Training", ICLR 2018,
    https://arxiv.org/abs/1710.03740.)

    A network keeps the precision that it was made with, and writes it into its configuration.
    Afterwards Keras' policy is what it was before, so that other networks know nothing of this one.

    Args:
      strategy: Where the networks' variables are.
      precision: One of `PRECISIONS`, the name of a Keras dtype policy.

    Raises:
      ValueError: It is none of them.
    """
    check_precision(precision)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        with strategy.scope():
            yield
    finally:
        keras.config.set_dtype_policy(before)
