# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Processes that are measured against each other: each has its own library, one runs at a time."""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parents[1]  # benchmarks
_SHOWN_BYTES = 3000


class SideError(RuntimeError):
    """A side ended before it answered."""


def environment(threads: int) -> dict[str, str]:
    """This process's, with so many threads for both libraries and the repository to import from."""
    paths = [str(FOLDER), str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]
    limits = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **dict.fromkeys(limits, str(threads)),
    }


class Side:
    """A program that answers questions, and stands still until it is asked the next one.

    Its process is stopped (SIGSTOP) between questions, so that nothing it would do in the
    background falls on the other side's time.

    Args:
      module: The program, e.g. "peers.library"; it ends in `serving.serve`.
      arguments: Its command line, one list for each process: all are asked together, and the first
        answers. Several processes are not stopped, since they would miss each other's signs of
        life.
      threads: How many each may use.
      variables: More environment variables of each process.

    Raises:
      SideError: By `ask`: a process ended; what it last printed is in the message.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[Sequence[str]],
        threads: int,
        variables: Sequence[Mapping[str, str]] | None = None,
    ):
        self._name = f"{module} {' '.join(arguments[0])}"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", module, *own],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env={**environment(threads), **more},
                text=True,
            )
            for own, more in zip(arguments, variables or [{}] * len(arguments), strict=True)
        ]
        self._is_stopped = False

    def __enter__(self) -> "Side":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def ask(self, name: str, **arguments: Any) -> Any:
        """The answer to a question; the process runs as long as it takes."""
        self._go_on()
        for process in self._processes:
            try:
                process.stdin.write(json.dumps([name, arguments]) + "\n")
                process.stdin.flush()
            except BrokenPipeError:
                raise self._ended(name) from None
        answers = [process.stdout.readline() for process in self._processes]
        if not all(answers):
            raise self._ended(name)
        if len(self._processes) == 1:
            self._processes[0].send_signal(signal.SIGSTOP)
            self._is_stopped = True
        return json.loads(answers[0])

    def close(self) -> None:
        """Ends the processes."""
        self._go_on()
        for process in self._processes:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        self._log.close()

    def _go_on(self) -> None:
        if self._is_stopped:
            self._processes[0].send_signal(signal.SIGCONT)
            self._is_stopped = False

    def _ended(self, question: str) -> SideError:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _SHOWN_BYTES))
        printed = self._log.read().decode(errors="replace")
        return SideError(f"{self._name} ended when asked for {question!r}:\n{printed}")


def take_turns(turns: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Calls each in turn, round after round: A B C A B C …, so that what else the machine does
    falls on all of them.

    Args:
      turns: What to call, by name; each gives a number.
      rounds: How often.

    Returns:
      The numbers of each, in the order of the rounds.
    """
    values: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            values[name].append(turn())
    return values


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> dict[str, float]:
    """The median of the rounds' ratios, the smallest and the largest."""
    ratios = [above / below for above, below in zip(numerators, denominators, strict=True)]
    return {"median": statistics.median(ratios), "low": min(ratios), "high": max(ratios)}
