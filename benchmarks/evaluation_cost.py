# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What an evaluation costs beyond making its fakes and looking at them with the backbone.

    python benchmarks/evaluation_cost.py [--gin_config=configs/gan_digits.gin] [--n=10000]
        [--metrics=fid,inception_score] [--repeats=3] [--profile]

"alone" makes n fakes and runs the backbone on each batch, as an evaluation does, and drops what
comes out; "evaluated" is `Evaluator.evaluate` on one set of n fakes, with all metrics at once. They
run in turns, so that whatever else the machine does falls on both, and the fastest run of each
counts. G is not trained: how long it takes does not depend on its weights.

The real images are measured before, as they are once in a run and then for every checkpoint. A
split with fewer than n images is read several times. On a busy machine set OPENBLAS_NUM_THREADS=1:
threads that wait for each other there cost more than any metric. Metrics of all pairs of images,
such as prdc and kid with estimator "all", take time that grows with the square of n.
"""

import argparse
import cProfile
import os
import pathlib
import pstats
import time
from collections.abc import Iterator
from typing import Any

import gin
import numpy as np

from compare_gan import configuration
from compare_gan.data import Dataset, get_dataset
from compare_gan.metrics import EvaluationSettings, Evaluator
from compare_gan.metrics.image_sets import LabelledBatch
from compare_gan.schedules.run import build_experiment
from compare_gan.trained_generator import TrainedGenerator

ROOT = pathlib.Path(__file__).resolve().parents[1]
_CONTEXT = {"step": 0, "ema": False, "bn_mode": "moving"}


class Repeated:
    """The training images of a data set, again and again until there are n."""

    def __init__(self, dataset: Dataset, n: int):
        self._dataset, self._n = dataset, n
        self.name = f"{dataset.name}, repeated"
        self.fingerprint = f"{dataset.fingerprint}-{n}"
        self.class_names = dataset.class_names
        self.train_split = self.eval_split = dataset.train_split
        self.splits = (self.train_split,)
        self.num_eval_examples = n

    def num_examples(self, split: str) -> int:
        """How many there are, counting repetitions."""
        return self._n

    def ids_and_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """Of all of them."""
        ids, labels = self._dataset.ids_and_labels(split)
        return np.resize(ids, self._n), np.resize(labels, (self._n, *labels.shape[1:]))

    def evaluation_batches(self, split: str, batch_size: int) -> Iterator[dict[str, Any]]:
        """All of them."""
        left = self._n
        while left:
            for batch in self._dataset.evaluation_batches(split, batch_size):
                yield {name: np.asarray(values)[:left] for name, values in batch.items()}
                left -= min(left, len(batch["images"]))
                if not left:
                    return


class Fakes:
    """Fakes for an evaluation."""

    def __init__(self, generator: TrainedGenerator):
        self._generator = generator

    def __call__(self, index: int, n: int, batch_size: int) -> Iterator[LabelledBatch]:
        """n fakes, as a checkpoint's evaluation draws them."""
        return self._generator.batches(n, seed=index)


def alone(evaluator: Evaluator, fakes: Fakes, n: int) -> None:
    """Makes the fakes and runs the backbone on them."""
    for images, _ in fakes(0, n, evaluator.settings.batch_size):
        evaluator.backbone(images)


def seconds(function, *arguments, **named) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function(*arguments, **named)
    return time.perf_counter() - start


def build(arguments: argparse.Namespace) -> tuple[Evaluator, Fakes]:
    """The evaluator and the fakes that the configuration describes."""
    names = ", ".join(f"@{name}" for name in arguments.metrics.split(","))
    bindings = [*arguments.gin_bindings, f"eval.metrics = [{names}]", "eval.num_fake_sets = 1"]
    bindings += [f"eval.num_samples = {arguments.n}", "eval.split = None"]
    bindings += ["eval.force = True"]  # what it costs, whatever it is worth
    configuration.parse([arguments.gin_config], bindings)
    dataset = get_dataset(tfds_data_dir=arguments.tfds_data_dir)
    experiment = build_experiment(dataset)
    gan = experiment.gan
    classes = gan.model_config()["num_classes"]
    generator = TrainedGenerator(
        gan.sampling_generator,
        gan.evaluation_prior,
        experiment.options.z_dim,
        np.full(classes, 1 / max(classes, 1)),
        gan.model_config()["class_names"],
    )
    if generator.bn_mode == "standing":
        generator.accumulate_standing_statistics(640)
    return Evaluator(Repeated(dataset, arguments.n), EvaluationSettings()), Fakes(generator)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gin_config", default=str(ROOT / "configs" / "gan_digits.gin"))
    parser.add_argument("--gin_bindings", action="append", default=[])
    parser.add_argument("--tfds_data_dir")
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--metrics", default="fid,inception_score")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="also show where time goes")
    arguments = parser.parse_args()

    evaluator, fakes = build(arguments)
    alone(evaluator, fakes, 200)  # traces and compiles
    first = seconds(evaluator.evaluate, fakes, **_CONTEXT)
    times = {"alone": [], "evaluated": []}
    for _ in range(arguments.repeats):
        times["alone"].append(seconds(alone, evaluator, fakes, arguments.n))
        times["evaluated"].append(seconds(evaluator.evaluate, fakes, **_CONTEXT))
    print(
        f"{pathlib.Path(arguments.gin_config).name}, {arguments.n} fakes, backbone "
        f"{evaluator.backbone.name}, {arguments.metrics}; {arguments.repeats} times each, "
        f"{os.cpu_count()} cores"
    )
    for name, values in times.items():
        print(f"{name + ':':<11}{min(values):8.2f} s   of " + " ".join(f"{v:.2f}" for v in values))
    print(f"first:     {first:8.2f} s   with the real images, unless they are in the cache")
    print(f"ratio {min(times['evaluated']) / min(times['alone']):.3f}")
    if arguments.profile:
        profile = cProfile.Profile()
        profile.runcall(evaluator.evaluate, fakes, **_CONTEXT)
        pstats.Stats(profile).sort_stats("cumulative").print_stats("compare_gan", 25)
    gin.clear_config()


if __name__ == "__main__":
    main()
