# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""PyTorch's networks of the benchmark beside this library's; where PyTorch is installed."""

import numpy as np
import pytest
import tensorflow as tf
import torch
from peers import torch_biggan, torch_cifar, torch_dcgan
from peers.torch_layers import same_padding
from peers.torch_weights import load_weights, parameter_counts

from compare_gan.architectures import dcgan, resnet_biggan, resnet_cifar
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm

_FAMILIES = {
    "biggan": (
        resnet_biggan,
        torch_biggan,
        {"image_shape": (16, 16, 3), "num_classes": 3, "initializer": "orthogonal"},
        {"ch": 2, "z_dim": 6, "embed_y_dim": 5, "normalizer": ConditionalBatchNorm},
        {"ch": 4, "spectral_norm": SpectralNorm("auto")},
    ),
    "cifar": (
        resnet_cifar,
        torch_cifar,
        {"image_shape": (32, 32, 3), "ch": 8},
        {"z_dim": 4, "normalizer": BatchNorm},
        {"spectral_norm": SpectralNorm("left")},
    ),
    "dcgan": (
        dcgan,
        torch_dcgan,
        {"image_shape": (28, 28, 1)},
        {"z_dim": 4, "normalizer": BatchNorm},
        {},
    ),
}


@pytest.mark.parametrize("family", _FAMILIES)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_networks_have_the_same_parameters_and_outputs(family, memory_format):
    ours, theirs, both, of_generator, of_discriminator = _FAMILIES[family]
    networks = {
        "generator": ours.Generator(**both, **of_generator, name="generator"),
        "discriminator": ours.Discriminator(**both, **of_discriminator, name="discriminator"),
    }
    others = {
        "generator": theirs.Generator(networks["generator"].get_config()),
        "discriminator": theirs.Discriminator(networks["discriminator"].get_config()),
    }
    trained = [v for network in networks.values() for v in network.trainable_variables]
    assert parameter_counts(others) == {v.path: int(np.prod(v.shape)) for v in trained}

    weights = {v.path: v.value.numpy() for network in networks.values() for v in network.variables}
    load_weights(others, weights)
    for other in others.values():
        other.to(memory_format=memory_format)
    z = np.random.default_rng(0).normal(size=(4, of_generator["z_dim"])).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]] if "num_classes" in both else None
    expected = networks["generator"](
        tf.constant(z), None if y is None else tf.constant(y), training=True
    )
    labels = None if y is None else torch.from_numpy(y)
    images = others["generator"](torch.from_numpy(z), labels)
    found = images.detach().permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found, expected.numpy(), atol=2e-5)

    judged = networks["discriminator"](expected, None if y is None else tf.constant(y))
    logits, features = others["discriminator"](images, labels)
    np.testing.assert_allclose(logits.detach().numpy(), judged.logits.numpy(), atol=2e-4)
    assert features.shape[1] == np.prod(judged.features.shape[1:])


def test_padding_is_tensorflows():
    # 28 places of stride 2 and 5 taps: 14 results need 2 · 13 + 5 = 31 values, 3 zeros.
    assert same_padding(28, 5, 2) == (1, 2)
    assert same_padding(7, 5, 2) == (2, 2)
    assert same_padding(8, 3, 1) == (1, 1)
