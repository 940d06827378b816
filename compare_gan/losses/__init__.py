# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""GAN losses: functions of the discriminator's logits for real and fake images.

Each takes `(real_logits, fake_logits)`, two `[batch, 1]` arrays or tensors, and returns a
`GANLoss`. A loss of your own is one decorated function in one file, named in a configuration as
`loss.fn = @my_loss`; what other parts may rely on it declares by `generator_ignores_reals` and
`decides_at_zero`.
"""

from compare_gan.losses.base import (
    GANLoss,
    checked_logits,
    decides_at_zero,
    generator_ignores_reals,
)
from compare_gan.losses.hinge import hinge
from compare_gan.losses.least_squares import least_squares
from compare_gan.losses.non_saturating import non_saturating
from compare_gan.losses.record import describe_loss, load_loss
from compare_gan.losses.relativistic_average import relativistic_average
from compare_gan.losses.relativistic_average_hinge import relativistic_average_hinge
from compare_gan.losses.relativistic_paired import relativistic_paired
from compare_gan.losses.wasserstein import wasserstein

__all__ = [
    "GANLoss",
    "checked_logits",
    "decides_at_zero",
    "describe_loss",
    "generator_ignores_reals",
    "hinge",
    "least_squares",
    "load_loss",
    "non_saturating",
    "relativistic_average",
    "relativistic_average_hinge",
    "relativistic_paired",
    "wasserstein",
]
