# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Learning from images without labels: telling by how much an image was rotated."""

from compare_gan.self_supervision.rotation import (
    NUM_ROTATIONS,
    rotate_images,
    rotation_accuracy,
    rotation_labels,
    rotation_loss,
)

__all__ = [
    "NUM_ROTATIONS",
    "rotate_images",
    "rotation_accuracy",
    "rotation_labels",
    "rotation_loss",
]
