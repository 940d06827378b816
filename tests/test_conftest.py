# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What is skipped at home fails in CI where the real data is there."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

CONFTEST = pathlib.Path(__file__).with_name("conftest.py")
NEEDS_DATA = "def test_data(shared_path):\n    assert shared_path('tfds/cifar10').is_dir()\n"
SKIPS = "import pytest\n\ndef test_skip():\n    pytest.skip('no reason')\n"
CONFIGURES = """
import gin

@gin.configurable("conftest_toy")
def toy(value=1):
    return value

def test_one():
    gin.bind_parameter("conftest_toy.value", 2)
    gin.finalize()

def test_two():
    assert not gin.config_is_locked()
    assert toy() == 1
"""


def _run(folder: pathlib.Path, test: str, ci: bool) -> tuple[int, str]:
    tests = folder / "repository" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(CONFTEST, tests)
    (tests / "test_it.py").write_text(test)
    environment = {
        key: value for key, value in os.environ.items() if key not in ("CI", "PYTEST_ADDOPTS")
    }
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tests.parent,
        env=environment | ({"CI": "1"} if ci else {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return result.returncode, result.stdout


@pytest.mark.parametrize(
    ("test", "shared", "ci", "succeeds"),
    [
        (NEEDS_DATA, "shared/tfds/cifar10", True, True),
        (NEEDS_DATA, "shared/tfds", False, True),
        (NEEDS_DATA, "shared/tfds", True, False),
        (NEEDS_DATA, None, True, True),
        (SKIPS, "shared", True, False),
        (SKIPS, "shared", False, True),
        (SKIPS, None, True, True),
    ],
)
def test_a_skip_fails_only_in_ci_and_where_the_data_is(tmp_path, test, shared, ci, succeeds):
    if shared:
        (tmp_path / shared).mkdir(parents=True)
    code, output = _run(tmp_path, test, ci)
    assert (code == 0) == succeeds, output
    if test is SKIPS and not succeeds:
        assert "although ../shared is there" in output
        assert "test_it.py::test_skip" in output


def test_a_test_starts_with_an_empty_configuration(tmp_path):
    code, output = _run(tmp_path, CONFIGURES, ci=False)
    assert code == 0, output
