# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Files that appear whole or not at all."""

import os
import pathlib
import uuid
from collections.abc import Callable
from typing import BinaryIO


def write_atomically(path: str | os.PathLike, write: Callable[[BinaryIO], None]) -> None:
    """Calls `write` with a temporary file beside `path`, then gives it the name `path`.

    A reader never sees half a file, and a process that dies leaves the old one as it was. Missing
    folders are made.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of its own name, so that two writers do not write into one file; opened and not made by
    # tempfile, which would leave it readable for its owner alone.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
