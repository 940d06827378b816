# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a docstring says: its summary, its formulas, its sources, the meaning of its arguments."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

# What a formula has between its sides: it is equal, becomes, or is drawn from.
_RELATION = re.compile("[=←~]")
_CODE = "```text", "```"


class Docstring(NamedTuple):
    """What a docstring says.

    Attributes:
      summary: Its first paragraph, in one line.
      details: Its indented blocks and its lists, before the arguments, each in Markdown.
      sources: The sentences that have a link.
      meanings: What arguments or attributes mean, by name.
    """

    summary: str
    details: list[str]
    sources: list[str]
    meanings: dict[str, str]

    @classmethod
    def of(cls, described: Any) -> "Docstring":
        """Reads the docstring of a function, class or module; an inherited one is not its own."""
        lines = inspect.cleandoc(described.__doc__ or "").splitlines()
        heads = [i for i, line in enumerate(lines) if re.fullmatch(r"[A-Z][a-z]+:", line)]
        end = heads[0] if heads else len(lines)
        paragraphs, details = [], []
        for block in _blocks(lines[:end]):
            if block[0].startswith("    "):
                details.append("\n".join([_CODE[0], *(line[4:] for line in block), _CODE[1]]))
            elif block[0].startswith("* "):
                # With what it is a list of: "…, in this order:".
                lead = [line for line in _sentences(paragraphs[-1:])[-1:] if line.endswith(":")]
                details.extend([*lead, "\n".join(block)])
            else:
                paragraphs.append(" ".join(block))
        meanings = {}
        for head, after in zip(heads, [*heads[1:], len(lines)]):
            if lines[head] in ("Args:", "Attributes:"):
                meanings |= _meanings(lines[head + 1 : after])
        return cls("".join(paragraphs[:1]), details, _sources(paragraphs), meanings)

    @property
    def formulas(self) -> list[str]:
        """Those of its details that are indented and have a relation in them: =, ← or ~."""
        blocks = [detail for detail in self.details if detail.startswith(_CODE[0])]
        return [block for block in blocks if _RELATION.search(block)]


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Runs of lines without an empty one; an indented run is apart from the text around it."""
    block: list[str] = []
    for line in [*lines, ""]:
        in_list = bool(block) and block[0].startswith("* ")
        turns = bool(block) and line.startswith("    ") != block[0].startswith("    ")
        if block and (not line or (turns and not in_list)):
            yield block
            block = []
        if line:
            block.append(line)


def _meanings(lines: list[str]) -> dict[str, str]:
    """What an `Args:` or `Attributes:` block, which is indented by 2, says of each name."""
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        start = re.match(r"  (\w[\w, ]*): (.*)", line)
        if start:
            names = start[1].split(", ")
            meanings |= dict.fromkeys(names, start[2])
        elif line:
            meanings |= {name: f"{meanings[name]} {line.strip()}" for name in names}
    return meanings


def _sources(paragraphs: list[str]) -> list[str]:
    """The sentences that have a link, without the full stop or the brackets around them."""
    return [_bare(sentence) for sentence in _sentences(paragraphs) if "https://" in sentence]


def _sentences(paragraphs: list[str]) -> list[str]:
    return re.split(r"(?:(?<=[.])|(?<=[.]\)))\s+(?=[A-Z(`])", " ".join(paragraphs))


def _bare(sentence: str) -> str:
    sentence = sentence.rstrip(".")
    if sentence.startswith("(") and sentence.endswith(")"):
        sentence = sentence[1:-1].rstrip(".")
    return sentence
