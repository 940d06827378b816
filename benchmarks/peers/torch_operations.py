# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Floating-point operations in PyTorch: those of a step, and a device's most a second."""

import time
from collections.abc import Callable, Sequence

import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from peers.torch_training import Training


def step_operations(training: Training) -> int:
    """Floating-point operations of a step: convolutions and matrix products. A step is made."""
    # What is compiled hides its operations.
    with torch.compiler.set_stance("force_eager"), FlopCounterMode(display=False) as counter:
        training.step()
    return counter.get_total_flops()


def convolution_speed(
    shapes: Sequence[Sequence[int]], seconds: float, device: str = "cpu", dtype: str = "float32"
) -> float:
    """The most floating-point operations a second that 3×3 convolutions reach.

    Args:
      shapes: Batch, size and channels of the convolutions to try.
      seconds: For how long each is tried.
      device: Where.
      dtype: Of images and kernels.
    """
    speeds = []
    for batch, size, channels in shapes:
        x = _random(device, dtype, batch, channels, size, size)
        kernel = _random(device, dtype, channels, channels, 3, 3)
        x, kernel = (tensor.to(memory_format=torch.channels_last) for tensor in (x, kernel))
        operations = 2 * batch * size**2 * 9 * channels**2
        speeds.append(operations * _calls_a_second(seconds, F.conv2d, x, kernel, None, 1, 1))
    return max(speeds)


def product_speed(size: int, seconds: float, device: str = "cpu", dtype: str = "float32") -> float:
    """Floating-point operations a second of products of square matrices.

    Args:
      size: Of the matrices.
      seconds: For how long.
      device: Where.
      dtype: Of the matrices.
    """
    matrix = _random(device, dtype, size, size)
    return 2 * size**3 * _calls_a_second(seconds, torch.matmul, matrix, matrix)


def _random(device: str, dtype: str, *shape: int) -> torch.Tensor:
    return torch.randn(shape, device=device, dtype=getattr(torch, dtype))


@torch.inference_mode()
def _calls_a_second(seconds: float, function: Callable, tensor: torch.Tensor, *others) -> float:
    def many(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            function(tensor, *others)
        if tensor.is_cuda:
            torch.cuda.synchronize()
        return time.perf_counter() - started

    many(1)
    count = max(1, round(seconds / many(1)))
    return count / many(count)
