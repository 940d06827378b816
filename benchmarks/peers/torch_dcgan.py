# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DCGAN (Radford et al., https://arxiv.org/abs/1511.06434) in PyTorch: `dcgan` here."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from peers.torch_blocks import as_maps, make_norm
from peers.torch_layers import Conv, Linear, TransposedConv


def _halvings(size: int) -> list[int]:
    """A size and its four successive halves, rounded up, the smallest first."""
    sizes = [size]
    for _ in range(4):
        sizes.insert(0, -(-sizes[0] // 2))
    return sizes


class Generator(nn.Module):
    """Linear, then four times norm, relu and a 5×5 transposed convolution of stride 2, and tanh.

    Args:
      config: `get_config()` of this library's network.
    """

    def __init__(self, config: Mapping[str, Any]):
        super().__init__()
        height, width, channels = config["image_shape"]
        self.sizes = list(zip(_halvings(height), _halvings(width), strict=True))
        seed_height, seed_width = self.sizes[0]
        norm = make_norm(config["normalizer"], config, 0)
        widths = (512, 256, 128, 64, channels)
        self.g_fc1 = Linear(config["z_dim"], seed_height * seed_width * widths[0])
        for number in range(1, 5):
            inputs, filters = widths[number - 1 : number + 1]
            self.add_module(f"g_bn{number}", norm(inputs))
            deconv = TransposedConv(inputs, filters, 5, self.sizes[number])
            self.add_module(f"g_dc{number}", deconv)

    def forward(self, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        """Latents → images in [0, 1]."""
        x = as_maps(self.g_fc1(z), *self.sizes[0])
        for number in range(1, 5):
            x = F.relu(getattr(self, f"g_bn{number}")(x, y))
            x = getattr(self, f"g_dc{number}")(x)
        return 0.5 * torch.tanh(x) + 0.5


class Discriminator(nn.Module):
    """Four 5×5 convolutions of stride 2 with leaky relu, then linear; without a normalizer."""

    def __init__(self, config: Mapping[str, Any]):
        super().__init__()
        height, width, inputs = config["image_shape"]
        for number, filters in enumerate((64, 128, 256, 512), start=1):
            self.add_module(f"d_conv{number}", Conv(inputs, filters, 5, stride=2))
            inputs = filters
        self.d_fc4 = Linear(_halvings(height)[0] * _halvings(width)[0] * inputs, 1)

    def forward(
        self, images: torch.Tensor, y: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images in [0, 1] → logits [batch, 1] and features."""
        x = images
        for number in range(1, 5):
            x = F.leaky_relu(getattr(self, f"d_conv{number}")(x), 0.2)
        features = x.permute(0, 2, 3, 1).flatten(1)  # channels last, as here
        return self.d_fc4(features), features
