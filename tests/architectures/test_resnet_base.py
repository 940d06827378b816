# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""ResNets of one block after another against NumPy, with their blocks written out by hand."""

import numpy as np
import pytest

from compare_gan.architectures import resnet5, resnet30, resnet_stl
from compare_gan.architectures.resnet_base import BlockPlan, DiscriminatorPlan
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, SelfModulatedBatchNorm
from tests.architectures import reference

Y = np.eye(3)[[0, 2]]


def _five(number):
    return [(f"B{number}_{index}", None) for index in range(1, 6)]


GENERATORS = {
    # module, size, channels of the first map with ch = 1, blocks
    "resnet_stl_10": (resnet_stl, 10, 5, 2, [("B1", "up")]),
    "resnet5_8": (
        resnet5,
        8,
        4,
        8,
        [("B1", "up"), ("B2", None), ("B3", None), ("B4", None), ("B5", None)],
    ),
    "resnet30_8": (resnet30, 8, 4, 2, [*_five(1), ("B1_up", "up"), *_five(2)]),
}


@pytest.mark.parametrize("case", GENERATORS)
def test_generators_equal_numpy(case):
    module, size, seed_size, channels, blocks = GENERATORS[case]
    g = module.Generator((size, size, 2), 4, 3, ConditionalBatchNorm, ch=1, dtype="float64")
    reference.randomize(g, scale=0.3)
    z = np.random.default_rng(1).normal(size=(2, 4))
    x = reference.dense(g.fc_noise, z).reshape(2, seed_size, seed_size, channels)
    for name, resample in blocks:
        block = getattr(g, name)

        def activate(h, number, block=block):
            norm = getattr(block, f"bn{number}")
            return np.maximum(reference.conditional_batch_norm(norm, h, Y), 0.0)

        x = reference.residual(block, x, resample, activate)
    if module is resnet30:
        assert g.final_norm is None
    else:
        x = np.maximum(reference.conditional_batch_norm(g.final_norm, x, Y), 0.0)
    expected = reference.sigmoid(reference.convolve(g.final_conv, x))
    assert np.std(expected) > 0.05
    np.testing.assert_allclose(g(z, Y, training=True), expected, rtol=1e-8)


DISCRIMINATORS = {
    "resnet_stl_10": (resnet_stl, 10, [("B0", "down"), ("B1", "down"), ("B2", None)]),
    # 14, 7, 4, 2, 1, 1 and 1 pixels: at the odd borders windows of the pooling are narrower.
    "resnet5_14": (resnet5, 14, [(f"B{number}", "down") for number in range(6)]),
    "resnet30_10": (resnet30, 10, [*_five(1), ("B1_down", "down"), *_five(2)]),
}


@pytest.mark.parametrize("project_y", [False, True])
@pytest.mark.parametrize("case", DISCRIMINATORS)
def test_discriminators_equal_numpy(case, project_y):
    module, size, blocks = DISCRIMINATORS[case]
    d = module.Discriminator(
        (size, size, 2), 3, BatchNorm, layer_norm=True, ch=1, project_y=project_y, dtype="float64"
    )
    reference.randomize(d, scale=0.5)
    images = np.random.default_rng(2).uniform(size=(2, size, size, 2))
    x = images
    if module is resnet30:
        x = reference.convolve(d.color_conv, x)
    for name, resample in blocks:
        block = getattr(d, name)

        def activate(h, number, block=block):
            h = reference.batch_norm(getattr(block, f"bn{number}"), h)
            return np.maximum(reference.layer_norm(getattr(block, f"ln{number}"), h), 0.0)

        x = reference.residual(block, x, resample, activate)
    if module is resnet30:
        features = x.reshape(2, 5 * 5 * 2)
    else:
        features = np.maximum(x, 0.0).mean(axis=(1, 2))
    logits = reference.dense(d.disc_final_fc, features)
    if project_y:
        rows = d.embedding_fc.kernel.numpy()[[0, 2]]
        logits = logits + np.sum(rows * features, axis=1, keepdims=True)
    output = d(images, Y, training=True)
    scale = np.abs(features).max()
    np.testing.assert_allclose(output.features, features, rtol=1e-7, atol=1e-9 * scale)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-7, atol=1e-9 * scale)


def kernels_with_and_without_spectral_norm(network):
    normalized = {v.path.removesuffix("/u") for v in network.variables if v.name == "u"}
    kernels = [v.path.removesuffix("/kernel") for v in network.variables if v.name == "kernel"]
    return normalized, {path for path in kernels if path not in normalized}


def test_spectral_norm_leaves_out_the_ends_of_g_and_the_stem_of_d(monkeypatch, without_values):
    monkeypatch.setattr(resnet30, "_SUPER_BLOCK", 1)
    with without_values():
        g = resnet30.Generator(
            (8, 8, 1), 4, normalizer=SelfModulatedBatchNorm, spectral_norm=True, ch=1, name="g"
        )
        d = resnet30.Discriminator((8, 8, 1), 3, spectral_norm=True, ch=1, project_y=True, name="d")
        without_stem = resnet_stl.Discriminator((8, 8, 1), spectral_norm=True, ch=1)
    normalized, others = kernels_with_and_without_spectral_norm(g)
    assert others == {"g/fc_noise", "g/final_conv"}
    # Three blocks of three convolutions and of two normalizers with three linear layers.
    assert len(normalized) == 3 * (3 + 2 * 3)
    normalized, others = kernels_with_and_without_spectral_norm(d)
    assert others == {"d/color_conv"}
    assert len(normalized) == 3 * 3 + 2
    assert kernels_with_and_without_spectral_norm(without_stem)[1] == set()


@pytest.mark.parametrize("module", [resnet_stl, resnet5, resnet30])
@pytest.mark.parametrize("kind", ["Generator", "Discriminator"])
def test_wrong_settings_are_explained(module, kind):
    network = getattr(module, kind)
    family = module.__name__.rpartition(".")[2]
    with pytest.raises(ValueError, match=f"{family}.{kind}.ch must be .* received 1.5"):
        network((8, 8, 1), ch=1.5)
    with pytest.raises(ValueError, match=f"{family}_arch can't build 30×30 images; .* 28, 32"):
        network((30, 30, 1))
    if kind == "Discriminator":
        with pytest.raises(ValueError, match="project_y = True needs classes"):
            network((8, 8, 1), ch=1, project_y=True)


def test_number_of_features():
    blocks = (BlockPlan("a", 3, "down"), BlockPlan("b", 7, None), BlockPlan("c", 5, "down"))
    assert DiscriminatorPlan(blocks).features((9, 30, 1)) == 5
    assert DiscriminatorPlan(blocks, pooled=False).features((9, 30, 1)) == 3 * 8 * 5
