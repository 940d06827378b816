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
import threading
from collections.abc import Iterator

import keras
import tensorflow as tf

Update = tuple[keras.Variable, tf.Tensor]


class _Collectors(threading.local):
    def __init__(self) -> None:
        self.stack: list[list[Update]] = []
        self.accumulating: list[bool] = []


_COLLECTORS = _Collectors()


@contextlib.contextmanager
def _collecting(accumulating: bool) -> Iterator[list[Update]]:
    updates: list[Update] = []
    _COLLECTORS.stack.append(updates)
    _COLLECTORS.accumulating.append(accumulating)
    try:
        yield updates
    finally:
        _COLLECTORS.stack.pop()
        _COLLECTORS.accumulating.pop()


def collect_updates() -> contextlib.AbstractContextManager[list[Update]]:
    """Collects the new moving averages of networks called with training=True.

    Returns:
      A context; its value is a list that fills with (variable, new value) pairs. Of several passes
      through one network each goes on from where the one before would leave the variables, and
      the list has one pair for each of them. Contexts may be nested; the innermost collects.
    """
    return _collecting(accumulating=False)


def accumulate_statistics() -> contextlib.AbstractContextManager[list[Update]]:
    """Collects new standing statistics of networks called with training=False.

    Normalizers with use_moving_averages=False add the batch's mean and variance to their
    accumulators, count it, and already normalize with the average that results.

    Returns:
      A context; its value is a list that fills with (variable, new value) pairs, to be assigned
      after the pass. Run one pass for each context.
    """
    return _collecting(accumulating=True)


def is_collecting() -> bool:
    """Whether a recorded update would reach anyone."""
    return bool(_COLLECTORS.stack)


def is_accumulating() -> bool:
    """Whether the innermost context is `accumulate_statistics`."""
    return bool(_COLLECTORS.accumulating) and _COLLECTORS.accumulating[-1]


def latest_value(variable: keras.Variable) -> tf.Tensor:
    """The value of a statistic as the passes before, in the innermost context, would leave it."""
    for other, value in _COLLECTORS.stack[-1] if _COLLECTORS.stack else ():
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
    if _COLLECTORS.stack:
        updates = _COLLECTORS.stack[-1]
        updates[:] = [pair for pair in updates if pair[0] is not variable]
        updates.append((variable, tf.stop_gradient(value)))
