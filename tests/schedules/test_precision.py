# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`run_config.precision`: what networks compute in, and all else does not."""

import json

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

import compare_gan
from compare_gan import configuration, schedules
from compare_gan.architectures import Architecture
from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork
from compare_gan.architectures.parts import Parts, normalize_and_activate, vector_shape
from compare_gan.configuration import ConfigurationError
from compare_gan.layers.precision import full_precision
from compare_gan.randomness import Draws
from compare_gan.schedules import RunFlags
from compare_gan.schedules.run import build_dataset, build_experiment
from compare_gan.training import Checkpoints
from compare_gan.training.graphs import update_graphs
from compare_gan.training.memory import peak_live_bytes

_WIDTH = 4


class SmallGenerator(GeneratorNetwork):
    """sigmoid(conv(relu(norm(z A)))), as images."""

    def __init__(
        self, image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer,
        dtype=None, name=None,
    ):  # fmt: skip
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, dtype, name
        )
        self.build()

    def build(self):
        parts, (height, width, _) = Parts.of(self), self.image_shape
        self.map_shape = (height, width, _WIDTH)
        self.first = parts.linear("first", self.z_dim, height * width * _WIDTH)
        shapes = vector_shape(self.z_dim), self.label_shape
        self.norm = parts.norm("norm", (None, *self.map_shape), *shapes)
        self.last = parts.conv("last", _WIDTH, self.image_shape[-1])

    def generate(self, z, y, training):
        x = tf.reshape(self.first(z), [-1, *self.map_shape])
        x = self.last(normalize_and_activate(x, self.norm, None, z, y, training))
        return tf.sigmoid(tf.cast(x, full_precision(self)))


class SmallDiscriminator(DiscriminatorNetwork):
    """Features: the mean over places of tanh(conv(x)); logits are linear in them."""

    def __init__(
        self, image_shape, num_classes, normalizer, layer_norm, spectral_norm, initializer,
        dtype=None, name=None,
    ):  # fmt: skip
        super().__init__(
            image_shape, num_classes, normalizer, layer_norm, spectral_norm, initializer, dtype,
            name,
        )  # fmt: skip
        self.build()

    def build(self):
        parts = Parts.of(self)
        self.first = parts.conv("first", self.image_shape[-1], _WIDTH)
        self.last = parts.linear("last", _WIDTH, 1)

    def discriminate(self, x, y, training):
        features = tf.reduce_mean(tf.tanh(self.first(x)), axis=[1, 2])
        return self.last(features), features


@gin.register(module="tests")
def small_arch() -> Architecture:
    return Architecture(SmallGenerator, SmallDiscriminator)


_SMALL = (
    'dataset.name = "digits"',
    "options.gan_class = @ModularGAN",
    "options.architecture = @tests.small_arch",
    "options.batch_size = 8",
    "options.training_steps = 2",
    "options.z_dim = 4",
    "loss.fn = @hinge",
    "penalty.fn = [@r1_penalty, @wgangp_penalty]",
    'weights.initializer = "orthogonal"',
    "ModularGAN.g_use_ema = True",
    "ModularGAN.ema_start_step = 1",
    "G.batch_norm_fn = @batch_norm",
    "D.spectral_norm = True",
)
_IN_BFLOAT16 = 'run_config.precision = "mixed_bfloat16"'
_CONVOLUTIONS = ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter")
# Of normalizers, of the penalties' norms, of G's image.
_DELICATE = ("Rsqrt", "Square", "Sqrt", "Sigmoid")


def _experiment(tmp_path, *bindings):
    configuration.parse([], [*_SMALL, *bindings])
    return build_experiment(build_dataset(RunFlags(tmp_path)))


def _dtypes(graph, kinds):
    return {
        output.dtype.name
        for operation in graph.get_operations()
        if operation.type in kinds
        for output in operation.outputs
    }


def _networks(gan):
    return gan.generator, gan.average_generator, gan.discriminator


