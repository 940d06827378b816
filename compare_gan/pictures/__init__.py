# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of samples: grids, PNG files and NumPy archives."""

from compare_gan.pictures.files import save_images, save_npz, save_png
from compare_gan.pictures.grid import image_grid, to_uint8, visible_channels
from compare_gan.pictures.neighbors import nearest_neighbors

__all__ = [
    "image_grid",
    "nearest_neighbors",
    "save_images",
    "save_npz",
    "save_png",
    "to_uint8",
    "visible_channels",
]
