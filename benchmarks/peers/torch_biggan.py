# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN (Brock et al., https://arxiv.org/abs/1809.11096) in PyTorch: `resnet_biggan` here."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from peers.torch_blocks import ResNetBlock, as_maps, make_norm, singular_value
from peers.torch_layers import Conv, Linear, NonLocalBlock

# By the number of doublings between the smallest map and the image, in units of ch.
_GENERATOR_WIDTHS = {
    1: (4, 4),
    2: (4, 4, 4),
    3: (4, 4, 4, 4),
    4: (16, 16, 8, 4, 2),
    5: (16, 16, 8, 4, 2, 1),
}
_DISCRIMINATOR_WIDTHS = {
    1: (2, 2),
    2: (2, 2, 2),
    3: (2, 2, 2, 2),
    4: (2, 4, 8, 16, 16),
    5: (1, 2, 4, 8, 16, 16),
}


def _plan(size: int) -> tuple[int, int]:
    """The smallest map's size, 4 to 7, and how often it is doubled."""
    doublings = 0
    while size >= 8:
        size, doublings = size // 2, doublings + 1
    return size, doublings


class Generator(nn.Module):
    """Linear, upsampling blocks, batch norm, relu, convolution, tanh; attention at 64×64.

    Args:
      config: `get_config()` of this library's network.
    """

    def __init__(self, config: Mapping[str, Any]):
        super().__init__()
        carried = singular_value(config)
        self.seed_size, doublings = _plan(config["image_shape"][0])
        widths = [config["ch"] * factor for factor in _GENERATOR_WIDTHS[doublings]]
        self.is_hierarchical = config["hierarchical_z"]
        self.chunk = config["z_dim"] // (doublings + 1 if self.is_hierarchical else 1)
        label_size = config["embed_y_dim"] + (self.chunk if self.is_hierarchical else 0)
        self.embed_y = Linear(config["num_classes"], config["embed_y_dim"], None, use_bias=False)
        self.fc_noise = Linear(self.chunk, self.seed_size**2 * widths[0], carried)
        self.blocks = []
        norm = make_norm(config["normalizer"], config, label_size)
        for number in range(doublings):
            name = f"B{number + 1}"
            inputs, filters = widths[number : number + 2]
            self.add_module(name, ResNetBlock(inputs, filters, "up", 1, carried, norm))
            self.blocks.append(name)
            if self.seed_size * 2 ** (number + 1) == 64:
                self.add_module(f"non_local_block_{name}", NonLocalBlock(filters, carried))
                self.blocks.append(f"non_local_block_{name}")
        self.final_norm = make_norm(config["final_normalizer"], config, 0)(widths[-1])
        self.final_conv = Conv(widths[-1], config["image_shape"][2], 3, carried)

    def forward(self, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Latents and one-hot labels → images in [0, 1]."""
        embedded = self.embed_y(y)
        chunks = list(z.split(self.chunk, dim=1))
        x = as_maps(self.fc_noise(chunks.pop(0)), self.seed_size, self.seed_size)
        for name in self.blocks:
            layer = getattr(self, name)
            if name.startswith("non_local"):
                x = layer(x)
            elif self.is_hierarchical:
                x = layer(x, torch.cat([chunks.pop(0), embedded], dim=1))
            else:
                x = layer(x, embedded)
        x = self.final_conv(F.relu(self.final_norm(x, None)))
        return 0.5 * torch.tanh(x) + 0.5


class Discriminator(nn.Module):
    """Downsampling blocks and one more, relu, sum over positions, linear, projection.

    Attention follows the first block that leaves the largest map of at most 64×64.
    """

    def __init__(self, config: Mapping[str, Any]):
        super().__init__()
        carried = singular_value(config)
        size = config["image_shape"][0]
        _, doublings = _plan(size)
        inputs = config["image_shape"][2]
        self.blocks = []
        has_attention = False
        for number, factor in enumerate(_DISCRIMINATOR_WIDTHS[doublings]):
            name, filters = f"B{number + 1}", config["ch"] * factor
            resample = "down" if number < doublings else None
            shortcut = None if inputs == filters else 1
            self.add_module(name, ResNetBlock(inputs, filters, resample, shortcut, carried))
            self.blocks.append(name)
            size = size // 2 if resample else size
            if size <= 64 and not has_attention:
                has_attention = True
                self.add_module(f"non_local_block_{name}", NonLocalBlock(filters, carried))
                self.blocks.append(f"non_local_block_{name}")
            inputs = filters
        self.final_fc = Linear(inputs, 1, carried)
        self.embedding = None
        if config["project_y"] and config["num_classes"]:
            self.embedding = Linear(config["num_classes"], inputs, carried, use_bias=False)

    def forward(
        self, images: torch.Tensor, y: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images in [0, 1] and one-hot labels → logits [batch, 1] and features."""
        x = images
        for name in self.blocks:
            x = getattr(self, name)(x)
        features = F.relu(x).sum(dim=(2, 3))
        logits = self.final_fc(features)
        if self.embedding is not None:
            logits = logits + (self.embedding(y) * features).sum(dim=1, keepdim=True)
        return logits, features