def test_networks_compute_in_it_and_all_else_in_float32(tmp_path):
    batch = {
        "images": tf.TensorSpec([8, 8, 8, 1], tf.uint8),
        "labels": tf.TensorSpec([8], tf.int32),
    }
    peaks, losses = {}, {}
    for precision in ("float32", "mixed_bfloat16", "mixed_float16"):
        computed = precision.removeprefix("mixed_")
        gan = _experiment(tmp_path, f'run_config.precision = "{precision}"').gan
        assert keras.config.dtype_policy().name == "float32"
        variables = [v for network in _networks(gan) for v in network.variables]
        assert {v.dtype for v in variables} == {"float32"}
        assert {network.compute_dtype for network in _networks(gan)} == {computed}
        graphs = [graphs.repetition for graphs in update_graphs(gan, batch)]
        for graph in graphs:
            assert _dtypes(graph, _CONVOLUTIONS) == {computed}
            assert computed in _dtypes(graph, ("MatMul",))  # those of sigma are float32
            assert _dtypes(graph, _DELICATE) == {"float32"}
            assert {output.dtype for output in graph.outputs} == {tf.float32}
        peaks[precision] = max(map(peak_live_bytes, graphs))
        losses[precision] = _first_losses(gan)
    # Weights are the same; 8 significant bits are good for half a percent, 11 for a thousandth.
    for precision, tolerance in (("mixed_bfloat16", 0.03), ("mixed_float16", 0.004)):
        assert peaks[precision] < 0.8 * peaks["float32"]
        np.testing.assert_allclose(losses[precision], losses["float32"], rtol=tolerance, atol=5e-3)
        assert not np.array_equal(losses[precision], losses["float32"])


def _first_losses(gan):
    """The terms of the first updates of D and G, all of which are float32."""
    images = np.random.default_rng(0).integers(0, 256, [8, 8, 8, 1])
    batch = {"images": tf.constant(images, tf.uint8), "labels": tf.zeros([8], tf.int32)}
    values = []
    for update in gan.updates:
        scalars = update.gradients(batch, Draws(0, 0, update.name)).scalars
        assert {value.dtype for value in scalars.values()} == {tf.float32}
        values += [value.numpy() for value in scalars.values()]
    return values


def _train(folder, *bindings):
    settings = [*_SMALL, "penalty.fn = @no_penalty", *bindings]  # which is traced faster
    schedules.run("train", [], settings, RunFlags(folder))
    assert keras.config.dtype_policy().name == "float32"


def test_a_run_goes_on_in_its_precision_and_no_other(tmp_path):
    _train(tmp_path, _IN_BFLOAT16)
    with pytest.raises(
        ConfigurationError, match="run_config.precision: 'mixed_bfloat16' -> 'float32'"
    ):
        _train(tmp_path, "options.training_steps = 3")
    _train(tmp_path, _IN_BFLOAT16, "options.training_steps = 3")
    assert Checkpoints(tmp_path / "checkpoints").steps() == [2, 3]

    # Its generator computes as it was trained; what it makes is float32 all the same.
    generator = compare_gan.load_generator(tmp_path)
    assert generator.step == 3 and generator.network.compute_dtype == "bfloat16"
    assert {variable.dtype for variable in generator.network.variables} == {"float32"}
    images = generator.sample(5)
    assert images.dtype == np.float32 and images.shape == (5, 8, 8, 1)
    assert images.min() >= 0 and images.max() <= 1 and images.std() > 0
    model = json.loads((tmp_path / "model.json").read_text())
    assert model["discriminator"]["config"]["dtype"] == "mixed_bfloat16"


@pytest.mark.parametrize("value", ['"float16"', '"bfloat16"', "None", "16"])
def test_what_is_no_precision_is_refused(tmp_path, value):
    said = (
        'run_config.precision must be "float32", "mixed_bfloat16" or "mixed_float16", received '
        f"{value}."
    )
    with pytest.raises(ConfigurationError, match=said.replace('"', "['\"]")) as error:
        _experiment(tmp_path, f"run_config.precision = {value}")
    assert "\n" not in str(error.value)


def test_an_error_leaves_the_policy_as_it_was(tmp_path):
    with pytest.raises(ConfigurationError, match="penalty"):
        _experiment(tmp_path, _IN_BFLOAT16, "penalty.fn = 7")
    assert keras.config.dtype_policy().name == "float32"
