# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The penalty in D's loss: one regularizer or several, in every step or now and then."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gin
import keras
import tensorflow as tf

from compare_gan import regularizers
from compare_gan.configuration.real_numbers import check_weight
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.gans.options import check_callable, name_of
from compare_gan.randomness import Draws
from compare_gan.regularizers.base import CALL_ARGUMENTS, Discriminator
from compare_gan.training.task import Assignments

Regularizer = Callable[..., tf.Tensor]


class PenaltyTerm(NamedTuple):
    """The penalty of one update of D.

    Attributes:
      loss: What enters D's loss, times `options.lamba`: 0 in a step without a penalty.
      value: The penalty as it was last computed, for its curve.
      assignments: New values of its state.
    """

    loss: tf.Tensor
    value: tf.Tensor
    assignments: Assignments


class Penalty:
    """The weighted sum of regularizers, added in every `interval`-th step, `interval` times.

        penalty = Σ_i weights_i · fns_i(D, reals, fakes, …)
        loss    = interval · penalty    if step mod interval = 0
                  0, nothing computed   otherwise

    The step counts from 0, and all of a step's updates of D are alike. On average D's gradient is
    that of a penalty in every step: lazy regularization, of Karras, Laine, Aittala, Hellsten,
    Lehtinen, Aila, "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020,
    https://arxiv.org/abs/1912.04958. Of its two corrections the factor is made. That of Adam's
    settings is not: there the penalty has an update of its own, so that D makes interval + 1 of
    them in `interval` steps, which smaller steps and a longer memory make up for. Here it is a term
    in the loss of an update that is made anyway. `chosen_penalty` says how to have those settings.

    Its curve shows `penalty` without the factor, from the last update that computed it; that number
    is in the checkpoint. So curves of all intervals can be compared, and have no gaps. D's loss has
    the penalty, factor and all, in the steps that add it alone.

    Args:
      fns: The regularizers, called as those in `compare_gan.regularizers` are.
      weights: A number for each.
      interval: 1 for a penalty in every step.
    """

    def __init__(self, fns: Sequence[Regularizer], weights: Sequence[float], interval: int):
        self._fns = fns
        self._weights = weights
        self._interval = interval
        self._latest = None
        # Without a penalty there is nothing to remember.
        if interval > 1 and self.names:
            self._latest = keras.Variable(
                0.0,
                trainable=False,
                aggregation="only_first_replica",
                name="latest_penalty",
                dtype="float32",
            )

    @property
    def names(self) -> Sequence[str]:
        """What its regularizers are called, without `no_penalty`, which is none."""
        return [name_of(fn) for fn in self._without_none]

    @property
    def _without_none(self) -> Sequence[Regularizer]:
        none = inspect.unwrap(regularizers.no_penalty)
        return [fn for fn in self._fns if inspect.unwrap(fn) is not none]

    @property
    def is_of_weights(self) -> bool:
        """Whether there are regularizers, none of which asks D: see `penalizes_weights`."""
        fns = [inspect.unwrap(fn) for fn in self._without_none]
        return bool(fns) and all(getattr(fn, "penalizes_weights", False) for fn in fns)

    @property
    def idle_settings(self) -> Sequence[str]:
        """The settings that say how often and how much, if there is no penalty they could be of."""
        if self.names:
            return []
        idle = {
            "penalty.interval": self._interval > 1,
            "penalty.weights": any(weight != 1 for weight in self._weights),
        }
        return [setting for setting, is_set in idle.items() if is_set]

    def checkpointables(self) -> dict[str, Any]:
        """State that belongs into a checkpoint, by name."""
        return {} if self._latest is None else {"latest_penalty": self._latest}

    def __call__(
        self,
        discriminator: Discriminator,
        real_images: tf.Tensor,
        fake_images: tf.Tensor,
        real_labels: tf.Tensor | None,
        fake_labels: tf.Tensor | None,
        draws: Draws,
    ) -> PenaltyTerm:
        """The penalty in the step of `draws`.

        Raises:
          ValueError: It is computed now and then, and a mean over several replicas is in it, which
            the strategy can't take then.
        """

        def penalty() -> tf.Tensor:
            arguments = real_images, fake_images, real_labels, fake_labels, draws
            values = [fn(discriminator, *arguments) for fn in self._fns]
            # Both ways out of a condition must be of one type.
            values = [tf.cast(value, real_images.dtype) for value in values]
            return tf.add_n([w * value for w, value in zip(self._weights, values, strict=True)])

        if self._latest is None:
            value = penalty()
            return PenaltyTerm(value, value, ())
        due = tf.equal(draws.step % self._interval, 0)
        value = self._now_and_then(draws.step, due, penalty, real_images.dtype)
        latest = tf.where(due, tf.cast(value, tf.float32), self._latest.value)
        return PenaltyTerm(self._interval * value, latest, [(self._latest, latest)])

    def _now_and_then(
        self, step: tf.Tensor, due: tf.Tensor, penalty: Callable[[], tf.Tensor], dtype: tf.DType
    ) -> tf.Tensor:
        known = tf.get_static_value(step)
        if known is not None and known % self._interval == 0:
            # So that an estimate of memory, from the graph of the first step, sees all of it.
            return penalty()
        try:
            return tf.cond(due, penalty, lambda: tf.zeros([], dtype))
        except RuntimeError as error:
            if "merge_call" not in str(error):
                raise
            raise ValueError(
                f"penalty.interval={self._interval} needs a penalty that each replica computes by "
                "itself, but a mean over all replicas is in it, of dragan_penalty or of D's batch "
                "norm. Set penalty.interval = 1, or train on one replica."
            ) from error


