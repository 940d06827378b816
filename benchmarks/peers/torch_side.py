# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""PyTorch's side: the same training as `library`'s, in plain PyTorch.

python -m peers.torch_side DESCRIPTION-AS-JSON FORM      (started by `sides`)
"""

import json
import resource
import sys
import time
from typing import Any

import numpy as np
import torch

from peers.serving import serve
from peers.torch_operations import convolution_speed, step_operations
from peers.torch_training import Training
from peers.torch_weights import load_weights, parameter_counts


class Answers:
    """What `sides` may ask.

    Args:
      training: The training.
    """

    def __init__(self, training: Training):
        self._training = training
        self._sampled = training.average or training.generator
        self._generate = training.compiled(training.mixed(self._sampled))
        self._networks = {
            "generator": training.generator,
            "discriminator": training.discriminator,
            "": training.heads,
        }

    def parameters(self) -> dict[str, int]:
        """The size of each parameter by its path."""
        return parameter_counts(self._networks)

    def reference(self, path: str) -> dict[str, dict[str, float]]:
        """The losses and gradients' norms of what `library.Training.write_reference` wrote.

        The training's own weights are replaced.
        """
        arrays = dict(np.load(path))
        prefix = "weights/"
        weights = {n.removeprefix(prefix): v for n, v in arrays.items() if n.startswith(prefix)}
        load_weights(self._networks, weights)
        reals = [torch.from_numpy(arrays[f"batch/{name}"]) for name in ("images", "labels")]
        found = {}
        for update in ("discriminator", "generator"):
            drawn = [torch.from_numpy(arrays[f"{update}/latents"])]
            labels = arrays.get(f"{update}/labels", np.zeros(len(drawn[0]), np.int32))
            drawn.append(torch.from_numpy(labels))
            batch = [*reals, *drawn] if update == "discriminator" else drawn
            loss = self._training.differentiate(update, *batch)
            own = self._training.generator.parameters()
            if update == "discriminator":
                own = self._training.judge_parameters
            norms = [parameter.grad.norm() for parameter in own if parameter.grad is not None]
            norm = float(torch.stack(norms).norm())
            found[update] = {"loss": float(loss), "gradient_norm": norm}
        return found

    def operations(self) -> int:
        """Floating-point operations of a step."""
        return step_operations(self._training)

    def sample(self, count: int) -> float:
        """How long it takes to make so many images, in batches of 64, as NumPy arrays."""
        training = self._training
        self._sampled.eval()
        started = time.perf_counter()
        with torch.inference_mode():
            for _ in range(-(-count // 64)):
                labels = training.one_hot(training.fake_labels(64))
                images = self._generate(training.latents(64), labels).float()
                images.permute(0, 2, 3, 1).numpy()
        return time.perf_counter() - started


def main() -> None:
    """Answers `sides`."""
    description, form = sys.argv[1:]
    training = Training(json.loads(description), form)
    answers = Answers(training)
    handlers: dict[str, Any] = {
        name: getattr(answers, name) for name in ("parameters", "reference", "operations", "sample")
    }
    serve(
        {
            **handlers,
            "steps": training.seconds,
            "peak": convolution_speed,
            "memory": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )


if __name__ == "__main__":
    main()
