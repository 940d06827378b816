# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Do distances grow with what was done to images? CIFAR-10, some backbones, corrupted copies.

    python benchmarks/distance_ordering.py --output=/tmp/ordering --tfds_data_dir=DIR \\
      [--samples=2000] [--saved_model=FOLDER] [--model_dir=FOLDER]

Test images are measured against as many training images, the yardstick, and against copies of
these training images that are blurred, noisy, shifted, or compressed, ever more so. No copy is of
an image on the other side, so that the yardstick is severity 0 of each. A distance orders a
corruption rightly if it is above the yardstick at the first severity and grows with each. Features
are random ones, those of a SavedModel such as an ImageNet classifier, and those of an encoder or
classifier that `--schedule=infer_labels` has trained in a model_dir. Rows are kept in
OUTPUT/rows.jsonl, so that a measurement goes on where it was stopped.
"""

import argparse
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import scipy.ndimage
from scipy.spatial.distance import pdist

from compare_gan.data import get_dataset
from compare_gan.metrics import backbones
from compare_gan.metrics.fid import frechet_distance
from compare_gan.metrics.gaussian_mmd import gaussian_mmd
from compare_gan.metrics.kid import kernel_distance

_BATCH = 50
_SEED = 0
YARDSTICK = ("training images", 0.0)


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    """Convolved with a Gaussian of `sigma` pixels."""
    return scipy.ndimage.gaussian_filter(images, (0, sigma, sigma, 0))


def noisy(images: np.ndarray, sigma: float) -> np.ndarray:
    """Independent normal noise of deviation `sigma` added, and clipped to [0, 1]."""
    noise = np.random.default_rng(_SEED).normal(0, sigma, images.shape)
    return np.clip(images + noise, 0, 1)


def shifted(images: np.ndarray, pixels: float) -> np.ndarray:
    """Moved down and to the right; the edge is repeated."""
    by = int(pixels)
    padded = np.pad(images, ((0, 0), (by, 0), (by, 0), (0, 0)), mode="edge")
    return padded[:, : images.shape[1], : images.shape[2]]


def compressed(images: np.ndarray, loss: float) -> np.ndarray:
    """Through JPEG of quality 100 − `loss`."""
    results = []
    for image in np.round(255 * images).astype(np.uint8):
        file = io.BytesIO()
        PIL.Image.fromarray(image).save(file, "JPEG", quality=round(100 - loss))
        results.append(np.asarray(PIL.Image.open(file)) / 255.0)
    return np.stack(results)


# Function, and severities in growing order.
CORRUPTIONS: dict[str, tuple[Callable, tuple[float, ...]]] = {
    "blurred": (blurred, (0.5, 0.75, 1.0, 1.5, 2.0)),
    "noisy": (noisy, (0.02, 0.05, 0.1, 0.2, 0.3)),
    "shifted": (shifted, (1, 2, 4, 8)),
    "compressed": (compressed, (30, 60, 80, 90, 95)),
}


def gaussian_mmd_of_median(*, real: np.ndarray, fake: np.ndarray) -> float:
    """With the median distance between real features as σ: no other fits every backbone's scale."""
    return gaussian_mmd(real=real, fake=fake, sigma=float(np.median(pdist(real))))


DISTANCES: dict[str, Callable] = {
    "fid": frechet_distance,
    "kid": kernel_distance,
    "gaussian_mmd": gaussian_mmd_of_median,
}


def cifar10(split: str, number: int, tfds_data_dir: str | None) -> np.ndarray:
    """Evenly spaced images of a split, float32 [number, 32, 32, 3] in [0, 1]."""
    dataset = get_dataset("cifar10", tfds_data_dir=tfds_data_dir)
    total = dataset.num_examples(split)
    if number > total:
        raise SystemExit(f"--samples={number}, but the split {split} has {total} images.")
    images = [np.asarray(b["images"]) for b in dataset.evaluation_batches(split, _BATCH)]
    chosen = np.arange(number) * total // number
    return np.concatenate(images)[chosen].astype(np.float32) / 255


def features(backbone: backbones.Backbone, images: np.ndarray) -> np.ndarray:
    """Those of all images, [n, feature_dim]."""
    starts = range(0, len(images), _BATCH)
    images = images.astype(np.float32)
    return np.concatenate([backbone(images[start : start + _BATCH])[0] for start in starts])


