# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every method of "High-Fidelity Image Generation With Fewer Labels" at some fractions of labels.

    python benchmarks/few_labels.py --output=/tmp/few_labels --fractions=0.05,0.1,0.2

A run is one method at one fraction with one seed, which draws the labelled images, the initial
weights and everything else. Its line in OUTPUT/results.jsonl is written when it ends; started
again, the study goes on with the runs that have none, and a run with its last checkpoint. Several
processes may share an OUTPUT if each has seeds of its own. Methods that infer labels in the same
way share them. At the end a table (median, bootstrap interval and all values) goes to
OUTPUT/table.md and a plot to OUTPUT/plot.png; `--report_only` writes them from what is there.
"""

import argparse
import hashlib
import itertools
import json
import logging
import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import scipy.stats
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import compare_gan
from compare_gan import configuration, schedules
from compare_gan.atomic_files import write_text_atomically
from compare_gan.data import Dataset, LabelStore
from compare_gan.metrics import EvaluationSettings
from compare_gan.metrics.fid import frechet_distance
from compare_gan.metrics.protocol import read_scores
from compare_gan.pictures import save_png
from compare_gan.pictures.plots import score_plot
from compare_gan.schedules import RunFlags
from compare_gan.schedules.run import build_dataset
from compare_gan.trained_generator import TrainedGenerator
from compare_gan.training import NonFiniteError

CONFIGS = Path(__file__).resolve().parents[1] / "configs" / "few_labels"
METHODS = ("supervised", *sorted(path.stem for path in (CONFIGS / "methods").glob("*.gin")))
DATASETS = ("digits", "fashion_mnist")
_FAKES_PER_CLASS = 500
# Principal components that the judge sees; 8 x 8 pixels have hardly more.
_JUDGE_COMPONENTS = 50


class Run(NamedTuple):
    """One training.

    Attributes:
      method: A file of `configs/few_labels/methods`, or "supervised".
      fraction: Of the labels that are known; None for methods that know all or none.
      seed: Of everything that is random.
    """

    method: str
    fraction: float | None
    seed: int

    @property
    def files(self) -> list[str]:
        """The configuration, without the data set's file."""
        own = [] if self.method == "supervised" else [CONFIGS / "methods" / f"{self.method}.gin"]
        return [str(path) for path in own]

    @property
    def text(self) -> str:
        """What the method's file binds."""
        return "\n".join(Path(path).read_text(encoding="utf-8") for path in self.files)

    @property
    def inference(self) -> str | None:
        """The method that infers its labels, if one does."""
        if "@inferred_labels" not in self.text:
            return None
        (found,) = re.findall(r"^label_inference\.method\s*=\s*@(\w+)", self.text, re.MULTILINE)
        return found

    @property
    def name(self) -> str:
        """The folder of the run."""
        fraction = "" if self.fraction is None else f"-{self.fraction:g}"
        return f"{self.method}{fraction}-seed{self.seed}"


class Recipe(NamedTuple):
    """What all runs of a study share.

    Attributes:
      dataset: A file of `configs/few_labels`.
      bindings: More gin bindings.
      tfds_data_dir: Where TensorFlow Datasets are prepared.
    """

    dataset: str
    bindings: tuple[str, ...]
    tfds_data_dir: str | None

    @property
    def base(self) -> str:
        """The data set's file."""
        return str(CONFIGS / f"{self.dataset}.gin")

    @property
    def digest(self) -> str:
        """Of all that is configured: results of another recipe are none of this study."""
        paths = [Path(self.base), *sorted((CONFIGS / "methods").glob("*.gin"))]
        text = "\n".join([*(p.read_text(encoding="utf-8") for p in paths), *self.bindings])
        lines = [line.partition("#")[0].rstrip() for line in text.splitlines()]
        return hashlib.sha256("\n".join(filter(None, lines)).encode()).hexdigest()[:16]

    def flags(self, folder: Path) -> RunFlags:
        """What the command line would say of a run in `folder`."""
        return RunFlags(folder, tfds_data_dir=self.tfds_data_dir)


def takes_fraction(method: str) -> bool:
    """Whether it matters how many labels are known."""
    return "few_labels.fraction" in Run(method, None, 0).text


