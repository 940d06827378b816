# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every method of "High-Fidelity Image Generation With Fewer Labels" at some fractions of labels.

python benchmarks/few_labels.py --output=/tmp/few_labels --fractions=0.05,0.1,0.2 --seeds=1,2,3,4,5

A run is one method at one fraction with one seed, which draws the labelled images, the initial
weights and everything else. Its line in OUTPUT/results.jsonl is written when it ends; started
again, the study goes on with the runs that have none, and a run with its last checkpoint. Methods
that infer labels in the same way share them. At the end a table (median, bootstrap interval and all
values) goes to OUTPUT/table.md and a plot to OUTPUT/plot.png.
"""

import argparse
import itertools
import json
import logging
import shutil
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import scipy.stats
from sklearn.svm import SVC

import compare_gan
from compare_gan import schedules
from compare_gan.atomic_files import write_text_atomically
from compare_gan.data import LabelStore, load_digits
from compare_gan.generators import TrainedGenerator
from compare_gan.metrics.backbones import DigitsCNN
from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.fid import frechet_distance
from compare_gan.metrics.protocol import read_scores
from compare_gan.pictures import save_png
from compare_gan.pictures.plots import score_plot
from compare_gan.schedules import RunFlags

CONFIGS = Path(__file__).resolve().parents[1] / "configs" / "few_labels"
METHODS = ("supervised", *sorted(path.stem for path in (CONFIGS / "methods").glob("*.gin")))
_FAKES_PER_CLASS = 500


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
    def name(self) -> str:
        """The folder of the run."""
        fraction = "" if self.fraction is None else f"-{self.fraction:g}"
        return f"{self.method}{fraction}-seed{self.seed}"


def takes_fraction(method: str) -> bool:
    """Whether it matters how many labels are known."""
    return "few_labels.fraction" in Run(method, None, 0).text


class DigitsJudge:
    """What is measured beside the scores of the evaluation, against the test digits.

    The class agreement is that of a support-vector classifier of pixels, trained on all real
    digits: not of the network in whose features distances are. The intra-class distance is the mean
    over the classes of the distance between fakes and reals of one class; with some 54 reals in 64
    dimensions it is biased, alike for all methods.
    """

    classes = 10

    def __init__(self) -> None:
        splits = [load_digits(split) for split in ("train", "test")]
        images = np.concatenate([x for x, _, _ in splits]) / 255.0
        labels = np.concatenate([y for _, y, _ in splits])
        self._classifier = SVC().fit(images.reshape(len(images), -1), labels)
        self._backbone: Backbone = DigitsCNN()
        self._test, self._test_labels, _ = load_digits("test")

    def __call__(self, generator: TrainedGenerator) -> dict[str, float]:
        if generator.num_classes != self.classes:  # there is no class to agree with
            return {}
        labels = np.repeat(np.arange(self.classes), _FAKES_PER_CLASS)
        fakes = generator.sample(len(labels), labels, seed=7)
        agreement = self._classifier.predict(fakes.reshape(len(fakes), -1)) == labels
        real = self._backbone(self._test.astype(np.float32) / 255.0)[0]
        fake = self._backbone(fakes)[0]
        distances = [
            frechet_distance(real=real[self._test_labels == c], fake=fake[labels == c])
            for c in range(self.classes)
        ]
        return {
            "class_agreement": float(agreement.mean()),
            "intra_fid_digits_cnn": float(np.mean(distances)),
        }


def infer_labels(run: Run, base: list[str], bindings: list[str], output: Path) -> Path | None:
    """The folder with the labels that the run's method infers, shared by methods that agree."""
    if "@inferred_labels" not in run.text:
        return None
    lines = [line for line in run.text.splitlines() if "label_inference.method" in line]
    method = lines[0].partition("@")[2].strip()
    folder = output / "labels" / run._replace(method=method).name
    flags = RunFlags(folder)
    schedules.run("infer_labels", [*base, *run.files], bindings, flags)
    return folder / "label_inference" / "labels"


