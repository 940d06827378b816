# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The flag `--step`: which checkpoint of a run."""

from absl import flags


class _StepParser(flags.ArgumentParser):
    """A step's number, or "best"."""

    syntactic_help = 'a whole number or "best"'

    def parse(self, argument: int | str) -> int | str:
        """Turns what was written into an int, or "best"."""
        if argument == "best" or isinstance(argument, int):
            return argument
        if not argument.isdecimal():
            raise ValueError(f"it must be a whole number or best, received {argument!r}")
        return int(argument)

    def flag_type(self) -> str:
        """For --help."""
        return "step"


def define_step(text: str) -> None:
    """Defines `--step`, with a text for --help; its value is an int, "best" or None."""
    flags.DEFINE(_StepParser(), "step", None, text)
