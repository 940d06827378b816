# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The residual block of PyTorch's networks, and how a description names normalizers."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from peers.torch_layers import BatchNorm, ConditionalBatchNorm, Conv

MakeNorm = Callable[[int], nn.Module] | None


class ResNetBlock(nn.Module):
    """norm, relu, convolution, norm, relu, convolution, plus a shortcut: `ResNetBlock` here.

    Args:
      inputs: Channels of x.
      filters: Channels of the output.
      resample: None, "up" or "down".
      shortcut_size: Kernel size of the shortcut's convolution; None for no shortcut.
      singular_value: See `KernelLayer`.
      norm: Makes a normalizer of so many channels; None for none.
    """

    def __init__(
        self,
        inputs: int,
        filters: int,
        resample: str | None,
        shortcut_size: int | None,
        singular_value: str | None,
        norm: MakeNorm = None,
    ):
        super().__init__()
        up = "up" if resample == "up" else None
        down = "down" if resample == "down" else None
        self.bn1 = norm(inputs) if norm else None
        self.conv1 = Conv(inputs, filters, 3, singular_value, resample=up)
        self.bn2 = norm(filters) if norm else None
        self.conv2 = Conv(filters, filters, 3, singular_value, resample=down)
        self.conv_shortcut = None
        if shortcut_size is not None:
            self.conv_shortcut = Conv(
                inputs, filters, shortcut_size, singular_value, resample=resample
            )

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        """The block's output; y is for the normalizers."""
        h = F.relu(x if self.bn1 is None else self.bn1(x, y))
        h = self.conv1(h)
        h = F.relu(h if self.bn2 is None else self.bn2(h, y))
        h = self.conv2(h)
        return h if self.conv_shortcut is None else h + self.conv_shortcut(x)


def singular_value(config: Mapping[str, Any]) -> str | None:
    """Which singular vector a network carries on; None if it normalizes nothing."""
    settings = config["spectral_norm"]
    return settings and settings["singular_value"]


def make_norm(description: Mapping[str, Any] | None, config: Mapping[str, Any], label_size: int):
    """From the description of a normalizer to a function that makes one for so many channels.

    Raises:
      ValueError: It is none that was written for PyTorch.
    """
    if description is None:
        return None
    settings = description["config"]["settings"]
    statistics = settings["epsilon"], settings["decay"]
    if description["class"] == "BatchNorm":
        return lambda channels: BatchNorm(channels, *statistics)
    if description["class"] == "ConditionalBatchNorm":
        carried = singular_value(config)
        return lambda channels: ConditionalBatchNorm(channels, label_size, *statistics, carried)
    raise ValueError(f"No PyTorch version of the normalizer {description['class']} was written.")


def as_maps(x: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """[batch, height · width · channels], as here, → [batch, channels, height, width]."""
    return x.view(x.shape[0], height, width, -1).permute(0, 3, 1, 2)
