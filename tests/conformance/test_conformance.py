# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every part of the list goes through every check of its kind."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.checks import BY_NAME, Subject
from tests.conformance.kinds import Part
from tests.conformance.parts import PARTS

_ROOT = Path(__file__).resolve().parents[2]


def _cases(wanted: Callable[[str], bool]) -> list:
    """(part, check) for every check whose name is wanted, part by part."""
    cases = []
    for part in PARTS:
        for check in filter(wanted, part.checks):
            marks = [pytest.mark.slow] if check in part.slow else []
            cases.append(pytest.param(part, check, id=f"{part.id}-{check}", marks=marks))
    return cases


@functools.lru_cache(maxsize=1)
def _subject(part: Part) -> Subject:
    """Shared by the checks of one part, which come one after the other."""
    return Subject(part)


@pytest.mark.parametrize("part, check", _cases(lambda check: check != "replicas"))
def test_part(part, check, tmp_path):
    subject = _subject(part)
    part.configure()
    if check not in part.cannot:
        BY_NAME[check](subject, tmp_path)
        return
    # What the check finds, and not that it could not be made.
    with pytest.raises(AssertionError):
        BY_NAME[check](subject, tmp_path)


@pytest.fixture(scope="module")
def replicas_report(request, tmp_path_factory) -> dict[str, tuple[str, str] | None]:
    """What two replicas make of all parts that are asked for, in one process of its own: nothing to
    say, or an exception's kind and its traceback.
    """
    ids = [
        item.callspec.params["part"].id
        for item in request.session.items
        if getattr(item, "originalname", "") == "test_two_replicas"
    ]
    report = tmp_path_factory.mktemp("replicas") / "report.json"
    command = [sys.executable, "-m", "tests.conformance.replicas", str(report), *ids]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path])}
    done = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(report.read_text())


@pytest.mark.parametrize("part, check", _cases(lambda check: check == "replicas"))
def test_two_replicas(part, check, replicas_report):
    kind, traceback = replicas_report[part.id] or (None, "")
    if check in part.cannot:
        # What the check finds, and not that it could not be made.
        assert kind is not None, f"{part.id} needs no exemption from {check!r}"
        assert kind == "AssertionError", traceback
    else:
        assert kind is None, traceback
