# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""docs/catalogue.md is what the code says, and the tool that writes it reads docstrings rightly."""

import difflib
import importlib.util
import pathlib
import re
import textwrap

import pytest

from compare_gan.configuration import registry
from tests.conformance.kinds import Layer
from tests.conformance.parts import PARTS

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
# They compute nothing that a formula or a paper could explain: two leave everything as it is, the
# others are names for settings.
WITHOUT_FORMULA = {"no_penalty", "no_batch_norm", "standardize_batch", "D", "G", "eval"}


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
    "title",
    [
        "Losses",
        "Regularizers",
        "Normalizers",
        "Layers",
        "Architectures",
        "Auxiliary tasks",
        "Augmentations",
        "Metrics",
    ],
)
def test_every_part_tells_its_formula_and_its_source(parts, title):
    explained = [part for part in parts[title] if part.name not in WITHOUT_FORMULA]
    assert explained
    without = [part.name for part in explained if not part.text.formulas or not part.text.sources]
    assert not without, "Their docstrings need an indented formula, and their paper with a link."


def test_what_is_without_formula_has_none(parts):
    listed = {part.name: part for section in parts.values() for part in section}
    needless = [name for name in WITHOUT_FORMULA if listed[name].text.formulas]
    assert not needless, "They have a formula now: take them off WITHOUT_FORMULA."


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
- Alone: `toy_room.halves.halve(values, by=2.0, seed=…)`
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

- Alone: `toy_room.halves.quarter(values)`
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