@gin.configurable("penalty")
def chosen_penalty(
    fn: Regularizer | Sequence[Regularizer] = regularizers.no_penalty,
    weights: Sequence[float] | None = None,
    interval: int = 1,
) -> Penalty:
    """The penalty of D, which enters its loss with the weight `options.lamba`.

        penalty = Σ_i weights_i · fn_i(D, reals, fakes)
        loss_D += options.lamba · interval · penalty    in the steps 0, interval, 2 · interval, …

    An interval above 1 is the lazy regularization of Karras, Laine, Aittala, Hellsten, Lehtinen,
    Aila, "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020,
    https://arxiv.org/abs/1912.04958.

    With an `interval` the penalty is multiplied by it, and nothing else is corrected. StyleGAN2
    also changes D's Adam, by c = interval / (interval + 1): learning_rate · c, beta1^c, beta2^c.
    That makes up for the updates that it adds for the penalty. Here there are none, so that it is
    not needed; to compare, its learning rate of 0.002 and betas of 0 and 0.99 become

        # R1 in every 16th step, and D's Adam as StyleGAN2 had it for that.
        penalty.fn = @r1_penalty
        penalty.interval = 16
        ModularGAN.d_lr = 0.0018824  # 0.002 · 16 / 17
        ModularGAN.d_optimizer_fn = @d/tf.train.AdamOptimizer
        d/tf.train.AdamOptimizer.beta1 = 0.0
        d/tf.train.AdamOptimizer.beta2 = 0.990585  # 0.99^(16 / 17)

    Args:
      fn: A regularizer, e.g. @wgangp_penalty, or a list of them, e.g. [@r1_penalty, @r2_penalty].
      weights: A number for each of them, by which `options.lamba` is multiplied; None is 1 for all.
      interval: In every how many steps it is computed, and by what it is multiplied then. Adam's
        settings stay as they are.

    Raises:
      ValueError: A setting is not understood.
    """
    fns = list(fn) if isinstance(fn, list | tuple) else [fn]
    if not fns:
        raise ValueError(
            "penalty.fn = [] holds no regularizer; set penalty.fn = @no_penalty to have none."
        )
    example = "@wgangp_penalty, or a list of them such as [@r1_penalty, @r2_penalty]"
    for each in fns:
        check_callable("penalty.fn", each, example, takes=CALL_ARGUMENTS, gives=tf.Tensor)
    if weights is None:
        weights = [1.0] * len(fns)
    if not isinstance(weights, list | tuple) or len(weights) != len(fns):
        raise ValueError(
            "penalty.weights takes a list with one number for each regularizer in penalty.fn, "
            f"{len(fns)} in all, received {weights!r}; leave it out to weigh them all alike."
        )
    for weight in weights:
        check_weight("penalty.weights", weight)
    return Penalty(fns, weights, check_whole_number("penalty.interval", interval))
