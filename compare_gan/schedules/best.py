# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which checkpoint of a run is the best by `eval.best`, and that it is kept."""

import logging
import math
from pathlib import Path

from compare_gan.architectures import load_network
from compare_gan.atomic_files import turn
from compare_gan.generators import read_model
from compare_gan.metrics import Evaluator, Score, read_scores
from compare_gan.normalizers import own_bn_mode
from compare_gan.training import Best, BestCheckpoint, CheckpointError

_log = logging.getLogger(__name__)


def keep_best(model_dir: Path, evaluator: Evaluator) -> None:
    """Marks the checkpoint with the best score, of those that are still there; the first of equals.

    Without `eval.best`, or scores, it does nothing. It looks at all scores, so it can be called at
    any time and as often as wanted.
    """
    choice = evaluator.best
    if choice is None or not (model_dir / "checkpoints").is_dir():
        return
    checkpoints = BestCheckpoint(model_dir / "checkpoints")
    with turn(model_dir / "checkpoints"):
        scored = [
            score
            for score in scores_of(evaluator, model_dir)
            if score.metric == choice.name and math.isfinite(score.mean)
        ]
        gone = []
        for score in sorted(scored, key=lambda score: (choice.rank(score.mean), score.step)):
            try:
                checkpoints.hold(score.step)
            except CheckpointError:  # scored without being held, and removed by now
                gone.append(score)
                continue
            best = Best(score.step, score.metric, score.mean)
            if checkpoints.mark(best):
                _log.info("Step %d is the best so far: %s %.4g.", *best)
                for other in gone[:1]:
                    _log.warning(
                        "Step %d was better (%.4g), but its checkpoint is gone.",
                        other.step,
                        other.mean,
                    )
            return


def scores_of(evaluator: Evaluator, model_dir: Path) -> list[Score]:
    """The rows in a model_dir that the evaluator would write, of all steps."""
    scores = [score for score in read_scores(model_dir) if _is_asked_for(score, evaluator)]
    mode = evaluator.settings.bn_mode
    if mode == "auto" and scores:
        mode = _own_bn_mode(model_dir)
    return [score for score in scores if score.bn_mode == mode]


def _own_bn_mode(model_dir: Path) -> str:
    """What "auto" stands for of a run, without building its G where the run says it."""
    model = read_model(model_dir)
    return model.get("bn_mode") or own_bn_mode(load_network(model["generator"]))


def _is_asked_for(score: Score, evaluator: Evaluator) -> bool:
    """Whether a row is one that the evaluator would write, of whichever statistics."""
    settings = evaluator.settings
    context = {"step": score.step, "ema": score.ema, "bn_mode": score.bn_mode}
    context |= {"truncation": settings.truncation, "seed": settings.seed}
    if score.metric not in evaluator.names:
        return False
    return score.protocol in {
        row.protocol for row in evaluator.rows_without_values(**context, names=[score.metric])
    }
