# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a device's peak is measured with, in JAX (`run_stablehlo.py`) and in PyTorch alike."""

PEAK_SECONDS = 0.5  # for each


def shapes_for(platform: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """The size of square matrices, and batch, size and channels of 3×3 convolutions.

    Args:
      platform: "cpu", or a GPU's name, whose many cores need more to be busy with.
    """
    if platform == "cpu":
        return 1024, ((16, 32, 128), (16, 16, 256))
    return 8192, ((256, 32, 512), (128, 64, 256), (256, 16, 1024))
