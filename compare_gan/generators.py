# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Generators of runs, ready to sample: what `compare_gan.load_generator` returns."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from compare_gan.architectures import load_network
from compare_gan.array_files import read_arrays
from compare_gan.atomic_files import write_atomically
from compare_gan.configuration.errors import one_line
from compare_gan.gans.latents import LatentPrior
from compare_gan.losses import GANLoss, load_loss
from compare_gan.normalizers import inference_statistics
from compare_gan.trained_generator import TrainedGenerator, check_bn_mode
from compare_gan.training.best_checkpoint import BestCheckpoint
from compare_gan.training.checkpoints import CheckpointError, Checkpoints

_log = logging.getLogger(__name__)

MODEL_FILE = "model.json"
BEST = "best"
# What is needed to build G and to sample it.
_NEEDED = (
    "generator",
    "averaged",
    "standing_samples",
    "z_dim",
    "prior",
    "num_classes",
    "class_names",
)
_STANDING_FILE = "standing_statistics.npz"


class CheckpointGenerator(TrainedGenerator):
    """The generator of a run, with the weights of any of its checkpoints. Made by `load_generator`.

    Args:
      model_dir: The folder of the run.

    Attributes:
      standing_samples: Over how many fakes the standing statistics are that `bn_mode` uses; None
        if it uses others.

    Raises:
      ValueError: The folder holds no run, or no checkpoint yet.
    """

    def __init__(self, model_dir: str | os.PathLike[str]):
        folder = Path(model_dir)
        model = read_model(folder)
        for key in _NEEDED:
            _told_by(model, key, f"{key!r}, which is needed to build the generator")
        self._checkpoints = Checkpoints(folder / "checkpoints")
        self._best = BestCheckpoint(folder / "checkpoints")
        if not self._checkpoints.steps():
            raise ValueError(
                f"--model_dir={model_dir} holds no checkpoint yet; let its training reach the "
                "first one."
            )
        self._model = model
        self._standing_samples = model["standing_samples"]
        self._asked_samples: int | None = None
        self._gathered_over: int | None = None
        self._folder: Path | None = None  # of the checkpoint whose weights these are
        self._statistics: list[np.ndarray] = []  # what the checkpoint has for batch norm
        network = load_network(model["generator"])
        frequencies = tf.Variable(tf.zeros([model["num_classes"]]))
        role = "average_generator" if model["averaged"] else "generator"
        self._state = {role: network, "label_frequencies": frequencies}
        super().__init__(
            network,
            LatentPrior.from_config(model["prior"]),
            model["z_dim"],
            frequencies.numpy(),
            model["class_names"],
            averaged=model["averaged"],
        )

    def restore(
        self, step: int | Literal["best"] | None = None, standing_samples: int | None = None
    ) -> None:
        """Takes the weights of another checkpoint.

        Args:
          step: Which one; None takes the newest that is whole, "best" the best by `eval.best`.
          standing_samples: As for `load_generator`.

        Raises:
          CheckpointError: There is no such checkpoint, or it is damaged.
        """
        if step is None:
            step = self._checkpoints.restore_newest(self._state, partial=True)
            folder = self._checkpoints.folder(step)
        elif step == BEST:
            step = self._best.restore(self._state)
            folder = self._best.folder(step)
        elif isinstance(step, str):
            raise CheckpointError(f"step must be a whole number, {BEST!r} or None; it is {step!r}.")
        else:
            folder = self._read(step, self._state)
        self.step = step
        self.label_frequencies = self._state["label_frequencies"].numpy()
        self._folder, self._asked_samples = folder, standing_samples
        self._statistics = [variable.numpy() for variable in inference_statistics(self.network)]
        self._choose_statistics()

    @TrainedGenerator.bn_mode.setter
    def bn_mode(self, mode: str) -> None:
        """See `TrainedGenerator.bn_mode`."""
        check_bn_mode(mode, self.network)
        self._bn_mode = mode
        self._choose_statistics()

    def _choose_statistics(self) -> None:
        """Has the network use what `bn_mode` says, as soon as a checkpoint was restored."""
        if self.bn_mode == "standing" and self._statistics:
            self._restore_or_gather()
            return
        for variable, value in zip(inference_statistics(self.network), self._statistics):
            variable.assign(value)

    @property
    def standing_samples(self) -> int | None:
        """See the class."""
        return self._gathered_over if self.bn_mode == "standing" else None

    def load_discriminator(self) -> keras.Model:
        """The D of the checkpoint that G's weights are from.

        Raises:
          ValueError: D judges images together with auxiliary tasks, whose heads are not known here;
            or the run is too old to say.
        """
        tasks = _told_by(self._model, "judging_tasks", "how D judges images")
        if tasks:
            raise ValueError(
                f"D of this run judges images together with its auxiliary task {tasks[0]!r}, "
                "without which its logits mean nothing: ask a run without that task."
            )
        network = load_network(self._model["discriminator"])
        state = {"discriminator": network}
        self._read(self.step, state)
        return network

    def load_loss(self) -> Callable[..., GANLoss]:
        """The loss by which its D was trained: `(real_logits, fake_logits) -> GANLoss`.

        Raises:
          ValueError: It can't be found again; or the run is too old to say.
        """
        described = _told_by(self._model, "loss", "by which loss D was trained")
        if described is None:
            raise ValueError(
                "This run's loss is not known: an auxiliary task takes its place, or it can't be "
                "found again without the run's configuration. Define a loss of your own at the top "
                "level of a module, with numbers, text, True or False for its arguments."
            )
        return load_loss(described)

    def _read(self, step: int, state: dict[str, Any]) -> Path:
        """Reads a checkpoint from where it is, among the others or held as the best.

        Returns:
          Its folder.

        Raises:
          CheckpointError: It is in neither place, or damaged.
        """
        try:
            self._checkpoints.restore(step, state, partial=True)
            return self._checkpoints.folder(step)
        except CheckpointError:
            if not self._best.holds(step):
                raise
        self._best.restore_held(step, state)
        return self._best.folder(step)

    def _restore_or_gather(self) -> None:
        """Standing statistics: from beside the checkpoint, or made and stored there."""
        path, num_samples = self._folder / _STANDING_FILE, self._asked_samples
        variables = inference_statistics(self.network)
        stored = _stored_statistics(path)
        if stored and num_samples in (None, int(stored["num_samples"])):
            self._gathered_over = int(stored["num_samples"])
            for index, variable in enumerate(variables):
                variable.assign(stored[f"accumulator_{index}"])
            return
        num_samples = self._gathered_over = num_samples or self._standing_samples
        self._gather_standing_statistics(num_samples)
        arrays = {f"accumulator_{i}": variable.numpy() for i, variable in enumerate(variables)}
        if not path.parent.exists():  # removed meanwhile, by the training that goes on
            return
        try:
            write_atomically(path, lambda file: np.savez(file, num_samples=num_samples, **arrays))
        except OSError as error:  # a folder that is only read is no obstacle to sampling
            _log.warning("Standing statistics could not be stored in %s: %s.", path, error.strerror)


