# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet for CIFAR: sizes, embeddings, hierarchical latents, biases."""

import numpy as np
import pytest

from compare_gan.architectures import resnet_cifar
from compare_gan.normalizers import ConditionalBatchNorm, SelfModulatedBatchNorm


def test_only_32_pixels():
    with pytest.raises(ValueError, match="resnet_cifar_arch builds 32×32 images only.*64×64"):
        resnet_cifar.Generator((64, 64, 3))
    with pytest.raises(ValueError, match="use resnet_biggan_arch or dcgan_arch"):
        resnet_cifar.Discriminator((28, 28, 1))


def test_hierarchical_latents():
    with pytest.raises(ValueError, match="options.z_dim = 126.*4 equal chunks.*124 or 128"):
        resnet_cifar.Generator((32, 32, 3), 126, hierarchical_z=True)
    g = resnet_cifar.Generator(
        (32, 32, 3), 16, normalizer=SelfModulatedBatchNorm, hierarchical_z=True
    )
    assert g.fc_noise.kernel.shape[0] == 4
    assert g.B3.bn2.hidden.kernel.shape[0] == 4
    assert g.final_norm.hidden.kernel.shape[0] == 16


def test_embeddings_have_biases_and_obey_spectral_norm():
    g = resnet_cifar.Generator(
        (32, 32, 3),
        16,
        5,
        normalizer=ConditionalBatchNorm,
        spectral_norm=True,
        embed_z=True,
        embed_y=True,
    )
    for layer in (g.embedding_z, g.embedding_y, g.fc_noise, g.final_conv):
        assert layer.use_bias
        assert layer.spectral_norm is not None
    assert g.embedding_y.kernel.shape == (5, 16)
    d = resnet_cifar.Discriminator((32, 32, 3), 5, spectral_norm=True, project_y=True)
    assert not d.embedding_fc.use_bias
    assert d.embedding_fc.spectral_norm is not None


def test_projection_needs_classes():
    with pytest.raises(ValueError, match="project_y = True needs classes"):
        resnet_cifar.Discriminator((32, 32, 3), project_y=True)


def test_first_two_blocks_of_d_halve_the_map():
    d = resnet_cifar.Discriminator((32, 32, 3))
    assert [d.B1.resample, d.B2.resample, d.B3.resample, d.B4.resample] == [
        "down",
        "down",
        None,
        None,
    ]


def test_attention_by_resolution():
    g = resnet_cifar.Generator((32, 32, 3), 4, attention_resolutions=(32, 8))
    assert g.attention_after == ("B1", "B3")
    d = resnet_cifar.Discriminator((32, 32, 3), attention_resolutions=(16, 8))
    assert d.attention_after == ("B1", "B2")
    z = np.random.default_rng(0).normal(size=(1, 4)).astype(np.float32)
    images = [g(z)]
    for block in ("B1", "B3"):
        getattr(g, f"non_local_block_{block}").sigma.assign(10.0)
        images.append(g(z))
    assert np.abs(images[0] - images[1]).max() > 0.0
    assert np.abs(images[1] - images[2]).max() > 0.0
    for network in (resnet_cifar.Generator((32, 32, 3)), resnet_cifar.Discriminator((32, 32, 3))):
        assert not [v for v in network.variables if "non_local_block" in v.path]
    with pytest.raises(ValueError, match=r"resnet_cifar.Generator.*\(64,\).*8, 16, 32, or \(\)"):
        resnet_cifar.Generator((32, 32, 3), attention_resolutions=(64,))
    with pytest.raises(ValueError, match=r"resnet_cifar.Discriminator.*\(32,\).*8, 16, or \(\)"):
        resnet_cifar.Discriminator((32, 32, 3), attention_resolutions=(32,))
