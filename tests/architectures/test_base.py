# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What all networks share: configuration, gin, finding architectures, checks of inputs."""

import json

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import architectures
from compare_gan.architectures import (
    Architecture,
    GeneratorNetwork,
    discriminator_options,
    generator_options,
    get_architecture,
    load_network,
    network_config,
    resnet_biggan,
    resnet_biggan_deep,
    resnet_cifar,
)
from compare_gan.layers import Linear, SpectralNorm
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, LayerNorm, StandardizeBatch


class Doubling(keras.layers.Layer):
    """A user's own normalizer."""

    def __init__(self, factor=2.0, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype, autocast=False)
        self.factor = factor

    def build(self, x_shape):
        self.shift = self.add_weight(name="shift", shape=(x_shape[-1],), initializer="zeros")

    def call(self, x, z=None, y=None, training=False):
        return self.factor * x + self.shift

    def get_config(self):
        return {"factor": self.factor, "name": self.name}


class FlatGenerator(GeneratorNetwork):
    """A user's own generator."""

    def __init__(self, image_shape, z_dim=3, num_classes=0, width=4, dtype=None, name=None):
        super().__init__(image_shape, z_dim, num_classes, None, None, "normal", dtype, name)
        self.width = width
        self.build()

    def build(self):
        self.fc = Linear(np.prod(self.image_shape), name="fc")
        self.fc.build((None, self.z_dim))

    def generate(self, z, y, training):
        return tf.reshape(tf.sigmoid(self.fc(z)), [-1, *self.image_shape])

    def get_config(self):
        shared = super().get_config()
        kept = ("image_shape", "z_dim", "num_classes", "dtype", "name")
        return {**{key: shared[key] for key in kept}, "width": self.width}


def small_biggan(**options):
    options = {"ch": 4, "num_classes": 3, "normalizer": ConditionalBatchNorm, **options}
    return resnet_biggan.Generator((8, 8, 1), 8, **options)


def small_biggan_deep(**options):
    options = {"ch": 4, "num_classes": 3, "normalizer": ConditionalBatchNorm, **options}
    return resnet_biggan_deep.Generator((8, 8, 1), 8, **options)


def copy_weights(source, target):
    for variable, value in zip(target.variables, source.variables, strict=True):
        assert variable.path == value.path
        variable.assign(value)


@pytest.mark.parametrize(
    "make, arguments",
    [
        (small_biggan, {"spectral_norm": SpectralNorm("auto")}),
        (small_biggan, {"normalizer": Doubling(3.0)}),
        (small_biggan, {"attention_resolutions": [8]}),
        (small_biggan_deep, {"attention_resolutions": (4, 8), "embed_y_dim": 5}),
        (
            small_biggan,
            {
                "normalizer": ConditionalBatchNorm(
                    center_gamma=False, settings=StandardizeBatch(use_moving_averages=False)
                ),
                "initializer": "orthogonal",
                "embed_z": True,
                "dtype": "mixed_bfloat16",
                "name": "ema_generator",
            },
        ),
        (lambda: FlatGenerator((2, 2, 1), width=7), {}),
    ],
)
def test_a_network_is_rebuilt_from_json_without_gin(make, arguments):
    gin.parse_config("standardize_batch.decay = 0.9\nstandardize_batch.epsilon = 1e-5")
    network = make(**arguments)
    gin.clear_config()
    config = network_config(network)
    text = json.dumps(config)
    rebuilt = load_network(json.loads(text))
    assert type(rebuilt) is type(network)
    assert json.dumps(network_config(rebuilt)) == text
    copy_weights(network, rebuilt)
    z = np.random.default_rng(0).normal(size=(4, network.z_dim)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]] if network.num_classes else None
    for training in (False, True):
        np.testing.assert_array_equal(
            rebuilt(z, y, training=training), network(z, y, training=training)
        )
    if "normalizer" not in arguments:
        for layer in rebuilt._flatten_layers():
            if isinstance(layer, BatchNorm):
                assert layer.settings == StandardizeBatch(decay=0.9, epsilon=1e-5)


