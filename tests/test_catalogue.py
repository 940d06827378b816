# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""docs/catalogue.md is what the code says, and the tool that writes it reads docstrings rightly."""

import difflib
import functools
import importlib.util
import pathlib
import re
import textwrap

import pytest

import compare_gan
from compare_gan.configuration import registry
from tests.conformance.kinds import Layer
from tests.conformance.parts import PARTS

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
# What computes nothing, and what nobody had to invent, each with the reason.
WITHOUT_FORMULA = dict.fromkeys(
    ["D", "G", "eval", "eval_z", "options", "z"], "a name for settings of what is chosen elsewhere"
)
WITHOUT_SOURCE = WITHOUT_FORMULA | {
    "no_batch_norm": "it is x",
    "no_penalty": "it is 0",
    "pixels": "they are the image",
}


@pytest.fixture(scope="module")
def catalogue():
    """The tool, as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        specification = importlib.util.spec_from_file_location(
            "make_catalogue", DOCS / "make_catalogue.py"
        )
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parts(catalogue):
    """The registered parts by the title of their section."""
    return {section.title: catalogue.parts_of(section) for section in catalogue.SECTIONS}


def test_page_is_current(catalogue):
    committed, written = catalogue.PAGE.read_text(encoding="utf-8"), catalogue.page()
    difference = difflib.unified_diff(
        committed.splitlines(), written.splitlines(), "docs/catalogue.md", "the code", lineterm=""
    )
    assert committed == written, "\n".join([f"Run `{catalogue.COMMAND}`.", *difference])


def test_names_are_those_of_configurations(parts):
    for part in (part for listed in parts.values() for part in listed if part.full_name):
        assert registry.find(part.name).selector == part.full_name


def test_links_of_the_contents_lead_to_headings(catalogue):
    text = catalogue.page()
    headings = re.findall(r"^##+ `?([^`\n]+)`?$", text, re.MULTILINE)
    # GitHub: lower case, no punctuation but hyphens and underscores, hyphens for spaces.
    anchors = ["".join(c for c in h.lower() if c.isalnum() or c in " -_") for h in headings]
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert sorted(links) == sorted(anchor.replace(" ", "-") for anchor in anchors)
    assert len(set(links)) == len(links)


@pytest.mark.parametrize(
    "what, exempt", [("formulas", WITHOUT_FORMULA), ("sources", WITHOUT_SOURCE)]
)
def test_every_part_tells_its_formula_and_its_source(parts, what, exempt):
    assert all(parts.values()), "a section is empty"
    listed = [part for section in parts.values() for part in section]
    without = {part.name for part in listed if not getattr(part.text, what)}
    assert without == exempt.keys(), (
        f"{sorted(without - exempt.keys())}: their docstrings need an indented formula, or their "
        f"paper with a link. Needlessly exempt: {sorted(exempt.keys() - without)}."
    )


def test_every_binding_tells_its_meaning(parts):
    registered = [part for section in parts.values() for part in section if part.full_name]
    bare = [
        f"{part.name}.{parameter}"
        for part in registered
        for parameter in registry.parameters(registry.find(part.full_name))
        if parameter not in part.text.meanings
    ]
    assert not bare, "They need a line under Args: in their docstring."


def test_what_is_for_python_alone_is_where_the_page_says(catalogue, parts):
    """Once its room or its file is imported; a name may stand for a function and for its file."""
    text = catalogue.page()
    paths = re.findall(r"^- Alone: `([\w.]+)\(", text, re.MULTILINE)
    paths += re.findall(r"^### `(compare_gan\.[\w.]+)`$", text, re.MULTILINE)
    assert len(paths) > 30
    for path in paths:
        importlib.import_module(path.rpartition(".")[0])
        assert callable(functools.reduce(getattr, path.split(".")[1:], compare_gan)), path


def test_v3_names_are_of_parts(catalogue, parts):
    names = {part.name for section in parts.values() for part in section}
    assert catalogue._V3_NAMES.keys() <= names


def test_every_layer_is_on_the_page(parts):
    """Gin does not know them: without a link in its docstring one would be left out."""
    on_page = {part.value for part in parts["Layers"]}
    layers = {thing for part in PARTS if isinstance(part, Layer) for thing in part.documented()}
    missing = [layer.__name__ for layer in layers - on_page]
    assert not missing, "Their docstrings need the link to their paper."


ROOM = {
    "__init__.py": """
        from toy_room.halves import Halved, halve, quarter, untold
        from toy_room.special import hidden

        __all__ = ["Halved", "halve", "hidden", "quarter", "untold"]
        """,
    "halves.py": '''
        """Halves. (Doe, "Halves", 2001, https://example.org/halves.)"""

        import gin


        def halve(values, *, by=2.0, seed):
            """Half of each number.

                half = value / by

            As in the book. Roe et al., "Half a Book", 2002, https://example.org/half; Poe, 2003,
            https://example.org/book. It is exact.

            Args:
              values: [n].
              by: Of the division,
                not zero.
            """


        def quarter(values):
            """A quarter (https://example.org/quarter)."""


        def untold(values):
            """No part: it has no source."""


        @gin.register("toy_halved")
        class Halved:
            """`halve` of everything.

            Args:
              by: See there.
              base: Where to begin: anywhere.
            """

            def __init__(self, by=2.0, base=gin.REQUIRED, fn=quarter):
                pass


        @gin.configurable(module="toy_family", denylist=["values"])
        def toy_eighth(values, times=(1, 2)):
            """An eighth.

            Not of everything. Of these:

            * one: this,
              and more;
            * two: that.
            """
        ''',
    "special.py": '''
        import gin


        @gin.configurable("toy_hidden")
        def hidden():
            """Of another section (https://example.org/hidden)."""
        ''',
}
HALVED = """
### `toy_halved`

Half of each number. `halve` of everything.

```text
half = value / by
```

- Source: Roe et al., "Half a Book", 2002, <https://example.org/half>; Poe, 2003, <https://example.org/book>.
- Alone: `toy_room.halve(values, by=2.0, seed=…)`
- `toy_halved.by = 2.0`: Of the division, not zero.
- `toy_halved.base`, required: Where to begin: anywhere.
- `toy_halved.fn = @quarter`.
- In [toy_room/halves.py](../toy_room/halves.py).
"""
EIGHTH = """
### `toy_family.toy_eighth`

An eighth.

Of these:

* one: this,
  and more;
* two: that.

- Source: Doe, "Halves", 2001, <https://example.org/halves>.
- `toy_family.toy_eighth.times = (1, 2)`.
- In [toy_room/halves.py](../toy_room/halves.py).
"""
QUARTER = """
### `toy_room.quarter`

A quarter (<https://example.org/quarter>).

- Alone: `toy_room.quarter(values)`
- In [toy_room/halves.py](../toy_room/halves.py).
"""


def test_a_new_part_appears_by_itself(catalogue, tmp_path, monkeypatch):
    """What a room registers or cites is found; what is another section's, or no part, is not."""
    (tmp_path / "toy_room").mkdir()
    for name, source in ROOM.items():
        (tmp_path / "toy_room" / name).write_text(textwrap.dedent(source), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    section = catalogue.Section("Toys", "toy_room", "")
    found = catalogue.parts_of(section, [section, section._replace(package="toy_room.special")])
    assert [catalogue.entry(part) for part in found] == [
        EIGHTH.strip(),
        HALVED.strip(),
        QUARTER.strip(),
    ]
