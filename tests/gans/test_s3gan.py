# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import contextlib
import functools
import logging

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses, regularizers
from compare_gan.architectures import Architecture
from compare_gan.architectures.resnet_biggan import Discriminator
from compare_gan.gans import S3GAN
from compare_gan.gans.auxiliary import HeadMaker, LabelProjection, Rotation
from compare_gan.layers import advance_spectral_norms
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train
from tests.gans import toy

LABELS = [0, -1, 2, 1, -1, -1, 2, 0]
ROTATED = 1  # f = 2: 4 of 8 rows, one image in four directions


def _gan(num_classes=toy.CLASSES, soft_labels=False, options=None, conditional=True, **settings):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.hinge)
        gin.bind_parameter("ModularGAN.conditional", conditional)
    settings = {"rotated_batch_fraction": 2, **settings}
    gan = S3GAN(toy.dataset(num_classes, soft_labels), options or toy.options(), **settings)
    rng = np.random.default_rng(2)
    for layer in gan.heads.values():  # large enough to matter
        for variable in layer.trainable_variables:
            variable.assign(rng.normal(size=variable.shape))
    return gan


def _fakes(gan, draws):
    """The fakes of an update and their labels, as float64 NumPy arrays."""
    _, y, images = gan.generator.in_numpy(draws, 8)
    return images, y


def _completed(gan, images, labels):
    """One-hot labels, those that are missing as the predictor guesses them."""
    kernel, bias = toy.head(gan, "discriminator_label_predictor")
    guesses = (gan.discriminator.in_numpy(images)[0] @ kernel + bias).argmax(axis=1)
    return toy.one_hot(np.where(np.array(labels) >= 0, labels, guesses))


def _turned(images):
    """The last images at 90, 180 and 270 degrees, direction by direction."""
    return np.concatenate([np.rot90(images[-ROTATED:], k, axes=(1, 2)) for k in (1, 2, 3)])


def _rotation_loss(gan, images):
    kernel, bias = toy.head(gan, "discriminator_rotation")
    features, _ = gan.discriminator.in_numpy(np.concatenate([images[-ROTATED:], _turned(images)]))
    targets = np.repeat(np.eye(4), ROTATED, axis=0)
    logits = features @ kernel + bias
    return toy.cross_entropy(logits, targets).mean(), (logits.argmax(1) == targets.argmax(1)).mean()


def _projected(gan, images, labels):
    features, logits = gan.discriminator.in_numpy(images)
    embedding, _ = toy.head(gan, "discriminator_label_projection")
    return logits[:, 0] + ((labels @ embedding) * features).sum(axis=1)


@pytest.mark.parametrize("soft", [False, True])
def test_discriminator_update_is_that_of_the_formulas(soft):
    """Joint batch, which rows enter which term, and every term, again in NumPy float64."""
    gan = _gan(
        project_y=True, use_predictor=True, use_soft_pred=soft, weight_class_loss=0.7,
        weight_rotation_loss_d=0.5,
    )  # fmt: skip
    batch, draws = toy.batch(LABELS), Draws(5, 0, "discriminator")
    computed = gan.updates[0].gradients(batch, draws)

    reals, y = batch["images"].numpy() / 255.0, toy.one_hot(LABELS)
    fakes, y_fake = _fakes(gan, draws)
    # No loss of D looks at rotated fakes, and rows don't influence each other.
    ((images, labels),) = gan.discriminator.shown
    np.testing.assert_allclose(images, np.concatenate([reals, _turned(reals), fakes]), atol=1e-6)
    np.testing.assert_allclose(labels, np.concatenate([y, y[[-1] * 3], y_fake]), atol=1e-6)

    kernel, bias = toy.head(gan, "discriminator_label_predictor")
    guesses = gan.discriminator.in_numpy(reals)[0] @ kernel + bias
    known = np.array(LABELS) >= 0
    if soft:
        guessed = np.exp(guesses) / np.exp(guesses).sum(1, keepdims=True)
    else:
        guessed = np.eye(toy.CLASSES)[guesses.argmax(1)]
    completed = np.where(known[:, None], y, guessed)
    real_logits, fake_logits = _projected(gan, reals, completed), _projected(gan, fakes, y_fake)
    loss_real = np.maximum(1 - real_logits, 0).mean()
    loss_fake = np.maximum(1 + fake_logits, 0).mean()
    class_loss = toy.cross_entropy(guesses, y)[known].mean()
    rotation, accuracy = _rotation_loss(gan, reals)
    expected = {
        "loss_real": loss_real,
        "loss_fake": loss_fake,
        "penalty": 0.0,
        "rotation_loss": rotation,
        "rotation_accuracy": accuracy,
        "class_loss": class_loss,
        "class_accuracy": (guesses.argmax(1) == np.array(LABELS))[known].mean(),
        "labelled_fraction": known.mean(),
        "loss": loss_real + loss_fake + 0.5 * rotation + 0.7 * class_loss,
    }
    assert computed.scalars.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(computed.scalars[name], value, rtol=2e-5, err_msg=name)


