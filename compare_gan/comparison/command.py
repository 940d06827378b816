# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From the flags of `python -m compare_gan.evaluate` to a comparison and what it leaves."""

import dataclasses
import difflib
import os
import sys
from pathlib import Path
from typing import Literal, NamedTuple

import gin
import tqdm

from compare_gan import configuration
from compare_gan.comparison import report
from compare_gan.comparison.compare import Batches, Comparison, compare
from compare_gan.comparison.dataset_side import DatasetSide
from compare_gan.comparison.folder_side import FolderSide
from compare_gan.comparison.generator_side import GeneratorSide
from compare_gan.comparison.parse import parse_side
from compare_gan.comparison.sides import Side, StatisticsSide
from compare_gan.configuration import registry
from compare_gan.metrics import EvaluationSettings, Metric, ModelMetric, MomentsAccumulator
from compare_gan.metrics.accumulation import uses_backbone
from compare_gan.metrics.backbones import Backbone
from compare_gan.metrics.resize import check_policy

# Which sides heed a flag.
_HEEDED_BY = {
    "image_size": ((FolderSide, DatasetSide), "a folder or a data set"),
    "step": ((GeneratorSide,), "the model_dir of a training run"),
    "truncation": ((GeneratorSide,), "the model_dir of a training run"),
    "bn_mode": ((GeneratorSide,), "the model_dir of a training run"),
    "seed": ((GeneratorSide,), "the model_dir of a training run"),
    "tfds_data_dir": ((DatasetSide,), "a data set"),
}
_SEED = 42
_NEIGHBORS = ("pixels", "features")


class CompareFlags(NamedTuple):
    """What the command line says; see `compare_gan.evaluate` for each."""

    real: str
    fake: str
    metrics: list[str]
    backbone: str = "inception_2015"
    resize: str | None = None
    num_samples: int | None = None
    batch_size: int = 64
    image_size: int | None = None
    step: int | Literal["best"] | None = None
    truncation: float | None = None
    bn_mode: str | None = None
    seed: int | None = None
    force: bool = False
    output: str | None = None
    neighbors: Literal["pixels", "features"] | None = None
    save_statistics: str | None = None
    tfds_data_dir: str | None = None
    gin_config: list[str] = []
    gin_bindings: list[str] = []


def run(flags: CompareFlags) -> Comparison:
    """Compares, prints the table, and writes what is asked for.

    Raises:
      ConfigurationError: The flags or the images are at fault.
    """
    if not any(name.strip() for name in flags.metrics):
        raise configuration.ConfigurationError("--metrics is empty: name some, such as fid,kid.")
    # Modules that a configuration imports may add names.
    configuration.parse(flags.gin_config, flags.gin_bindings)
    ignored = _ignored_bindings()
    metric_names = ", ".join(
        f"@{_checked_name('metrics', n, Metric, ModelMetric)}" for n in flags.metrics
    )
    backbone_name = _checked_name("backbone", flags.backbone, Backbone)
    chosen = [
        f"eval.metrics = [{metric_names}]",
        f"eval.backbone = @{backbone_name}",
        *_resize_binding(backbone_name, flags.resize),
    ]
    configuration.parse(flags.gin_config, [*flags.gin_bindings, *chosen])
    with configuration.explain_errors():
        if flags.batch_size < 1:
            raise ValueError(f"--batch_size={flags.batch_size} must be at least 1.")
        real, fake = (
            parse_side(
                text,
                flags.image_size,
                flags.tfds_data_dir,
                flags.step,
                flags.truncation,
                _SEED if flags.seed is None else flags.seed,
                flags.bn_mode,
            )
            for text in (flags.real, flags.fake)
        )
        _check_heeded(flags, real, fake)
        settings = EvaluationSettings()
        by_name = settings.build_metrics()
        distinct = list({id(metric): metric for metric in by_name.values()}.values())
        metrics = [metric for metric in distinct if isinstance(metric, Metric)]
        _check_outputs(flags, real, metrics)
        needs_backbone = any(map(uses_backbone, metrics)) or flags.neighbors == "features"
        backbone = settings.build_backbone() if needs_backbone else None
        found = compare(
            real,
            fake,
            metrics,
            backbone,
            model_metrics=[metric for metric in distinct if isinstance(metric, ModelMetric)],
            num_samples=flags.num_samples,
            batch_size=flags.batch_size,
            force=flags.force,
            progress=_progress,
        )
        found = dataclasses.replace(found, warnings=(*found.warnings, *ignored))
        print(report.table(found))
        if flags.save_statistics:
            report.save_statistics(Path(flags.save_statistics), found, "real")
        if flags.output:
            folder = Path(flags.output)
            report.write_json(folder / "comparison.json", found)
            neighbors_in = backbone if flags.neighbors == "features" else None
            drawn = report.draw(folder, found, real, fake, metrics, neighbors_in)
            report.write_json(folder / "comparison.json", found, drawn.neighbors)
            written = [folder / "comparison.json", *drawn.paths]
            print("\nWritten: " + ", ".join(str(path) for path in written))
    return found


