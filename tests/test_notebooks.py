# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The notebooks run from the first cell to the last, and what they show is what they print today.

They are run as plain Python, one cell after the other in `__main__`, as a notebook's are: so the
tests need no notebook server. Pictures are counted, not compared.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COMMAND = "python notebooks/execute.py"
LARGEST = 300_000  # bytes, pictures and all

# Takes a file with the sources of the cells, and where to write what each prints and draws.
RUNNER = """
import contextlib, io, json, sys
import matplotlib.pyplot as plt

_cells, _results = json.load(open(sys.argv[1])), []
for _cell in _cells:
    with contextlib.redirect_stdout(io.StringIO()) as _printed:
        exec(compile(_cell, "<cell %d>" % (len(_results) + 1), "exec"))
    _results.append([_printed.getvalue(), len(plt.get_fignums())])
    plt.close("all")
json.dump(_results, open(sys.argv[2], "w"))
"""


def code_cells(path: pathlib.Path) -> list[dict]:
    """The cells that are run."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def shown(cell: dict) -> tuple[str, int]:
    """What a cell has printed and how many pictures it has drawn, as the file says."""
    outputs = cell["outputs"]
    printed = ["".join(out["text"]) for out in outputs if out["output_type"] == "stream"]
    return "".join(printed), sum("image/png" in out.get("data", {}) for out in outputs)


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_was_run_from_top_to_bottom(path):
    """All cells in their order, without warnings or errors, and small enough for a repository."""
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [out for cell in cells for out in cell["outputs"]]
    assert {out["output_type"] for out in outputs} <= {"stream", "display_data"}
    assert {out["name"] for out in outputs if out["output_type"] == "stream"} == {"stdout"}
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_prints_what_it_shows(path, tmp_path):
    cells = code_cells(path)
    sources, results = tmp_path / "cells.json", tmp_path / "results.json"
    sources.write_text(json.dumps(["".join(cell["source"]) for cell in cells]))
    environment = {
        **os.environ,
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(tmp_path),  # where what it trains goes
    }
    run = subprocess.run(
        [sys.executable, "-c", RUNNER, str(sources), str(results)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        env=environment,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    for number, (cell, result) in enumerate(zip(cells, json.loads(results.read_text())), 1):
        assert shown(cell) == tuple(result), (
            f"Cell [{number}] of {path.name} shows something else: `{COMMAND}`."
        )