class Judge:
    """What is measured beside the scores of the evaluation, against the evaluation split.

    The class agreement is that of a support-vector classifier of the pixels' principal components,
    trained on all real training images: not of the network in whose features distances are. The
    intra-class distance is the mean over the classes of the distance between fakes and reals of one
    class; of few reals it is biased, alike for all methods.

    Attributes:
      accuracy: The classifier's on the evaluation split.
    """

    def __init__(self, recipe: Recipe) -> None:
        configuration.parse([recipe.base], list(recipe.bindings))
        dataset = build_dataset(recipe.flags(Path(".")))
        self._backbone = EvaluationSettings().build_backbone()
        self.class_names = dataset.class_names
        train, train_labels = whole_split(dataset, dataset.train_split)
        test, self._test_labels = whole_split(dataset, dataset.eval_split)
        components = min(_JUDGE_COMPONENTS, _pixels(train).shape[1])
        self._classifier = make_pipeline(PCA(components, random_state=0), SVC(C=10))
        self._classifier.fit(_pixels(train), train_labels)
        self.accuracy = float((self._classifier.predict(_pixels(test)) == self._test_labels).mean())
        self._test_features = self._features(test)

    def __call__(self, generator: TrainedGenerator) -> dict[str, float]:
        """The two figures; none for a diverged generator, or one whose classes are not the data
        set's.
        """
        classes = len(self.class_names)
        if tuple(generator.class_names) != tuple(self.class_names):
            return {}
        labels = np.repeat(np.arange(classes), _FAKES_PER_CLASS)
        fakes = generator.sample(len(labels), labels, seed=7)
        if not np.isfinite(fakes).all():
            return {}
        agreement = self._classifier.predict(_pixels(fakes)) == labels
        features = self._features(fakes)
        distances = [
            frechet_distance(
                real=self._test_features[self._test_labels == c], fake=features[labels == c]
            )
            for c in range(classes)
        ]
        return {
            "class_agreement": float(agreement.mean()),
            "intra_class_distance": float(np.mean(distances)),
        }

    def _features(self, images: np.ndarray) -> np.ndarray:
        batches = [images[i : i + 256] for i in range(0, len(images), 256)]
        return np.concatenate([self._backbone(batch)[0] for batch in batches])


def whole_split(dataset: Dataset, split: str) -> tuple[np.ndarray, np.ndarray]:
    """All images of a split, float32 in [0, 1], and their labels, in a fixed order."""
    batches = list(dataset.evaluation_batches(split))
    images = np.concatenate([np.asarray(batch["images"]) for batch in batches])
    images = images.astype(np.float32) / 255.0
    labels = np.concatenate([np.asarray(batch["labels"]) for batch in batches])
    return images, labels


