# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Runs the notebooks of this folder, in their order of cells, and stores what they print and draw.

    pip install -e '.[notebooks]' && python notebooks/execute.py

Warnings, which are the machine's more often than the notebook's, are left out.
"""

import pathlib

import nbclient
import nbformat

FOLDER = pathlib.Path(__file__).resolve().parent


def execute(path: pathlib.Path) -> None:
    """Runs one notebook and writes it back."""
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(FOLDER)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}  # When it ran.
        if cell.cell_type == "code":
            cell.outputs = _joined([out for out in cell.outputs if out.get("name") != "stderr"])
    notebook.metadata["language_info"] = {"name": "python"}  # Not the version that ran it.
    nbformat.write(notebook, path)


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Outputs, with what was printed in one piece where it came in several by chance."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.ipynb")):
        execute(path)