def test_only_the_class_loss_trains_the_predictor():
    """No gradient flows through a guess: that of the predictor is the cross-entropy's alone."""
    gan = _gan(project_y=True, use_predictor=True, use_soft_pred=True, weight_class_loss=0.7)
    batch = toy.batch(LABELS)
    gradients = gan.updates[0].gradients(batch, Draws(5, 0, "discriminator")).gradients
    by_name = {v.path: g for v, g in zip(gan.updates[0].variables, gradients)}
    kernel, bias = toy.head(gan, "discriminator_label_predictor")
    features, _ = gan.discriminator.in_numpy(batch["images"].numpy() / 255.0)
    logits = features @ kernel + bias
    known = np.array(LABELS) >= 0
    errors = np.exp(logits) / np.exp(logits).sum(1, keepdims=True) - toy.one_hot(LABELS)
    expected = 0.7 * features[known].T @ errors[known] / known.sum()
    (found,) = (g for path, g in by_name.items() if "predictor" in path and "kernel" in path)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_generator_update_is_that_of_the_formulas():
    gan = _gan(project_y=True, use_predictor=True, weight_rotation_loss_g=0.3)
    draws = Draws(5, 0, "generator")
    computed = gan.updates[1].gradients(toy.batch(LABELS), draws)
    fakes, y = _fakes(gan, draws)
    ((images, labels),) = gan.discriminator.shown
    np.testing.assert_allclose(images, np.concatenate([fakes, _turned(fakes)]), atol=1e-6)
    # Rotated fakes have the label of the fake, not that of some real image.
    np.testing.assert_allclose(labels, np.concatenate([y, y[[-1] * 3]]), atol=1e-6)
    gan_loss = -_projected(gan, fakes, y).mean()
    rotation, _ = _rotation_loss(gan, fakes)
    np.testing.assert_allclose(computed.scalars["gan_loss"], gan_loss, rtol=2e-5)
    np.testing.assert_allclose(computed.scalars["rotation_loss"], rotation, rtol=2e-5)
    np.testing.assert_allclose(computed.scalars["loss"], gan_loss + 0.3 * rotation, rtol=2e-5)
    assert "class_loss" not in computed.scalars


def test_a_batch_without_labels_adds_nothing():
    gan = _gan(project_y=True, use_predictor=True)
    computed = gan.updates[0].gradients(toy.batch([-1] * 8), Draws(5, 0, "discriminator"))
    assert computed.scalars["class_loss"] == 0 and computed.scalars["labelled_fraction"] == 0
    for variable, gradient in zip(gan.updates[0].variables, computed.gradients):
        assert np.isfinite(gradient).all()
        if "predictor" in variable.path:
            assert not np.any(gradient)


