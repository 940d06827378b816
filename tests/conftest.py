# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every test starts from: a quiet TensorFlow, an empty gin, and the real data if present."""

import os
import pathlib
import random
import sys
from collections.abc import Callable

# Before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gin
import hypothesis
import numpy as np
import pytest

# Real data lies beside the repository and is never part of it.
SHARED_FOLDER = pathlib.Path(__file__).resolve().parents[1].parent / "shared"

# Examples are drawn alike in every run: a failure seen in CI is seen at home (so is what fixtures
# and tests draw themselves, below). The first call of a TensorFlow function is slow: no deadline.
hypothesis.settings.register_profile("compare_gan", deadline=None, derandomize=True)
hypothesis.settings.load_profile("compare_gan")


def _in_ci() -> bool:
    return bool(os.environ.get("CI"))


def _seed_everything() -> None:
    """Seeds Python, from which Keras' initializers draw their seeds, NumPy and TensorFlow."""
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(0)
    else:  # Most tests of this file itself, for one, need no TensorFlow.
        random.seed(0)
        np.random.seed(0)


# Files with the longest tests, which begin first: one that came last would keep a single process
# busy for minutes while the others have nothing left to do.
LONGEST_FILES = (
    "tests/test_main_job.py",
    "tests/conformance/test_conformance.py",
    "tests/schedules/test_pipeline.py",
    "tests/test_configs.py",
    "tests/schedules/test_resume.py",
    "tests/training/test_two_replicas.py",
    "tests/test_v3_examples.py",
    "tests/schedules/test_command.py",
)


def pytest_collection_modifyitems(items):
    """The longest files first, the others as they were."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return LONGEST_FILES.index(file) if file in LONGEST_FILES else len(LONGEST_FILES)

    items.sort(key=place)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """A fixture that several tests share draws the same whichever of them comes first."""
    _seed_everything()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    """A test draws the same alone, in its file, and in any process of the whole suite."""
    _seed_everything()


@pytest.fixture(autouse=True)
def empty_gin_configuration():
    """Every test starts and ends with an empty, unlocked gin configuration."""
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.fixture(scope="session")
def shared_path() -> Callable[[str], pathlib.Path]:
    """Gives `shared_path("tfds/cifar10")`: real data beside the repository; skips where missing.

    In CI a part that is missing although the folder is there is a failure: a test that quietly
    stopped running looks just like one that passes.
    """

    def find(relative_path: str = "") -> pathlib.Path:
        path = SHARED_FOLDER / relative_path
        if path.exists():
            return path
        if _in_ci() and SHARED_FOLDER.exists():
            pytest.fail(f"../shared is there but ../shared/{relative_path} is missing.")
        pytest.skip(f"needs ../shared/{relative_path} beside the repository")

    return find


@pytest.fixture(scope="session")
def shared_folder(shared_path) -> pathlib.Path:
    """The folder of real data beside the repository."""
    return shared_path()


@pytest.fixture(scope="session")
def tfds_data_dir(shared_path) -> str:
    """A prepared tensorflow-datasets folder that holds fashion_mnist and a part of cifar10."""
    shared_path("tfds/fashion_mnist")
    shared_path("tfds/cifar10")
    return str(shared_path("tfds"))


@pytest.fixture(scope="session")
def photos_folder(shared_path) -> pathlib.Path:
    """Photographs in class folders: `train/` and `test/`, 10 classes, 64 x 64."""
    return shared_path("data/photos64")


@pytest.fixture(scope="session")
def googlenet_folder(shared_path) -> pathlib.Path:
    """A pretrained classifier as a SavedModel, to stand where Inception can't be had."""
    return shared_path("data/googlenet_bvlc")


def _forbidden_skips(terminal_reporter) -> list[str]:
    if not (_in_ci() and SHARED_FOLDER.exists()):
        return []
    return [report.nodeid for report in terminal_reporter.stats.get("skipped", [])]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """Fails a CI run in which something was skipped although the real data is there."""
    terminal_reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal_reporter and exitstatus == 0 and _forbidden_skips(terminal_reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Says which skipped tests failed the run."""
    skipped = _forbidden_skips(terminalreporter)
    if skipped:
        terminalreporter.section("skipped in CI although ../shared is there: the run fails")
        for node_id in skipped:
            terminalreporter.write_line(node_id)
