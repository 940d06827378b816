# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every family: shapes and ranges, labels, normalizers, compiled second derivatives, descriptions.

Checkpoints, precision and derivatives of each family are in `tests/conformance`, projections in
the files of the families.
"""

import contextlib
import json

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures import (
    dcgan,
    discriminator_options,
    generator_options,
    get_architecture,
    infogan,
    load_network,
    network_config,
    resnet5,
    resnet30,
    resnet_biggan,
    resnet_biggan_deep,
    resnet_cifar,
    resnet_stl,
    sndcgan,
)
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    EvoNormS0,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    SelfModulatedBatchNorm,
    collect_updates,
)

CLASSES = 3
FAMILIES = {
    # name: module, small image, options of G, options of D, features' shape
    "dcgan": (dcgan, (17, 20, 1), {"ch": 2}, {"ch": 2, "project_y": True}, (2, 2, 16)),
    "infogan": (infogan, (6, 10, 1), {"ch": 2}, {"ch": 2, "project_y": True}, (32,)),
    "sndcgan": (sndcgan, (12, 20, 1), {"ch": 2}, {"ch": 2, "project_y": True}, (96,)),
    "resnet_cifar": (resnet_cifar, (16, 16, 1), {"ch": 1}, {"ch": 1, "project_y": True}, (2,)),
    "resnet_stl": (resnet_stl, (8, 8, 1), {"ch": 2}, {"ch": 2, "project_y": True}, (8,)),
    "resnet5": (resnet5, (8, 8, 1), {"ch": 2}, {"ch": 2, "project_y": True}, (16,)),
    "resnet30": (resnet30, (8, 8, 1), {"ch": 2}, {"ch": 2, "project_y": True}, (64,)),
    "resnet_biggan": (resnet_biggan, (8, 8, 1), {"ch": 2}, {"ch": 2}, (4,)),
    "resnet_biggan_deep": (resnet_biggan_deep, (8, 8, 1), {"ch": 4}, {"ch": 8}, (16,)),
}
# More blocks, of the class that resnet_stl's have, and as much more time.
LONG = ("resnet5", "resnet30")


def quick_unless_long(*names):
    """Families as the parameters of a test; the long ones are in the slow tier."""
    return [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in names]


ALL = quick_unless_long(*FAMILIES)
NORMALIZERS = {
    "none": None,
    "batch": BatchNorm,
    "conditional": ConditionalBatchNorm,
    "self_modulated": SelfModulatedBatchNorm,
    "layer": LayerNorm,
    "instance": InstanceNorm,
    "group": GroupNorm(2),
    "evonorm": EvoNormS0(2),
}
# What instance norm can't normalize, as the error names it: vectors, and maps of one position.
WITHOUT_POSITIONS = {
    "infogan": ("g_bn1", "d_bn3"),
    "resnet5": (None, "bn1"),
}


def latents(rows, z_dim, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, z_dim)).astype(np.float32)


def images(rows, shape, seed=0):
    return np.random.default_rng(seed).uniform(size=(rows, *shape)).astype(np.float32)


def one_hot(rows):
    return np.eye(CLASSES, dtype=np.float32)[np.arange(rows) % CLASSES]


def make_generator(family, **options):
    module, shape, own, _, _ = FAMILIES[family]
    options = {"normalizer": ConditionalBatchNorm, "num_classes": CLASSES, **own, **options}
    return module.Generator(shape, 8, **options)


def make_discriminator(family, **options):
    module, shape, _, own, _ = FAMILIES[family]
    return module.Discriminator(shape, **{"num_classes": CLASSES, **own, **options})


@pytest.mark.parametrize(
    "size, channels",
    [
        (28, 1),
        (48, 3),
        *(pytest.param(*shape, marks=pytest.mark.slow) for shape in ((32, 3), (64, 3), (128, 1))),
    ],
)
@pytest.mark.parametrize("family", ALL)
def test_shapes_and_range(family, size, channels):
    module, _, g_options, d_options, _ = FAMILIES[family]
    shape = (size, size, channels)
    g = module.Generator(shape, 120, normalizer=SelfModulatedBatchNorm, **g_options)
    d_options = {key: value for key, value in d_options.items() if key != "project_y"}
    d = module.Discriminator(shape, spectral_norm=True, **d_options)
    fakes = g(latents(2, 120), training=True)
    assert fakes.shape == (2, *shape)
    assert fakes.dtype == tf.float32
    assert np.min(fakes) >= 0.0
    assert np.max(fakes) <= 1.0
    probabilities, logits, features = d(fakes)
    assert probabilities.shape == logits.shape == (2, 1)
    assert features.shape[0] == 2
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-logits.numpy())), rtol=1e-5)


def expect_refusal(layer):
    if layer is None:
        return contextlib.nullcontext()
    return pytest.raises(ValueError, match=f"{layer}: instance_norm .* has no variance; use @")


@pytest.mark.parametrize("name", NORMALIZERS)
@pytest.mark.parametrize("family", ALL)
def test_any_normalizer_in_labelled_networks(family, name):
    """Refused, with a reason: instance norm without positions, self-modulation in D."""
    normalizer, variables = NORMALIZERS[name], []
    without = WITHOUT_POSITIONS.get(family, (None, None)) if name == "instance" else (None, None)
    with expect_refusal(without[0]):
        g = make_generator(family, normalizer=normalizer)
        fakes = g(latents(3, 8), one_hot(3), training=True)
        assert fakes.shape == (3, *FAMILIES[family][1])
        variables += g.variables
    if name == "self_modulated":
        with pytest.raises(ValueError, match="self_modulated_batch_norm needs latent vectors"):
            make_discriminator(family, normalizer=normalizer)
        return
    with expect_refusal(without[1]):
        d = make_discriminator(family, normalizer=normalizer)
        output = d(images(3, FAMILIES[family][1]), one_hot(3), training=True)
        assert output.features.shape == (3, *FAMILIES[family][4])
        assert {tensor.dtype for tensor in output} == {tf.float32}
        variables += d.variables
    # All variables exist from the start, in the network's own scope.
    paths = [variable.path for variable in variables]
    assert len(paths) == len(set(paths))
    assert all(path.startswith(("generator/", "discriminator/")) for path in paths)


@pytest.mark.parametrize("family", ["dcgan", "infogan", "sndcgan", "resnet_cifar"])
def test_projection_needs_classes(family, without_values):
    with without_values(), pytest.raises(ValueError, match="project_y = True needs classes"):
        make_discriminator(family, num_classes=0)


@pytest.mark.parametrize("family", ["dcgan", "infogan", "sndcgan", "resnet_cifar"])
@pytest.mark.parametrize("kind", ["Generator", "Discriminator"])
def test_the_unit_of_channels_is_checked(family, kind):
    module, shape, _, _, _ = FAMILIES[family]
    with pytest.raises(ValueError, match=f"{family}.{kind}.ch must be .* received 0"):
        getattr(module, kind)(shape, ch=0)


@pytest.mark.parametrize(
    "family, norms, layers", [("dcgan", 4, 6), ("infogan", 3, 5), ("sndcgan", 4, 9)]
)
def test_spectral_norm_reaches_only_the_normalizers_of_plain_gs_and_all_of_d(
    family, norms, layers, without_values
):
    with without_values():
        g = make_generator(family, normalizer=SelfModulatedBatchNorm, spectral_norm=True)
        d = make_discriminator(family, spectral_norm=True)
    normalized = {v.path.split("/")[1] for v in g.variables if v.name == "u"}
    assert normalized == {f"g_bn{number}" for number in range(1, norms + 1)}
    kernels = [v for v in d.variables if v.name == "kernel"]
    assert len([v for v in d.variables if v.name == "u"]) == len(kernels) == layers


def penalty_and_gradients(d, x, y):
    """The gradient penalty of WGAN-GP and its derivatives with respect to D's weights."""
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            total = tf.reduce_sum(d(x, y, training=True).logits)
        slopes = tf.sqrt(1e-4 + tf.reduce_sum(inner.gradient(total, x) ** 2, axis=[1, 2, 3]))
        penalty = tf.reduce_mean(tf.square(slopes - 1.0))
    variables = [variable.value for variable in d.trainable_variables]
    # The last bias has no part in a penalty on slopes.
    return penalty, outer.gradient(penalty, variables, unconnected_gradients="zero")


