# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a training tells while it runs: TensorBoard curves and a progress line (a bar on a
terminal).
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf
import tqdm

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LINES = 10.0


class Curves:
    """TensorBoard files in `directory`. Nothing is written before the first call.

    Curves are no reason to lose a training: where they cannot be written, because the disk is
    full, that is said once and the run goes on without them.
    """

    def __init__(self, directory: str | os.PathLike[str]):
        self._directory = str(directory)
        self._writer: tf.summary.SummaryWriter | None = None
        self._broken = False

    def _write(self, step: int, write: Callable[[], object]) -> None:
        if self._broken:
            return
        try:
            if self._writer is None:
                self._writer = tf.summary.create_file_writer(self._directory)
            with self._writer.as_default(step=step):
                write()
        except (OSError, tf.errors.OpError) as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._broken = True
        reason = str(error).splitlines()[0]
        _log.warning("No more curves are written to %s: %s", self._directory, reason)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """One point on each named curve."""
        self._write(step, lambda: [tf.summary.scalar(*point) for point in values.items()])

    def image(self, step: int, name: str, picture: np.ndarray) -> None:
        """One picture, uint8 [height, width, channels]."""
        self._write(step, lambda: tf.summary.image(name, picture[None]))

    def close(self) -> None:
        """Flushes and closes the files."""
        if self._writer is not None and not self._broken:
            try:
                self._writer.close()
            except (OSError, tf.errors.OpError) as error:
                self._give_up(error)


class Progress:
    """Steps done, their rate, the share of their time in which they waited for data, the time left
    and the losses: a bar on a terminal, otherwise a line now and then.

    Rate and share are those of the time since the last report, so that an evaluation in between
    does not blur them.
    """

    def __init__(self, name: str, first_step: int, last_step: int):
        self._name = name
        self._last_step = last_step
        self._bar = (
            tqdm.tqdm(
                total=last_step, initial=first_step, desc=name, unit="step", dynamic_ncols=True
            )
            if sys.stderr.isatty()
            else None
        )
        self.idle = True  # until the first report
        self._seconds = self._waited = 0.0
        self._steps = 0
        self._reported = time.monotonic()

    def advance(
        self, step: int, steps: int, seconds: float, waited: float, values: Mapping[str, float]
    ) -> None:
        """Reports that `steps` steps ending at `step` took `seconds`, `waited` of them without
        data; 0 seconds are not counted in rate and share.
        """
        self.idle = False
        if seconds:
            self._seconds += seconds
            self._waited += waited
            self._steps += steps
        losses = {name: f"{value:.4g}" for name, value in values.items() if name.endswith("/loss")}
        share = f"{100 * self._waited / max(self._seconds, 1e-9):.1f}%"
        if self._bar is not None:
            self._bar.set_postfix({"input wait": share, **losses}, refresh=False)
            self._bar.update(steps)
            self._seconds = self._waited = 0.0
            return
        early = time.monotonic() - self._reported < _SECONDS_BETWEEN_LINES
        if not self._steps or (early and step < self._last_step):
            return
        rate = self._steps / max(self._seconds, 1e-9)
        left = tqdm.tqdm.format_interval((self._last_step - step) / rate)
        terms = " · ".join(f"{name} {value}" for name, value in losses.items())
        _log.info(
            "%s: step %d of %d (%.0f%%) · %.3g steps/s · input wait %s · %s left · %s",
            self._name, step, self._last_step, 100 * step / self._last_step, rate, share, left,
            terms,
        )  # fmt: skip
        self._seconds, self._waited, self._steps = 0.0, 0.0, 0
        self._reported = time.monotonic()

    def close(self) -> None:
        """Leaves the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
