# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN: both networks against NumPy, plans, attention, hierarchical latents, initial values."""

import json

import gin
import numpy as np
import pytest

from compare_gan.architectures import load_network, network_config, resnet_biggan
from compare_gan.layers import NonLocalBlock
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, SelfModulatedBatchNorm
from tests.architectures import reference

Y = np.eye(3)[[0, 2]]


def generator(size=8, **options):
    options = {"ch": 4, "num_classes": 3, "normalizer": ConditionalBatchNorm, **options}
    return resnet_biggan.Generator((size, size, 1), 24, **options)


GENERATORS = {
    # number of classes, options, the block before attention
    "hierarchical": (3, {"embed_y_dim": 5, "embed_z": True}, "B2"),
    "whole": (
        3,
        {
            "hierarchical_z": False,
            "embed_y": False,
            "embed_z": True,
            "embed_bias": True,
            "add_shortcut": False,
        },
        None,
    ),
    "self_modulated": (0, {}, "B1"),
}


@pytest.mark.parametrize("case", GENERATORS)
def test_generators_equal_numpy(case):
    """64×64 is the smallest size at which widths differ from block to block."""
    num_classes, options, attention = GENERATORS[case]
    g = resnet_biggan.Generator(
        (64, 64, 3),
        10,
        num_classes,
        ConditionalBatchNorm if num_classes else SelfModulatedBatchNorm,
        ch=1,
        blocks_with_attention=attention or "",
        dtype="float64",
        **options,
    )
    reference.randomize(g, scale=0.4)
    v = reference.by_name(g)
    latents = np.random.default_rng(1).normal(size=(2, 10))
    z, y = latents, Y if num_classes else None
    if options.get("embed_z"):
        z = z @ v.embed_z.kernel.numpy()
        if options.get("embed_bias"):
            z = z + v.embed_z.bias.numpy()
    if case == "hierarchical":
        y = y @ v.embed_y.kernel.numpy()
    if case == "whole":
        first, parts, labels = z, [z] * 4, [y] * 4
    else:
        first, *parts = (z[:, start : start + 2] for start in range(0, 10, 2))
        labels = [None if y is None else np.hstack([part, y]) for part in parts]
    x = reference.dense(v.fc_noise, first).reshape(2, 4, 4, 16)
    for name, part, label in zip(("B1", "B2", "B3", "B4"), parts, labels, strict=True):
        block = getattr(v, name)

        def activate(h, number, block=block, part=part, label=label):
            norm = getattr(block, f"bn{number}")
            if num_classes:
                h = reference.conditional_batch_norm(norm, h, label)
            else:
                h = reference.self_modulated_batch_norm(norm, h, part)
            return np.maximum(h, 0.0)

        x = reference.residual(block, x, "up", activate, options.get("add_shortcut", True))
        if name == attention:
            x = reference.attend(getattr(v, f"non_local_block_{name}"), x)
    assert x.shape == (2, 64, 64, 2)
    x = np.maximum(reference.batch_norm(v.final_norm, x), 0.0)
    expected = (np.tanh(reference.convolve(v.final_conv, x)) + 1.0) / 2.0
    assert np.std(expected) > 0.05
    images = g(latents, Y if num_classes else None, training=True)
    np.testing.assert_allclose(images, expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("project_y", [False, True])
def test_discriminators_equal_numpy(project_y):
    """With both norms, the first of which sees the label, or with attention and projection."""
    norms = not project_y
    d = resnet_biggan.Discriminator(
        (64, 64, 3),
        3,
        ConditionalBatchNorm if norms else None,
        layer_norm=norms,
        ch=1,
        blocks_with_attention="B3" if project_y else "",
        project_y=project_y,
        dtype="float64",
    )
    reference.randomize(d, scale=0.15)
    v = reference.by_name(d)
    # Not from [0, 1]: the first relu would do nothing.
    images = x = np.random.default_rng(2).normal(size=(2, 64, 64, 3))
    for name, filters in (("B1", 2), ("B2", 4), ("B3", 8), ("B4", 16), ("B5", 16)):
        block = getattr(v, name)

        def activate(h, number, block=block):
            if norms:
                h = reference.conditional_batch_norm(getattr(block, f"bn{number}"), h, Y)
                h = reference.layer_norm(getattr(block, f"ln{number}"), h)
            return np.maximum(h, 0.0)

        shortcut = x.shape[3] != filters
        x = reference.residual(block, x, "down" if name != "B5" else None, activate, shortcut)
        if project_y and name == "B3":
            x = reference.attend(v.non_local_block_B3, x)
    assert x.shape == (2, 4, 4, 16)
    features = np.maximum(x, 0.0).sum(axis=(1, 2))
    logits = reference.dense(v.final_fc, features)
    if project_y:
        rows = v.embedding.kernel.numpy()[[0, 2]]
        logits = logits + np.sum(rows * features, axis=1, keepdims=True)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, features, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-8)
    np.testing.assert_allclose(output.probabilities, reference.sigmoid(logits), rtol=1e-7)