@pytest.mark.slow
@pytest.mark.parametrize(
    "family, normalizer, layer_norm",
    [
        ("dcgan", BatchNorm, True),
        ("infogan", ConditionalBatchNorm, True),
        ("sndcgan", BatchNorm, True),
        ("resnet_cifar", None, False),
        ("resnet_stl", BatchNorm, True),
        ("resnet5", LayerNorm, False),
        ("resnet30", BatchNorm, False),
        ("resnet_biggan", BatchNorm, True),
        ("resnet_biggan_deep", None, False),
        ("resnet_biggan_deep", BatchNorm, True),
    ],
)
def test_gradient_penalty_in_graph_and_xla(family, normalizer, layer_norm):
    d = make_discriminator(
        family,
        normalizer=normalizer,
        layer_norm=layer_norm,
        spectral_norm=True,
        dtype="float64",
    )
    rng = np.random.default_rng(1)
    for variable in d.trainable_variables:
        variable.assign(variable + 0.05 * rng.normal(size=variable.shape))
    x = tf.constant(images(2, FAMILIES[family][1]), tf.float64)
    y = tf.constant(one_hot(2), tf.float64)
    value, gradients = tf.function(penalty_and_gradients)(d, x, y)
    compiled_value, compiled = tf.function(penalty_and_gradients, jit_compile=True)(d, x, y)
    assert float(compiled_value) == pytest.approx(float(value), rel=1e-9)
    largest = max(np.abs(gradient).max() for gradient in gradients)
    assert largest > 0.0
    for variable, ours, expected in zip(d.trainable_variables, compiled, gradients, strict=True):
        np.testing.assert_allclose(
            ours, expected, rtol=1e-6, atol=1e-9 * largest, err_msg=variable.path
        )


