# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import logging

import gin
import numpy as np
import pytest

from compare_gan import losses
from compare_gan.architectures import Architecture
from compare_gan.architectures.dcgan import Discriminator as MapDiscriminator
from compare_gan.architectures.resnet_biggan import Discriminator
from compare_gan.gans import SSGAN
from compare_gan.gans.auxiliary import AuxiliaryTask, Rotation
from compare_gan.normalizers import BatchNorm
from compare_gan.randomness import Draws
from tests.gans import toy

LABELS = [0, -1, 2, 1, 0, 1, 2, -1]  # the last two are rotated


def _gan(options=None, dataset=None, conditional=False, **settings):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.hinge)
        gin.bind_parameter("ModularGAN.conditional", conditional)
    settings = {"rotated_batch_size": 8, **settings}
    return SSGAN(dataset or toy.dataset(), options or toy.options(), **settings)


def _turned(images, turns=(1, 2, 3)):
    return np.concatenate([np.rot90(images[-2:], k, axes=(1, 2)) for k in turns])


def _rotation_loss(gan, images):
    kernel, bias = toy.head(gan, "discriminator_rotation")
    features, _ = gan.discriminator.in_numpy(_turned(images, range(4)))
    return toy.cross_entropy(features @ kernel + bias, np.repeat(np.eye(4), 2, axis=0)).mean()


def test_a_quarter_of_the_rotated_batch_is_turned_in_all_directions():
    gan = _gan(conditional=True)
    batch = toy.batch(LABELS)
    scalars = gan.updates[0].gradients(batch, Draws(1, 0, "discriminator")).scalars
    reals = batch["images"].numpy() / 255.0
    ((images, labels),) = gan.discriminator.shown
    np.testing.assert_allclose(images[:14], np.concatenate([reals, _turned(reals)]), atol=1e-6)
    one_hot = toy.one_hot(LABELS)
    np.testing.assert_array_equal(labels[8:14], np.tile(one_hot[-2:], [3, 1]))
    assert not labels[9].any()  # no label upright, none turned
    loss = _rotation_loss(gan, reals)
    np.testing.assert_allclose(scalars["rotation_loss"], loss, rtol=1e-5)
    total = scalars["loss_real"] + scalars["loss_fake"] + loss
    np.testing.assert_allclose(scalars["loss"], total, rtol=1e-5)


def test_turned_fakes_have_the_labels_of_the_fakes():
    gan = _gan(conditional=True)
    draws = Draws(0, 0, "generator")
    gan.updates[1].gradients(toy.batch(LABELS), draws)
    _, y, fakes = gan.generator.in_numpy(draws, 8)
    ((images, labels),) = gan.discriminator.shown
    np.testing.assert_allclose(images, np.concatenate([fakes, _turned(fakes)]), atol=1e-6)
    np.testing.assert_array_equal(labels, np.concatenate([y, np.tile(y[-2:], [3, 1])]))
    assert (y[-2] != y[-1]).any()


class Watching(AuxiliaryTask):
    """Asks for the fakes in D's update, and adds no rows to them."""

    name = "watching"
    adds_to_discriminator_update = ("fake",)


@pytest.mark.parametrize("tasks, fakes", [([], 0), ([Watching], 8)])
def test_rotation_only_leaves_the_gan_loss_out(tasks, fakes):
    with gin.unlock_config():
        gin.bind_parameter("ModularGAN.auxiliary_tasks", tasks)
    gan = _gan(self_supervision="rotation_only", weight_rotation_loss_d=3.0)
    batch = toy.batch(LABELS)
    d_scalars = gan.updates[0].gradients(batch, Draws(1, 0, "discriminator")).scalars
    loss = _rotation_loss(gan, batch["images"].numpy() / 255.0)
    np.testing.assert_allclose(d_scalars["loss"], 3 * loss, rtol=1e-5)
    # Fakes that nothing looks at are not made.
    assert len(gan.discriminator.shown[0][0]) == 8 + 6 + fakes
    assert gan.generator.calls == bool(fakes)
    g_scalars = gan.updates[1].gradients(batch, Draws(1, 0, "generator")).scalars
    np.testing.assert_allclose(g_scalars["loss"], 0.2 * g_scalars["rotation_loss"], rtol=1e-6)