@pytest.mark.parametrize("size, seed, blocks", [(8, 4, 1), (28, 7, 2), (48, 6, 3)])
def test_plan_of_sizes_that_v3_did_not_have(size, seed, blocks):
    g = generator(size)
    assert g.fc_noise.units == seed * seed * 16
    assert g.block_names == tuple(f"B{number + 1}" for number in range(blocks))
    d = resnet_biggan.Discriminator((size, size, 1), ch=4)
    assert len(d.block_names) == blocks + 1
    assert [getattr(d, name).resample for name in d.block_names] == ["down"] * blocks + [None]


def test_inadmissible_sizes_name_their_neighbours():
    with pytest.raises(ValueError, match="resnet_biggan_arch can't build 30×30.*24, 28, 32, 40"):
        generator(30)
    with pytest.raises(ValueError, match="resnet_biggan_arch can't build 4×4"):
        resnet_biggan.Discriminator((4, 4, 3))


def test_latents_that_cannot_be_cut():
    with pytest.raises(ValueError, match="options.z_dim = 128.*3 equal chunks.*126 or 129"):
        resnet_biggan.Generator((28, 28, 1), 128)
    resnet_biggan.Generator((28, 28, 1), 128, ch=4, hierarchical_z=False)


ATTENTION = {
    # size: G's blocks, D's. Up to 128 pixels they are v3's defaults: G's B4, which isn't there
    # below 64 pixels, and D's B1.
    32: ((), ("B1",)),
    64: (("B4",), ("B1",)),
    128: (("B4",), ("B1",)),
    # In D v3's documentation asked for these, but its default was B1.
    256: (("B4",), ("B2",)),
    512: (("B4",), ("B3",)),
    # What v3 did not have.
    8: ((), ("B1",)),
    28: ((), ("B1",)),
    48: (("B3",), ("B1",)),
    96: (("B3",), ("B1",)),
    192: (("B3",), ("B2",)),
    1024: (("B4",), ("B4",)),
}


def test_attention_by_default(without_values):
    for size, blocks in ATTENTION.items():
        with without_values():
            g = generator(size, hierarchical_z=False)
            d = resnet_biggan.Discriminator((size, size, 1), ch=4)
        assert (size, g.attention_after, d.attention_after) == (size, *blocks)


# v3's names and the sizes of the maps after these blocks, at 48 pixels.
GENERATOR_MAPS = {"B1": 12, "B2": 24, "B3": 48}
DISCRIMINATOR_MAPS = {"B1": 24, "B2": 12, "B3": 6, "B4": 6}


@pytest.mark.parametrize("names", ["", "B1", "B3", "B1,B2", "B2,B3", "B5"])
def test_attention_by_name_and_by_resolution_are_the_same(names, monkeypatch):
    seen = []
    original = NonLocalBlock.call
    monkeypatch.setattr(
        NonLocalBlock, "call", lambda self, x: seen.append(x.shape[1]) or original(self, x)
    )
    blocks = [name for name in names.split(",") if name in GENERATOR_MAPS]
    sizes = [GENERATOR_MAPS[name] for name in blocks]
    for where in ({"blocks_with_attention": names}, {"attention_resolutions": sizes}):
        g = generator(48, ch=1, **where)
        assert g.attention_after == tuple(blocks)
        seen.clear()
        g(np.ones((2, 24), np.float32), np.eye(3, dtype=np.float32)[:2], training=True)
        assert seen == sizes
    sizes = [DISCRIMINATOR_MAPS[name] for name in blocks]
    for where in ({"blocks_with_attention": names}, {"attention_resolutions": sizes}):
        d = resnet_biggan.Discriminator((48, 48, 1), ch=1, **where)
        assert d.attention_after == tuple(blocks)
        seen.clear()
        d(np.ones((2, 48, 48, 1), np.float32))
        assert seen == sizes