@pytest.mark.parametrize("family", ALL)
def test_all_of_g_is_trained(family):
    g = make_generator(family)
    # A fixed direction instead of a D: one this narrow may begin with all its ReLUs off.
    direction = images(4, FAMILIES[family][1]) - 0.5
    with tf.GradientTape() as tape:
        fakes = g(latents(4, 8), one_hot(4), training=True)
        loss = tf.reduce_sum(direction * fakes)
    gradients = tape.gradient(loss, g.trainable_variables)
    for variable, gradient in zip(g.trainable_variables, gradients, strict=True):
        assert np.any(gradient), variable.path


@pytest.mark.parametrize("family", ALL)
def test_forward_passes_change_no_variable(family):
    g = make_generator(family, spectral_norm=True)
    d = make_discriminator(family, spectral_norm=True, normalizer=BatchNorm)
    before = [variable.numpy() for variable in g.variables + d.variables]
    for training in (False, True):
        with collect_updates():
            fakes = g(latents(4, 8), one_hot(4), training=training)
            d(fakes, one_hot(4), training=training)
    for variable, value in zip(g.variables + d.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)


@pytest.mark.parametrize("family", ALL)
def test_compiled_networks_take_any_batch_size(family):
    g, d = make_generator(family), make_discriminator(family)
    signature = [tf.TensorSpec([None, 8]), tf.TensorSpec([None, CLASSES])]
    sample = tf.function(lambda z, y: d(g(z, y), y).logits, input_signature=signature)
    for rows in (1, 3):
        assert sample(latents(rows, 8), one_hot(rows)).shape == (rows, 1)


