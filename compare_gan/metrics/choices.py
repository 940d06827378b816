# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What `eval.every_steps` and `eval.best` say of values: which they mean, how often, and which way
is better.
"""

from collections.abc import Mapping
from typing import NamedTuple

from compare_gan.configuration.errors import nearest
from compare_gan.metrics.base import Metric
from compare_gan.metrics.model_metric import ModelMetric

_LOWER, _HIGHER = "lower", "higher"


class Choice(NamedTuple):
    """The value that decides which checkpoint is the best.

    Attributes:
      name: What it is called in scores.
      lower: Whether a lower one is better, or a higher one.
    """

    name: str
    lower: bool

    def rank(self, value: float) -> float:
        """A number that is the smaller, the better a value is."""
        return value if self.lower else -value


class Values:
    """The values that an evaluation measures, and the two names that each goes by.

    Args:
      metric_of: The metric of each value, by its name in scores: "fid_digits_cnn".
      own_names: What the metric itself calls each value, by its name in scores: "fid".
    """

    def __init__(self, metric_of: Mapping[str, Metric | ModelMetric], own_names: Mapping[str, str]):
        self._metric_of = metric_of
        self._own_names = own_names

    def every_steps(self, asked: Mapping[str, int] | None) -> dict[str, int]:
        """At which multiples values are measured that `eval.every_steps` speaks of, by name.

        A metric gives all of its values at once, so what is said of one holds for all.

        Raises:
          ValueError: There is no such value, or two of one metric are to be measured apart.
        """
        said: dict[int, tuple[str, int]] = {}
        for given, steps in (asked or {}).items():
            metric = self._metric_of[self._find(given, "eval.every_steps")]
            other, before = said.setdefault(id(metric), (given, steps))
            if before != steps:
                raise ValueError(
                    f"eval.every_steps measures {other!r} every {before} steps and {given!r} every "
                    f"{steps}, but {type(metric).__name__} gives both at once: name one of them."
                )
        return {
            name: said[id(metric)][1]
            for name, metric in self._metric_of.items()
            if id(metric) in said
        }

    def best(self, asked: str | None) -> Choice | None:
        """The value that `eval.best` names; None for None.

        Raises:
          ValueError: There is no such value, or its metric does not say which way is better.
        """
        if asked is None:
            return None
        name = self._find(asked, "eval.best")
        metric = self._metric_of[name]
        better = metric.better.get(self._own_names[name])
        if better not in (_LOWER, _HIGHER):
            says = "does not say" if better is None else f"says {better!r} and not"
            known = [
                other
                for other, its in self._metric_of.items()
                if its.better.get(self._own_names[other]) in (_LOWER, _HIGHER)
            ]
            raise ValueError(
                f"eval.best={asked!r}, but {type(metric).__name__} {says} whether lower or higher "
                f"values are better, in its attribute better: choose "
                f"{' or '.join(map(repr, known)) or 'another metric'}, or give the metric "
                f"better = {{{self._own_names[name]!r}: 'lower'}} or 'higher'."
            )
        return Choice(name, better == _LOWER)

    def _find(self, asked: str, setting: str) -> str:
        """The name in scores of what is called so, or so by its metric."""
        if asked in self._metric_of:
            return asked
        found = {own: name for name, own in self._own_names.items()}
        if asked in found:
            return found[asked]
        near = nearest(asked, [*self._metric_of, *found])
        raise ValueError(
            f"{setting} names {asked!r}, which no metric of eval.metrics measures"
            f"{f'; did you mean {near!r}?' if near else '.'} They measure "
            f"{', '.join(self._metric_of)}."
        )