def test_settings_of_attention_that_are_wrong():
    with pytest.raises(ValueError, match=r"resnet_biggan.Generator.*\(64,\).*12, 24, 48, or"):
        generator(48, attention_resolutions=(64,))
    with pytest.raises(ValueError, match=r"resnet_biggan.Discriminator.*\(48,\).*6, 12, 24, or"):
        resnet_biggan.Discriminator((48, 48, 1), ch=4, attention_resolutions=(48,))
    for make, owner in (
        (resnet_biggan.Generator, "Generator"),
        (resnet_biggan.Discriminator, "Discriminator"),
    ):
        with pytest.raises(ValueError, match=f"{owner}.blocks_with_attention = 'B1' and .* both"):
            make((8, 8, 1), ch=4, blocks_with_attention="B1", attention_resolutions=(8,))


def test_a_description_from_before_there_were_resolutions_is_read():
    network = generator(8, blocks_with_attention="B1")
    config = network_config(network)
    del config["config"]["attention_resolutions"]
    rebuilt = load_network(json.loads(json.dumps(config)))
    assert [v.path for v in rebuilt.variables] == [v.path for v in network.variables]


def test_each_attention_changes_the_image():
    g = generator(48, attention_resolutions=(12, 48))
    z, y = np.ones((2, 24), np.float32), np.eye(3, dtype=np.float32)[:2]
    before = g(z, y, training=True)
    g.non_local_block_B1.sigma.assign(1.0)
    with_one = g(z, y, training=True)
    g.non_local_block_B3.sigma.assign(1.0)
    with_two = g(z, y, training=True)
    assert np.abs(before - with_one).max() > 0.0
    assert np.abs(with_one - with_two).max() > 0.0


def test_each_block_sees_its_own_part_of_a_hierarchical_latent():
    g = generator(28, embed_y_dim=5)
    assert g.fc_noise.kernel.shape[0] == 8
    assert g.B2.bn1.gamma.kernel.shape[0] == 8 + 5
    self_modulated = generator(28, normalizer=SelfModulatedBatchNorm)
    assert self_modulated.B1.bn1.hidden.kernel.shape == (8, 32)
    whole = generator(28, hierarchical_z=False, embed_y=False)
    assert whole.fc_noise.kernel.shape[0] == 24
    assert whole.B1.bn1.gamma.kernel.shape[0] == 3
    whole_self_modulated = generator(28, hierarchical_z=False, normalizer=SelfModulatedBatchNorm)
    assert whole_self_modulated.B1.bn1.hidden.kernel.shape == (24, 32)


def test_the_third_chunk_reaches_only_the_second_block():
    g = generator(28)
    y = np.eye(3, dtype=np.float32)[:2]
    z = np.random.default_rng(0).normal(size=(2, 24)).astype(np.float32)
    moved = z.copy()
    moved[:, 16:] += 1.0
    g.B2.bn1.gamma.kernel.assign(0 * g.B2.bn1.gamma.kernel)
    g.B2.bn1.beta.kernel.assign(0 * g.B2.bn1.beta.kernel)
    g.B2.bn2.gamma.kernel.assign(0 * g.B2.bn2.gamma.kernel)
    g.B2.bn2.beta.kernel.assign(0 * g.B2.bn2.beta.kernel)
    np.testing.assert_array_equal(g(z, y, training=True), g(moved, y, training=True))
    g.B2.bn2.beta.kernel.assign(1 + 0 * g.B2.bn2.beta.kernel)
    assert np.abs(g(z, y, training=True) - g(moved, y, training=True)).max() > 0.0


