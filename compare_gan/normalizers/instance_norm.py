# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Instance normalization."""

import gin

from compare_gan.normalizers.per_example import PerExampleNorm


@gin.register("instance_norm", denylist=["dtype", "trainable", "name"])
class InstanceNorm(PerExampleNorm):
    """γ · (x - mean) / sqrt(variance + ε) + β, moments over the positions of each channel's map.

    What is left of a map has forgotten its brightness and contrast. (Ulyanov et al.,
    https://arxiv.org/abs/1607.08022.) See `PerExampleNorm` for how it is called and for the
    arguments; maps have two positions at least.
    """

    gin_name = "instance_norm"

    def group_count(self, channels: int) -> int:
        """Every channel is a group."""
        return channels
