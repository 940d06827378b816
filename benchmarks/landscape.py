# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Losses, regularizers and normalizers against each other: the same small GAN on digits.

    python benchmarks/landscape.py --output=/tmp/landscape --seeds=1,2,3
    python benchmarks/landscape.py --output=/tmp/few_images --group=few_images --steps=3000

Every combination is `configs/gan_digits.gin` without classes, trained for the same steps, and
differs only in the bindings listed here. Rows are kept in OUTPUT/rows.jsonl, so that a study goes
on where it was stopped; remove those of a combination whose bindings have changed. At the end a
table is printed: the median of the distance over the seeds, all values, and the time of a step,
measured in interleaved rounds: the median and, after ±, half of the distance between the quickest
and the slowest round, in milliseconds, and the median relative to the first combination's.
"""

import argparse
import dataclasses
import json
import shutil
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from few_labels import numbers

from compare_gan import configuration, schedules, training
from compare_gan.metrics.protocol import read_scores
from compare_gan.schedules import RunFlags
from compare_gan.schedules.run import build_dataset, build_experiment
from compare_gan.training import NonFiniteError

CONFIG = str(Path(__file__).resolve().parents[1] / "configs" / "gan_digits.gin")
BASE = [
    "ModularGAN.conditional = False",
    "ModularGAN.ema_start_step = 300",
    "eval.metrics = [@fid]",
    "eval.standing_samples = 3200",
    "resnet_biggan.Discriminator.project_y = False",
    "G.batch_norm_fn = @self_modulated_batch_norm",
]
_FREE = ["D.spectral_norm = False"]
_R1 = ["penalty.fn = @r1_penalty", "options.lamba = 0.1"]


def _normalized_by(normalizer: str) -> list[str]:
    """G with one normalizer everywhere, also before its last convolution."""
    return [
        f"G.batch_norm_fn = @{normalizer}",
        f"resnet_biggan.Generator.final_normalizer = @{normalizer}",
    ]


LOSSES_AND_MORE = {
    "hinge, spectral norm": [],
    "non-saturating, spectral norm": ["loss.fn = @non_saturating"],
    "least squares, spectral norm": ["loss.fn = @least_squares"],
    "relativistic average, spectral norm": ["loss.fn = @relativistic_average"],
    "Wasserstein, gradient penalty": [
        *_FREE,
        "loss.fn = @wasserstein",
        "penalty.fn = @wgangp_penalty",
        "options.lamba = 10.0",
    ],
    "non-saturating, DRAGAN": [
        *_FREE,
        "loss.fn = @non_saturating",
        "penalty.fn = @dragan_penalty",
        "options.lamba = 10.0",
    ],
    "non-saturating, R1": [*_FREE, "loss.fn = @non_saturating", *_R1],
    "non-saturating, R1 every 8th step": [
        *_FREE,
        "loss.fn = @non_saturating",
        *_R1,
        "penalty.interval = 8",
    ],
    "relativistic paired, R1 and R2": [
        *_FREE,
        "loss.fn = @relativistic_paired",
        "penalty.fn = [@r1_penalty, @r2_penalty]",
        "options.lamba = 0.1",
    ],
    "hinge, nothing": _FREE,
    "hinge, spectral norm, LeCam": [
        "ModularGAN.auxiliary_tasks = [@lecam()]",
        # It counts updates of D, 2,000 in 1,000 steps: by default half of them would be without.
        "lecam.start_update = 100",
    ],
    "hinge, spectral norm, consistency": ["ModularGAN.auxiliary_tasks = [@consistency()]"],
    "hinge, spectral norm, top-k": [
        "ModularGAN.top_k = @top_k()",
        "top_k.decay_steps = 20",
    ],
    "hinge, spectral norm; G batch norm": _normalized_by("batch_norm"),
    "hinge, spectral norm; G group norm": [
        *_normalized_by("group_norm"),
        "group_norm.groups = 4",
    ],
    "hinge, spectral norm; G EvoNorm": [*_normalized_by("evonorm_s0"), "evonorm_s0.groups = 4"],
    "hinge, spectral norm; G no norm": _normalized_by("no_batch_norm"),
}
# Where D may learn its images by heart: nothing bounds it but R1, and 252 images, a fifth, are few.
_OVERFITTING = [*_FREE, "loss.fn = @non_saturating", *_R1]
_FEW = [
    *_OVERFITTING,
    "dataset.labels = @few_labels",
    "few_labels.fraction = 0.2",
    "dataset.only_labelled = True",
]
FEW_IMAGES = {
    "20% of the images": _FEW,
    "20%, DiffAugment": [
        *_FEW,
        "ModularGAN.augmentation = @diff_augment()",
        # Cutout would hide half of an 8 x 8 image.
        "diff_augment.policy = ('translation',)",
    ],
    # Digits are neither mirrored nor turned; D sees 128,000 images in 1,000 steps.
    "20%, ADA": [
        *_FEW,
        "ModularGAN.augmentation = @ada()",
        "ada.policy = ('integer_translation', 'geometric')",
        "ada.adjustment_images = 20000",
    ],
    "all images": _OVERFITTING,
}
GROUPS = {"landscape": LOSSES_AND_MORE, "few_images": FEW_IMAGES}


def distance(bindings: list[str], seed: int) -> float | None:
    """The distance at the end of a run; None if it diverged."""
    seeds = [f"{name} = {seed}" for name in ("run_config.tf_random_seed", "dataset.seed")]
    if "few_labels.fraction = 0.2" in bindings:
        seeds.append(f"few_labels.seed = {seed}")
    folder = Path(tempfile.mkdtemp())
    try:
        every = [*BASE, *bindings, *seeds]
        schedules.run("eval_after_train", [CONFIG], every, RunFlags(folder))
        return read_scores(folder)[-1].mean
    except NonFiniteError:
        return None
    finally:
        shutil.rmtree(folder)


def milliseconds(bindings: list[str], steps: int = 60) -> float:
    """The time of a step, of the second half of a short training."""
    configuration.parse([CONFIG], [*BASE, *bindings, f"options.training_steps = {steps}"])
    times = []
    with tempfile.TemporaryDirectory() as folder:
        experiment = build_experiment(build_dataset(RunFlags(Path(folder))))
        settings = dataclasses.replace(experiment.settings, iterations_per_loop=steps // 6)

        class Clock:
            every_steps = steps // 6

            def __call__(self, step: int, curves: dict) -> None:
                times.append(time.perf_counter())

        training.train(experiment.gan, experiment.batches, folder, settings, [Clock()])
    return 1000 * (times[-1] - times[len(times) // 2 - 1]) / (steps // 2)


def time_per_step(times: list[float], first: list[float]) -> str:
    """Milliseconds of the rounds as "median ± half their range (ratio to the first's median)"."""
    if not times:
        return "-"
    median, spread = np.median(times), (max(times) - min(times)) / 2
    return f"{median:.2f} ± {spread:.2f} ms ({median / np.median(first):.2f} times)"


def main() -> None:
    """Trains what is missing, times what is asked for, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="where rows are kept")
    parser.add_argument("--group", default="landscape", choices=GROUPS)
    parser.add_argument("--seeds", default="1,2,3", help="separated by commas")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=0, help="of timings; run them alone")
    arguments = parser.parse_args()
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    path = output / "rows.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = {tuple(row[:3]): row[3] for row in map(json.loads, lines)}
    combinations, seeds = GROUPS[arguments.group], numbers(arguments.seeds, int)

    def keep(kind: str, name: str, number: int, value: float | None) -> None:
        rows[kind, name, number] = value
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps([kind, name, number, value]) + "\n")

    steps = [f"options.training_steps = {arguments.steps}"]
    for seed in seeds:
        for name, bindings in combinations.items():
            if ("distance", name, seed) not in rows:
                keras.backend.clear_session()
                keep("distance", name, seed, distance([*bindings, *steps], seed))
    for number in range(arguments.rounds):
        for name, bindings in combinations.items():
            if ("milliseconds", name, number) not in rows:
                keras.backend.clear_session()
                keep("milliseconds", name, number, milliseconds(bindings))

    print("| combination | fid_digits_cnn, median (all) | a step |\n|---|---|---|")
    times = {
        name: [v for (kind, n, _), v in rows.items() if (kind, n) == ("milliseconds", name)]
        for name in combinations
    }
    first = next((values for values in times.values() if values), [])
    for name in combinations:
        values = [rows["distance", name, seed] for seed in seeds]
        listed = ", ".join("diverged" if v is None else f"{v:.3f}" for v in values)
        median = np.median([np.inf if value is None else value for value in values])
        print(f"| {name} | **{median:.3f}** ({listed}) | {time_per_step(times[name], first)} |")


if __name__ == "__main__":
    main()
