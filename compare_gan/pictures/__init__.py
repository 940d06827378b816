# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of samples, labels and scores: grids, plots, PNG files and NumPy archives.

Pure functions from arrays to pictures, uint8 [height, width, channels].
"""

from compare_gan.pictures.animation import save_gif
from compare_gan.pictures.extremes import confidence_extremes
from compare_gan.pictures.files import save_images, save_npz, save_png
from compare_gan.pictures.grid import image_grid, to_uint8, visible_channels
from compare_gan.pictures.interpolation import interpolation_grid, stacked
from compare_gan.pictures.neighbors import nearest_neighbors
from compare_gan.pictures.plots import (
    class_bars,
    confidence_histogram,
    confusion_matrix,
    precision_recall_plot,
    score_plot,
)
from compare_gan.pictures.rotations import rotation_predictions

__all__ = [
    "class_bars",
    "confidence_extremes",
    "confidence_histogram",
    "confusion_matrix",
    "image_grid",
    "interpolation_grid",
    "nearest_neighbors",
    "precision_recall_plot",
    "rotation_predictions",
    "save_gif",
    "save_images",
    "save_npz",
    "save_png",
    "score_plot",
    "stacked",
    "to_uint8",
    "visible_channels",
]
