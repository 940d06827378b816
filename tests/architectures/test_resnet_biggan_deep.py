# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN-deep: both networks against NumPy, plans, attention, labels."""

import gin
import numpy as np
import pytest
from scipy.special import expit

from compare_gan.architectures import get_architecture, resnet_biggan_deep
from compare_gan.layers import NonLocalBlock
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, SelfModulatedBatchNorm
from tests.architectures.reference import bottleneck, convolve, randomize, standardize

LABELS = np.eye(3)[[0, 2]]


def generator(size=8, z_dim=4, **options):
    options = {"ch": 4, "num_classes": 3, "normalizer": ConditionalBatchNorm, **options}
    return resnet_biggan_deep.Generator((size, size, 1), z_dim, **options)


def discriminator(size=8, **options):
    return resnet_biggan_deep.Discriminator((size, size, 1), **{"ch": 4, **options})


def relu(x):
    return np.maximum(x, 0.0)


def test_generator_equals_numpy():
    """12×12 is 6×6 doubled once: blocks that keep, double and keep."""
    g = generator(12, dtype="float64", embed_y_dim=5)
    randomize(g)
    z = np.random.default_rng(1).normal(size=(2, 4))
    condition = np.concatenate([z, LABELS @ g.embedding_y.kernel.numpy()], axis=1)
    x = (condition @ g.fc_noise.kernel.numpy() + g.fc_noise.bias.numpy()).reshape(2, 6, 6, 16)
    for name, resample in (("B1", None), ("B2", "up"), ("B3", None)):
        block = getattr(g, name)

        def activate(h, number, block=block):
            norm = getattr(block, f"bn{number}")
            gamma = 1.0 + condition @ norm.gamma.kernel.numpy()
            beta = condition @ norm.beta.kernel.numpy()
            h = standardize(h, (0, 1, 2), 1e-3) * gamma[:, None, None] + beta[:, None, None]
            return relu(h)

        x = bottleneck(block, x, resample, 16, activate)
    x = standardize(x, (0, 1, 2), 1e-3) * g.final_norm.gamma.numpy() + g.final_norm.beta.numpy()
    x = convolve(g.final_conv, relu(x))
    expected = 0.5 * np.tanh(x) + 0.5
    np.testing.assert_allclose(g(z, LABELS, training=True), expected, rtol=1e-7, atol=1e-9)


def test_discriminator_equals_numpy():
    """Blocks that halve, keep and halve: 12×12 ends at 3×3."""
    d = discriminator(12, num_classes=3, dtype="float64")
    randomize(d)
    images = np.random.default_rng(1).uniform(size=(2, 12, 12, 1))
    x = convolve(d.initial_conv, images)
    for name, resample in (("B1", "down"), ("B2", None), ("B3", "down")):
        x = bottleneck(getattr(d, name), x, resample, 8, lambda h, number: relu(h))
    assert x.shape == (2, 3, 3, 8)
    features = relu(x).sum(axis=(1, 2))
    logits = features @ d.final_fc.kernel.numpy() + d.final_fc.bias.numpy()
    logits += ((LABELS @ d.embedding.kernel.numpy()) * features).sum(axis=1, keepdims=True)
    output = d(images, LABELS)
    np.testing.assert_allclose(output.features, features, rtol=1e-7)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-7)
    np.testing.assert_allclose(output.probabilities, expit(logits), rtol=1e-7)


PLANS = {
    # size: number of blocks, G's that double the map, G's and D's blocks before attention
    8: (3, "B2", (), ()),
    28: (5, "B2 B4", (), ()),
    32: (7, "B2 B4 B6", (), ()),
    48: (7, "B2 B4 B6", ("B6",), ()),
    64: (8, "B2 B4 B6 B8", ("B8",), ()),
    96: (8, "B2 B4 B6 B8", ("B6",), ("B2",)),
    128: (10, "B2 B4 B6 B8 B10", ("B8",), ("B2",)),
    256: (12, "B2 B4 B6 B8 B10 B12", ("B8",), ("B4",)),
    512: (14, "B2 B4 B6 B8 B10 B12 B14", ("B8",), ("B6",)),
    1024: (16, "B2 B4 B6 B8 B10 B12 B14 B16", ("B8",), ("B8",)),
}


