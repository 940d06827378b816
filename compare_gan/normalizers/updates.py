# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""New values of statistics, collected during a forward pass instead of being written by it.

A normalizer that runs inside a compiled, replicated training step must not write variables on its
own. It announces new values with `record_update`; whoever runs the network decides:

    with collect_updates() as updates:
        images = generator(z, y, training=True)
    for variable, value in updates:
        variable.assign(value)

Without `collect_updates` a pass has no effect on statistics. The contexts belong to the thread
that entered them; enter them inside the function that a strategy runs on its replicas.
"""

import contextlib
import dataclasses
import threading
from collections.abc import Iterator

import keras
import tensorflow as tf

Update = tuple[keras.Variable, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class _Context:
    accumulating: bool
    pass_number: int | tf.Tensor | None = None
    updates: list[Update] = dataclasses.field(default_factory=list)


class _Contexts(threading.local):
    def __init__(self) -> None:
        self.stack: list[_Context] = []

    @property
    def innermost(self) -> _Context | None:
        return self.stack[-1] if self.stack else None


_CONTEXTS = _Contexts()


@contextlib.contextmanager
def _entered(context: _Context) -> Iterator[list[Update]]:
    _CONTEXTS.stack.append(context)
    try:
        yield context.updates
    finally:
        _CONTEXTS.stack.pop()


def collect_updates() -> contextlib.AbstractContextManager[list[Update]]:
    """Collects the new moving averages of networks called with training=True.

    Returns:
      A context; its value is a list that fills with (variable, new value) pairs. Of several passes
      through one network each goes on from where the one before would leave the variables, and
      the list has one pair for each of them. Contexts may be nested; the innermost collects.
    """
    return _entered(_Context(accumulating=False))


def accumulate_statistics(
    pass_number: int | tf.Tensor | None = None,
) -> contextlib.AbstractContextManager[list[Update]]:
    """Collects new standing statistics of networks called with training=False.

    Normalizers with use_moving_averages=False add the batch's mean and variance to their
    accumulators, count it, and already normalize with the average that results. Those with moving
    averages put the same average in their place, if the pass is numbered:

        average_n = average_{n-1} + (batch - average_{n-1}) / n

    Args:
      pass_number: n, from 1, whose average forgets what training collected. None leaves moving
        averages as they are.

    Returns:
      A context; its value is a list that fills with (variable, new value) pairs, to be assigned
      after the pass. Run one pass for each context.
    """
    return _entered(_Context(accumulating=True, pass_number=pass_number))


def is_collecting() -> bool:
    """Whether a recorded update would reach anyone."""
    return _CONTEXTS.innermost is not None


def is_accumulating() -> bool:
    """Whether the innermost context is `accumulate_statistics`."""
    return is_collecting() and _CONTEXTS.innermost.accumulating


def numbered_pass() -> int | tf.Tensor | None:
    """The number that `accumulate_statistics` was given, if it is the innermost context."""
    return _CONTEXTS.innermost.pass_number if is_accumulating() else None


def latest_value(variable: keras.Variable) -> tf.Tensor:
    """The value of a statistic as the passes before, in the innermost context, would leave it."""
    for other, value in _CONTEXTS.innermost.updates if is_collecting() else ():
        if other is variable:
            return value
    return variable.value


def record_update(variable: keras.Variable, value: tf.Tensor) -> None:
    """Announces the new value of a statistic to the innermost context, if there is one.

    It takes the place of one that was announced before.

    Args:
      variable: A non-trainable variable.
      value: Its new value; no gradient will flow through it.
    """
    if is_collecting():
        updates = _CONTEXTS.innermost.updates
        updates[:] = [pair for pair in updates if pair[0] is not variable]
        updates.append((variable, tf.stop_gradient(value)))
