# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Training: the one loop, the tasks it runs, and what keeps a run safe."""

from compare_gan.training.best_checkpoint import Best, BestCheckpoint
from compare_gan.training.checkpoints import CheckpointError, Checkpoints
from compare_gan.training.guards import ModelDirLock, NonFiniteError, TrainingInterrupted
from compare_gan.training.loop import Callback, LoopSettings, train
from compare_gan.training.precision import network_scope
from compare_gan.training.strategies import STRATEGIES, begin, process_strategy
from compare_gan.training.task import Batch, Gradients, Task, Update
from compare_gan.training.workers import (
    ALONE,
    LostWorkerError,
    Workers,
    lost_workers_reported,
    workers_of,
)

__all__ = [
    "ALONE",
    "Batch",
    "Best",
    "BestCheckpoint",
    "Callback",
    "CheckpointError",
    "Checkpoints",
    "Gradients",
    "LoopSettings",
    "LostWorkerError",
    "ModelDirLock",
    "NonFiniteError",
    "STRATEGIES",
    "Task",
    "TrainingInterrupted",
    "Update",
    "Workers",
    "begin",
    "lost_workers_reported",
    "network_scope",
    "process_strategy",
    "train",
    "workers_of",
]