def test_plans(without_values):
    """32 and 64 to 512 pixels, by twos, as in v3; the others are what v3 did not have."""
    for size, (blocks, doubling, g_attention, d_attention) in PLANS.items():
        with without_values():
            g, d = generator(size), discriminator(size)
        names = tuple(f"B{number + 1}" for number in range(blocks))
        assert g.block_names == d.block_names == names
        ups = {name: getattr(g, name).resample for name in names}
        assert ups == {name: "up" if name in doubling.split() else None for name in names}
        assert [getattr(d, name).resample for name in names] == (["down", None] * 8)[:blocks]
        assert (size, g.attention_after) == (size, g_attention)
        assert (size, d.attention_after) == (size, d_attention)


def test_sizes_that_are_not_there():
    with pytest.raises(ValueError, match="resnet_biggan_deep_arch can't build 30×30.*28, 32"):
        generator(30)
    with pytest.raises(ValueError, match=r"Generator.attention_resolutions = \(64,\).*4, 8, or"):
        generator(8, attention_resolutions=(64,))
    with pytest.raises(ValueError, match=r"Discriminator.attention_resolutions.*from 2, 4, or"):
        discriminator(8, attention_resolutions=(8,))


@pytest.mark.parametrize(
    "make, options, names",
    [
        (generator, {"attention_resolutions": (7, 28)}, ("B1", "B4")),
        (generator, {"attention_resolutions": [14]}, ("B2",)),
        (discriminator, {"attention_resolutions": (7, 4)}, ("B4", "B5")),
        (discriminator, {"attention_resolutions": (14,)}, ("B2",)),
    ],
)
def test_attention_sees_maps_of_the_sizes_asked_for(make, options, names, monkeypatch):
    network = make(28, **options)
    assert network.attention_after == names
    seen = []
    original = NonLocalBlock.call
    monkeypatch.setattr(
        NonLocalBlock, "call", lambda self, x: seen.append(x.shape[1]) or original(self, x)
    )
    if make is generator:
        network(np.ones((2, 4), np.float32), LABELS.astype(np.float32), training=True)
    else:
        network(np.ones((2, 28, 28, 1), np.float32))
    assert sorted(seen) == sorted(options["attention_resolutions"])


def test_each_attention_changes_the_image():
    g = generator(16, attention_resolutions=(8, 16), z_dim=4)
    z, y = np.random.default_rng(0).normal(size=(2, 4)), LABELS
    images = [g(z, y, training=True)]
    for name in ("B2", "B4"):
        getattr(g, f"non_local_block_{name}").sigma.assign(10.0)
        images.append(g(z, y, training=True))
    assert np.abs(images[0] - images[1]).max() > 0.0
    assert np.abs(images[1] - images[2]).max() > 0.0


def test_latents_and_labels_reach_the_first_layer_and_all_normalizers():
    g = generator(8, z_dim=4, embed_y_dim=6)
    assert g.fc_noise.kernel.shape == (10, 16 * 16)
    norms = [getattr(getattr(g, b), n) for b in g.block_names for n in ("bn1", "bn2", "bn3", "bn4")]
    assert {norm.gamma.kernel.shape[0] for norm in norms} == {10}
    assert generator(8, embed_y=False).B1.bn1.gamma.kernel.shape[0] == 4 + 3
    labelled = generator(8, normalizer=SelfModulatedBatchNorm, embed_y_dim=6)
    assert labelled.B3.bn4.hidden.kernel.shape[0] == 10
    unlabelled = generator(8, normalizer=SelfModulatedBatchNorm, num_classes=0)
    assert unlabelled.B3.bn4.hidden.kernel.shape[0] == 4
    assert not hasattr(unlabelled, "embedding_y")


def test_labels_must_be_given_where_there_are_classes():
    with pytest.raises(ValueError, match="num_classes = 3 but got y = None; pass one-hot labels"):
        generator(8, normalizer=BatchNorm)(np.ones((2, 4), np.float32))


