# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What `fid_digits_cnn` makes of changed copies of the test digits, beside the training digits.

python benchmarks/digits_yardstick.py
"""

import numpy as np
import scipy.ndimage

from compare_gan.data import load_digits
from compare_gan.metrics.backbones import DigitsCNN
from compare_gan.metrics.fid import frechet_distance


def changed_copies(images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Copies by what was done to them; images are floats in [0, 1], [n, 8, 8, 1]."""
    draws = np.random.default_rng(0)
    copies = {}
    for sigma in (0.5, 0.7, 1.0):
        copies[f"blurred, sigma {sigma}"] = scipy.ndimage.gaussian_filter(
            images, (0, sigma, sigma, 0)
        )
    for sigma in (0.05, 0.1, 0.2, 0.3):
        noisy = images + draws.normal(0, sigma, images.shape)
        copies[f"noise, sigma {sigma}"] = np.clip(noisy, 0, 1)
    for classes in (5, 9):
        copies[f"{classes} classes"] = np.resize(images[labels < classes], images.shape)
    copies["half of the images, twice"] = np.resize(images[::2], images.shape)
    return copies


def main() -> None:
    """Prints a line for each copy."""
    images, labels, _ = load_digits("test")
    images = images.astype(np.float32) / 255
    train = load_digits("train")[0].astype(np.float32) / 255
    train = train[np.arange(len(images)) * len(train) // len(images)]  # as many, evenly spaced
    backbone = DigitsCNN()
    real = backbone(images)[0]
    yardstick = frechet_distance(real=real, fake=backbone(train)[0])
    print(f"training digits: {yardstick:.4f} (n = {len(images)})")
    for name, copy in changed_copies(images, labels).items():
        distance = frechet_distance(real=real, fake=backbone(copy.astype(np.float32))[0])
        print(f"{name}: {distance:.3f}, {distance / yardstick:.1f} times")


if __name__ == "__main__":
    main()
