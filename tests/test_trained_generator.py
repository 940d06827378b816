# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Sampling a generator."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial import geometric_slerp

from compare_gan.architectures.resnet_biggan import Generator
from compare_gan.gans.latents import LatentPrior, normal, uniform
from compare_gan.normalizers import BN_MODES, BatchNorm, StandardizeBatch, inference_statistics
from compare_gan.randomness import Draws
from compare_gan.trained_generator import TrainedGenerator


def _generator(num_classes=3, standing=False, frequencies=None):
    network = Generator(
        image_shape=(8, 8, 1),
        z_dim=4,
        num_classes=num_classes,
        normalizer=BatchNorm(StandardizeBatch(use_moving_averages=not standing)),
        ch=4,
        hierarchical_z=False,
    )
    if frequencies is None:
        frequencies = np.full([num_classes], 1 / max(num_classes, 1))
    return TrainedGenerator(network, LatentPrior(normal), 4, frequencies)


def test_the_same_seed_gives_the_same_images_however_many():
    generator = _generator()
    few, many = generator.sample(5, seed=1), generator.sample(130, seed=1)
    assert few.shape == (5, 8, 8, 1) and many.shape == (130, 8, 8, 1)
    np.testing.assert_array_equal(many[:5], few)
    assert not np.array_equal(generator.sample(5, seed=2), few)
    assert not np.array_equal(many[64:69], few)


def test_several_make_the_images_of_one():
    generator = _generator()
    whole = list(generator.batches(150, seed=1))
    shares = [list(generator.batches(150, seed=1, shard=(index, 2))) for index in range(2)]
    assert [len(images) for images, _ in whole] == [64, 64, 22] and list(map(len, shares)) == [2, 1]
    for found, expected in zip((shares[0][0], shares[1][0], shares[0][1]), whole, strict=True):
        for array, one in zip(found, expected, strict=True):
            np.testing.assert_array_equal(array, one)
    assert list(generator.batches(64, shard=(1, 2))) == []


def test_labels_are_what_was_asked_for_or_drawn():
    generator = _generator(frequencies=[0.5, 0.5, 0.0])
    drawn = np.concatenate([labels for _, labels in generator.batches(640, seed=3)])
    assert set(drawn) == {0, 1} and 250 < np.sum(drawn) < 390
    asked = [2, 0, 1, 1]
    given = np.concatenate([labels for _, labels in generator.batches(4, asked)])
    assert given.tolist() == asked
    one_by_one = [generator.sample(4, [label] * 4)[i] for i, label in enumerate(asked)]
    np.testing.assert_array_equal(generator.sample(4, asked), one_by_one)
    np.testing.assert_array_equal(generator.sample(3, 2), generator.sample(3, [2, 2, 2]))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (3, r"labels must be in 0 … 2, received 3 … 3"),
        (-1, "labels must be in 0"),
        ([0, 1], "one whole number or 4 of them"),
        (0.5, "one whole number"),
    ],
)
def test_labels_are_checked(labels, message):
    with pytest.raises(ValueError, match=message):
        _generator().sample(4, labels)


def test_unconditional_generator_takes_no_labels():
    generator = _generator(num_classes=0)
    assert generator.sample(2).shape == (2, 8, 8, 1)
    assert [labels for _, labels in generator.batches(2)] == [None]
    with pytest.raises(ValueError, match="unconditional"):
        generator.sample(2, labels=0)


@pytest.mark.parametrize("count", [0, -1, 2.0])
def test_number_is_checked(count):
    with pytest.raises(ValueError, match="The number of images must be a whole number from 1"):
        _generator().sample(count)


def test_sampling_traces_once():
    generator = _generator()
    generator.sample(100, seed=1)
    generator.sample(3, labels=1, seed=2)
    assert generator._make.experimental_get_tracing_count() == 1


