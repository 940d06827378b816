# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tables in plain text."""

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """The lines of a table: every column as wide as its longest entry, two spaces between them.

    Args:
      rows: Each the entries of a line, as many as there are columns.
      right: The numbers of the columns that stand at the right, from 0; others stand at the left.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            entry.rjust(width) if column in right else entry.ljust(width)
            for column, (entry, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