def test_a_fast_last_convolution_gives_the_first_channels():
    g = generator(8, experimental_fast_conv_to_rgb=True, dtype="float64")
    plain = generator(8, dtype="float64")
    assert g.final_conv.kernel.shape == (3, 3, 16, 128)
    randomize(g)
    for ours, theirs in zip(plain.variables, g.variables, strict=True):
        assert ours.path == theirs.path
        ours.assign(theirs[..., :1] if "final_conv" in ours.path else theirs)
    z = np.random.default_rng(0).normal(size=(2, 4))
    images = g(z, LABELS, training=True)
    assert images.shape == (2, 8, 8, 1)
    np.testing.assert_allclose(images, plain(z, LABELS, training=True), rtol=1e-9)


@pytest.mark.parametrize("normalizer", [None, ConditionalBatchNorm])
def test_the_last_normalizer_is_a_plain_batch_norm_with_gins_settings(normalizer):
    gin.parse_config("standardize_batch.decay = 0.9")
    g = generator(normalizer=normalizer)
    assert type(g.final_norm) is BatchNorm
    assert g.final_norm.settings.decay == 0.9


def test_the_discriminator_obeys_layer_norm():
    d = discriminator(layer_norm=True)
    assert len([v for v in d.trainable_variables if "/ln" in v.path]) == 3 * 4 * 2
    assert not [v for v in discriminator().trainable_variables if "/ln" in v.path]


def test_spectral_norm_is_everywhere_but_on_gs_embedding():
    g = generator(8, spectral_norm=True, attention_resolutions=(8,))
    d = discriminator(64, num_classes=3, spectral_norm=True)
    kernels = {v.path[: -len("/kernel")] for v in g.variables + d.variables if v.name == "kernel"}
    normalized = {v.path[: -len("/u")] for v in g.variables + d.variables if v.name == "u"}
    assert kernels - normalized == {"generator/embed_y"}
    assert "discriminator/B1/add_channels" in normalized


def test_initial_values():
    d = discriminator(128, num_classes=200, initializer="orthogonal")
    kernel = d.B5.add_channels.kernel.numpy().reshape(16, 16)
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(16), atol=1e-5)
    assert d.embedding.kernel.numpy().std() == pytest.approx(np.sqrt(2 / 264), rel=0.05)
    assert float(d.non_local_block_B2.sigma) == 0.0


def test_gin_reaches_both_networks():
    gin.parse_config(
        """
        resnet_biggan_deep.Generator.ch = 4
        resnet_biggan_deep.Generator.embed_y_dim = 5
        resnet_biggan_deep.Generator.attention_resolutions = (4, 8)
        resnet_biggan_deep.Generator.experimental_fast_conv_to_rgb = True
        resnet_biggan_deep.Discriminator.ch = 2
        resnet_biggan_deep.Discriminator.attention_resolutions = (4,)
        resnet_biggan_deep.Discriminator.project_y = False
        """
    )
    found = get_architecture("resnet_biggan_deep_arch")
    g = found.generator(image_shape=(8, 8, 1), z_dim=4, num_classes=3)
    assert (g.ch, g.embedding_y.units, g.attention_after) == (4, 5, ("B1", "B2"))
    assert g.final_conv.filters == 128
    d = found.discriminator(image_shape=(8, 8, 1), num_classes=3)
    assert (d.ch, d.attention_after, d.project_y) == (2, ("B2",), False)


@pytest.mark.parametrize("wrong", [0, 2.5, "64"])
def test_widths_are_positive_whole_numbers(wrong):
    with pytest.raises(
        ValueError, match="resnet_biggan_deep.Generator.ch must be a whole number from 1"
    ):
        generator(ch=wrong)
    with pytest.raises(
        ValueError, match="resnet_biggan_deep.Generator.embed_y_dim must be a whole number"
    ):
        generator(embed_y_dim=wrong)
    with pytest.raises(
        ValueError, match="resnet_biggan_deep.Discriminator.ch must be a whole number from 1"
    ):
        resnet_biggan_deep.Discriminator((8, 8, 1), ch=wrong)