def measure(
    run: Run, base: list[str], bindings: list[str], output: Path, judge: DigitsJudge
) -> dict:
    """Makes one run, and says what came of it."""
    started = time.monotonic()
    keras.backend.clear_session()
    bindings = [*bindings, f"run_config.tf_random_seed = {run.seed}", f"dataset.seed = {run.seed}"]
    if run.fraction is not None:
        bindings += [f"few_labels.fraction = {run.fraction}", f"few_labels.seed = {run.seed}"]
    result: dict[str, Any] = {"method": run.method, "fraction": run.fraction, "seed": run.seed}
    store = infer_labels(run, base, bindings, output)
    if store is not None:
        bindings.append(f"inferred_labels.store = '{store}'")
        result["label_accuracy"] = LabelStore(store).provenance.get("accuracy_hidden")
    folder = output / "runs" / run.name
    schedules.run("eval_after_train", [*base, *run.files], bindings, RunFlags(folder))
    scores = read_scores(folder)
    last = max(score.step for score in scores)
    result |= {score.metric: score.mean for score in scores if score.step == last}
    result |= judge(compare_gan.load_generator(folder))
    result |= {"steps": last, "seconds": round(time.monotonic() - started, 1)}
    return result


def read_results(output: Path) -> list[dict[str, Any]]:
    """The finished runs."""
    path = output / "results.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


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
        cells = [_cell([r[s] for r in rows if r.get(s) is not None]) for s in scores]
        labels = f"{fraction:.0%}" if fraction else "all" if METHODS[index] == "supervised" else "-"
        lines.append(f"| {METHODS[index]} | {labels} | {len(rows)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    text = f"**{np.median(values):.3f}**"
    if len(values) > 2:
        low, high = scipy.stats.bootstrap(
            (values,), np.median, method="percentile", rng=np.random.default_rng(0)
        ).confidence_interval
        text += f" [{low:.3f}, {high:.3f}]"
    return text + " (" + ", ".join(f"{value:.3f}" for value in sorted(values)) + ")"


def plot(results: list[dict[str, Any]], score: str, title: str) -> np.ndarray:
    """The score against the fraction of labels; a line for what does not depend on it."""
    by_method: dict[str, dict[float, list[float]]] = {}
    references: dict[str, list[float]] = {}
    for result in results:
        if result.get(score) is None:
            continue
        if result["fraction"] is None:
            references.setdefault(result["method"], []).append(result[score])
        else:
            fractions = by_method.setdefault(result["method"], {})
            fractions.setdefault(result["fraction"], []).append(result[score])
    shown = {name: references[name] for name in ("supervised",) if name in references}
    return score_plot(by_method, shown, score, title, logarithmic=True)


def _numbers(text: str, kind: type) -> list:
    return [kind(value) for value in text.split(",")]


def main() -> None:
    """Runs what is missing, then writes the table and the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="where runs and results go")
    parser.add_argument("--dataset", default="digits", help="a file of configs/few_labels")
    parser.add_argument("--methods", default=",".join(METHODS), help="separated by commas")
    parser.add_argument("--fractions", default="0.1", help="of the labels, separated by commas")
    parser.add_argument("--seeds", default="1,2,3,4,5", help="separated by commas")
    parser.add_argument("--bindings", action="append", default=[], help="a gin binding; repeatable")
    parser.add_argument("--score", default="fid_digits_cnn", help="what is plotted")
    parser.add_argument("--keep_runs", action="store_true", help="keep checkpoints and pictures")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    methods, seeds = arguments.methods.split(","), _numbers(arguments.seeds, int)
    fractions = _numbers(arguments.fractions, float)
    runs = [
        Run(method, fraction, seed)
        for seed, method in itertools.product(seeds, methods)
        for fraction in (fractions if takes_fraction(method) else [None])
    ]
    base = [str(CONFIGS / f"{arguments.dataset}.gin")]
    judge = DigitsJudge()
    done = {Run(r["method"], r["fraction"], r["seed"]) for r in read_results(output)}
    for number, run in enumerate(runs, 1):
        if run in done:
            continue
        result = measure(run, base, arguments.bindings, output, judge)
        with open(output / "results.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        if not arguments.keep_runs:
            shutil.rmtree(output / "runs" / run.name)
        print(f"{number}/{len(runs)}: {json.dumps(result)}", flush=True)
    results = read_results(output)
    scores = [arguments.score, "intra_fid_digits_cnn", "class_agreement", "label_accuracy"]
    write_text_atomically(output / "table.md", table(results, scores))
    if any(result["fraction"] for result in results):
        save_png(
            output / "plot.png", plot(results, arguments.score, f"Few labels: {arguments.dataset}")
        )
    print((output / "table.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