def test_standing_statistics_are_means_of_batch_moments():
    """Of the first normalizer, whose input does not depend on other statistics: by NumPy."""
    generator = _generator(standing=True)
    assert generator.bn_mode == "standing"
    seen = []
    layer = next(x for x in generator.network._flatten_layers() if hasattr(x, "accu_counter"))
    original = type(layer).standardize

    def spy(self, x, *arguments, **options):
        if self is layer:
            seen.append(x)
        return original(self, x, *arguments, **options)

    tf.config.run_functions_eagerly(True)
    try:
        type(layer).standardize = spy
        generator.accumulate_standing_statistics(3 * 64)
    finally:
        type(layer).standardize = original
        tf.config.run_functions_eagerly(False)
    inputs = np.stack([x.numpy().astype(np.float64) for x in seen])
    axes = (1, 2, 3) if inputs.ndim == 5 else (1,)
    assert len(inputs) == 3 and float(layer.accu_counter.numpy()) == pytest.approx(3)
    np.testing.assert_allclose(
        layer.accu_mean.numpy() / 3, inputs.mean(axes).mean(0), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        layer.accu_variance.numpy() / 3, inputs.var(axes).mean(0), rtol=1e-3, atol=1e-6
    )


def test_fewer_samples_than_a_batch_fill_standing_statistics_too():
    generator = _generator(standing=True)
    layers = [x for x in generator.network._flatten_layers() if hasattr(x, "accu_counter")]
    for samples, batches in ((1, 1), (64, 1), (65, 2)):
        generator.accumulate_standing_statistics(samples)
        assert layers and all(float(layer.accu_counter.numpy()) == batches for layer in layers)


def test_moving_averages_beside_accumulators_stay():
    network = Generator(
        image_shape=(8, 8, 1),
        z_dim=4,
        normalizer=BatchNorm(StandardizeBatch(use_moving_averages=False)),
        final_normalizer=BatchNorm(),
        ch=4,
        hierarchical_z=False,
    )
    generator = TrainedGenerator(network, LatentPrior(normal), 4, np.zeros([0]))
    generator.accumulate_standing_statistics(64)
    moving = [x for x in network._flatten_layers() if hasattr(x, "moving_variance")]
    assert moving and all((layer.moving_variance.numpy() == 1).all() for layer in moving)
    counts = [x for x in network._flatten_layers() if hasattr(x, "accu_counter")]
    assert counts and all(float(layer.accu_counter.numpy()) == 1 for layer in counts)
    assert len(inference_statistics(network)) == 3 * len(counts)


@pytest.mark.parametrize(
    ("standing", "own", "other", "message"),
    [
        (True, "standing", "moving", "eval.bn_mode='moving', but .* set .* to 'standing'"),
        # A training may go on with them.
        (False, "moving", "standing", "the place of .* moving averages: .* compare_gan.load_gen"),
    ],
)
def test_only_statistics_that_are_there_can_be_used(standing, own, other, message):
    generator = _generator(standing=standing)
    assert generator.bn_mode == own
    for mode in ("batch", own):
        generator.bn_mode = mode
        assert generator.bn_mode == mode
    with pytest.raises(ValueError, match=message):
        generator.bn_mode = other
    if not standing:
        with pytest.raises(ValueError, match=message):
            generator.accumulate_standing_statistics(64)
    with pytest.raises(ValueError, match="must be one of moving, standing, batch; received 'auto'"):
        generator.bn_mode = "auto"
    assert generator.bn_mode == own


def test_the_batchs_statistics_are_used_where_they_are_asked_for():
    generator = _generator()
    before = generator.sample(64, seed=1)
    generator.bn_mode = "batch"
    latents = generator.prior.sample(Draws(0, 1, "sample", 0), "latents", 64, 4)
    labels = [classes for _, classes in generator.batches(64, seed=1)][0]
    expected = generator.network(latents, tf.one_hot(labels, 3), training=True)
    np.testing.assert_allclose(generator.sample(64, seed=1), expected, atol=1e-5)
    assert np.abs(before - expected).max() > 1e-2


@pytest.mark.parametrize("mode", BN_MODES)
def test_without_batch_norm_all_statistics_are_the_same(mode):
    class Plain(keras.Model):
        def call(self, z, y=None, training=False):
            return tf.sigmoid(z)[:, None, :, None]

    generator = TrainedGenerator(Plain(), LatentPrior(normal), 4, [])
    before = generator.sample(2)
    generator.bn_mode = mode
    np.testing.assert_array_equal(generator.sample(2), before)


class Telling(keras.Model):
    """Its "images" [batch, 1, 1, z_dim + classes] are its inputs."""

    def call(self, z, y=None, training=False):
        inputs = z if y is None else tf.concat([z, y], axis=-1)
        return inputs[:, None, None, :]


