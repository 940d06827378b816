# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Attention in the families that had none in Compare GAN v3: where it is, and that it counts."""

import json
import re
from typing import NamedTuple

import gin
import numpy as np
import pytest

from compare_gan.architectures import (
    dcgan,
    get_architecture,
    infogan,
    load_network,
    network_config,
    resnet5,
    resnet30,
    resnet_cifar,
    resnet_stl,
    sndcgan,
)
from compare_gan.layers import NonLocalBlock
from tests.architectures import reference

# What attention trains where there are so many channels: of c, k = ⌊c/8⌋ and v = ⌊c/2⌋, at least 1,
# are 2·c·k + 2·c·v + 1 numbers.
TRAINED = {1: 5, 2: 9, 4: 25, 8: 81, 16: 321}


class Case(NamedTuple):
    """A network with attention.

    Attributes:
      image_shape: Of its images.
      ch: Its unit of the number of channels.
      asked: attention_resolutions.
      allowed: All that it could be, as an error lists them.
      blocks: The blocks before attention, and the shapes that they leave.
    """

    image_shape: tuple[int, int, int]
    ch: int
    asked: tuple[int, ...]
    allowed: str
    blocks: dict[str, tuple[int, int, int]]


CASES = {
    "dcgan.Generator": Case(
        (20, 12, 1),
        2,
        (10, 3),
        "2, 3, 5, 10",
        {"g_dc1": (3, 2, 8), "g_dc3": (10, 6, 2)},
    ),
    "dcgan.Discriminator": Case(
        (20, 12, 1),
        2,
        (10, 5),
        "2, 3, 5, 10",
        {"d_conv1": (10, 6, 2), "d_conv2": (5, 3, 4)},
    ),
    "infogan.Generator": Case(
        (10, 6, 1),
        4,
        (3,),
        "3, 5",
        {"g_fc2": (3, 2, 8)},
    ),
    "infogan.Discriminator": Case(
        (10, 6, 1),
        4,
        (5,),
        "3, 5",
        {"d_conv1": (5, 3, 4)},
    ),
    "sndcgan.Generator": Case(
        (12, 10, 1),
        2,
        (2, 6, 12),
        "2, 3, 6, 12",
        {"g_fc1": (2, 2, 16), "g_dc3": (6, 5, 4), "g_dc4": (12, 10, 2)},
    ),
    "sndcgan.Discriminator": Case(
        (12, 10, 1),
        2,
        (12, 6),
        "2, 3, 6, 12",
        {"d_conv1": (12, 10, 2), "d_conv2": (6, 5, 4)},
    ),
    "resnet_cifar.Generator": Case(
        (16, 16, 1),
        1,
        (16, 8),
        "8, 16",
        {"B1": (8, 8, 4), "B2": (16, 16, 4)},
    ),
    "resnet_cifar.Discriminator": Case(
        (32, 32, 1),
        1,
        (16, 8),
        "8, 16",
        {"B1": (16, 16, 2), "B2": (8, 8, 2)},
    ),
    "resnet_stl.Generator": Case(
        (16, 16, 1),
        2,
        (8, 16),
        "8, 16",
        {"B1": (8, 8, 4), "B2": (16, 16, 2)},
    ),
    "resnet_stl.Discriminator": Case(
        (16, 16, 1),
        2,
        (8, 2),
        "2, 4, 8",
        {"B0": (8, 8, 2), "B2": (2, 2, 8)},
    ),
    "resnet5.Generator": Case(
        (16, 16, 1),
        1,
        (8, 16),
        "8, 16",
        {"B1": (8, 8, 8), "B2": (16, 16, 4)},
    ),
    "resnet5.Discriminator": Case(
        (14, 14, 1),
        1,
        (7, 4),
        "1, 2, 4, 7",
        {"B0": (7, 7, 1), "B1": (4, 4, 2)},
    ),
    "resnet30.Generator": Case(
        (8, 8, 1),
        1,
        (4, 8),
        "4, 8",
        {"B1_1": (4, 4, 2), "B1_up": (8, 8, 1)},
    ),
    "resnet30.Discriminator": Case(
        (8, 8, 1),
        1,
        (8, 4),
        "4, 8",
        {"B1_1": (8, 8, 1), "B1_down": (4, 4, 2)},
    ),
}
FAMILIES = {
    module.__name__.rpartition(".")[2]: module
    for module in (dcgan, infogan, sndcgan, resnet_cifar, resnet_stl, resnet5, resnet30)
}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Networks of a few blocks."""
    monkeypatch.setattr(resnet30, "_SUPER_BLOCK", 1)


def make(case, **options):
    family, kind = case.split(".")
    network = getattr(FAMILIES[family], kind)
    return network(CASES[case].image_shape, ch=CASES[case].ch, dtype="float64", **options)


@pytest.mark.parametrize("case", CASES)
def test_attention_is_where_it_was_asked_for(case, monkeypatch):
    image_shape, _, asked, _, blocks = CASES[case]
    plain, network = make(case), make(case, attention_resolutions=asked)
    assert plain.attention_after == ()
    assert network.attention_after == tuple(blocks)
    added = network.trainable_parameter_count() - plain.trainable_parameter_count()
    assert added == sum(TRAINED[shape[2]] for shape in blocks.values())

    reference.randomize(network, scale=0.3)
    attention = {name: getattr(network, f"non_local_block_{name}") for name in blocks}
    for layer in attention.values():
        layer.sigma.assign(0.0)
    by_path = {variable.path: variable for variable in network.variables}
    for variable in plain.variables:
        variable.assign(by_path[variable.path])
    seen = []
    original = NonLocalBlock.call
    monkeypatch.setattr(
        NonLocalBlock,
        "call",
        lambda self, x: seen.append((self.name, *x.shape[1:])) or original(self, x),
    )
    shape = (128,) if case.endswith("Generator") else image_shape
    x = np.random.default_rng(0).uniform(size=(2, *shape))

    def output(which):
        result = which(x)
        return np.array(result if case.endswith("Generator") else result.features)

    outputs = [output(network)]
    assert seen == [(f"non_local_block_{name}", *shape) for name, shape in blocks.items()]
    np.testing.assert_array_equal(outputs[0], output(plain))
    assert len(seen) == len(blocks)
    for layer in attention.values():
        layer.sigma.assign(1.0)
        outputs.append(output(network))
        assert np.abs(outputs[-1] - outputs[-2]).max() > 1e-6, layer.name


@pytest.mark.parametrize("case", CASES)
def test_a_size_that_is_not_there_is_explained(case):
    message = (
        f"{case}.attention_resolutions = (99,): no block of this network leaves a map of height "
        f"99; use sizes from {CASES[case].allowed}, or () for none."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make(case, attention_resolutions=(99,))


def test_gin_places_it_and_it_obeys_spectral_norm_and_is_rebuilt_from_json(without_values):
    for case, (image_shape, ch, asked, _, blocks) in CASES.items():
        gin.parse_config(f"{case}.attention_resolutions = {asked}")
        gin.parse_config(f"{case}.ch = {ch}")
        family, kind = case.split(".")
        constructor = getattr(get_architecture(f"{family}_arch"), kind.lower())
        with without_values():
            network = constructor(image_shape=image_shape, spectral_norm=True)
            gin.clear_config()
            rebuilt = load_network(json.loads(json.dumps(network_config(network))))
        paths = [variable.path for variable in network.variables]
        normalized = {path for path in paths if "non_local_block" in path and path.endswith("/u")}
        assert normalized == {
            f"{kind.lower()}/non_local_block_{name}/{kernel}/u"
            for name in blocks
            for kernel in ("theta", "phi", "g", "attn_g")
        }
        assert [variable.path for variable in rebuilt.variables] == paths
