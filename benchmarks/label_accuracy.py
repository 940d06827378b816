# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How right inferred labels are, beside what needs no images without labels, or no network.

    python benchmarks/label_accuracy.py --output=/tmp/few_labels --fractions=0.05,0.1

All methods know the same labels of the same images and are judged on the others: the shipped
configuration; the same network and views trained on the labelled images alone; the same with the
rotation loss on all images in place of consistency; and, of pixels, scikit-learn's label spreading,
nearest neighbour and logistic regression. Stores that `few_labels.py` has left in OUTPUT are used
again. Prints medians over the seeds, and all values; rows are kept in OUTPUT/label_accuracy.jsonl.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from few_labels import Recipe, Run, infer_labels, numbers, study_parser, whole_split
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.semi_supervised import LabelSpreading

from compare_gan import configuration
from compare_gan.data import FewLabels, LabelStore
from compare_gan.label_inference import inference_data

NETWORKS = {
    "shipped": [],
    "labelled images alone": [
        "classifier.consistency_weight = 0.0",
        "classifier.align_classes = False",
        "pretraining.training_steps = 0",
    ],
    "with the rotation loss": [
        "classifier.consistency_weight = 0.0",
        "classifier.align_classes = False",
        "classifier.rotation_weight = 0.5",
    ],
}
# Label spreading compares all images with all.
_MOST_IMAGES_TO_SPREAD_OVER = 5000
PIXELS = {
    "label spreading": LabelSpreading,
    "nearest neighbour": lambda: KNeighborsClassifier(1),
    "logistic regression": lambda: LogisticRegression(max_iter=2000),
}


def by_networks(name: str, fraction: float, seed: int, recipe: Recipe, output: Path) -> float:
    """The accuracy on hidden labels of one of `NETWORKS`."""
    run = Run("s3gan", fraction, seed)
    bindings = [
        *recipe.bindings,
        *NETWORKS[name],
        f"run_config.tf_random_seed = {seed}",
        f"dataset.seed = {seed}",
        f"few_labels.fraction = {fraction}",
        f"few_labels.seed = {seed}",
    ]
    folder = output if name == "shipped" else output / name.replace(" ", "_")
    store = infer_labels(run, recipe, bindings, folder)
    return LabelStore(store).provenance["accuracy_hidden"]


def by_pixels(fraction: float, seed: int, recipe: Recipe) -> dict[str, float]:
    """The accuracy on hidden labels of scikit-learn's classifiers."""
    configuration.parse([recipe.base], list(recipe.bindings))
    known = FewLabels(fraction=fraction, seed=seed)
    data = inference_data(known, tfds_data_dir=recipe.tfds_data_dir)
    images, given = whole_split(data.known, data.known.train_split)
    _, true = whole_split(data.truth, data.truth.train_split)  # in the same order
    pixels = images.reshape(len(images), -1)
    hidden = given < 0
    accuracies = {}
    for name, make in PIXELS.items():
        if name == "label spreading":
            if len(pixels) > _MOST_IMAGES_TO_SPREAD_OVER:
                continue
            found = make().fit(pixels, given).transduction_[hidden]
        else:
            found = make().fit(pixels[~hidden], given[~hidden]).predict(pixels[hidden])
        accuracies[name] = float((found == true[hidden]).mean())
    return accuracies


def main() -> None:
    """Measures what is missing, then prints medians."""
    parser = study_parser(__doc__.splitlines()[0])
    parser.add_argument("--networks", default=",".join(NETWORKS), help="separated by commas")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")  # label spreading divides by zero weights
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(arguments.dataset, tuple(arguments.bindings), arguments.tfds_data_dir)
    path = output / "label_accuracy.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = {tuple(row[:3]): row[3] for row in map(json.loads, lines)}
    fractions, seeds = numbers(arguments.fractions, float), numbers(arguments.seeds, int)

    def keep(method: str, fraction: float, seed: int, accuracy: float) -> None:
        rows[method, fraction, seed] = accuracy
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps([method, fraction, seed, accuracy]) + "\n")

    for seed in seeds:
        for fraction in fractions:
            if ("nearest neighbour", fraction, seed) not in rows:
                for method, accuracy in by_pixels(fraction, seed, recipe).items():
                    keep(method, fraction, seed, accuracy)
            for method in filter(None, arguments.networks.split(",")):
                if (method, fraction, seed) not in rows:
                    keep(
                        method, fraction, seed, by_networks(method, fraction, seed, recipe, output)
                    )
    for fraction in fractions:
        print(f"Accuracy on hidden labels with {fraction:.0%} known; median and all values")
        for method in (*NETWORKS, *PIXELS):
            values = sorted(
                rows[method, fraction, s] for s in seeds if (method, fraction, s) in rows
            )
            if values:
                listed = ", ".join(f"{value:.1%}" for value in values)
                print(f"  {method:<24}{np.median(values):.1%}  ({listed})")


if __name__ == "__main__":
    main()
