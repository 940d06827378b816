# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ends of BigGAN's networks, against NumPy."""

import json

import gin
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from compare_gan.architectures import (
    generator_options,
    get_architecture,
    load_network,
    network_config,
)
from compare_gan.architectures.biggan_ends import BigGANDiscriminator
from compare_gan.normalizers import EvoNormS0, NoBatchNorm
from tests.architectures import reference

MAPS = np.random.default_rng(0).normal(size=(3, 2, 4, 5)).astype(np.float32)
LABELS = np.eye(3, dtype=np.float32)[[2, 0, 1]]


class End(BigGANDiscriminator):
    """A discriminator that is nothing but its end."""

    def __init__(self, project_y, num_classes=3):
        super().__init__((8, 8, 1), num_classes, None, False, None, "normal", None, None)
        self.project_y = project_y
        self.build_end(MAPS.shape[3])
        self.built = True

    def discriminate(self, x, y, training):
        return self.judge(x, y)


@pytest.mark.parametrize("project_y, num_classes", [(False, 3), (True, 3), (True, 0)])
def test_sums_of_what_is_positive_are_judged_and_projected(project_y, num_classes):
    end = End(project_y, num_classes)
    logits, features = end.judge(tf.constant(MAPS), tf.constant(LABELS))
    sums = np.maximum(MAPS, 0).sum(axis=(1, 2))
    np.testing.assert_allclose(features, sums, rtol=1e-5)
    expected = sums @ end.final_fc.kernel.numpy() + end.final_fc.bias.numpy()
    assert hasattr(end, "embedding") == (project_y and num_classes > 0)
    if hasattr(end, "embedding"):
        embedded = LABELS @ end.embedding.kernel.numpy()
        expected = expected + (embedded * sums).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-6)


FAMILIES = ["resnet_biggan", "resnet_biggan_deep"]


def bound_generator(family, *bindings):
    """The smallest G of a family, in float64, as gin describes it; its blocks have EvoNorm."""
    with gin.unlock_config():
        gin.parse_config(
            [
                f"{family}.Generator.ch = 4",
                "G.batch_norm_fn = @evonorm_s0",
                "evonorm_s0.groups = 2",
                *(f"{family}.Generator.{binding}" for binding in bindings),
            ]
        )
    make = get_architecture(f"{family}_arch").generator
    return make(image_shape=(8, 8, 1), z_dim=4, dtype="float64", **generator_options())


def evonorm(x, gamma, beta, v, epsilon=1e-5):
    parts = x.reshape(x.shape[0], -1, 2, x.shape[-1] // 2)
    deviation = np.sqrt(parts.var((1, 3), keepdims=True) + epsilon)
    return gamma * ((x * expit(v * x)).reshape(parts.shape) / deviation).reshape(x.shape) + beta


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("final", ["@evonorm_s0", "@no_batch_norm"])
def test_gs_last_normalizer_is_chosen_and_activates_once(family, final):
    """Maps have both signs, so that a relu where there should be none would be seen."""
    g = bound_generator(family, f"final_normalizer = {final}")
    gin.clear_config()
    assert type(g.final_norm) is {"@evonorm_s0": EvoNormS0, "@no_batch_norm": NoBatchNorm}[final]
    reference.randomize(g, scale=0.3)
    maps = np.random.default_rng(3).normal(size=(2, 8, 8, g.widths[-1]))
    if final == "@evonorm_s0":
        norm = [getattr(g.final_norm, name).numpy() for name in ("gamma", "beta", "v")]
        activated = evonorm(maps, *norm)
        assert activated.min() < -0.1
    else:
        activated = np.maximum(maps, 0.0)
    expected = (np.tanh(reference.convolve(g.final_conv, activated)) + 1) / 2
    np.testing.assert_allclose(g.image(tf.constant(maps), True), expected, rtol=1e-9, atol=1e-12)
    # There is no batch norm left, and what is exported has none either.
    assert not [variable.path for variable in g.variables if "moving" in variable.path]
    rebuilt = load_network(json.loads(json.dumps(network_config(g))))
    assert [v.path for v in rebuilt.variables] == [v.path for v in g.variables]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("final", ["conditional_batch_norm", "self_modulated_batch_norm"])
def test_gs_last_normalizer_sees_neither_latents_nor_labels(family, final):
    message = f"^{family}.Generator.final_normalizer is set to .*BatchNorm, .* sees neither"
    with pytest.raises(ValueError, match=message):
        bound_generator(family, f"final_normalizer = @{final}")


@pytest.mark.parametrize("family", FAMILIES)
def test_gs_last_normalizer_must_be_one(family):
    with pytest.raises(ValueError, match=f"In gin: {family}.Generator.final_normalizer = @"):
        bound_generator(family, "final_normalizer = 'batch_norm'")
