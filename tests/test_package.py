# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Importing the package costs nothing, and its parts appear when they are asked for."""

import pathlib
import subprocess
import sys

import pytest

import compare_gan

REPOSITORY = pathlib.Path(__file__).parents[1]


def _run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=REPOSITORY,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_importing_the_package_loads_neither_tensorflow_nor_its_own_parts():
    heavy = ("tensorflow", "keras", "numpy", "gin", "sklearn")
    printed = _run(
        "import sys, compare_gan\n"
        f"print([name for name in {heavy} if name in sys.modules])\n"
        "print([name for name in sys.modules if name.startswith('compare_gan.')])"
    )
    assert printed.splitlines() == ["[]", "[]"]


def test_parts_are_loaded_at_their_first_use():
    printed = _run("import compare_gan; print(compare_gan.main.__name__)")
    assert printed == "compare_gan.main"


def test_an_unknown_part_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_part"):
        _ = compare_gan.no_such_part


def test_the_version_is_that_of_the_installed_package():
    assert compare_gan.__version__ == "4.0.0.dev0"


def test_dir_lists_the_parts_and_load_generator():
    assert {"configuration", "load_generator", "__version__"} <= set(dir(compare_gan))