def test_an_unknown_label_is_no_class():
    """−1 without a predictor: the projection adds nothing to D's logit."""
    gan = _gan(project_y=True)
    batch = toy.batch([-1] * 8)
    computed = gan.updates[0].gradients(batch, Draws(5, 0, "discriminator"))
    _, logits = gan.discriminator.in_numpy(batch["images"].numpy() / 255.0)
    expected = np.maximum(1 - logits, 0).mean()
    np.testing.assert_allclose(computed.scalars["loss_real"], expected, rtol=1e-5)


def test_labels_may_be_probabilities():
    gan = _gan(soft_labels=True, project_y=True, use_soft_labels=True)
    labels = np.random.default_rng(3).dirichlet(np.ones(toy.CLASSES), size=8)
    batch = toy.batch(LABELS) | {"labels": tf.constant(labels, tf.float32)}
    computed = gan.updates[0].gradients(batch, Draws(5, 0, "discriminator"))
    logits = _projected(gan, batch["images"].numpy() / 255.0, labels)
    expected = np.maximum(1 - logits, 0).mean()
    np.testing.assert_allclose(computed.scalars["loss_real"], expected, rtol=1e-5)


def test_penalties_see_the_projection_and_the_completed_labels():
    seen = {}

    def penalty(discriminator, real_images, fake_images, real_labels, fake_labels, draws):
        seen["logits"] = discriminator(real_images, real_labels).logits[:, 0].numpy()
        seen["labels"] = real_labels.numpy()
        return tf.constant(2.0)

    with gin.unlock_config():
        gin.bind_parameter("penalty.fn", penalty)
    gan = _gan(project_y=True, use_predictor=True, options=toy.options(lamba=10.0))
    batch = toy.batch(LABELS)
    images = batch["images"].numpy() / 255.0
    kernel, _ = toy.head(gan, "discriminator_label_predictor")
    centre = (gan.discriminator.in_numpy(images)[0] @ kernel).mean(axis=0)
    gan.heads["discriminator_label_predictor"].bias.assign(-centre)  # so that guesses differ
    scalars = gan.updates[0].gradients(batch, Draws(5, 0, "discriminator")).scalars
    completed = _completed(gan, images, LABELS)
    assert len(np.unique(completed[np.array(LABELS) < 0], axis=0)) > 1
    np.testing.assert_array_equal(seen["labels"], completed)
    expected = _projected(gan, images, completed)
    np.testing.assert_allclose(seen["logits"], expected, rtol=1e-5)
    parts = ("loss_real", "loss_fake", "rotation_loss", "class_loss")
    total = sum(float(scalars[name]) for name in parts)
    np.testing.assert_allclose(scalars["loss"], total + 20.0, rtol=1e-5)


def test_gradient_penalty_trains_the_projection():
    """Its part of the embedding's gradient, by the chain rule in NumPy float64."""
    with gin.unlock_config():
        gin.bind_parameter("penalty.fn", regularizers.wgangp_penalty)
    batch, draws, found = toy.batch([0, 1, 2, 1, 0, 1, 2, 0]), Draws(0, 0, "discriminator"), []
    for lamba in (0.0, 10.0):
        gan = _gan(project_y=True, options=toy.options(lamba=lamba))
        (update, _) = gan.updates
        gradients = update.gradients(batch, draws).gradients
        found += [g for v, g in zip(update.variables, gradients) if "projection" in v.path]

    fakes, y_fake = _fakes(gan, draws)
    y, mix = toy.one_hot(batch["labels"]), draws.uniform("wgangp_penalty", [8, 1, 1, 1]).numpy()
    reals = batch["images"].numpy() / 255.0
    x, y = reals + mix * (fakes - reals), y + mix[:, :, 0, 0] * (y_fake - y)
    features, _ = gan.discriminator.in_numpy(x)
    f, w = (v.numpy().astype(np.float64) for v in (gan.discriminator.f, gan.discriminator.w))
    slopes, embedding = 1 - features**2, toy.head(gan, "discriminator_label_projection")[0]
    gradient = (slopes * (w[:, 0] + y @ embedding)) @ f.T  # of the logit in x
    norm = np.sqrt(1e-4 + (gradient**2).sum(axis=1, keepdims=True))
    expected = y.T @ (2 * (norm - 1) / norm * slopes * (gradient @ f)) / 8
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found[1] - found[0], 10 * expected, rtol=1e-3, atol=1e-4)


