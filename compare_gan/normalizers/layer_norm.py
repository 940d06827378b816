# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Layer normalization."""

from typing import Any

import gin

from compare_gan.normalizers.per_example import PerExampleNorm


@gin.register("layer_norm", denylist=["dtype", "trainable", "name"])
class LayerNorm(PerExampleNorm):
    """Standardizes each example by itself, then scales and shifts each channel.

        out = γ · (x - mean) / sqrt(variance + ε) + β

    with moments over all axes of one example. (Ba, Kiros, Hinton, "Layer Normalization", 2016,
    https://arxiv.org/abs/1607.06450.) See `PerExampleNorm` for how it is called and for the
    arguments.
    """

    gin_name = "layer_norm"

    def __init__(
        self,
        epsilon: float = 1e-12,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(epsilon, dtype, trainable, name)

    def group_count(self, channels: int) -> int:
        """One group of all channels."""
        return 1
