# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What keeps a run safe: one training per folder, a stop at the first non-finite term, an orderly
end on a signal.
"""

import os
import signal
import socket
import types
from collections.abc import Sequence
from pathlib import Path

import filelock
import numpy as np

from compare_gan.configuration import ConfigurationError


class NonFiniteError(ArithmeticError):
    """A term of a loss, or a gradient, became NaN or infinite."""


def non_finite_message(
    names: Sequence[str], values: np.ndarray, step: int, last_checkpoint: int | None
) -> str:
    """Says which value is the first that is not finite, at which step, and what can be done.

    Args:
      names: What the values are, in the order in which a step computes them.
      values: float [len(names)], not all of them finite.
      step: The step that gave them.
      last_checkpoint: The step of the newest checkpoint, which is from before.
    """
    first = np.flatnonzero(~np.isfinite(values))[0]
    kept = (
        "There is no checkpoint yet."
        if last_checkpoint is None
        else f"The checkpoint of step {last_checkpoint} is kept."
    )
    return (
        f"{names[first]} became {values[first]} at step {step}; training stopped. {kept} A lower "
        "learning rate, a penalty or spectral normalization may help; start again in another "
        "folder."
    )


class TrainingInterrupted(Exception):
    """The run was asked to stop, and has saved what it had."""

    def __init__(self, signal_number: int, step: int):
        super().__init__(
            f"Stopped by {signal.Signals(signal_number).name} after step {step}, which is saved. "
            "The same command goes on from there."
        )
        self.signal_number = signal_number


class ModelDirLock:
    """Lets one training at a time write to a folder. The system releases it when the process ends,
    however it ends.

    Args:
      model_dir: The folder.

    Raises:
      ConfigurationError: Another process is training there.
    """

    def __init__(self, model_dir: str | os.PathLike[str]):
        self._path = Path(model_dir) / "lock"
        self._lock = filelock.FileLock(self._path)
        self._owner = self._path.with_name("lock.owner")

    def __enter__(self) -> "ModelDirLock":
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            owner = self._owner.read_text().strip() if self._owner.exists() else "another process"
            raise ConfigurationError(
                f"--model_dir={self._path.parent}: {owner} is training there. "
                "Wait for it, stop it, or choose another folder."
            ) from None
        self._owner.write_text(f"process {os.getpid()} on {socket.gethostname()}\n")
        return self

    def __exit__(self, *unused: object) -> None:
        self._owner.unlink(missing_ok=True)
        self._lock.release()


class Interruption:
    """Remembers SIGTERM and SIGINT, so that the loop can save and leave at the end of the host call
    they came in.

    A second signal acts at once, as it would have without this.
    """

    _signals = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.received: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> "Interruption":
        try:
            self._previous = {
                number: signal.signal(number, self._remember) for number in self._signals
            }
        except (
            ValueError
        ):  # not in the main thread, as in a notebook's worker: signals are not ours to take
            self._previous = {}
        return self

    def __exit__(self, *unused: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def _remember(self, number: int, frame: types.FrameType | None) -> None:
        del frame
        self.received = number
        self.__exit__()
