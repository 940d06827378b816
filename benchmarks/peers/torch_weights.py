# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Weights of this library's networks, handed to PyTorch's by their names."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

# What PyTorch's side calls differently, or does not have: statistics of batch norm start alike.
_UNUSED = ("accu_mean", "accu_variance", "accu_counter", "moving_mean", "moving_variance")


def parameter_counts(networks: Mapping[str, nn.Module]) -> dict[str, int]:
    """The size of each parameter, by the path that it has here."""
    return {
        _path(root, name): parameter.numel()
        for root, network in networks.items()
        for name, parameter in network.named_parameters()
    }


@torch.no_grad()
def load_weights(networks: Mapping[str, nn.Module], weights: Mapping[str, np.ndarray]) -> None:
    """Copies every weight and singular vector.

    Args:
      networks: By the first part of their variables' paths; "" for heads, whose names are paths.
      weights: By path.

    Raises:
      KeyError: PyTorch's network has none of that name.
    """
    targets = {
        _path(root, name): tensor
        for root, network in networks.items()
        for name, tensor in network.state_dict(keep_vars=True).items()
    }
    for path, array in weights.items():
        if path.rpartition("/")[2] not in _UNUSED:
            kernel = weights.get(f"{path.rpartition('/')[0]}/kernel")
            targets[path].copy_(torch.from_numpy(to_torch(path, array, kernel)))


def to_torch(path: str, array: np.ndarray, kernel: np.ndarray | None) -> np.ndarray:
    """A variable in PyTorch's order of axes.

        kernel   [height, width, inputs, outputs] → [outputs, inputs, height, width]
                 [inputs, outputs] → [outputs, inputs]
        u        one entry for each (height, width, input) → for each (input, height, width)

    Args:
      path: The variable's path.
      array: The variable.
      kernel: That of its layer, if it has one.
    """
    name = path.rpartition("/")[2]
    if name == "kernel":
        array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
    elif name == "u" and kernel is not None and kernel.ndim == 4:
        array = array.reshape(kernel.shape[:3]).transpose(2, 0, 1).reshape(-1)
    return np.array(array, order="C")


def _path(root: str, name: str) -> str:
    return "/".join(filter(None, (root, *name.split("."))))
