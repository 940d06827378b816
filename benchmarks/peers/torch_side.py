# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""PyTorch's side: the same training as `library`'s, in plain PyTorch.

python -m peers.torch_side DESCRIPTION-AS-JSON MEMORY-FORMAT COMPILED      (started by `sides`)
"""

import json
import resource
import sys
import time
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from peers.serving import serve
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
        self._generate = training.compiled(self._sampled)
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
        """Floating-point operations of a step: convolutions and matrix products."""
        with FlopCounterMode(display=False) as counter:
            self._training.step()
        return counter.get_total_flops()

    def sample(self, count: int) -> float:
        """How long it takes to make so many images, in batches of 64, as NumPy arrays."""
        training = self._training
        self._sampled.eval()
        started = time.perf_counter()
        with torch.inference_mode():
            for _ in range(-(-count // 64)):
                labels = training.one_hot(training.fake_labels(64))
                self._generate(training.latents(64), labels).permute(0, 2, 3, 1).numpy()
        return time.perf_counter() - started


def convolution_speed(shapes: list[list[int]], seconds: float) -> float:
    """The most floating-point operations a second that PyTorch's convolutions reach here.

    Args:
      shapes: Batch, size and channels of the convolutions to try.
      seconds: For how long each is tried.
    """
    speeds = []
    for batch, size, channels in shapes:
        x = torch.randn(batch, channels, size, size).to(memory_format=torch.channels_last)
        kernel = torch.randn(channels, channels, 3, 3).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            F.conv2d(x, kernel, padding=1)
            count, started = 0, time.perf_counter()
            while count == 0 or time.perf_counter() - started < seconds:
                F.conv2d(x, kernel, padding=1)
                count += 1
        elapsed = time.perf_counter() - started
        speeds.append(count * 2 * batch * size**2 * 9 * channels**2 / elapsed)
    return max(speeds)


def main() -> None:
    """Answers `sides`."""
    description, memory_format, compiled = sys.argv[1:]
    training = Training(json.loads(description), memory_format, compiled == "True")
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
