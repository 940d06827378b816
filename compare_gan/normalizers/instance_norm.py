# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Instance normalization."""

import gin

from compare_gan.normalizers.per_example import PerExampleNorm


@gin.register("instance_norm", denylist=["dtype", "trainable", "name"])
class InstanceNorm(PerExampleNorm):
    """Standardizes each map of each example by itself, then scales and shifts each channel.

        out = γ · (x - mean) / sqrt(variance + ε) + β

    with moments over the positions of a map. What is left has forgotten its brightness and
    contrast. (Ulyanov, Vedaldi, Lempitsky, "Instance Normalization: The Missing Ingredient for
    Fast Stylization", 2016, https://arxiv.org/abs/1607.08022.) See `PerExampleNorm` for how it is
    called and for the arguments; maps have two positions at least.
    """

    gin_name = "instance_norm"

    def group_count(self, channels: int) -> int:
        """Every channel is a group."""
        return channels