@pytest.mark.parametrize("family", [resnet_biggan, resnet_biggan_deep])
def test_discriminator_is_rebuilt_from_json(family):
    network = family.Discriminator(
        (8, 8, 3), 3, None, True, True, ch=4, attention_resolutions=(4,), name="d"
    )
    rebuilt = load_network(json.loads(json.dumps(network_config(network))))
    copy_weights(network, rebuilt)
    x, y = np.full((2, 8, 8, 3), 0.5, np.float32), np.eye(3, dtype=np.float32)[:2]
    for ours, expected in zip(rebuilt(x, y), network(x, y), strict=True):
        np.testing.assert_array_equal(ours, expected)


def layer_norms(network):
    return [layer for layer in network._flatten_layers() if isinstance(layer, LayerNorm)]


def test_settings_of_layer_norm_reach_d_and_its_description():
    gin.parse_config("D.layer_norm = True\nlayer_norm.epsilon = 0.5")
    options = discriminator_options()
    gin.clear_config()  # all of gin was read by now
    network = resnet_biggan.Discriminator((8, 8, 3), ch=4, dtype="float64", **options)
    text = json.dumps(network_config(network))
    rebuilt = load_network(json.loads(text))
    assert json.dumps(network_config(rebuilt)) == text
    assert len(layer_norms(network)) == len(layer_norms(rebuilt)) > 0
    rng = np.random.default_rng(0)
    for layer in (*layer_norms(network), *layer_norms(rebuilt)):
        x = rng.normal(2.0, 0.3, size=(2, 3, 3, layer.gamma.shape[0]))
        mean, variance = x.mean((1, 2, 3), keepdims=True), x.var((1, 2, 3), keepdims=True)
        np.testing.assert_allclose(layer(x), (x - mean) / np.sqrt(variance + 0.5), rtol=1e-12)


@pytest.mark.parametrize("stored", [True, False])
def test_a_description_that_only_says_whether_layers_are_normalized_is_read(stored):
    """As models were described before the settings of layer norm were."""
    network = resnet_biggan.Discriminator((8, 8, 3), layer_norm=stored, ch=4, name="d")
    config = network_config(network)
    config["config"]["layer_norm"] = stored
    rebuilt = load_network(json.loads(json.dumps(config)))
    assert [layer.epsilon for layer in layer_norms(rebuilt)] == [1e-12] * len(layer_norms(network))
    assert bool(layer_norms(rebuilt)) == stored
    assert [v.path for v in rebuilt.variables] == [v.path for v in network.variables]


def test_a_class_that_is_gone_is_explained():
    config = {"module": "compare_gan.architectures.dcgan", "class": "Renamed", "config": {}}
    with pytest.raises(ValueError, match="'Renamed' of module 'compare_gan.architectures.dcgan'"):
        load_network(config)


def test_architectures_are_found_by_name_function_or_value():
    gin.parse_config("resnet_biggan.Generator.ch = 4\nresnet_biggan.Generator.embed_y_dim = 5")
    found = get_architecture("resnet_biggan_arch")
    network = found.generator(image_shape=(8, 8, 1), z_dim=8, num_classes=3)
    assert type(network) is resnet_biggan.Generator
    assert network.ch == 4
    assert network.embedding_y.units == 5
    assert get_architecture(found) is found

    def own_arch():
        return Architecture(FlatGenerator, resnet_biggan.Discriminator)

    assert get_architecture(own_arch).generator is FlatGenerator
    for name in ("dcgan_arch", "resnet_cifar_arch"):
        assert isinstance(get_architecture(name), Architecture)


def test_unknown_architectures_are_explained():
    with pytest.raises(ValueError, match="'resnet_arch' is not known; use one of dcgan_arch, .*"):
        get_architecture("resnet_arch")
    with pytest.raises(ValueError, match="must name a function that returns"):
        get_architecture(lambda: (1, 2))


