# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Latent consistency: near latents are judged alike by D, and made different by G."""

import gin
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number, check_weight
from compare_gan.gans.auxiliary.base import AuxiliaryTask, Half, Rows, Terms
from compare_gan.randomness import Draws


@gin.register("latent_consistency")
class LatentConsistency(AuxiliaryTask):
    """zCR: D must not tell a fake from its neighbour in latent space; G must keep them apart.

        d ~ N(0, stddev²), one for each latent number
        loss_D += weight_d · mean (D(G(z)) − D(G(z + d)))²
        loss_G −= weight_g · mean ‖G(z) − G(z + d)‖² / (height · width · channels)

    Neighbours have the class of their fake, go through the same `ModularGAN.augmentation` with the
    same draws before D sees them, and enter no other loss. G's term compares images as G made them,
    not augmented; D does not see neighbours in G's update, unless it has batch norm. Images are in
    [0, 1]: where a paper's are in [−1, 1], its weight of G's term is a quarter of the one here.

    Zhao, Singh, Lee, Zhang, Odena, Zhang, "Improved Consistency Regularization for GANs", AAAI
    2021, https://arxiv.org/abs/2002.04724. With `consistency` beside it this is ICR.

    Args:
      weight_d: Weight of D's term, not negative.
      weight_g: Weight of G's term, not negative.
      stddev: How far neighbours are, positive.

    Raises:
      ValueError: A setting is out of its range.
    """

    name = "latent_consistency"
    reads_logits = True
    judges_in_generator_update = False

    def __init__(self, weight_d: float = 20.0, weight_g: float = 2.0, stddev: float = 0.05):
        self._weight_d = check_weight("latent_consistency.weight_d", weight_d)
        self._weight_g = check_weight("latent_consistency.weight_g", weight_g)
        self._stddev = check_number("latent_consistency.stddev", stddev, "(0, inf)", usual=0.05)
        self.adds_to_discriminator_update = ("fake",) if weight_d else ()
        self.adds_to_generator_update = ("fake",) if weight_g else ()

    def added_rows(self, half: Half, draws: Draws) -> Half:
        noise = draws.normal("latent_consistency", half.latents.shape, stddev=self._stddev)
        latents = half.latents + tf.cast(noise, half.latents.dtype)
        neighbours = half.generate(latents, half.labels)
        return Half(half.augment(neighbours), half.labels, unaugmented=neighbours)

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms | None:
        if not self._weight_d:
            return None
        change = tf.reduce_mean(tf.square(fake.logits - fake.added.logits))
        return Terms(self._weight_d * change, {"latent_consistency": change})

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms | None:
        if not self._weight_g:
            return None
        change = fake.unaugmented - fake.added.unaugmented
        difference = tf.reduce_mean(tf.square(change))
        return Terms(-self._weight_g * difference, {"latent_difference": difference})
