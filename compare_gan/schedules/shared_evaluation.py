# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What several workers do together to evaluate checkpoints: all of them, or none.

One process is the first of one worker.
"""

import contextlib
import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from compare_gan.configuration import ConfigurationError
from compare_gan.generators import CheckpointGenerator
from compare_gan.metrics import EvaluationSettings, Evaluator, Score
from compare_gan.metrics.image_sets import LabelledBatch
from compare_gan.trained_generator import TrainedGenerator
from compare_gan.training import BestCheckpoint, CheckpointError, Workers

_log = logging.getLogger(__name__)

# Fake sets draw from seeds this far apart, so that no two share a latent.
_SEED_STRIDE = 1_000_003


def check_agreement(rows: Sequence[Score], workers: Workers) -> None:
    """Checks that all workers would measure the same things in the same way.

    Args:
      rows: What this worker would write, whatever the values.
      workers: All of them.

    Raises:
      ConfigurationError: Another worker would write others than the first one.
    """
    text = repr([row.protocol for row in rows])
    digest = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
    digests = workers.exchange([digest])[:, 0]
    others = np.flatnonzero(digests != digests[0])
    if len(others):
        raise ConfigurationError(
            f"Worker {others[0]} would evaluate otherwise than the first worker: give all workers "
            "the same command, the same data and the same files for eval.backbone."
        )


def agreed(pending: dict[int, set[str]], evaluator: Evaluator) -> Iterator[tuple[int, set[str]]]:
    """What is pending on the first worker, on all of them: steps and names of values.

    Args:
      pending: The names by step. Those of other workers do not count.
      evaluator: This worker's.
    """
    orders = iter(pending.items())
    while True:
        step, names = next(orders, (-1, ()))
        wanted = [name in names for name in evaluator.names]
        step, *wanted = evaluator.workers.exchange([step, *wanted])[0].tolist()
        if step < 0:
            return
        yield step, {name for name, due in zip(evaluator.names, wanted, strict=True) if due}


@contextlib.contextmanager
def restored(
    model_dir: Path,
    step: int,
    generator: CheckpointGenerator,
    evaluator: Evaluator,
    may_be_best: bool,
) -> Iterator[bool]:
    """A checkpoint's weights in the generator, on all workers or on none.

    Args:
      model_dir: Where the checkpoint is.
      step: The checkpoint's.
      generator: Takes the weights.
      evaluator: Will measure it.
      may_be_best: Whether the checkpoint is kept meanwhile, however long that takes: a training
        that goes on may delete its own copy.

    Returns:
      A context; its value is whether all workers have the weights. What is missing is logged.
    """
    workers = evaluator.workers
    problem = None
    with contextlib.ExitStack() as held:
        # The first worker goes first: the others find the standing statistics that it stores.
        for own_turn in (workers.writes, not workers.writes):
            if own_turn:
                try:
                    if may_be_best and workers.writes:
                        best = BestCheckpoint(model_dir / "checkpoints")
                        held.enter_context(best.holding(step))
                    generator.restore(step, evaluator.settings.standing_samples)
                except CheckpointError as error:  # damaged, or removed by the training
                    problem = error
            failed = np.flatnonzero(workers.exchange([problem is not None]))
            if len(failed):
                if workers.writes or problem is not None:
                    reason = problem or f"Worker {failed[0]} cannot read it."
                    _log.error("The checkpoint of step %d is left out. %s", step, reason)
                yield False
                return
        yield True


class FakeSets:
    """Sets of fakes for the evaluation, each from latents of its own; of several workers, this
    one's batches.

    Args:
      generator: Makes them.
      settings: What says how.
      workers: Who makes them.
    """

    def __init__(self, generator: TrainedGenerator, settings: EvaluationSettings, workers: Workers):
        self._generator = generator
        self._settings = settings
        self._shard = workers.index, workers.count

    def __call__(self, index: int, n: int, batch_size: int) -> Iterator[LabelledBatch]:
        """The batches of the set numbered `index`; see `compare_gan.metrics.Evaluator.evaluate`."""
        del batch_size  # the generator has its own, on which its images depend
        seed = self._settings.seed + _SEED_STRIDE * index
        return self._generator.batches(n, None, self._settings.truncation, seed, self._shard)
