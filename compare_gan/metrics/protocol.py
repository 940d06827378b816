# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Scores with the protocol that gave them, and the two files of a model_dir that hold them.

`<model_dir>/scores.jsonl` has a JSON object in each line, `<model_dir>/scores.csv` the same rows
under a fixed header. Both are rewritten whole and renamed into place, so neither is ever half
there; the .jsonl is the one that is read back.
"""

import csv
import dataclasses
import io
import json
import math
import os
import pathlib
from collections.abc import Iterable
from typing import Any

from absl import logging

from compare_gan.atomic_files import turn, write_atomically

JSONL_NAME = "scores.jsonl"
CSV_NAME = "scores.csv"


@dataclasses.dataclass(frozen=True)
class Score:
    """One metric of one checkpoint, and how it was measured.

    Attributes:
      step: The checkpoint's step.
      metric: For example "fid" or "fid_digits_cnn".
      mean: Mean over the sets of fake images.
      std: Population standard deviation (divided by the number of sets) over them.
      values: The metric of each set.
      n_real: Real images used; 0 if the metric looks at none.
      n_fake: Images in each fake set.
      num_fake_sets: How many fake sets there were.
      split: The data set's split the real images are from.
      backbone: The network whose features or logits were used, "" if none.
      backbone_hash: SHA-256 of what defines that network, "" if none.
      resize: How images were brought to its size: a policy of `compare_gan.metrics.resize`.
      bn_mode: Which batch normalization statistics G used: "batch", "moving" or "standing".
      ema: Whether G's weights were their exponential moving average.
      truncation: The truncation of G's latents, None if there was none.
      seed: The seed of the latents.
      dataset: The data set's name.
      dataset_fingerprint: What identifies its contents.
      warning: Why the value should be read with care, "" if there is no reason.
      standing_samples: Over how many fakes standing statistics were asked for; None if others were
        used, or where a row is too old to say.
      backbone_accuracy: Of the classifier that the backbone is, on its own task; None if unknown.
      settings: What was set of the metric itself, such as {"nearest_k": 3}, as JSON; "" if nothing
        was, or where a row is too old to say.
    """

    step: int
    metric: str
    mean: float
    std: float
    values: tuple[float, ...]
    n_real: int
    n_fake: int
    num_fake_sets: int
    split: str
    backbone: str
    backbone_hash: str
    resize: str
    bn_mode: str
    ema: bool
    truncation: float | None
    seed: int
    dataset: str
    dataset_fingerprint: str
    warning: str = ""
    standing_samples: int | None = None
    backbone_accuracy: float | None = None
    settings: str = ""

    @property
    def protocol(self) -> tuple:
        """All that must agree before two values may be compared, the step and metric included."""
        row = dataclasses.asdict(self)
        return tuple(value for name, value in row.items() if name not in _OUTCOMES)


# What does not tell protocols apart; the accuracy follows from the backbone's hash.
_OUTCOMES = ("mean", "std", "values", "warning", "backbone_accuracy")
COLUMNS = tuple(field.name for field in dataclasses.fields(Score))


def read_scores(model_dir: str | os.PathLike) -> list[Score]:
    """The rows of `<model_dir>/scores.jsonl`, in the order written; none if there is no file.

    A last line that is cut off, as an interrupted copy leaves it, is left out with a warning.

    Raises:
      ValueError: Any other line is not a row of scores.
    """
    path = pathlib.Path(model_dir) / JSONL_NAME
    if not path.exists():
        return []
    # A cut can fall inside a character.
    text = path.read_bytes().decode("utf-8", errors="replace")
    lines = text.split("\n")
    scores = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            scores.append(_from_json(json.loads(line)))
        except (ValueError, TypeError) as error:
            # Whole lines end with a newline, so only what follows the last one can be cut off.
            if number == len(lines):
                logging.warning("%s ends in a cut-off line, which is left out.", path)
                break
            raise ValueError(
                f"Line {number} of {path} is not a row of scores ({error}). Repair or delete that "
                "line; its checkpoint is then evaluated again."
            ) from error
    return scores


def write_scores(model_dir: str | os.PathLike, scores: Iterable[Score]) -> None:
    """Adds rows to both files; a row of the same step, metric and protocol is replaced.

    Two processes that evaluate one model_dir take turns.
    """
    folder = pathlib.Path(model_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with turn(folder):
        rows = {score.protocol: score for score in read_scores(folder)}
        for score in scores:
            # The new row goes to the end, where a reader of the file looks for news.
            rows.pop(score.protocol, None)
            rows[score.protocol] = score
        text = "".join(json.dumps(_to_json(score)) + "\n" for score in rows.values())
        write_atomically(folder / JSONL_NAME, lambda file: file.write(text.encode()))
        table = _csv(rows.values())
        write_atomically(folder / CSV_NAME, lambda file: file.write(table.encode()))


def _to_json(score: Score) -> dict[str, Any]:
    # NaN is not JSON: it becomes null.
    row = dataclasses.asdict(score)
    row["mean"], row["std"] = _finite_or_none(score.mean), _finite_or_none(score.std)
    row["values"] = [_finite_or_none(value) for value in score.values]
    return row


def _from_json(row: Any) -> Score:
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    unknown = sorted(set(row) - set(COLUMNS))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}: written by a newer version?")
    row = dict(row)
    for name in ("mean", "std"):
        row[name] = math.nan if row.get(name) is None else float(row[name])
    row["values"] = tuple(math.nan if v is None else float(v) for v in row.get("values", ()))
    return Score(**row)


def _finite_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _csv(scores: Iterable[Score]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for score in scores:
        row = _to_json(score)
        row["values"] = " ".join("" if v is None else repr(v) for v in row["values"])
        writer.writerow(["" if row[name] is None else row[name] for name in COLUMNS])
    return table.getvalue()
