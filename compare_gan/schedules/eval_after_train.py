# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=eval_after_train`: train, then score the checkpoints that have no scores yet, and
draw.
"""

from compare_gan.schedules.evaluation import build_evaluator, evaluate_checkpoints, print_scores
from compare_gan.schedules.run import RunFlags, build_dataset
from compare_gan.schedules.train import train


def eval_after_train(flags: RunFlags) -> None:
    """Trains what gin describes, evaluates its checkpoints, and draws from the last one.

    Raises:
      ConfigurationError, NonFiniteError, CheckpointError, TrainingInterrupted: See `train`.
    """
    dataset = build_dataset(flags)
    evaluator = build_evaluator(flags, dataset)  # what it lacks shows before hours of training
    train(flags, dataset)
    evaluate_checkpoints(flags, dataset, evaluator, draw_last=True)
    print_scores(flags.model_dir)
