# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A trained generator as one side of a comparison."""

from collections.abc import Iterator
from pathlib import Path

from compare_gan.comparison.sides import ImageSide, Labelled
from compare_gan.generators import load_generator


class GeneratorSide(ImageSide):
    """Images that a run's generator makes.

    Args:
      model_dir: The folder of the run.
      step: Which checkpoint; None takes the newest.
      truncation: Of its latents; None is not at all.
      seed: Decides latents and labels.

    Raises:
      ValueError: The folder holds no run, or not the checkpoint asked for.
    """

    count = None

    def __init__(
        self,
        model_dir: Path,
        step: int | None = None,
        truncation: float | None = None,
        seed: int = 42,
    ):
        self._generator = load_generator(model_dir, step)
        self._truncation = truncation
        self._seed = seed
        self.class_names = tuple(self._generator.class_names)
        self.description = f"the generator of {model_dir}, step {self._generator.step:,}"
        self.fingerprint = f"step {self._generator.step}"
        self.protocol = {
            "step": self._generator.step,
            "ema": self._generator.averaged,
            "bn_mode": self._generator.bn_mode,
            "truncation": truncation,
            "seed": seed,
        }

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`; batches have the generator's own size."""
        for images, labels in self._generator.batches(
            n, truncation=self._truncation, seed=self._seed
        ):
            yield Labelled(images, labels if self.class_names else None)
