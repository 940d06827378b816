# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A trained generator as one side of a comparison."""

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from compare_gan.comparison.sides import ImageSide, Labelled
from compare_gan.generators import MODEL_FILE, CheckpointGenerator
from compare_gan.metrics.image_sets import batches_of_size
from compare_gan.trained_generator import check_bn_mode


class GeneratorSide(ImageSide):
    """Images that a run's generator makes.

    Args:
      model_dir: The folder of the run.
      step: Which checkpoint; None takes the newest, "best" the one that `eval.best` chose.
      truncation: Of its latents; None is not at all.
      seed: Decides latents and labels.
      bn_mode: Which statistics batch norm uses: "moving", "standing" or "batch"; "auto" takes those
        that G keeps.

    Attributes:
      generator: The generator.
      seed: As given.

    Raises:
      ValueError: The folder holds no run, not the checkpoint asked for, or other statistics.
    """

    count = None

    def __init__(
        self,
        model_dir: Path,
        step: int | Literal["best"] | None = None,
        truncation: float | None = None,
        seed: int = 42,
        bn_mode: str = "auto",
    ):
        self.generator = CheckpointGenerator(model_dir)
        if bn_mode != "auto":
            check_bn_mode(bn_mode, self.generator.network, "--bn_mode")
            self.generator.bn_mode = bn_mode
        self.generator.restore(step)
        self._model_file = model_dir / MODEL_FILE
        self._truncation = truncation
        self.seed = seed
        self.class_names = tuple(self.generator.class_names)
        self.description = f"the generator of {model_dir}, step {self.generator.step:,}"
        self.protocol = {
            "step": self.generator.step,
            "ema": self.generator.averaged,
            "bn_mode": self.generator.bn_mode,
            "standing_samples": self.generator.standing_samples,
            "truncation": truncation,
            "seed": seed,
        }

    @functools.cached_property
    def image_shape(self) -> tuple[int, int, int]:
        """See `ImageSide.image_shape`."""
        return self.generator.sample(1, truncation=self._truncation, seed=self.seed).shape[1:]

    def fingerprint(self, n: int) -> str:
        """A digest of what the images depend on beside the protocol: the networks, the step, the
        weights and how often each class was seen.
        """
        digest = hashlib.sha256(self._model_file.read_bytes())
        digest.update(f"\0{self.generator.step}\0".encode())
        frequencies = self.generator.label_frequencies
        for weight in [*self.generator.network.get_weights(), frequencies]:
            weight = np.asarray(weight)
            digest.update(f"{weight.dtype} {weight.shape}\0".encode() + weight.tobytes())
        return digest.hexdigest()[:16]

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`; they are cut anew from those that the generator makes, whose
        size is fixed, so that images do not depend on it.
        """
        made = self.generator.batches(n, truncation=self._truncation, seed=self.seed)
        for images, labels in batches_of_size(made, batch_size):
            yield Labelled(images, labels if self.class_names else None)
