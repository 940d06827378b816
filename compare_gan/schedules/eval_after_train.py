# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=eval_after_train`: train, then score the checkpoints that have no scores yet, and
draw.
"""

from compare_gan.data import Dataset
from compare_gan.metrics import Evaluator
from compare_gan.schedules.evaluation import build_evaluator, evaluate_checkpoints, print_scores
from compare_gan.schedules.run import RunFlags, build_dataset, writes
from compare_gan.schedules.train import train


def eval_after_train(
    flags: RunFlags, dataset: Dataset | None = None, evaluator: Evaluator | None = None
) -> None:
    """Trains what gin describes, evaluates its checkpoints, and draws from the last one.

    Several workers do all but draw together.

    Args:
      flags: What the command line says.
      dataset: What to train on, if it is built already.
      evaluator: What measures, if it is built already.

    Raises:
      ConfigurationError, NonFiniteError, CheckpointError, TrainingInterrupted: See `train`.
    """
    dataset = dataset or build_dataset(flags)
    # Built first: what it lacks shows before hours of training.
    evaluator = evaluator or build_evaluator(flags, dataset)
    train(flags, dataset, evaluator)
    evaluate_checkpoints(flags, dataset, evaluator, draw_last=True)
    if writes():
        print_scores(flags, dataset, evaluator)
