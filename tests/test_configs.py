# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every configuration that is shipped: built small, trained for two steps, sampled."""

import pathlib
import re

import pytest

import compare_gan
from compare_gan import configuration, schedules
from compare_gan.schedules import RunFlags

CONFIGS = sorted((pathlib.Path(__file__).resolve().parents[1] / "configs").glob("**/*.gin"))
SMALL = {
    "options.batch_size": 8,
    "options.training_steps": 2,
    "eval.num_samples": 40,
    "eval.num_fake_sets": 1,
    "eval.standing_samples": 64,
    "resnet_biggan.Generator.ch": 4,
    "resnet_biggan.Discriminator.ch": 4,
}


def _small_bindings(text):
    """What of `SMALL` the configuration's networks and metrics can take."""
    unused = "" if "resnet_biggan" in text else "resnet_biggan"
    return [
        f"{name} = {value}" for name, value in SMALL.items() if not unused or unused not in name
    ]


@pytest.fixture
def folder_of_images(tmp_path):
    """Where a configuration for one's own images finds some."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for split, count in (("train", 30), ("test", 20)):
        for label in ("a", "b"):
            folder = tmp_path / "images" / split / label
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(0, 256, [64, 64, 3]).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "images"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configuration(path, tmp_path, folder_of_images):
    text = path.read_text()
    bindings = _small_bindings(text)
    own_images = "folder:" in text
    if own_images:
        bindings.append(f'dataset.name = "folder:{folder_of_images}"')
    if "inception_2015" in text or "eval." not in text:
        bindings.append("eval.backbone = @random_features")  # Inception's file is not shipped
        bindings.append("eval.metrics = [@fid]")
    flags = RunFlags(tmp_path / "run", fake_dataset=not own_images)
    schedules.run("train", [str(path)], bindings, flags)
    images = compare_gan.load_generator(tmp_path / "run", standing_samples=64).sample(3)
    assert images.shape[0] == 3 and 0 <= images.min() <= images.max() <= 1


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_header_says_what_it_is(path):
    header = re.match(r"(#.*\n)+", path.read_text()).group()
    assert "Paper:" in header and "Command:" in header
    assert f"--gin_config=configs/{path.name}" in header
    configuration.parse([str(path)])