def read_model(model_dir: Path) -> dict[str, Any]:
    """What a run's `model.json` tells.

    Raises:
      ValueError: There is none, or it cannot be read.
    """
    try:
        model = json.loads((model_dir / MODEL_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(
            f"--model_dir={model_dir} holds no {MODEL_FILE}: nothing was trained there. "
            "Give the folder of a training run."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else one_line(error)
        raise ValueError(
            f"{model_dir / MODEL_FILE} cannot be read: {reason}. Make it readable; if it is "
            "damaged, start the training again with the same command, which writes it anew."
        ) from error
    return model


def _told_by(model: Mapping[str, Any], key: str, what: str) -> Any:
    """Returns an entry of a run's `model.json`.

    Raises:
      ValueError: An older version wrote it, without.
    """
    if key not in model:
        raise ValueError(
            f"The run's {MODEL_FILE} does not tell {what}: an older version wrote it. Start the "
            "training again with the same command, which writes it anew."
        )
    return model[key]


def _stored_statistics(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file of standing statistics; none if there is no file that can be read."""
    if not path.exists():
        return {}
    try:
        return read_arrays(path)
    except ValueError as error:
        _log.warning("%s is damaged (%s): standing statistics are gathered again.", path, error)
        return {}


def load_generator(
    model_dir: str | os.PathLike[str],
    step: int | Literal["best"] | None = None,
    standing_samples: int | None = None,
) -> CheckpointGenerator:
    """Loads the generator of a run. Needs no data and no gin; averaged weights go before plain
    ones.

    Args:
      model_dir: The folder of the run.
      step: Which checkpoint; None takes the newest, and "best" the one that `eval.best` chose.
      standing_samples: If G uses standing statistics: over how many fakes. None takes those stored
        beside the checkpoint, or gathers them over the number of `eval.standing_samples`. A
        G with moving averages uses them once its `bn_mode` is set to "standing".

    Returns:
      A generator with a method `sample(n, labels=None, truncation=None, seed=0)`.

    Raises:
      ValueError: The folder holds no run, or not the checkpoint asked for.
    """
    generator = CheckpointGenerator(model_dir)
    generator.restore(step, standing_samples)
    return generator