def test_a_seed_gives_the_same_images_whatever_was_drawn_before():
    one, other = (TrainedGenerator(Telling(), LatentPrior(normal), 5, [0.3, 0.7]) for _ in "ab")
    one.sample(3, seed=8)
    images = one.sample(70, seed=np.int64(7))
    np.testing.assert_array_equal(other.sample(np.int32(70), seed=7), images)
    # The classes are those of the seed too, and asking for one leaves the latents alone.
    asked = other.sample(70, labels=np.int64(1), seed=7)
    np.testing.assert_array_equal(asked[..., :5], images[..., :5])
    assert (asked[..., 6] == 1).all() and not (images[..., 6] == 1).all()


def test_frequencies_and_truncation_may_change_and_trace_nothing_anew():
    generator = TrainedGenerator(Telling(), LatentPrior(normal), 5, [1.0, 0.0, 0.0])
    assert {label for _, labels in generator.batches(64) for label in labels} == {0}
    generator.label_frequencies = np.array([0.0, 0.0, 1.0], np.float32)  # another checkpoint's
    assert {label for _, labels in generator.batches(64) for label in labels} == {2}
    for truncation in (0.5, 0.6, 0.7):
        latents = generator.sample(64, truncation=truncation)[..., :5]
        assert 0.9 * truncation < np.abs(latents).max() <= truncation
    assert generator._draw.experimental_get_tracing_count() == 1


def test_ends_are_drawn_for_interpolations_alone():
    names = []

    def noted(draws, name, shape):
        names.append(name)
        return draws.normal(name, shape)

    generator = TrainedGenerator(Telling(), LatentPrior(noted), 5, [])
    generator.sample(2)
    assert names == ["latents"]
    generator.interpolate(2, 2)
    assert names[1:] == ["latents", "end_latents"]


def _told(num_classes, *arguments, distribution=normal, **options):
    """The latents and labels that an interpolation feeds to the network."""
    frequencies = np.full([num_classes], 1 / max(num_classes, 1))
    generator = TrainedGenerator(Telling(), LatentPrior(distribution), 5, frequencies)
    inputs = generator.interpolate(*arguments, **options)
    return np.split(inputs[:, :, 0, 0].astype(np.float64), [5], axis=-1)


@pytest.mark.parametrize("num_classes", [0, 3])
def test_normal_latents_are_interpolated_along_arcs(num_classes):
    latents, labels = _told(num_classes, 4, 6, seed=3)
    assert latents.shape == (4, 6, 5) and labels.shape == (4, 6, num_classes)
    for row in latents:
        lengths = np.linalg.norm(row[[0, -1]], axis=-1, keepdims=True)
        start, end = row[[0, -1]] / lengths
        angle = np.arccos(start @ end)
        t = np.linspace(0, 1, 6)[:, None]
        expected = np.sin((1 - t) * angle) * row[0] + np.sin(t * angle) * row[-1]
        np.testing.assert_allclose(row, expected / np.sin(angle), atol=1e-5)
        # The directions are those of the circle; only the lengths are not.
        weights = np.linalg.lstsq(np.stack([start, end], 1), row[3], rcond=None)[0]
        on_circle = geometric_slerp(start, end, [0.6])[0]
        np.testing.assert_allclose(
            weights / lengths[:, 0] @ np.stack([start, end]), on_circle, atol=1e-5
        )
    assert (labels == labels[:, :1]).all()
    assert (labels.sum(-1) == 1).all() or not num_classes


def test_uniform_latents_are_interpolated_along_straight_lines():
    latents, _ = _told(0, 3, 5, distribution=uniform)
    t = np.linspace(0, 1, 5)[:, None]
    expected = (1 - t) * latents[:, :1] + t * latents[:, -1:]
    np.testing.assert_allclose(latents, expected, atol=1e-6)
    assert np.abs(latents[:, 0] - latents[:, -1]).min() > 0


def test_classes_are_interpolated_with_one_latent():
    latents, labels = _told(3, 4, 5, [0, 1, 2, 1], [2, 1, 0, 0])
    assert (latents == latents[:, :1]).all() and len(np.unique(latents[:, 0, 0])) == 4
    t = np.linspace(0, 1, 5)
    zero = np.zeros(5)
    expected = [[1 - t, zero, t], [zero, zero + 1, zero], [t, zero, 1 - t], [t, 1 - t, zero]]
    np.testing.assert_allclose(labels, np.swapaxes(expected, 1, 2), atol=1e-7)