def run_and_exit(flags: CompareFlags) -> None:
    """`run`, but what a user can do something about becomes one line and an exit code."""
    try:
        run(flags)
    except configuration.ConfigurationError as error:
        _leave(error, 2)
    except OSError as error:
        _leave(f"{error}. If the disk is full, free some space; then start again.", 1)
    except KeyboardInterrupt:
        _leave("stopped by SIGINT.", 130)


def _leave(error: Exception | str, code: int) -> None:
    print(f"compare_gan: {' '.join(str(error).split())}", file=sys.stderr)
    sys.exit(code)


def _resize_binding(backbone: str, policy: str | None) -> list[str]:
    """What says how images are brought to the backbone's size, where a flag does.

    Raises:
      ConfigurationError: There is no such policy, or the backbone has no choice.
    """
    if policy is None:
        return []
    with configuration.explain_errors():
        check_policy("--resize", policy)
    if not registry.accepts(registry.find(backbone), "resize"):
        raise configuration.ConfigurationError(
            f"--resize={policy} has no effect, since {backbone} takes images as they are: leave it "
            "out."
        )
    return [f"{backbone}.resize = {policy!r}"]


def _ignored_bindings() -> list[str]:
    """Warnings of what is bound for a training's evaluation, but here decided by flags."""
    warnings = []
    for field in dataclasses.fields(EvaluationSettings):
        try:
            gin.query_parameter(f"eval.{field.name}")
        except ValueError:  # not bound
            continue
        hint = f": give --{field.name}" if field.name in CompareFlags._fields else ""
        warnings.append(f"eval.{field.name} has no effect here{hint}")
    return warnings


def _check_heeded(flags: CompareFlags, *sides: Side) -> None:
    for name, (kinds, what) in _HEEDED_BY.items():
        value = getattr(flags, name)
        if value is not None and not any(isinstance(side, kinds) for side in sides):
            raise ValueError(
                f"--{name}={value} has no effect, since neither side is {what}: leave it out."
            )


def _check_outputs(flags: CompareFlags, real: Side, metrics: list[Metric]) -> None:
    """What is asked for can be written: known before an hour of work."""
    if flags.neighbors not in (None, *_NEIGHBORS):
        raise ValueError(
            f"--neighbors={flags.neighbors} must be one of {', '.join(_NEIGHBORS)}, or left out."
        )
    if flags.neighbors and not flags.output:
        raise ValueError(
            f"--neighbors={flags.neighbors} has no effect without --output, a folder for the "
            "picture: add that, or leave it out."
        )
    if flags.output:
        _check_writable("output", Path(flags.output))
    if not flags.save_statistics:
        return
    path = Path(flags.save_statistics)
    if isinstance(real, StatisticsSide):
        raise ValueError(
            "--save_statistics is for images, but --real is a file of statistics already: leave "
            "it out, or copy that file."
        )
    if all(metric.accumulator().key != MomentsAccumulator.key for metric in metrics):
        raise ValueError("--save_statistics needs fid among --metrics: that is what it is for.")
    if path.suffix.casefold() != ".npz" or path.is_dir():
        raise ValueError(f"--save_statistics={path} must be the name of an .npz file.")
    _check_writable("save_statistics", path.parent)


def _check_writable(flag: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--{flag}: {folder} cannot be a folder ({error.strerror}).") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"--{flag}: nothing may be written to {folder}; name another folder.")


def _progress(batches: Batches, total: int, what: str) -> Batches:
    with tqdm.tqdm(total=total, desc=what, unit="image", disable=None, leave=False) as bar:
        for images, labels in batches:
            yield images, labels
            bar.update(len(images))


def _checked_name(flag: str, name: str, *kinds: type) -> str:
    """Returns the gin name of a metric or a backbone if it is one.

    Raises:
      ConfigurationError: It is misspelt, or nothing at all.
    """
    name = name.strip().removeprefix("@")
    known = sorted(n for kind in kinds for n in configuration.names_of_classes(kind))
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise configuration.ConfigurationError(
            f"--{flag}={name} is not known{hint} There are {', '.join(known)}."
        )
    return name
