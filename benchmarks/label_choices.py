# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Compares ways to infer labels by labelled images that are held back; hidden labels stay hidden.

    python benchmarks/label_choices.py --output=/tmp/choices --fractions=0.1 --seeds=1001,1002,1003

Of the images that a seed's draw labels, half are told to a classifier and the other half judge it.
Every candidate differs from the shipped configuration in what it is called. Rows are kept in
OUTPUT/choices.jsonl, so that a study goes on where it was stopped.
"""

import json
from pathlib import Path

import numpy as np
from few_labels import Recipe, Run, infer_labels, numbers, study_parser

from compare_gan import configuration
from compare_gan.data import FewLabels, LabelStore
from compare_gan.label_inference import inference_data

_TOLD = 0.5
_NO_CONSISTENCY = ["classifier.consistency_weight = 0.0", "classifier.align_classes = False"]
CANDIDATES = {
    "shipped": [],
    "without class alignment": ["classifier.align_classes = False"],
    "class from rotated copies too": ["classifier.class_from_rotations = True"],
    "rotation loss beside consistency": ["classifier.rotation_weight = 0.5"],
    "rotation loss, no consistency": [*_NO_CONSISTENCY, "classifier.rotation_weight = 0.5"],
    "no rotation pre-training": ["pretraining.training_steps = 0"],
    "labelled images alone": [*_NO_CONSISTENCY, "pretraining.training_steps = 0"],
}


def held_back(fraction: float, seed: int, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """The ids and labels of the images that are labelled, but not told."""
    configuration.parse([recipe.base], list(recipe.bindings))
    truth = inference_data(FewLabels(1.0), tfds_data_dir=recipe.tfds_data_dir).truth

    def labels(part: float) -> tuple[np.ndarray, np.ndarray]:
        return truth.with_labels(FewLabels(part, seed=seed)).ids_and_labels(truth.train_split)

    ids, labelled = labels(fraction)
    _, told = labels(_TOLD * fraction)  # the first of those of each class
    judges = (labelled >= 0) & (told < 0)
    return ids[judges], labelled[judges]


def right(name: str, fraction: float, seed: int, recipe: Recipe, output: Path) -> list[int]:
    """How many held-back images a candidate labels rightly, and of how many."""
    told = _TOLD * fraction
    bindings = [
        *recipe.bindings,
        *CANDIDATES[name],
        f"run_config.tf_random_seed = {seed}",
        f"dataset.seed = {seed}",
        f"few_labels.fraction = {told}",
        f"few_labels.seed = {seed}",
    ]
    folder = output / name.replace(" ", "_").replace(",", "")
    store = LabelStore(infer_labels(Run("s3gan", told, seed), recipe, bindings, folder))
    ids, labels = held_back(fraction, seed, recipe)
    return [int((store.hard_labels(ids) == labels).sum()), len(labels)]


def main() -> None:
    """Measures what is missing, then prints how many are right over all seeds."""
    parser = study_parser(__doc__.splitlines()[0])
    parser.add_argument(
        "--candidates", default=";".join(CANDIDATES), help="separated by semicolons"
    )
    arguments = parser.parse_args()
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(arguments.dataset, tuple(arguments.bindings), arguments.tfds_data_dir)
    path = output / "choices.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = {tuple(row[:3]): row[3] for row in map(json.loads, lines)}
    fractions, seeds = numbers(arguments.fractions, float), numbers(arguments.seeds, int)
    names = arguments.candidates.split(";")
    for seed in seeds:
        for fraction in fractions:
            for name in names:
                if (name, fraction, seed) not in rows:
                    rows[name, fraction, seed] = right(name, fraction, seed, recipe, output)
                    with open(path, "a", encoding="utf-8") as file:
                        row = [name, fraction, seed, rows[name, fraction, seed]]
                        file.write(json.dumps(row) + "\n")
    for fraction in fractions:
        print(f"Held-back images labelled rightly, {fraction:.0%} labelled, seeds {seeds}")
        for name in names:
            each = [rows[name, fraction, seed] for seed in seeds]
            found, number = np.sum(each, axis=0)
            listed = ", ".join(str(count) for count, _ in each)
            print(f"  {name:<36}{found / number:.1%} of {number}  ({listed})")


if __name__ == "__main__":
    main()
