# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""D2D-CE: D's embedding of an image is drawn to its class, and away from other classes' images."""

from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number, check_weight
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.gans.auxiliary.base import (
    AuxiliaryTask,
    HeadMaker,
    Rows,
    Terms,
    apply_head,
    is_labelled,
)
from compare_gan.layers import gather_over_replicas, mean_where

# Below the root of it a vector counts as having no direction: its gradient would explode.
_EPSILON = 1e-6


@gin.register("d2d_ce")
class D2DCE(AuxiliaryTask):
    """ReACGAN's data-to-data cross-entropy, a contrastive loss that conditions D on the class.

        h_i = normalized(embedding of D's features of image i),  v_c = normalized(proxy of class c)
        p_i = min(h_i · v_{y_i} − margin, 0) / temperature
        n_ij = max(h_i · h_j − (1 − margin), 0) / temperature
        CE  = −mean_i log(exp p_i / (exp p_i + Σ over j with y_j ≠ y_i of exp n_ij))
        loss_D += weight · CE over reals,    loss_G += weight · CE over fakes

    Pairs that are near or far enough already give no gradient: that keeps the loss from exploding
    as AC-GAN's does. j runs over the global batch. Unlabelled images are left out. In the paper D
    judges realness without the class: give it an architecture that does not project labels
    (`resnet_biggan.Discriminator.project_y = False`), or there is a warning.

    Kang, Shim, Cho, Park, "Rebooting ACGAN: Auxiliary Classifier GANs with Stable Training",
    NeurIPS 2021, https://arxiv.org/abs/2111.01118.

    Args:
      weight: Weight of the term in both losses, not negative.
      margin: Similarity to its class from which an image is near enough, from 0 to 1.
      temperature: Divides similarities, positive.
      dimensions: Length of the embedding.

    Raises:
      ValueError: A setting is out of its range.
    """

    name = "d2d_ce"
    replaces_projection = True

    def __init__(
        self,
        weight: float = 0.5,
        margin: float = 0.9,
        temperature: float = 0.25,
        dimensions: int = 512,
    ):
        self._weight = check_weight("d2d_ce.weight", weight)
        check_number("d2d_ce.margin", margin, "[0, 1]")
        check_number("d2d_ce.temperature", temperature, "(0, inf)")
        self._margin = margin
        self._temperature = temperature
        self._dimensions = check_whole_number("d2d_ce.dimensions", dimensions)
        self._embedding: keras.layers.Layer | None = None
        self._proxies: keras.layers.Layer | None = None

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the embedding and the proxies.

        Raises:
          ValueError: There are no classes.
        """
        if not num_classes:
            raise ValueError(
                "d2d_ce needs classes: set ModularGAN.conditional = True, or leave it out of "
                "ModularGAN.auxiliary_tasks."
            )
        self._embedding = make_head("embedding", make_head.features, self._dimensions)
        self._proxies = make_head("proxies", num_classes, self._dimensions, use_bias=False)

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {
            "discriminator_d2d_ce_embedding": self._embedding,
            "discriminator_d2d_ce_proxies": self._proxies,
        }

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        return self._terms(real)

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms:
        return self._terms(fake)

    def _terms(self, half: Rows) -> Terms:
        known = is_labelled(half.labels)
        labels = tf.one_hot(tf.argmax(half.labels, axis=1), half.labels.shape[1])
        labels = tf.cast(labels, half.features.dtype)
        own = tf.math.l2_normalize(
            apply_head(self._embedding, half.features), axis=1, epsilon=_EPSILON
        )
        proxies = tf.math.l2_normalize(apply_head(self._proxies, labels), axis=1, epsilon=_EPSILON)
        nearness = tf.reduce_sum(own * proxies, axis=1)
        positives = tf.minimum(nearness - self._margin, 0.0) / self._temperature

        everyone = gather_over_replicas(own, needed_by="@d2d_ce")
        similar = tf.linalg.matmul(own, everyone, transpose_b=True)
        negatives = tf.maximum(similar - (1.0 - self._margin), 0.0) / self._temperature
        # One-hot labels times 1 where they are known: equal classes have the product 1.
        marked = labels * tf.cast(known, labels.dtype)[:, None]
        all_marked = gather_over_replicas(marked, needed_by="@d2d_ce")
        same = tf.linalg.matmul(marked, all_marked, transpose_b=True)
        counts = (same < 0.5) & (tf.reduce_sum(all_marked, axis=1) > 0.5)[None, :]
        negatives = tf.where(counts, negatives, tf.constant(-1e9, negatives.dtype))
        terms = tf.concat([positives[:, None], negatives], axis=1)
        losses = tf.reduce_logsumexp(terms, axis=1) - positives
        loss = mean_where(known, losses)
        return Terms(self._weight * loss, {"d2d_ce": loss})
