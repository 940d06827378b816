# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Regularizers of the discriminator: scalars which the GAN adds to D's loss, times `options.lamba`.

Each takes `(discriminator, real_images, fake_images, real_labels=None, fake_labels=None,
draws=None)`. One of your own is one decorated function in one file, named in a configuration as
`penalty.fn = @my_penalty`. Those that look at weights alone, as `l2_penalty` and
`orthogonal_penalty` do, say so by `penalizes_weights`; they can also regularize G, as
`ModularGAN.g_penalty`.
"""

from compare_gan.regularizers.base import (
    input_gradient_norms,
    penalizes_weights,
    squared_gradient_norms,
)
from compare_gan.regularizers.dragan import dragan_penalty
from compare_gan.regularizers.l2 import l2_penalty
from compare_gan.regularizers.no_penalty import no_penalty
from compare_gan.regularizers.one_sided import one_sided_penalty
from compare_gan.regularizers.orthogonal import orthogonal_penalty
from compare_gan.regularizers.r1 import r1_penalty
from compare_gan.regularizers.r2 import r2_penalty
from compare_gan.regularizers.wgangp import wgangp_penalty
from compare_gan.regularizers.zero_centered import zero_centered_penalty

__all__ = [
    "dragan_penalty",
    "input_gradient_norms",
    "l2_penalty",
    "no_penalty",
    "one_sided_penalty",
    "orthogonal_penalty",
    "penalizes_weights",
    "r1_penalty",
    "r2_penalty",
    "squared_gradient_norms",
    "wgangp_penalty",
    "zero_centered_penalty",
]