def test_rotation_only_leaves_a_penalty_out_with_a_warning(caplog):
    def penalty(discriminator, real_images, fake_images, real_labels, fake_labels, draws):
        raise AssertionError("it is computed")

    with gin.unlock_config():
        gin.bind_parameter("penalty.fn", penalty)
    with caplog.at_level(logging.WARNING):
        gan = _gan(self_supervision="rotation_only")
    (record,) = caplog.records
    assert "penalty.fn has penalty, which is left out" in record.getMessage()
    batch = toy.batch(LABELS)
    scalars = gan.updates[0].gradients(batch, Draws(1, 0, "discriminator")).scalars
    loss = _rotation_loss(gan, batch["images"].numpy() / 255.0)
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)
    with pytest.raises(AssertionError, match="it is computed"):
        gan = _gan(self_supervision="rotation_gan")
        gan.updates[0].gradients(batch, Draws(1, 0, "discriminator"))


def test_a_listed_task_that_replaces_the_gan_loss_has_no_place_for_a_penalty():
    with gin.unlock_config():
        gin.parse_config("penalty.fn = @wgangp_penalty")
        gin.bind_parameter("ModularGAN.auxiliary_tasks", [Rotation(2, replaces_gan_loss=True)])
    with pytest.raises(ValueError, match="penalty.fn has wgangp_penalty, .* 'rotation' replaces"):
        _gan(self_supervision="none")


@pytest.mark.parametrize("setting", ["none", None])
def test_no_self_supervision(setting):
    gan = _gan(self_supervision=setting, rotated_batch_size=None)
    assert not gan.heads


@pytest.mark.parametrize("self_supervision", ["rotation_gan", "rotation_only"])
def test_discriminator_with_batch_norm_sees_the_same_kind_of_batch_in_both_updates(
    self_supervision,
):
    shown = []

    class Noting(Discriminator):
        def discriminate(self, x, y, training):
            shown.append(x)
            return super().discriminate(x, y, training)

    def discriminator(**arguments):
        return Noting(ch=2, project_y=False, **arguments | {"normalizer": BatchNorm})

    networks = Architecture(toy.ToyGenerator, discriminator)
    gan = _gan(
        toy.options(architecture=lambda: networks),
        toy.dataset(shape=(8, 8, 1)),
        self_supervision=self_supervision,
    )
    images = np.random.default_rng(0).integers(0, 256, [8, 8, 8, 1]).astype(np.uint8)
    batch = {"images": images, "labels": np.zeros(8, np.int32)}
    for update in gan.updates:
        shown.clear()
        draws = Draws(0, 0, update.name)
        assert np.isfinite(update.gradients(batch, draws).scalars["loss"])
        reals, (_, _, fakes) = images / 255.0, gan.generator.in_numpy(draws, 8)
        joint = np.concatenate([reals, _turned(reals), fakes, _turned(fakes)])
        ((seen),) = shown
        np.testing.assert_allclose(seen, joint, atol=1e-5)


def test_features_that_are_maps_are_flattened():
    def discriminator(**arguments):
        return MapDiscriminator(**arguments)

    networks = Architecture(toy.ToyGenerator, discriminator)
    gan = _gan(toy.options(architecture=lambda: networks), toy.dataset(shape=(16, 16, 1)))
    features = gan.discriminator(np.zeros([1, 16, 16, 1], np.float32)).features
    kernel, _ = toy.head(gan, "discriminator_rotation")
    assert kernel.shape == (np.prod(features.shape[1:]), 4)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"self_supervision": "jigsaw"}, "SSGAN.self_supervision must be one of"),
        (
            {"weight_rotation_loss_d": -0.5},
            "SSGAN's or S3GAN's weight_rotation_loss_d.* received -0.5",
        ),
        ({"rotated_batch_size": None}, "SSGAN.rotated_batch_size must be a multiple of 4"),
        ({"rotated_batch_size": 6}, "received 6; options.batch_size is usual"),
        ({"rotated_batch_size": 36}, "between 4 and 4 times options.batch_size, 32"),
    ],
)
def test_settings_that_do_not_fit(settings, message):
    with pytest.raises(ValueError, match=message):
        _gan(**settings)


def test_images_must_be_square():
    with pytest.raises(ValueError, match="square images, but these are 2x3"):
        gan = _gan(dataset=toy.dataset(shape=(2, 3, 1)))
        batch = {"images": np.zeros([8, 2, 3, 1], np.uint8), "labels": np.zeros(8, np.int32)}
        gan.updates[0].gradients(batch, Draws(0))
