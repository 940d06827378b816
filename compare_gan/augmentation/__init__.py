# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What images go through before a network sees them: augmentations of D's input, and views."""

from compare_gan.augmentation.ada import Ada
from compare_gan.augmentation.base import Augmentation
from compare_gan.augmentation.diff_augment import DiffAugment
from compare_gan.augmentation.views import strong_view, weak_view

__all__ = ["Ada", "Augmentation", "DiffAugment", "strong_view", "weak_view"]
