# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Loss scaling: float16 rounds small gradients to 0, unless the loss they come from is larger."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import tensorflow as tf

_FIRST_SCALE = 2.0**15
# Gradients that are 0 would let it grow for ever; a loss on 256 rows overflows here at the latest.
_LARGEST_SCALE = 2.0**24
_UPDATES_TO_GROW = 2000


class _Scales(threading.local):
    def __init__(self) -> None:
        self.stack: list[tf.Tensor] = []


_SCALES = _Scales()


class LossScale(tf.Module):
    """The factor of one update's loss on its way back through a float16 network.

        gradients = ∇(scale · loss) / scale

    It starts at 2¹⁵. An update whose gradients are not finite is left out, and the scale halved;
    after 2000 updates in a row that were made it is doubled, up to 2²⁴. Powers of 2 change no digit
    of what does not leave float16's range. (Micikevicius et al., "Mixed Precision Training", ICLR
    2018, https://arxiv.org/abs/1710.03740, section 3.2.)
    """

    def __init__(self) -> None:
        super().__init__()
        self._scale = tf.Variable(_FIRST_SCALE, trainable=False, name="loss_scale")
        self._made = tf.Variable(0, trainable=False, name="updates_since_change")

    @property
    def value(self) -> tf.Tensor:
        """The scale as it is now, a float32 scalar."""
        return tf.convert_to_tensor(self._scale)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, in this thread, `gradients_of` scales losses, and takes the factor out again."""
        _SCALES.stack.append(self.value)
        try:
            yield
        finally:
            _SCALES.stack.pop()

    def apply_if_finite(self, norm: tf.Tensor, apply: Callable[[], None]) -> tf.Tensor:
        """Makes an update if its gradients are finite, and adapts the scale.

        Args:
          norm: The norm of all gradients together.
          apply: Makes the update.

        Returns:
          The norm; 0 if the update was left out, but `norm` as it is if no smaller scale can help:
          at a scale of 1 gradients are not finite by themselves.
        """
        scale = self.value
        finite = tf.math.is_finite(norm)

        def make() -> tf.Tensor:
            apply()
            return norm

        shown = tf.cond(finite, make, lambda: tf.where(scale > 1.0, tf.zeros_like(norm), norm))
        made = tf.where(finite, self._made + 1, 0)
        grows = made >= _UPDATES_TO_GROW
        grown = tf.where(grows, tf.minimum(2.0 * scale, _LARGEST_SCALE), scale)
        self._scale.assign(tf.where(finite, grown, 0.5 * scale))
        self._made.assign(tf.where(grows, 0, made))
        return shown


def current_scale() -> tf.Tensor | None:
    """The factor that losses get here, if there is one."""
    return _SCALES.stack[-1] if _SCALES.stack else None
