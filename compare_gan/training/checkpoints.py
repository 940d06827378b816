# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Checkpoints: one folder a step, complete or absent.

`<directory>/<step>/` holds TensorFlow's files and, written last, `manifest.json` with their sizes.
A folder without a manifest is the remains of an interrupted save and counts as absent; one whose
files do not have the sizes in the manifest is damaged, and the one before it is used.
"""

import json
import logging
import os
import re
import shutil
from pathlib import Path
from typing import Any

import tensorflow as tf

from compare_gan.atomic_files import write_text_atomically

_log = logging.getLogger(__name__)
MANIFEST = "manifest.json"
_PREFIX = "state"


class CheckpointError(ValueError):
    """A checkpoint could not be written or read."""


class Checkpoints:
    """The checkpoints of one run.

    Args:
      directory: Where they are.
      keep: How many to keep; the oldest go first. Temporary ones do not count: the next save
        removes them.
    """

    def __init__(self, directory: str | os.PathLike[str], keep: int = 1000):
        self._directory = Path(directory)
        self._keep = keep

    def steps(self) -> list[int]:
        """The steps of the complete checkpoints, ascending."""
        if not self._directory.is_dir():
            return []
        return sorted(
            int(folder.name)
            for folder in self._directory.iterdir()
            if re.fullmatch(r"\d+", folder.name) and (folder / MANIFEST).exists()
        )

    def folder(self, step: int) -> Path:
        """Where the checkpoint of `step` is; what belongs to it is stored beside its files."""
        return self._directory / str(step)

    def save(self, step: int, state: dict[str, Any], temporary: bool = False) -> None:
        """Writes `state` (trackables by name) as the checkpoint of `step`.

        Args:
          step: The step.
          state: What to save.
          temporary: Whether it is only there to resume from, until the next one is saved.

        Raises:
          CheckpointError: It could not be written, for one because the disk is full. Nothing
            incomplete stays.
        """
        folder = self.folder(step)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
            tf.train.Checkpoint(**state).write(str(folder / _PREFIX))
            sizes = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
            manifest = {"step": step, "sizes": sizes, "temporary": temporary}
            write_text_atomically(folder / MANIFEST, json.dumps(manifest))
        except (OSError, tf.errors.OpError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            kept = (
                f"the checkpoint of step {self.steps()[-1]} is kept"
                if self.steps()
                else "there is none yet"
            )
            raise CheckpointError(
                f"The checkpoint of step {step} could not be written to {folder} "
                f"({_reason(error)}); {kept}. "
                "Free some space, or lower run_config.keep_checkpoint_max, and start again."
            ) from error
        regular = [other for other in self.steps() if not self._is_temporary(other)]
        kept = {step, *regular[-self._keep :]}
        for other in self.steps():
            if other not in kept:
                self.remove(other)

    def _is_temporary(self, step: int) -> bool:
        try:
            return json.loads((self.folder(step) / MANIFEST).read_text()).get("temporary", False)
        except (OSError, ValueError):
            return False

    def remove(self, step: int) -> None:
        """Deletes the checkpoint of `step`, if there is one."""
        # The manifest first: whatever interrupts this, nothing incomplete looks whole.
        (self.folder(step) / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.folder(step), ignore_errors=True)

    def restore(self, step: int, state: dict[str, Any], partial: bool = False) -> None:
        """Reads the checkpoint of `step` into `state`.

        Args:
          step: Which one.
          state: Trackables by name; all of their variables must be in the checkpoint.
          partial: The checkpoint may hold more than `state` asks for.

        Raises:
          CheckpointError: There is no such checkpoint, it is damaged, or it lacks something.
        """
        folder = self.folder(step)
        if step not in self.steps():
            raise CheckpointError(
                f"There is no checkpoint of step {step} in {self._directory}: {self.steps()}."
            )
        try:
            sizes = json.loads((folder / MANIFEST).read_text())["sizes"]
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"The checkpoint of step {step} is damaged: {folder / MANIFEST} cannot be read."
            ) from error
        for name, size in sizes.items():
            found = (folder / name).stat().st_size if (folder / name).exists() else None
            if found != size:
                raise CheckpointError(
                    f"The checkpoint of step {step} is damaged: {folder / name} should have "
                    f"{size} bytes and "
                    f"{'is missing' if found is None else f'has {found}'}."
                )
        try:
            status = tf.train.Checkpoint(**state).read(str(folder / _PREFIX))
            if partial:
                status.expect_partial()  # else TensorFlow warns of every value not asked for
            else:
                status.assert_consumed()
            status.assert_existing_objects_matched()
        except (AssertionError, ValueError) as error:  # missing values, other shapes
            raise CheckpointError(
                f"The checkpoint of step {step} in {self._directory} holds other variables than "
                "this "
                f"configuration builds: {str(error).splitlines()[0]}"
            ) from error
        except tf.errors.OpError as error:
            raise CheckpointError(
                f"The checkpoint of step {step} is damaged: {_reason(error)}"
            ) from error

    def resume(self, state: dict[str, Any]) -> int | None:
        """`restore_newest` for the run that writes here: clears away what a kill left unfinished.

        Newer checkpoints that are damaged are renamed to `<step>.damaged`, so that they do not
        count as the newest ones of the run that goes on without them.
        """
        if self._directory.is_dir():
            for folder in self._directory.iterdir():
                if re.fullmatch(r"\d+", folder.name) and not (folder / MANIFEST).exists():
                    _log.warning("An interrupted save of step %s is removed.", folder.name)
                    shutil.rmtree(folder, ignore_errors=True)
        step = self.restore_newest(state)
        for newer in self.steps():
            if step is not None and newer > step:
                damaged = self._directory / f"{newer}.damaged"
                shutil.rmtree(damaged, ignore_errors=True)
                self.folder(newer).rename(damaged)
        return step

    def restore_newest(self, state: dict[str, Any], partial: bool = False) -> int | None:
        """Reads the newest checkpoint that is whole; says so when it had to go back.

        Args:
          state: As for `restore`.
          partial: As for `restore`.

        Returns:
          Its step, or None if there is no checkpoint.

        Raises:
          CheckpointError: There are checkpoints, but none of them could be read.
        """
        problem = None
        for step in reversed(self.steps()):
            try:
                self.restore(step, state, partial)
            except CheckpointError as error:
                problem = problem or error
                _log.warning("%s The one before it is tried.", error)
                continue
            if problem is not None:
                _log.warning("The checkpoint of step %d is used.", step)
            return step
        if problem is not None:
            raise CheckpointError(
                f"None of the checkpoints in {self._directory} could be read. {problem}"
            )
        return None


def _reason(error: Exception) -> str:
    """The first line of an error, without TensorFlow's names of nodes and operations."""
    return re.sub(r"\{\{.*?\}\}\s*|\s*\[Op:\w+\].*", "", str(error).splitlines()[0]).strip()
