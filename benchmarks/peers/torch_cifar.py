# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SN-GAN's ResNet for 32×32 images (Miyato et al., https://arxiv.org/abs/1802.05957) in PyTorch:
`resnet_cifar` here.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from peers.torch_blocks import ResNetBlock, as_maps, make_norm, singular_value
from peers.torch_layers import Conv, Linear


class Generator(nn.Module):
    """Linear to 4×4×(4·ch), three upsampling blocks, norm, relu, convolution, sigmoid.

    Args:
      config: `get_config()` of this library's network.
    """

    def __init__(self, config: Mapping[str, Any]):
        super().__init__()
        carried = singular_value(config)
        norm = make_norm(config["normalizer"], config, 0)
        filters = 4 * config["ch"]
        self.fc_noise = Linear(config["z_dim"], 4 * 4 * filters, carried)
        self.B1 = ResNetBlock(filters, filters, "up", 3, carried, norm)
        self.B2 = ResNetBlock(filters, filters, "up", 3, carried, norm)
        self.B3 = ResNetBlock(filters, filters, "up", 3, carried, norm)
        self.final_norm = norm(filters)
        self.final_conv = Conv(filters, config["image_shape"][2], 3, carried)

    def forward(self, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        """Latents → images in [0, 1]."""
        x = as_maps(self.fc_noise(z), 4, 4)
        x = self.B3(self.B2(self.B1(x)))
        return torch.sigmoid(self.final_conv(F.relu(self.final_norm(x, None))))


class Discriminator(nn.Module):
    """Four blocks of 2·ch channels, two of them downsampling, relu, mean over positions, linear."""

    def __init__(self, config: Mapping[str, Any]):
        super().__init__()
        carried = singular_value(config)
        filters = 2 * config["ch"]
        self.B1 = ResNetBlock(config["image_shape"][2], filters, "down", 3, carried)
        self.B2 = ResNetBlock(filters, filters, "down", 3, carried)
        self.B3 = ResNetBlock(filters, filters, None, 3, carried)
        self.B4 = ResNetBlock(filters, filters, None, 3, carried)
        self.disc_final_fc = Linear(filters, 1, carried)

    def forward(
        self, images: torch.Tensor, y: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images in [0, 1] → logits [batch, 1] and features."""
        x = self.B4(self.B3(self.B2(self.B1(images))))
        features = F.relu(x).mean(dim=(2, 3))
        return self.disc_final_fc(features), features
