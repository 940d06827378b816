# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Consistency regularization: D must judge an image and a changed view of it alike."""

import inspect
from collections.abc import Callable

import gin
import tensorflow as tf

from compare_gan.augmentation import Augmentation, weak_view
from compare_gan.configuration.real_numbers import check_weight
from compare_gan.configuration.signatures import can_take
from compare_gan.gans.auxiliary.base import AuxiliaryTask, Half, Rows, Terms
from compare_gan.randomness import Draws


@gin.register("consistency")
class Consistency(AuxiliaryTask):
    """Punishes the change of D's logits under a view T that should not matter.

        loss_D += weight_real · mean (D(x) − D(T(x)))² + weight_fake · mean (D(G(z)) − D(T(G(z))))²

    With fakes this is balanced consistency (bCR), without (`weight_fake = 0`) CR. Views enter no
    other loss, and G has no term. A view keeps the label of its image; where that is missing, a
    predictor guesses for each by itself.

    Zhang, Zhang, Odena, Lee, "Consistency Regularization for Generative Adversarial Networks",
    ICLR 2020, https://arxiv.org/abs/1910.12027; Zhao, Singh, Lee, Zhang, Odena, Zhang, "Improved
    Consistency Regularization for GANs", AAAI 2021, https://arxiv.org/abs/2002.04724.

    Args:
      weight_real: Weight of the reals' term, not negative.
      weight_fake: Weight of the fakes' term, not negative; 0 leaves their views out.
      view: `(images, draws, name) -> images`, a view such as @weak_view or an augmentation such as
        @diff_augment(); the papers' is a flip and a shift by a few pixels: @weak_view with
        `weak_view.flip = True`, where images may be mirrored.

    Raises:
      ValueError: A weight is out of its range, or the view can't be called.
    """

    name = "consistency"
    reads_logits = True

    def __init__(
        self,
        weight_real: float = 10.0,
        weight_fake: float = 10.0,
        view: Callable[[tf.Tensor, Draws, str], tf.Tensor] = weak_view,
    ):
        self._weights = {
            "real": check_weight("consistency.weight_real", weight_real),
            "fake": check_weight("consistency.weight_fake", weight_fake),
        }
        self._view = _checked_view(view)
        self.adds_to_discriminator_update = tuple(
            half for half, weight in self._weights.items() if weight
        )

    def added_rows(self, half: Half, draws: Draws) -> Half:
        # Only fakes know how they were made.
        name = "real" if half.generate is None else "fake"
        images = self._view(half.images, draws, f"consistency_{name}")
        return Half(images, half.labels)

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms | None:
        halves = {"real": real, "fake": fake}
        terms = {
            name: tf.reduce_mean(tf.square(halves[name].logits - halves[name].added.logits))
            for name in self.adds_to_discriminator_update
        }
        if not terms:
            return None
        loss = tf.add_n([self._weights[name] * term for name, term in terms.items()])
        return Terms(loss, {f"consistency_{name}": term for name, term in terms.items()})


def _checked_view(view: Callable[[tf.Tensor, Draws, str], tf.Tensor]) -> Callable:
    """Returns a view if it is one.

    Raises:
      ValueError: It can't be called with images, draws and a name, or adapts to a training that
        does not move it.
    """
    if not callable(view) or inspect.isclass(view) or not can_take(view, 3):
        raise ValueError(
            "consistency.view takes a reference to a view such as @weak_view, or to an "
            f"augmentation, with parentheses, such as @diff_augment(); received {view!r}."
        )
    if isinstance(view, Augmentation) and view.checkpointables():
        raise ValueError(
            f"consistency.view = {view!r} adapts itself to D as ModularGAN.augmentation alone: "
            "choose a view that does not, such as @diff_augment()."
        )
    return view
