# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Images of sides, and what a side gives."""

import numpy as np
from PIL import Image

IMAGES = np.random.default_rng(0).integers(0, 256, [10, 6, 6, 3], np.uint8)


def all_of(side, n=None, batch_size=4):
    batches = list(side.batches(side.count if n is None else n, batch_size))
    labels = [batch.labels for batch in batches]
    joined = None if labels[0] is None else np.concatenate(labels)
    return np.concatenate([batch.images for batch in batches]), joined


def write_files(folder, images=IMAGES, names=None):
    for index, image in enumerate(images):
        path = folder / (names[index] if names else f"{index:02d}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.squeeze()).save(path)
    return folder