def rightly_ordered(yardstick: float, values: list[float]) -> bool:
    """Whether the first value is above the yardstick, and each above the one before it."""
    return bool(np.all(np.diff([yardstick, *values]) > 0))


def table(rows: list[dict]) -> str:
    """A line for each backbone, distance and corruption, in Markdown."""
    lines = [
        "| backbone | distance | corruption | training images | growing severity | ordered |",
        "|---|---|---|---|---|---|",
    ]
    found = {(r["backbone"], r["corruption"], r["severity"]): r for r in rows}
    for backbone in dict.fromkeys(row["backbone"] for row in rows):
        for distance in DISTANCES:
            yardstick = found[backbone, *YARDSTICK][distance]
            for name, (_, severities) in CORRUPTIONS.items():
                values = [found[backbone, name, severity][distance] for severity in severities]
                pairs = zip(severities, values)
                listed = ", ".join(f"{severity:g}: {value:.4g}" for severity, value in pairs)
                is_right = "yes" if rightly_ordered(yardstick, values) else "**no**"
                lines.append(
                    f"| {backbone} | {distance} | {name} | {yardstick:.4g} | {listed} | "
                    f"{is_right} |"
                )
    return "\n".join(lines)


def chosen_backbones(arguments: argparse.Namespace) -> list[backbones.Backbone]:
    """Random features, and what else was named."""
    chosen: list[backbones.Backbone] = [backbones.RandomFeatures()]
    if arguments.saved_model:
        chosen.append(backbones.SavedModel(arguments.saved_model))
    if arguments.model_dir:
        chosen += trained_networks(arguments.model_dir)
    return chosen


def trained_networks(model_dir: str) -> list[backbones.Backbone]:
    """The encoder and the classifier of a model_dir, as far as it has them."""
    kinds = {
        "encoder": backbones.TrainedEncoderBackbone,
        "classifier": backbones.TrainedClassifierBackbone,
    }
    stages = Path(model_dir) / "label_inference"
    found = [kind(model_dir) for stage, kind in kinds.items() if (stages / stage).exists()]
    if not found:
        raise SystemExit(f"--model_dir={model_dir} holds neither an encoder nor a classifier.")
    return found


def measure(backbone: backbones.Backbone, samples: int, data_dir: str | None, path: Path) -> list:
    """The rows of a backbone: those of the file, and those that it lacks, which are added."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    protocol = {"backbone": backbone.name, "hash": backbone.hash, "samples": samples}
    rows = {
        (row["corruption"], row["severity"]): row
        for row in map(json.loads, lines)
        if protocol.items() <= row.items()
    }
    wanted = [YARDSTICK, *((n, s) for n, (_, listed) in CORRUPTIONS.items() for s in listed)]
    if all(key in rows for key in wanted):
        return [rows[key] for key in wanted]
    real = features(backbone, cifar10("test", samples, data_dir))
    train = cifar10("train", samples, data_dir)
    for name, severity in wanted:
        if (name, severity) in rows:
            continue
        started = time.perf_counter()
        changed = train if (name, severity) == YARDSTICK else CORRUPTIONS[name][0](train, severity)
        fake = features(backbone, changed)
        values = {key: float(distance(real=real, fake=fake)) for key, distance in DISTANCES.items()}
        row = {**protocol, "corruption": name, "severity": severity, **values}
        rows[name, severity] = row
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        seconds = time.perf_counter() - started
        print(f"{backbone.name}, {name} {severity:g}: {values} ({seconds:.1f} s)", flush=True)
    return [rows[key] for key in wanted]


def main() -> None:
    """Measures what is missing, then prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True)
    parser.add_argument("--tfds_data_dir", help="where TensorFlow Datasets are prepared")
    parser.add_argument("--samples", type=int, default=2000, help="images on each side")
    parser.add_argument("--saved_model", help="folder of a network with `features`")
    parser.add_argument("--model_dir", help="where label inference has trained an encoder")
    arguments = parser.parse_args()
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    path = output / "rows.jsonl"
    rows = []
    for backbone in chosen_backbones(arguments):
        rows += measure(backbone, arguments.samples, arguments.tfds_data_dir, path)
    print(table(rows))


if __name__ == "__main__":
    main()