def test_misspelt_and_foreign_bindings_are_refused():
    with pytest.raises(ValueError, match="chanels"):
        gin.parse_config("resnet_biggan.Generator.chanels = 4")
        get_architecture("resnet_biggan_arch").generator(image_shape=(8, 8, 1))
    with pytest.raises(ValueError, match="image_shape"):
        gin.parse_config("dcgan.Generator.image_shape = (8, 8, 1)")


def test_options_from_gin():
    assert generator_options() == {
        "normalizer": None,
        "spectral_norm": None,
        "initializer": "normal",
    }
    gin.parse_config(
        """
        G.batch_norm_fn = @conditional_batch_norm
        G.spectral_norm = True
        D.layer_norm = True
        conditional_batch_norm.use_bias = True
        standardize_batch.decay = 0.9
        spectral_norm.singular_value = 'auto'
        weights.initializer = 'orthogonal'
        """
    )
    for_generator, for_discriminator = generator_options(), discriminator_options()
    gin.clear_config()
    assert for_generator["normalizer"].layer_class is ConditionalBatchNorm
    assert for_generator["normalizer"].config["use_bias"] is True
    assert for_generator["normalizer"].config["settings"]["decay"] == 0.9
    assert for_generator["spectral_norm"] == SpectralNorm("auto")
    assert for_generator["initializer"] == "orthogonal"
    layer_norm = for_discriminator.pop("layer_norm")
    assert layer_norm.layer_class is LayerNorm and layer_norm.config["epsilon"] == 1e-12
    assert for_discriminator == {
        "normalizer": None,
        "spectral_norm": None,
        "initializer": "orthogonal",
    }
    network = resnet_cifar.Generator((32, 32, 3), 4, num_classes=2, ch=1, **for_generator)
    assert network.B1.bn1.settings.decay == 0.9
    assert network.B1.bn1.gamma.bias is not None
    assert network.fc_noise.spectral_norm == SpectralNorm("auto")
    assert network.fc_noise.initializer == "orthogonal"


def test_inputs_are_checked():
    g = small_biggan()
    d = resnet_biggan.Discriminator((8, 8, 1), 3, ch=4)
    with pytest.raises(ValueError, match=r"latent vectors z of shape \[batch, 8\], got \(2, 9\)"):
        g(np.zeros((2, 9), np.float32), np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match=r"one-hot labels y, \[batch, 3\], got shape \(2,\)"):
        g(np.zeros((2, 8), np.float32), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="conditional_batch_norm needs labels"):
        g(np.zeros((2, 8), np.float32))
    with pytest.raises(ValueError, match=r"\[batch, 8, 8, 1\], got \(2, 8, 8, 3\)"):
        d(np.zeros((2, 8, 8, 3), np.float32), np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="project_y = True but got y = None"):
        d(np.zeros((2, 8, 8, 1), np.float32))
    unconditional = resnet_biggan.Discriminator((8, 8, 1), ch=4)
    with pytest.raises(ValueError, match="num_classes = 0 but got labels"):
        unconditional(np.zeros((2, 8, 8, 1), np.float32), np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="must be"):
        resnet_biggan.Discriminator((8, 8), ch=4)
    with pytest.raises(ValueError, match="conditional_batch_norm needs labels.*num_classes > 0"):
        small_biggan(num_classes=0)
    with pytest.raises(ValueError, match="self_modulated_batch_norm needs latent vectors"):
        resnet_biggan.Discriminator(
            (8, 8, 1), ch=4, normalizer=gin.get_configurable("self_modulated_batch_norm")
        )


def test_package_hands_on_its_families():
    assert architectures.resnet_biggan.Generator is resnet_biggan.Generator
    assert architectures.dcgan.Discriminator.__module__ == "compare_gan.architectures.dcgan"