class Constant(keras.layers.Layer):
    """A normalizer whose output is ±1 everywhere; what follows it shows whether it is activated."""

    def __init__(self, value, includes_activation, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.value = value
        self.includes_activation = includes_activation

    def build(self, x_shape):
        """Has no variables."""

    def call(self, x, z=None, y=None, training=False):
        return tf.fill(tf.shape(x), tf.cast(self.value, x.dtype))

    def get_config(self):
        return {
            "value": self.value,
            "includes_activation": self.includes_activation,
            "name": self.name,
        }


@pytest.mark.parametrize("family", ["dcgan", "resnet_cifar"])
def test_no_relu_follows_gs_last_normalizer_if_that_includes_the_activation(family):
    """The image is an odd function of the last normalizer's ±1, but relu(-1) = 0."""

    def image(value, includes_activation):
        g = make_generator(family, normalizer=Constant(value, includes_activation))
        last = g.g_dc4 if family == "dcgan" else g.final_conv
        last.kernel.assign(np.random.default_rng(0).normal(size=last.kernel.shape) / 4)
        return g(latents(1, 8), one_hot(1)).numpy() - 0.5

    positive = image(1.0, False)
    assert np.abs(positive).max() > 0.1
    np.testing.assert_allclose(image(-1.0, True), -positive, atol=1e-6)
    np.testing.assert_allclose(image(1.0, True), positive, atol=1e-6)
    np.testing.assert_allclose(image(-1.0, False), 0.0, atol=1e-6)


def test_no_leaky_relu_follows_dcgans_normalizer_if_that_includes_the_activation():
    def logit(value, includes_activation):
        d = make_discriminator("dcgan", normalizer=Constant(value, includes_activation))
        d.d_fc4.kernel.assign(np.eye(64, 1))  # The logit is the last map's first number.
        d.embedding_fc.kernel.assign(tf.zeros_like(d.embedding_fc.kernel))
        return float(d(images(1, FAMILIES["dcgan"][1]), one_hot(1)).logits[0, 0])

    assert logit(1.0, False) == pytest.approx(1.0)
    assert logit(-1.0, False) == pytest.approx(-0.2)
    assert logit(-1.0, True) == pytest.approx(-1.0)


@pytest.mark.parametrize("family", ALL)
def test_layer_norm_after_the_activation_is_refused(family):
    with pytest.raises(
        ValueError, match="D.layer_norm = True.*EvoNormS0.*set D.layer_norm = False"
    ):
        make_discriminator(family, normalizer=EvoNormS0, layer_norm=True)


@pytest.mark.parametrize("normalizer", [InstanceNorm, GroupNorm, EvoNormS0])
@pytest.mark.parametrize("module", [dcgan, resnet_cifar])
def test_norms_of_one_example_from_gin_to_a_rebuilt_network(module, normalizer):
    name = normalizer.gin_name
    gin.parse_config(f"G.batch_norm_fn = @{name}\nD.batch_norm_fn = @{name}\n{name}.epsilon = 0.5")
    if normalizer is not InstanceNorm:
        gin.parse_config(f"{name}.groups = 4")
    g = module.Generator((32, 32, 3), 8, ch=2, **generator_options())
    d = module.Discriminator((32, 32, 3), ch=2, **discriminator_options())
    gin.clear_config()
    for network, x in ((g, latents(2, 8)), (d, images(2, (32, 32, 3)))):
        norms = [layer for layer in network._flatten_layers() if isinstance(layer, normalizer)]
        assert {layer.epsilon for layer in norms} == {0.5}
        assert all(getattr(layer, "groups", 4) == 4 for layer in norms)
        text = json.dumps(network_config(network))
        rebuilt = load_network(json.loads(text))
        assert json.dumps(network_config(rebuilt)) == text
        assert rebuilt.normalizer == network.normalizer
        for ours, theirs in zip(rebuilt.variables, network.variables, strict=True):
            ours.assign(theirs)
        for ours, theirs in zip(
            tf.nest.flatten(rebuilt(x, training=False)), tf.nest.flatten(network(x, training=True))
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("family", ALL)
def test_networks_are_rebuilt_from_json(family, without_values):
    with without_values():
        g = make_generator(family, spectral_norm=True)
        d = make_discriminator(
            family, normalizer=BatchNorm, layer_norm=True, initializer="orthogonal"
        )
    for network in (g, d):
        text = json.dumps(network_config(network))
        with without_values():
            rebuilt = load_network(json.loads(text))
        assert type(rebuilt) is type(network)
        assert json.dumps(network_config(rebuilt)) == text
        for ours, theirs in zip(rebuilt.variables, network.variables, strict=True):
            assert (ours.path, ours.shape) == (theirs.path, theirs.shape)


@pytest.mark.parametrize("family", ALL)
def test_families_are_found_by_v3s_names_with_gins_bindings(family, without_values):
    module, shape, g_options, d_options, _ = FAMILIES[family]
    for kind, options in (("Generator", g_options), ("Discriminator", d_options)):
        for name, value in options.items():
            gin.bind_parameter(f"{family}.{kind}.{name}", value)
    found = get_architecture(f"{family}_arch")
    with without_values():
        g = found.generator(image_shape=shape, z_dim=8, num_classes=CLASSES)
        d = found.discriminator(image_shape=shape, num_classes=CLASSES)
    assert type(g) is module.Generator
    assert type(d) is module.Discriminator
    for network, options in ((g, g_options), (d, d_options)):
        assert {name: getattr(network, name) for name in options} == options
