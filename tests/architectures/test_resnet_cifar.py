# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet for CIFAR: both networks against NumPy, sizes, embeddings, latents, biases."""

import numpy as np
import pytest

from compare_gan.architectures import resnet_cifar
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, SelfModulatedBatchNorm
from tests.architectures import reference

Y = np.eye(3)[[0, 2]]

GENERATORS = {
    # normalizer, number of classes, whether z is hierarchical and z and y are embedded
    "plain": (BatchNorm, 0, False),
    "labels": (ConditionalBatchNorm, 3, False),
    "labels_hierarchical_embedded": (ConditionalBatchNorm, 3, True),
    "hierarchical_embedded": (SelfModulatedBatchNorm, 0, True),
}


@pytest.mark.parametrize("case", GENERATORS)
def test_generators_equal_numpy(case):
    """With 4 channels."""
    normalizer, num_classes, rich = GENERATORS[case]
    g = resnet_cifar.Generator(
        (32, 32, 3),
        8,
        num_classes,
        normalizer,
        ch=1,
        hierarchical_z=rich,
        embed_z=rich,
        embed_y=rich,
        dtype="float64",
    )
    reference.randomize(g, scale=0.4)
    v = reference.by_name(g)
    latents = np.random.default_rng(1).normal(size=(2, 8))
    z, y = latents, Y if num_classes else None
    if rich:
        z = reference.dense(v.embed_z, z)
        y = None if y is None else reference.dense(v.embed_y, y)
    first, block_inputs = z, [(z, y)] * 3
    if rich:
        first, *chunks = z[:, :2], z[:, 2:4], z[:, 4:6], z[:, 6:]
        block_inputs = [(c, None if y is None else np.hstack([c, y])) for c in chunks]

    def normalize(norm, x, z, y):
        if normalizer is BatchNorm:
            return reference.batch_norm(norm, x)
        if normalizer is ConditionalBatchNorm:
            return reference.conditional_batch_norm(norm, x, y)
        return reference.self_modulated_batch_norm(norm, x, z)

    x = reference.dense(v.fc_noise, first).reshape(2, 4, 4, 4)
    for block, inputs in zip((v.B1, v.B2, v.B3), block_inputs, strict=True):

        def activate(h, number, block=block, inputs=inputs):
            return np.maximum(normalize(getattr(block, f"bn{number}"), h, *inputs), 0.0)

        x = reference.residual(block, x, "up", activate)
    # The last normalizer sees all of z, and the label without a chunk of it.
    x = np.maximum(normalize(v.final_norm, x, z, y), 0.0)
    expected = reference.sigmoid(reference.convolve(v.final_conv, x))
    assert expected.shape == (2, 32, 32, 3)
    assert np.std(expected) > 0.05
    images = g(latents, Y if num_classes else None, training=True)
    np.testing.assert_allclose(images, expected, rtol=1e-8)


@pytest.mark.parametrize("project_y", [False, True])
def test_discriminators_equal_numpy(project_y):
    """With both norms, the first of which sees the label, or with projection."""
    norms = not project_y
    d = resnet_cifar.Discriminator(
        (32, 32, 3),
        3,
        ConditionalBatchNorm if norms else None,
        layer_norm=norms,
        ch=2,
        project_y=project_y,
        dtype="float64",
    )
    reference.randomize(d, scale=0.4)
    v = reference.by_name(d)
    # Not from [0, 1]: the first relu would do nothing.
    images = x = np.random.default_rng(2).normal(size=(2, 32, 32, 3))
    for block, resample in ((v.B1, "down"), (v.B2, "down"), (v.B3, None), (v.B4, None)):

        def activate(h, number, block=block):
            if norms:
                h = reference.conditional_batch_norm(getattr(block, f"bn{number}"), h, Y)
                h = reference.layer_norm(getattr(block, f"ln{number}"), h)
            return np.maximum(h, 0.0)

        x = reference.residual(block, x, resample, activate)
    assert x.shape == (2, 8, 8, 4)
    features = np.maximum(x, 0.0).mean(axis=(1, 2))
    assert features.min() > 0.01
    logits = reference.dense(v.disc_final_fc, features)
    if project_y:
        rows = v.embedding_fc.kernel.numpy()[[0, 2]]
        logits = logits + np.sum(rows * features, axis=1, keepdims=True)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, features, rtol=1e-8)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-8)
    np.testing.assert_allclose(output.probabilities, reference.sigmoid(logits), rtol=1e-7)


PLANS = {
    # size: G's first map, how often it is doubled
    8: (4, 1),
    28: (7, 2),
    32: (4, 3),
    48: (6, 3),
    160: (5, 5),
}


@pytest.mark.parametrize("size", PLANS)
def test_blocks(size, without_values):
    seed_size, doublings = PLANS[size]
    with without_values():
        g = resnet_cifar.Generator((size, size, 3), 8, ch=1)
    assert g.fc_noise.kernel.shape == (8, seed_size * seed_size * 4)
    assert g.block_names == tuple(f"B{number}" for number in range(1, doublings + 1))
    blocks = [getattr(g, name) for name in g.block_names]
    assert {(block.resample, *block.conv2.kernel.shape) for block in blocks} == {("up", 3, 3, 4, 4)}
    blocks = resnet_cifar.Discriminator.plan((size, size, 3), 1).blocks
    assert {block.filters for block in blocks} == {2}
    downs = ["down"] * (doublings - 1)
    assert [block.resample for block in blocks] == [*downs, None, None]


def test_sizes_that_have_no_plan_are_explained():
    for network in (resnet_cifar.Generator, resnet_cifar.Discriminator):
        with pytest.raises(ValueError, match="resnet_cifar_arch can't build 36×36.* 32, 40, 48"):
            network((36, 36, 3))


def test_hierarchical_latents():
    with pytest.raises(ValueError, match="options.z_dim = 126.*4 equal chunks.*124 or 128"):
        resnet_cifar.Generator((32, 32, 3), 126, hierarchical_z=True)
    with pytest.raises(ValueError, match="options.z_dim = 128.*3 equal chunks.*126 or 129"):
        resnet_cifar.Generator((16, 16, 3), 128, hierarchical_z=True)
    g = resnet_cifar.Generator(
        (32, 32, 3), 16, normalizer=SelfModulatedBatchNorm, ch=1, hierarchical_z=True
    )
    assert g.fc_noise.kernel.shape[0] == 4
    assert g.B3.bn2.hidden.kernel.shape[0] == 4
    assert g.final_norm.hidden.kernel.shape[0] == 16


def test_embeddings_have_biases_and_obey_spectral_norm(without_values):
    with without_values():
        g = resnet_cifar.Generator(
            (32, 32, 3),
            16,
            5,
            normalizer=ConditionalBatchNorm,
            spectral_norm=True,
            ch=1,
            embed_z=True,
            embed_y=True,
        )
        d = resnet_cifar.Discriminator((32, 32, 3), 5, spectral_norm=True, ch=1, project_y=True)
    for layer in (g.embedding_z, g.embedding_y, g.fc_noise, g.final_conv):
        assert layer.use_bias
        assert layer.spectral_norm is not None
    assert g.embedding_y.kernel.shape == (5, 16)
    assert not d.embedding_fc.use_bias
    assert d.embedding_fc.spectral_norm is not None
