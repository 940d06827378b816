# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The best-scored checkpoint of a run, where rotation does not reach it.

`<directory>/best/<step>/` has the files of the checkpoint `<directory>/<step>/`, as hard links
where the file system has them: they cost no space while the checkpoint is there, and stay when it
goes. `<directory>/best.json` says which step it is, and by which score. So whoever scores
checkpoints keeps the best by itself; the process that trains, which deletes old ones, need not know
of it. Several may score the checkpoints of one run: none lets go of what another is scoring.
"""

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from compare_gan.atomic_files import (
    in_use,
    is_in_use,
    turn,
    write_atomically,
    write_text_atomically,
)
from compare_gan.training.checkpoints import MANIFEST, CheckpointError, Checkpoints

_FOLDER = "best"
_MARK = "best.json"


class Best(NamedTuple):
    """What `best.json` says: the step, the value that it was chosen by, and its name."""

    step: int
    metric: str
    value: float


class BestCheckpoint:
    """The best checkpoint of one run.

    A checkpoint is held first, then scored, and marked if it is the best: what a kill leaves at any
    moment is the mark of a checkpoint that is there, and perhaps some that are held in vain, which
    the next mark removes. Who holds or marks has its `turn` in the directory.

    Args:
      directory: Where the run's checkpoints are.
    """

    def __init__(self, directory: str | os.PathLike[str]):
        self._directory = Path(directory)
        self._held = Checkpoints(self._directory / _FOLDER)

    def read(self) -> Best | None:
        """What is marked as the best; None if nothing is.

        Raises:
          CheckpointError: The mark cannot be read.
        """
        path = self._directory / _MARK
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return Best(int(content["step"]), str(content["metric"]), float(content["value"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"{path} cannot be read ({error}): delete it. The next evaluation with eval.best "
                "writes it anew."
            ) from error

    def folder(self, step: int) -> Path:
        """Where the held checkpoint of `step` is; what belongs to it is stored beside its files."""
        return self._held.folder(step)

    def hold(self, step: int) -> None:
        """Keeps a checkpoint from being lost. Held already, it stays as it is, and takes what was
        stored beside its files since then.

        Raises:
          CheckpointError: It is not there, or was removed meanwhile; nothing is held then.
        """
        source, target = self._directory / str(step), self.folder(step)
        if self.holds(step):
            _take_companions(source, target)
            return
        shutil.rmtree(target, ignore_errors=True)  # what a kill left
        try:
            # The manifest comes last here and goes first there: if it is found at the end, then all
            # that was found before was whole.
            names = [path.name for path in source.iterdir() if not path.name.startswith(".")]
            for name in sorted(names, key=lambda name: name == MANIFEST):
                _link(source / name, target / name)
        except FileNotFoundError:
            names = []
        if MANIFEST not in names:
            self._held.remove(step)
            raise CheckpointError(
                f"The checkpoint of step {step} is not in {self._directory}, or no longer."
            )

    @contextlib.contextmanager
    def holding(self, step: int) -> Iterator[None]:
        """Takes a turn to hold a checkpoint, which no mark of any process removes while this lasts.

        Raises:
          CheckpointError: As for `hold`.
        """
        with contextlib.ExitStack() as stack:
            with turn(self._directory):
                self.hold(step)
                stack.enter_context(in_use(self.folder(step)))
            yield

    def holds(self, step: int) -> bool:
        """Whether the checkpoint of `step` is held."""
        return step in self._held.steps()

    def mark(self, best: Best) -> bool:
        """Marks a held checkpoint as the best and lets go of all others that nobody is `holding`.

        Returns:
          Whether another was marked before, or none.
        """
        if not self.holds(best.step):
            raise CheckpointError(f"The checkpoint of step {best.step} is not held.")
        try:
            is_new = self.read() != best
        except CheckpointError:
            is_new = True
        if is_new:
            write_text_atomically(self._directory / _MARK, json.dumps(best._asdict()))
        for folder in self.folder(best.step).parent.iterdir():
            is_other = folder.name.isdecimal() and int(folder.name) != best.step
            if is_other and not is_in_use(folder):
                self._held.remove(int(folder.name))
        return is_new

    def restore(self, state: dict[str, Any]) -> int:
        """Reads the best checkpoint, which may hold more than is asked for, into `state`.

        Returns:
          Its step.

        Raises:
          CheckpointError: None is marked, it is damaged, or it lacks something.
        """
        best = self.read()
        while best is not None:
            try:
                self.restore_held(best.step, state)
                return best.step
            except CheckpointError:
                before, best = best, self.read()
                if best == before:  # else a better one took its place meanwhile
                    raise
        raise CheckpointError(
            f"No checkpoint in {self._directory} is marked as the best: set eval.best to the value "
            "that decides, and evaluate (--schedule=eval_after_train or continuous_eval)."
        )

    def restore_held(self, step: int, state: dict[str, Any]) -> None:
        """Reads a held checkpoint, the best or not yet, as `restore` does.

        Raises:
          CheckpointError: It is not held, is damaged, or lacks something.
        """
        self._held.restore(step, state, partial=True)


def _take_companions(source: Path, target: Path) -> None:
    """What was stored beside a checkpoint's own files, unless the held one has it as new, or the
    folder has another checkpoint of that step by now.
    """
    try:
        manifest = (target / MANIFEST).read_bytes()
        if (source / MANIFEST).read_bytes() != manifest:
            return
        own = {MANIFEST, *json.loads(manifest)["sizes"]}
        for path in source.iterdir():
            held = target / path.name
            if path.name in own or path.name.startswith("."):
                continue
            if not held.exists():
                _link(path, held)
            elif path.stat().st_mtime_ns > held.stat().st_mtime_ns:
                new = held.with_name(f".{held.name}.{uuid.uuid4().hex}")
                _link(path, new)
                os.replace(new, held)
    except FileNotFoundError:  # the checkpoint went, or is being saved anew
        return


def _link(source: Path, target: Path) -> None:
    """Gives a file a second name; where the file system has no links, a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        with open(source, "rb") as file:
            write_atomically(target, lambda copy: shutil.copyfileobj(file, copy))