def _pixels(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def infer_labels(run: Run, recipe: Recipe, bindings: list[str], output: Path) -> Path | None:
    """The folder with the labels that the run's method infers, shared by methods that agree."""
    if run.inference is None:
        return None
    folder = output / "labels" / run._replace(method=run.inference).name
    schedules.run("infer_labels", [recipe.base, *run.files], bindings, recipe.flags(folder))
    return folder / "label_inference" / "labels"


def measure(run: Run, recipe: Recipe, output: Path, judge: Judge) -> dict[str, Any]:
    """Makes one run, and says what came of it."""
    keras.backend.clear_session()
    seeds = [f"run_config.tf_random_seed = {run.seed}", f"dataset.seed = {run.seed}"]
    bindings = [*recipe.bindings, *seeds]
    if run.fraction is not None:
        bindings += [f"few_labels.fraction = {run.fraction}", f"few_labels.seed = {run.seed}"]
    result: dict[str, Any] = {}
    store = infer_labels(run, recipe, bindings, output)
    if store is not None:
        bindings.append(f"inferred_labels.store = '{store}'")
        result["label_accuracy"] = LabelStore(store).provenance.get("accuracy_hidden")
    folder = output / "runs" / run.name
    files = [recipe.base, *run.files]
    schedules.run("eval_after_train", files, bindings, recipe.flags(folder))
    scores = read_scores(folder)
    last = max(score.step for score in scores)
    result |= {score.metric: score.mean for score in scores if score.step == last}
    return result | judge(compare_gan.load_generator(folder)) | {"steps": last}


def measure_safely(run: Run, recipe: Recipe, output: Path, judge: Judge) -> dict[str, Any]:
    """The row of one run; of a diverged one it says so, and the study goes on."""
    started = time.monotonic()
    row = {**run._asdict(), "dataset": recipe.dataset, "recipe": recipe.digest}
    try:
        row |= measure(run, recipe, output, judge)
    except NonFiniteError as error:
        logging.getLogger(__name__).warning("%s failed: %s", run.name, error)
        row["failed"] = str(error)
    return row | {"seconds": round(time.monotonic() - started, 1)}


def read_results(output: Path, recipe: Recipe) -> list[dict[str, Any]]:
    """The finished runs; a line that a kill cut off is none.

    Raises:
      SystemExit: They are of another recipe.
    """
    path = output / "results.jsonl"
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    if any(row["recipe"] != recipe.digest for row in rows):
        raise SystemExit(
            f"{path} holds runs of other configurations or --bindings; give another --output."
        )
    return rows


def append_result(output: Path, row: dict[str, Any]) -> None:
    """Adds a line, after the end of one that a kill cut off."""
    path = output / "results.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    with open(path, "a", encoding="utf-8") as file:
        file.write(("\n" if text and not text.endswith("\n") else "") + json.dumps(row) + "\n")


def finite(rows: Sequence[dict[str, Any]], score: str) -> list[float]:
    """The values of a score that are there."""
    return [r[score] for r in rows if r.get(score) is not None and np.isfinite(r[score])]


def table(results: list[dict[str, Any]], scores: list[str]) -> str:
    """Markdown: for each method and fraction the median, its 95% bootstrap interval, all values."""
    lines = ["| method | labels | seeds | " + " | ".join(scores) + " |"]
    lines.append("|---" * (3 + len(scores)) + "|")
    keys = sorted(
        {(METHODS.index(r["method"]), r["fraction"] or 0.0) for r in results},
        key=lambda key: (key[1], key[0]),
    )
    for index, fraction in keys:
        rows = [
            r for r in results if r["method"] == METHODS[index] and (r["fraction"] or 0) == fraction
        ]
        cells = [_cell(finite(rows, score)) for score in scores]
        labels = f"{fraction:.0%}" if fraction else "all" if METHODS[index] == "supervised" else "-"
        failed = sum("failed" in row for row in rows)
        seeds = f"{len(rows)}" + (f", {failed} failed" if failed else "")
        lines.append(f"| {METHODS[index]} | {labels} | {seeds} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    text = f"**{np.median(values):.3f}**"
    if len(values) > 2:
        low, high = median_interval(values)
        text += f" [{low:.3f}, {high:.3f}]"
    return text + " (" + ", ".join(f"{value:.3f}" for value in sorted(values)) + ")"


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95% bootstrap interval of the median, by percentiles."""
    if len(set(values)) == 1:  # what SciPy calls degenerate
        return values[0], values[0]
    interval = scipy.stats.bootstrap(
        (values,), np.median, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return float(interval.low), float(interval.high)


def plot(results: list[dict[str, Any]], score: str, title: str) -> np.ndarray:
    """The score against the fraction of labels; a line for what does not depend on it."""
    by_method: dict[str, dict[float, list[float]]] = {}
    references: dict[str, list[float]] = {}
    for result in results:
        if not finite([result], score):
            continue
        if result["fraction"] is None:
            references.setdefault(result["method"], []).append(result[score])
        else:
            fractions = by_method.setdefault(result["method"], {})
            fractions.setdefault(result["fraction"], []).append(result[score])
    return score_plot(by_method, references, score, title, logarithmic=True)


def report(output: Path, recipe: Recipe, judge_accuracy: float | None) -> None:
    """Writes the table and the plot."""
    results = read_results(output, recipe)
    scores = [name for name in results[0] if name.startswith("fid_")]
    text = table(results, [*scores, "intra_class_distance", "class_agreement", "label_accuracy"])
    if judge_accuracy is not None:
        text += f"\nThe judge of the class agreement is right on {judge_accuracy:.1%} of real "
        text += "images of the evaluation split.\n"
    write_text_atomically(output / "table.md", text)
    if any(result["fraction"] for result in results):
        picture = plot(results, scores[0], f"Few labels: {recipe.dataset}")
        save_png(output / "plot.png", picture)
    print(text)


def numbers(text: str, kind: type) -> list:
    """Those of "1,2,3", each once."""
    return list(dict.fromkeys(kind(value) for value in text.split(",")))


def _methods(text: str) -> list[str]:
    names = text.split(",")
    unknown = sorted(set(names) - set(METHODS))
    if unknown:
        raise argparse.ArgumentTypeError(f"no {', '.join(unknown)} among {', '.join(METHODS)}")
    return names


def study_parser(description: str) -> argparse.ArgumentParser:
    """A parser of what every study is told: where, of which data, fractions and seeds, and how."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--output", required=True, help="where runs and results go")
    parser.add_argument("--dataset", default="digits", choices=DATASETS)
    parser.add_argument("--tfds_data_dir", help="where TensorFlow Datasets are prepared")
    parser.add_argument("--fractions", default="0.1", help="of the labels, separated by commas")
    parser.add_argument("--seeds", default="1,2,3,4,5", help="separated by commas")
    parser.add_argument("--bindings", action="append", default=[], help="a gin binding; repeatable")
    return parser


def main() -> None:
    """Runs what is missing, then writes the table and the plot."""
    parser = study_parser(__doc__.splitlines()[0])
    parser.add_argument("--methods", default=",".join(METHODS), type=_methods, help="with commas")
    parser.add_argument("--keep_runs", action="store_true", help="keep checkpoints and pictures")
    parser.add_argument("--report_only", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(arguments.dataset, tuple(arguments.bindings), arguments.tfds_data_dir)
    if arguments.report_only:
        report(output, recipe, None)
        return
    seeds, fractions = numbers(arguments.seeds, int), numbers(arguments.fractions, float)
    runs = [
        Run(method, fraction, seed)
        for seed, method in itertools.product(seeds, arguments.methods)
        for fraction in (fractions if takes_fraction(method) else [None])
    ]
    judge = Judge(recipe)
    done = {Run(r["method"], r["fraction"], r["seed"]) for r in read_results(output, recipe)}
    for number, run in enumerate(runs, 1):
        if run in done:
            continue
        row = measure_safely(run, recipe, output, judge)
        append_result(output, row)
        if not arguments.keep_runs:
            shutil.rmtree(output / "runs" / run.name, ignore_errors=True)
        print(f"{number}/{len(runs)}: {json.dumps(row)}", flush=True)
    report(output, recipe, judge.accuracy)


if __name__ == "__main__":
    main()
