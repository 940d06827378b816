# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What the README shows a user is there and works."""

import pathlib
import re

import numpy as np
import pytest

from compare_gan import configuration
from compare_gan.gans.options import chosen_loss

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\]\(([\w/.]+)\)|(configs/\w+\.gin)", README)))
)
def test_files_are_there(path):
    (name,) = filter(None, path)
    assert (ROOT / name).exists()


def test_flags_are_there():
    commands = re.findall(r"python -m compare_gan\.(\w+)((?:\\\n|[^\n`])*)", README)
    assert {name for name, _ in commands} == {"main", "evaluate"}
    for name, arguments in commands:
        source = (ROOT / "compare_gan" / f"{name}.py").read_text(encoding="utf-8")
        for flag in re.findall(r"--(\w+)", arguments):
            assert f'"{flag}"' in source, (name, flag)
    main = (ROOT / "compare_gan" / "main.py").read_text(encoding="utf-8")
    others = re.findall(r"`--(\w+)", README)
    assert others
    for flag in others:
        assert f'"{flag}"' in main, flag


def test_part_of_ones_own(tmp_path, monkeypatch):
    """The loss is found by its import, and has the values of its formula."""
    (source,) = re.findall(r"```python\n# my_loss\.py\n(.*?)```", README, re.DOTALL)
    (bindings,) = re.findall(r"```\w*\n(import my_loss\n.*?)```", README, re.DOTALL)
    (tmp_path / "my_loss.py").write_text(source)
    (tmp_path / "mine.gin").write_text(bindings)
    monkeypatch.syspath_prepend(tmp_path)
    configuration.parse([str(tmp_path / "mine.gin")])
    real, fake = np.array([[1.0], [4.0]]), np.array([[-1.0], [0.5]])
    loss = chosen_loss()(real, fake)
    # margin = 3: relu(3 - [1, 4]) = [2, 0]; relu(3 + [-1, 0.5]) = [2, 3.5]; -mean([-1, 0.5]).
    np.testing.assert_allclose([loss.d_loss, loss.g_loss], [1.0 + 2.75, 0.25])
