# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Configurations written for Compare GAN v3 run as they are.

`v3_examples/` has its five examples, with every value that v3 bound, and others in its vocabulary,
for what it had no example of. They are built at their full size, which is v3's, and trained on fake
images with the batch, the steps and BigGAN's width made small.
"""

import logging
import pathlib
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pytest

import compare_gan
from compare_gan import configuration, schedules
from compare_gan.schedules import RunFlags

FOLDER = pathlib.Path(__file__).parent / "v3_examples"


class Example(NamedTuple):
    """What v3 made of a configuration.

    Attributes:
      architecture: Its name.
      image_shape: Of the data set.
      generator_parameters, discriminator_parameters: As v3 itself counted them.
      narrow: Bindings for a training, where it would be slow.
      rotated: How much of a batch of 4 is rotated.
      heads: The numbers of parameters of the auxiliary tasks' heads.
      ignored: Bindings of which a warning says that they have no effect.
    """

    architecture: str
    image_shape: tuple[int, int, int]
    generator_parameters: int
    discriminator_parameters: int
    narrow: tuple[str, ...] = ()
    rotated: tuple[str, ...] = ()
    heads: Mapping[str, str] = {}
    ignored: tuple[str, ...] = ()


_NARROW_BIGGAN = ("resnet_biggan.Generator.ch = 2", "resnet_biggan.Discriminator.ch = 8")
_NARROW_DEEP = ("resnet_biggan_deep.Generator.ch = 4", "resnet_biggan_deep.Discriminator.ch = 4")

EXAMPLES = {
    "biggan_imagenet128": Example(
        *("resnet_biggan_arch", (128, 128, 3), 70_433_988, 87_982_370),
        narrow=_NARROW_BIGGAN,
    ),
    "biggan_deep_imagenet128": Example(
        *("resnet_biggan_deep_arch", (128, 128, 3), 50_244_484, 34_590_210),
        narrow=_NARROW_DEEP,
        ignored=("resnet_biggan_deep.Discriminator.blocks_with_attention",),
    ),
    "dcgan_celeba64": Example("dcgan_arch", (64, 64, 3), 5_364_739, 4_314_753),
    "resnet_cifar10": Example("resnet_cifar_arch", (32, 32, 3), 5_849_603, 1_483_137),
    "resnet_lsun-bedroom128": Example("resnet5_arch", (128, 128, 3), 13_786_115, 15_086_529),
    # Without its own projection D is the unconditional one; heads see 1536 features.
    "s3gan_imagenet128": Example(
        *("resnet_biggan_arch", (128, 128, 3), 70_433_988, 86_446_370),
        narrow=_NARROW_BIGGAN,
        rotated=("S3GAN.rotated_batch_fraction = 1",),
        heads={
            "discriminator_rotation_head": "6,148",  # (1536 + 1) · 4
            "discriminator_label_predictor_head": "1,537,000",  # (1536 + 1) · 1000
            "discriminator_label_projection_embedding": "1,536,000",
        },
    ),
    "self_modulation_celeba64": Example("dcgan_arch", (64, 64, 3), 5_442_691, 4_316_545),
    "sndcgan_celebahq128": Example("sndcgan_arch", (128, 128, 3), 19_926_019, 5_983_745),
    "ssgan_cifar10": Example(
        *("resnet_cifar_arch", (32, 32, 3), 5_849_603, 1_483_137),
        rotated=("SSGAN.rotated_batch_size = 4",),
        heads={"discriminator_rotation_head": "516"},  # (128 + 1) · 4
        ignored=("ModularGAN.experimental_force_graph_unroll",),
    ),
}


def _with_slow(*slow: str) -> list:
    """The examples' names, some of them for the slow tier."""
    marks = {name: pytest.mark.slow for name in slow}
    return [pytest.param(name, marks=marks.get(name, ())) for name in EXAMPLES]


def test_all_are_here():
    assert sorted(path.stem for path in FOLDER.glob("*.gin")) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_is_read_without_a_warning_but_of_what_had_no_effect(name, caplog):
    with caplog.at_level(logging.WARNING):
        configuration.parse([str(FOLDER / f"{name}.gin")])
    ignored = EXAMPLES[name].ignored
    assert len(caplog.records) == bool(ignored)
    assert re.findall(r"[\w.]+(?= \()", caplog.text) == list(ignored)


def _parameters(name, folder, capsys, bindings=()):
    """The numbers of parameters of networks and heads, and all that a dry run prints."""
    flags = RunFlags(folder / "run", dry_run=True)
    schedules.run("train", [str(FOLDER / f"{name}.gin")], list(bindings), flags)
    printed = capsys.readouterr().out
    found = re.findall(r"^(\w+): trainable parameters +([\d,]+)$", printed, re.MULTILINE)
    return dict(found), printed


# SSGAN's networks are those of resnet_cifar10.
@pytest.mark.parametrize(
    "name",
    _with_slow(
        "biggan_imagenet128", "biggan_deep_imagenet128", "resnet_cifar10", "s3gan_imagenet128"
    ),
)
def test_the_networks_are_of_v3s_size(name, tmp_path, capsys):
    example = EXAMPLES[name]
    counts, printed = _parameters(name, tmp_path, capsys)
    assert counts == {
        "generator": f"{example.generator_parameters:,}",
        "discriminator": f"{example.discriminator_parameters:,}",
        **example.heads,
    }
    assert f"Images: {' x '.join(map(str, example.image_shape))}, " in printed


@pytest.mark.parametrize("name", ["biggan_deep_imagenet128", "s3gan_imagenet128"])
def test_those_that_are_large_are_put_together_for_small_images(name, tmp_path, capsys):
    small = ["dataset.name = 'digits'", "options.batch_size = 64", *EXAMPLES[name].narrow]
    counts, printed = _parameters(name, tmp_path, capsys, small)
    assert counts.keys() == {"generator", "discriminator", *EXAMPLES[name].heads}
    assert "Images: 8 x 8 x 1, 10 classes" in printed


# The quick tier trains the networks of the others from `configs/`, or makes them.
@pytest.mark.parametrize(
    "name",
    _with_slow(*(name for name in EXAMPLES if name != "dcgan_celeba64")),
)
def test_each_trains(name, tmp_path, caplog):
    example = EXAMPLES[name]
    small = ["options.batch_size = 4", "options.training_steps = 2", "eval.standing_samples = 64"]
    small += [*example.narrow, *example.rotated]
    flags = RunFlags(tmp_path / "run", fake_dataset=True)
    with caplog.at_level(logging.WARNING):
        schedules.run("train", [str(FOLDER / f"{name}.gin")], small, flags)
    assert (tmp_path / "run" / "TRAIN_DONE").exists()
    assert "had no effect" not in caplog.text
    generator = compare_gan.load_generator(tmp_path / "run", standing_samples=64)
    images = generator.sample(3)
    assert images.shape == (3, *example.image_shape)
    assert 0 <= images.min() < images.max() <= 1
    assert np.ptp(images, axis=0).max() > 0  # Every latent has an image of its own.