def test_float64():
    networks = Architecture(
        functools.partial(toy.ToyGenerator, dtype="float64"),
        functools.partial(toy.ToyDiscriminator, dtype="float64"),
    )
    options = toy.options(architecture=lambda: networks)
    gan = _gan(options=options, project_y=True, use_predictor=True)
    for update in gan.updates:
        computed = update.gradients(toy.batch(LABELS), Draws(5, 0, update.name))
        assert {value.dtype for value in computed.gradients} == {tf.float64}
        if update.name == "discriminator":
            reals = gan.discriminator.shown[0][0][:8]
            logits = _projected(gan, reals, _completed(gan, reals, LABELS))
            expected = np.maximum(1 - logits, 0).mean()
            np.testing.assert_allclose(computed.scalars["loss_real"], expected, rtol=1e-12)


@pytest.mark.parametrize("on", [True, False])
def test_heads_have_ds_spectral_norm(on):
    with gin.unlock_config():
        gin.bind_parameter("D.spectral_norm", on)
    gan = _gan(project_y=True, use_predictor=True)
    assert len(gan.heads) == 3
    for head in gan.heads.values():
        assert (head.spectral_norm is not None) == on
        for _ in range(30 * on):
            advance_spectral_norms(head)
        kernel = head.kernel.numpy().astype(np.float64)
        largest = np.linalg.svd(kernel, compute_uv=False)[0] if on else 1.0
        np.testing.assert_allclose(head.effective_kernel(), kernel / largest, rtol=1e-3)


def test_heads_singular_vectors_advance_once_in_ds_update_alone():
    with gin.unlock_config():
        gin.bind_parameter("D.spectral_norm", True)
    gan = _gan(project_y=True, use_predictor=True)
    expected = {}
    for name, head in gan.heads.items():
        start = np.linspace(1, 2, head.u.shape[0])
        head.u.assign(start / np.linalg.norm(start))
        kernel = head.kernel.numpy().astype(np.float64)
        u = kernel @ (kernel.T @ start)
        expected[name] = u / np.linalg.norm(u)
    for update in gan.updates:
        update.prepare()
        update.gradients(toy.batch(LABELS), Draws(5, 0, update.name))
        for name, head in gan.heads.items():
            np.testing.assert_allclose(head.u.numpy(), expected[name], atol=1e-5, err_msg=name)


def test_projection_starts_glorot_normal():
    maker = HeadMaker(toy.ToyDiscriminator(toy.SHAPE, 0), "discriminator_label_projection", 400)
    task = LabelProjection()
    task.build(maker, 200, 8, 1)
    (embedding,) = task.heads.values()
    assert embedding.kernel.shape == (200, 400) and not embedding.use_bias
    np.testing.assert_allclose(embedding.kernel.numpy().std(), (2 / 600) ** 0.5, rtol=0.02)


@pytest.mark.parametrize("images, replicas, fits", [(3, 1, True), (3, 2, False), (4, 2, True)])
def test_replicas_share_the_rotated_images(images, replicas, fits):
    maker = HeadMaker(toy.ToyDiscriminator(toy.SHAPE, 0), "discriminator_rotation", toy.FEATURES)
    refused = pytest.raises(ValueError, match="divisible by the number of replicas, 2, received 3")
    with contextlib.nullcontext() if fits else refused:
        Rotation(images).build(maker, 0, 8, replicas)


