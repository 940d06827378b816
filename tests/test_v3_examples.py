# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The five example configurations of Compare GAN v3 run as they are.

`v3_examples/` has them with every value that v3 bound. They are built at their full size, which is
v3's, and trained on fake images with the batch, the steps and BigGAN's width made small.
"""

import logging
import pathlib
import re
from typing import NamedTuple

import numpy as np
import pytest

import compare_gan
from compare_gan import configuration, schedules
from compare_gan.schedules import RunFlags

FOLDER = pathlib.Path(__file__).parent / "v3_examples"


class Example(NamedTuple):
    """What v3 made of a configuration; parameters as v3 itself counted them."""

    architecture: str
    image_shape: tuple[int, int, int]
    generator_parameters: int
    discriminator_parameters: int
    narrow: tuple[str, ...] = ()


EXAMPLES = {
    "biggan_imagenet128": Example(
        *("resnet_biggan_arch", (128, 128, 3), 70_433_988, 87_982_370),
        narrow=("resnet_biggan.Generator.ch = 2", "resnet_biggan.Discriminator.ch = 8"),
    ),
    "dcgan_celeba64": Example("dcgan_arch", (64, 64, 3), 5_364_739, 4_314_753),
    "resnet_cifar10": Example("resnet_cifar_arch", (32, 32, 3), 5_849_603, 1_483_137),
    "resnet_lsun-bedroom128": Example("resnet5_arch", (128, 128, 3), 13_786_115, 15_086_529),
    "sndcgan_celebahq128": Example("sndcgan_arch", (128, 128, 3), 19_926_019, 5_983_745),
}


def _with_slow(*slow: str) -> list:
    """The examples' names, some of them for the slow tier."""
    marks = {name: pytest.mark.slow for name in slow}
    return [pytest.param(name, marks=marks.get(name, ())) for name in EXAMPLES]


def test_all_are_here():
    assert sorted(path.stem for path in FOLDER.glob("*.gin")) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_is_read_without_a_warning(name, caplog):
    with caplog.at_level(logging.WARNING):
        configuration.parse([str(FOLDER / f"{name}.gin")])
    assert not caplog.records


@pytest.mark.parametrize("name", _with_slow("biggan_imagenet128"))
def test_the_networks_are_of_v3s_size(name, tmp_path, capsys):
    example = EXAMPLES[name]
    flags = RunFlags(tmp_path / "run", dry_run=True)
    schedules.run("train", [str(FOLDER / f"{name}.gin")], [], flags)
    printed = capsys.readouterr().out
    counts = dict(re.findall(r"^(\w+): trainable parameters +([\d,]+)$", printed, re.MULTILINE))
    assert counts == {
        "generator": f"{example.generator_parameters:,}",
        "discriminator": f"{example.discriminator_parameters:,}",
    }
    assert f"Images: {' x '.join(map(str, example.image_shape))}, " in printed


# The quick tier trains the networks of the others from `configs/`, or makes them.
@pytest.mark.parametrize(
    "name",
    _with_slow(
        "biggan_imagenet128", "resnet_cifar10", "resnet_lsun-bedroom128", "sndcgan_celebahq128"
    ),
)
def test_each_trains(name, tmp_path, caplog):
    example = EXAMPLES[name]
    small = ["options.batch_size = 4", "options.training_steps = 2", "eval.standing_samples = 64"]
    flags = RunFlags(tmp_path / "run", fake_dataset=True)
    with caplog.at_level(logging.WARNING):
        schedules.run("train", [str(FOLDER / f"{name}.gin")], [*small, *example.narrow], flags)
    assert (tmp_path / "run" / "TRAIN_DONE").exists()
    assert "had no effect" not in caplog.text
    generator = compare_gan.load_generator(tmp_path / "run", standing_samples=64)
    images = generator.sample(3)
    assert images.shape == (3, *example.image_shape)
    assert 0 <= images.min() < images.max() <= 1
    assert np.ptp(images, axis=0).max() > 0  # Every latent has an image of its own.
