# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Files that appear whole or not at all, and folders that one process at a time changes."""

import contextlib
import fcntl
import os
import pathlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO


def write_atomically(path: str | os.PathLike[str], write: Callable[[BinaryIO], object]) -> None:
    """Calls `write` with a temporary file beside `path`, then gives it the name `path`.

    A reader never sees half a file, and a process that dies leaves the old one as it was. Missing
    folders are made.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        # A write that fails does not say by itself which file it was for.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Writes `text` in UTF-8 by `write_atomically`."""
    write_atomically(path, lambda file: file.write(text.encode()))


def turn(folder: str | os.PathLike[str]) -> AbstractContextManager[None]:
    """Waits until no other process has its turn in a folder, and has it."""
    return _locked(folder, fcntl.LOCK_EX)


def in_use(folder: str | os.PathLike[str]) -> AbstractContextManager[None]:
    """Tells `is_in_use` that a folder is, for as long as this lasts or the process lives.

    Several processes may use one folder; none of them may have its `turn` there meanwhile.
    """
    return _locked(folder, fcntl.LOCK_SH)


@contextlib.contextmanager
def _locked(folder: str | os.PathLike[str], kind: int) -> Iterator[None]:
    """A lock on the folder itself, so that no lock file is left; the system releases it when the
    process ends, however it ends.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # A file system without locks leaves single writers as they are.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def is_in_use(folder: str | os.PathLike[str]) -> bool:
    """Whether a process, this one too, has a folder `in_use`. No on a file system without locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    else:
        return False
    finally:
        os.close(descriptor)