def test_without_classes():
    gan = _gan(conditional=False, soft_labels=True)  # no label is used, of whatever kind
    assert list(gan.heads) == ["discriminator_rotation"]
    scalars = gan.updates[0].gradients(toy.batch(LABELS), Draws(5, 0, "discriminator")).scalars
    assert np.isfinite(scalars["loss"]) and scalars["rotation_loss"] > 0


def test_without_any_task_it_is_the_plain_gan():
    gan = _gan(self_supervision="none", rotated_batch_fraction=None)
    assert not gan.heads
    assert gan.updates[0].gradients(toy.batch(LABELS), Draws(5)).scalars.keys() == {
        "loss_real", "loss_fake", "penalty", "loss",
    }  # fmt: skip


def test_heads_are_trained_and_kept(tmp_path):
    settings = {"project_y": True, "use_predictor": True}
    with gin.unlock_config():
        gin.bind_parameter("ModularGAN.g_lr", 0.1)
    gan = _gan(**settings)
    before = [toy.head(gan, name)[0] for name in gan.heads]
    images = np.stack([toy.batch(LABELS)["images"]])
    data = {"images": images, "labels": np.array([LABELS], np.int32)}

    def batches(step):
        return tf.data.Dataset.from_tensors(data).repeat()

    train(gan, batches, tmp_path, LoopSettings(2))
    for name, kernel in zip(gan.heads, before):
        assert np.abs(toy.head(gan, name)[0] - kernel).max() > 0.01
    again = _gan(**settings)
    train(again, batches, tmp_path, LoopSettings(2))
    for name in gan.heads:
        np.testing.assert_array_equal(toy.head(again, name)[0], toy.head(gan, name)[0])


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"self_supervision": "exemplar"}, "S3GAN.self_supervision must be 'rotation' or 'none'"),
        ({"rotated_batch_fraction": None}, "possible are 1, 2"),
        ({"rotated_batch_fraction": 3}, "possible are 1, 2"),
        ({"rotated_batch_fraction": 4}, "possible are 1, 2"),
        ({"use_predictor": True}, "set S3GAN.project_y = True"),
        ({"use_soft_labels": True}, "set S3GAN.use_soft_labels = False"),
        ({"soft_labels": True}, "set S3GAN.use_soft_labels = True"),
        ({"weight_rotation_loss_d": -3}, r"weight_d \(.*weight_rotation_loss_d\).* received -3"),
        ({"weight_rotation_loss_g": "1"}, r"weight_g \(.*weight_rotation_loss_g\).*received '1'"),
        (
            {"project_y": True, "use_predictor": True, "weight_class_loss": float("nan")},
            "S3GAN.weight_class_loss.* received nan",
        ),
        ({"conditional": False, "project_y": True}, "S3GAN.project_y = True.* needs classes"),
    ],
)
def test_settings_that_do_not_fit(settings, message):
    with pytest.raises(ValueError, match=message):
        _gan(**settings)


def test_two_projections_are_worth_a_warning(caplog):
    def discriminator(**arguments):
        return Discriminator(ch=2, **arguments)

    networks = Architecture(toy.ToyGenerator, discriminator)
    with gin.unlock_config():
        gin.bind_parameter("ModularGAN.conditional", True)
    with caplog.at_level(logging.WARNING):
        S3GAN(
            toy.dataset(shape=(8, 8, 1)),
            toy.options(architecture=lambda: networks),
            rotated_batch_fraction=2,
            project_y=True,
        )
    assert "the class more than once" in caplog.text


@pytest.mark.parametrize(
    "settings, warned",
    [
        ({"use_soft_pred": True}, True),
        ({"weight_class_loss": 0.5}, True),
        ({}, False),
        ({"use_soft_pred": True, "use_predictor": True, "project_y": True}, False),
    ],
)
def test_settings_of_a_predictor_that_is_not_there(settings, warned, caplog):
    with caplog.at_level(logging.WARNING):
        _gan(**settings)
    assert ("no effect without S3GAN.use_predictor = True" in caplog.text) == warned