def test_ends_do_not_depend_on_the_number_of_rows_and_steps():
    few, _ = _told(0, 2, 2, seed=1)
    many, _ = _told(0, 70, 3, seed=1)
    np.testing.assert_array_equal(many[:2, [0, -1]], few)
    assert len(np.unique(many[:, [0, -1], 0])) == 140
    other, _ = _told(0, 2, 2, seed=2)
    assert (other != few).all()


def test_truncation_of_interpolations():
    latents, _ = _told(0, 64, 2, truncation=0.5)
    assert 0.4 < np.abs(latents).max() <= 0.5
    with pytest.raises(ValueError, match="needs a normal latent prior"):
        _told(0, 2, 2, truncation=0.5, distribution=uniform)


@pytest.mark.parametrize("standing", [False, True])
def test_rows_begin_with_the_images_of_sample(standing):
    generator = _generator(standing=standing)
    if standing:
        generator.accumulate_standing_statistics(64)
    rows = generator.interpolate(5, 4, seed=7)
    assert rows.shape == (5, 4, 8, 8, 1) and rows.dtype == np.float32
    np.testing.assert_allclose(rows[:, 0], generator.sample(5, seed=7), atol=1e-6)
    assert np.abs(rows[:, 0] - rows[:, -1]).max() > 1e-5
    labels, ends = [0, 1, 2, 0, 1], [1, 1, 0, 2, 2]
    rows = generator.interpolate(5, 3, labels, ends, seed=7)
    np.testing.assert_allclose(rows[:, 0], generator.sample(5, labels, seed=7), atol=1e-6)
    np.testing.assert_allclose(rows[:, -1], generator.sample(5, ends, seed=7), atol=1e-6)


def test_interpolations_use_the_batchs_statistics_where_they_are_asked_for():
    generator = _generator(num_classes=0)
    before = generator.interpolate(8, 8)
    generator.bn_mode = "batch"
    told = TrainedGenerator(Telling(), generator.prior, 4, [])
    latents = told.interpolate(8, 8).reshape(64, 4)
    expected = np.reshape(generator.network(latents, None, training=True), before.shape)
    np.testing.assert_allclose(generator.interpolate(8, 8), expected, atol=1e-5)
    assert np.abs(before - expected).max() > 1e-2


def test_interpolating_traces_once():
    generator = _generator()
    generator.sample(3)
    for rows, columns, ends in ((2, 3, None), (9, 8, 1), (70, 2, None)):
        generator.interpolate(rows, columns, end_labels=ends, seed=rows)
    assert generator._make.experimental_get_tracing_count() == 1
    assert generator._draw.experimental_get_tracing_count() == 2  # without ends and with them


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2), "rows must be a whole number from 1, received 0"),
        ((1, 1), "columns must be a whole number from 2, received 1"),
        ((1, 2.0), "columns must be a whole number"),
        ((2, 2, 3), r"labels must be in 0 … 2"),
        ((2, 2, None, [1]), "one whole number or 2 of them"),
    ],
)
def test_interpolations_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        _generator().interpolate(*arguments)
    with pytest.raises(ValueError, match="unconditional"):
        _generator(num_classes=0).interpolate(2, 2, end_labels=0)


def test_gin_of_the_caller_is_left_alone():
    gin.parse_config("unrelated = 3")
    _generator().sample(1)
    assert "unrelated = 3" in gin.config_str()


@pytest.mark.parametrize("num_classes", [0, 3])
def test_what_a_measure_draws_and_generates(num_classes):
    """Latents and classes of the priors, and the network's own images in either mode."""
    generator = _generator(num_classes, frequencies=[0.25, 0.75, 0.0][:num_classes])
    latents, labels = generator.draw(Draws(1, 2, "measure"), 400)
    np.testing.assert_array_equal(latents, Draws(1, 2, "measure").normal("latents", [400, 4]))
    if num_classes:
        assert labels.shape == (400, 3)
        np.testing.assert_allclose(np.mean(labels, axis=0), [0.25, 0.75, 0], atol=0.08)
        labels = labels[:8]
    else:
        assert labels is None
    for mode in ("moving", "batch"):
        generator.bn_mode = mode
        expected = generator.network(latents[:8], labels, training=mode == "batch")
        np.testing.assert_array_equal(generator.generate(latents[:8], labels), expected)


def test_a_generator_from_parts_has_no_discriminator():
    with pytest.raises(ValueError, match="made without its discriminator"):
        _generator().load_discriminator()
