# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The child's end of a `sides.Side`: answers questions, one line of JSON each."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any


def serve(handlers: Mapping[str, Callable[..., Any]]) -> None:
    """Answers until there are no more questions.

    Whatever libraries print goes to stderr, so that stdout holds answers alone.

    Args:
      handlers: What to call, by the name of the question; answers must fit JSON.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(handlers[name](**arguments)), file=answers, flush=True)