@pytest.mark.parametrize("normalizer", [None, ConditionalBatchNorm])
def test_the_last_normalizer_is_a_plain_batch_norm_with_gins_settings(normalizer):
    gin.parse_config("standardize_batch.decay = 0.9")
    g = generator(normalizer=normalizer)
    assert type(g.final_norm) is BatchNorm
    assert g.final_norm.settings.decay == 0.9


def test_biases_are_only_where_they_belong():
    g = generator(64, hierarchical_z=False)
    d = resnet_biggan.Discriminator((64, 64, 3), 3, ch=4)
    without = {
        variable.path.rsplit("/", 1)[0]
        for variable in g.trainable_variables + d.trainable_variables
        if variable.name == "kernel"
    } - {
        variable.path.rsplit("/", 1)[0]
        for variable in g.trainable_variables + d.trainable_variables
        if variable.name == "bias"
    }
    modulations = {
        f"generator/B{block}/bn{norm}/{which}"
        for block in range(1, 5)
        for norm in (1, 2)
        for which in ("gamma", "beta")
    }
    attention = {
        f"{network}/non_local_block_{block}/{kernel}"
        for network, block in (("generator", "B4"), ("discriminator", "B1"))
        for kernel in ("theta", "phi", "g", "attn_g")
    }
    embeddings = {"generator/embed_y", "discriminator/embedding"}
    assert without == modulations | attention | embeddings


def test_spectral_norm_is_everywhere_but_on_gs_embeddings():
    g = generator(8, spectral_norm=True, embed_z=True)
    d = resnet_biggan.Discriminator((8, 8, 1), 3, ch=4, spectral_norm=True)
    kernels = {v.path[: -len("/kernel")] for v in g.variables + d.variables if v.name == "kernel"}
    normalized = {v.path[: -len("/u")] for v in g.variables + d.variables if v.name == "u"}
    assert kernels - normalized == {"generator/embed_y", "generator/embed_z"}


def test_initial_values():
    d = resnet_biggan.Discriminator((32, 32, 3), 200, initializer="orthogonal", ch=16)
    kernel = d.B2.conv1.kernel.numpy().reshape(-1, 32)
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(32), atol=1e-5)
    assert d.embedding.kernel.numpy().std() == pytest.approx(np.sqrt(2 / 232), rel=0.05)
    assert float(d.non_local_block_B1.sigma) == 0.0


def test_d_blocks_have_a_shortcut_only_where_the_width_changes():
    d = resnet_biggan.Discriminator((128, 128, 3), ch=2)
    shortcuts = [getattr(d, name).conv_shortcut is not None for name in d.block_names]
    assert shortcuts == [True, True, True, True, True, False]


def test_gs_blocks_may_have_no_shortcut():
    with gin.unlock_config():
        gin.bind_parameter("BigGanResNetBlock.add_shortcut", False)
    networks = resnet_biggan.resnet_biggan_arch()
    shared = {"image_shape": (8, 8, 1), "num_classes": 3}
    g, d = networks.generator(z_dim=24, **shared), networks.discriminator(**shared)
    assert not [v.path for v in g.variables if "shortcut" in v.path]
    assert [v.path for v in d.variables if "shortcut" in v.path]
    gin.clear_config()
    rebuilt = load_network(json.loads(json.dumps(network_config(g))))
    assert [v.path for v in rebuilt.variables] == [v.path for v in g.variables]


@pytest.mark.parametrize("wrong", [0, 2.5, "64"])
def test_widths_are_positive_whole_numbers(wrong):
    with pytest.raises(
        ValueError, match="resnet_biggan.Generator.ch must be a whole number from 1"
    ):
        generator(ch=wrong)
    with pytest.raises(
        ValueError, match="resnet_biggan.Generator.embed_y_dim must be a whole number"
    ):
        generator(embed_y_dim=wrong)
    with pytest.raises(
        ValueError, match="resnet_biggan.Discriminator.ch must be a whole number from 1"
    ):
        resnet_biggan.Discriminator((8, 8, 1), ch=wrong)
