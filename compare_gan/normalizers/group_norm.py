# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Group normalization."""

from typing import Any

import gin

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.normalizers.per_example import PerExampleNorm


@gin.register("group_norm", denylist=["dtype", "trainable", "name"])
class GroupNorm(PerExampleNorm):
    """Standardizes groups of each example's channels, then scales and shifts each channel.

        out = γ · (x - mean) / sqrt(variance + ε) + β

    with moments over the channels of a group and all positions. (Wu and He, "Group Normalization",
    2018, https://arxiv.org/abs/1803.08494.) Where a layer has no more channels than `groups`, as
    the images that a ResNet's discriminator normalizes, every channel is a group of its own. See
    `PerExampleNorm` for how it is called and for the other arguments.

    Args:
      groups: Number of groups; it must divide the number of channels of every layer that has more.
      epsilon: Added to the variance, above 0.
      dtype, trainable, name: As for every Keras layer.

    Raises:
      ValueError: If groups isn't a whole number above 0, or epsilon isn't above 0.
    """

    gin_name = "group_norm"

    def __init__(
        self,
        groups: int = 32,
        epsilon: float = 1e-5,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(epsilon, dtype, trainable, name)
        self.groups = check_whole_number(f"{self.gin_name}.groups", groups)

    def group_count(self, channels: int) -> int:
        """The smaller of `groups` and the number of channels.

        Raises:
          ValueError: If it doesn't divide the number of channels.
        """
        groups = min(self.groups, channels)
        if channels % groups:
            divisors = [str(number) for number in range(1, groups) if channels % number == 0]
            raise ValueError(
                f"{self.gin_name}.groups = {self.groups} can't cut the {channels} channels of "
                f"{self.name} into equal groups; use one of {', '.join(divisors)}."
            )
        return groups

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {"groups": self.groups, **super().get_config()}
