# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Images a second that each data source gives, batches of 64 as a training takes them.

python -m peers.sources BINDINGS-AS-JSON TFDS-FOLDER      (started by `sides`)
"""

import functools
import json
import os
import pathlib
import statistics
import sys
import time
from typing import Any

import numpy as np
from PIL import Image

from peers.options import Options
from peers.serving import serve
from peers.sides import Side, take_turns

_BATCH, _BATCHES_PER_STEP = 64, 3
_PHOTOS, _PHOTO_SIZE = 600, 96


def sources(options: Options) -> dict[str, list[str]]:
    """Bindings by source; "streamed" ones are decoded while they are read."""
    photos = options.photos or _made_photos(options.folder / "photos")
    folder = [f'dataset.name = "folder:{photos}"', "dataset.image_size = 64"]
    found = {
        "digits": ['dataset.name = "digits"'],
        "folder, 64 px": folder,
        "folder, 64 px, streamed": [*folder, "dataset.memory_limit = 0"],
        "folder, 64 px, flipped": [*folder, "dataset.horizontal_flip = True"],
    }
    if options.tfds_data_dir:
        for name in ("fashion-mnist", "cifar10"):
            own = [f'dataset.name = "{name}"']
            found |= {name: own, f"{name}, streamed": [*own, "dataset.memory_limit = 0"]}
    return found


def measure(options: Options) -> dict[str, dict[str, float]]:
    """Images a second of each source, in turns."""
    found = {}
    turns, sides = {}, []
    try:
        for name, bindings in sources(options).items():
            arguments = [json.dumps(bindings), options.tfds_data_dir or ""]
            side = Side("peers.sources", [arguments], options.threads)
            sides.append(side)
            side.ask("speed", seconds=0)  # read and cached
            turns[name] = functools.partial(side.ask, "speed", seconds=options.seconds)
        taken = take_turns(turns, options.rounds)
    finally:
        for side in sides:
            side.close()
    for name, speeds in taken.items():
        found[name] = {"images_per_second": statistics.median(speeds)}
    return found


def _made_photos(folder: pathlib.Path) -> pathlib.Path:
    """JPEG files of smooth noise, in two class folders; as large as photographs of their size."""
    random = np.random.default_rng(0)
    for index in range(_PHOTOS):
        path = folder / "train" / f"class{index % 2}" / f"{index:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (12, 12, 3), np.uint8))
        coarse.resize((_PHOTO_SIZE, _PHOTO_SIZE), Image.Resampling.BICUBIC).save(path)
    return folder


class _Source:
    """One source in its own process."""

    def __init__(self, bindings: list[str], tfds_data_dir: str | None):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from compare_gan import configuration
        from compare_gan.data import get_dataset

        configuration.parse([], bindings)
        dataset: Any = get_dataset(tfds_data_dir=tfds_data_dir)
        self._batches = iter(dataset.training_batches(_BATCH, batches_per_step=_BATCHES_PER_STEP))

    def speed(self, seconds: float) -> float:
        """Images a second over so long; what was prefetched meanwhile is taken first."""
        for _ in range(8):
            next(self._batches)
        count, started = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - started < seconds:
            next(self._batches)
            count += _BATCH * _BATCHES_PER_STEP
        return count / (time.perf_counter() - started)


def main() -> None:
    """Answers `sides`."""
    bindings, tfds_data_dir = sys.argv[1:]
    serve({"speed": _Source(json.loads(bindings), tfds_data_dir or None).speed})


if __name__ == "__main__":
    main()
