# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""One regularizer or several, in every step or now and then: against formulas by hand."""

import logging
import re
import textwrap

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import configuration, losses
from compare_gan.gans import ModularGAN
from compare_gan.gans.penalty import chosen_penalty
from compare_gan.randomness import Draws
from compare_gan.regularizers import r1_penalty, r2_penalty
from compare_gan.training import LoopSettings, train
from compare_gan.training.memory import peak_live_bytes
from tests.gans import toy

LABELS = np.array([0, 1, 2, -1, 1, 0, 2, 2], np.int32)


def _gan(*bindings, **settings):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.wasserstein)
        gin.parse_config(bindings)
    return ModularGAN(toy.dataset(), toy.options(**settings), conditional=True)


def _compiled(function, mode):
    return function if mode == "eager" else tf.function(function, jit_compile=mode == "xla")


def _squares(gan, images):
    """½ mean |∂ logit / ∂ image|² of the toy D, and its derivatives in F and w.

    The gradient in the image is g = F u with u = (1 − t²) w and t = tanh(x F).
    """
    f, w = (v.numpy().astype(np.float64) for v in (gan.discriminator.f, gan.discriminator.w))
    value, in_f, in_w = 0.0, np.zeros_like(f), np.zeros_like(w)
    for image in np.asarray(images, np.float64).reshape(len(images), -1):
        t = np.tanh(image @ f)
        slope = 1 - t**2
        u = slope * w[:, 0]
        g = f @ u
        value += g @ g / 2 / len(images)
        in_w[:, 0] += slope * (f.T @ g) / len(images)
        in_f += (np.outer(g, u) + np.outer(image, -2 * t * slope * w[:, 0] * (f.T @ g))) / len(
            images
        )
    return value, in_f, in_w


def _wasserstein(gan, reals, fakes):
    """The derivatives of mean D(fakes) − mean D(reals) in F and w."""
    f, w = (v.numpy().astype(np.float64) for v in (gan.discriminator.f, gan.discriminator.w))
    in_f, in_w = np.zeros_like(f), np.zeros_like(w)
    for images, sign in ((reals, -1), (fakes, 1)):
        flat = np.asarray(images, np.float64).reshape(len(images), -1)
        t = np.tanh(flat @ f)
        in_w += sign * t.mean(0)[:, None]
        in_f += sign * flat.T @ ((1 - t**2) * w[:, 0]) / len(images)
    return in_f, in_w


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_two_lazy_penalties_with_second_derivatives(mode):
    gan = _gan(
        "penalty.fn = [@r1_penalty, @r2_penalty]",
        "penalty.weights = [1.0, 0.25]",
        "penalty.interval = 2",
        lamba=3.0,
    )
    batch = toy.batch(LABELS)
    reals = batch["images"].numpy() / 255.0

    def update(step):
        result = gan.updates[0].gradients(batch, Draws(5, step, "discriminator"))
        return result.gradients, result.scalars, [value for _, value in result.assignments]

    update = _compiled(update, mode)
    gan.checkpointables()["latest_penalty"].assign(7.0)
    for step in (1, 2, 3):
        _, _, fakes = gan.generator.in_numpy(Draws(5, step, "discriminator"), 8)
        gradients, scalars, latest = update(tf.constant(step))
        expected = _wasserstein(gan, reals, fakes)
        r1, *in_r1 = _squares(gan, reals)
        r2, *in_r2 = _squares(gan, fakes)
        adversarial = scalars["loss_real"] + scalars["loss_fake"]
        factor, shown = 0.0, 7.0
        if step % 2 == 0:
            factor, shown = 3.0 * 2, r1 + r2 / 4
            expected = [e + factor * (a + b / 4) for e, a, b in zip(expected, in_r1, in_r2)]
        np.testing.assert_allclose(scalars["loss"], adversarial + factor * shown, rtol=1e-5)
        np.testing.assert_allclose(scalars["penalty"], shown, rtol=1e-5)
        np.testing.assert_allclose(latest, [shown], rtol=1e-5)
        for gradient, value in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(gradient, value, rtol=1e-4, atol=1e-5)


def test_nothing_is_computed_in_the_other_steps():
    computed = []

    def counting(discriminator, *unused):
        return tf.py_function(lambda: computed.append(1) or 2.0, [], tf.float32)

    penalty = chosen_penalty(counting, interval=3)
    images = tf.zeros([2, 2, 2, 1])

    @tf.function
    def loss(step):
        return penalty(None, images, images, None, None, Draws(0, step)).loss

    losses_of_steps = [float(loss(tf.constant(step))) for step in range(7)]
    assert losses_of_steps == [6.0, 0.0, 0.0, 6.0, 0.0, 0.0, 6.0]
    assert len(computed) == 3


def test_all_updates_of_a_step_are_alike_and_the_curve_is_kept(tmp_path):
    gan = _gan("penalty.fn = @r1_penalty", "penalty.interval = 3", disc_iters=2)
    for update in gan.updates:
        update.optimizer.learning_rate.assign(1e-30)  # the weights stand still
    images = np.random.default_rng(0).integers(0, 256, [2, 8, *toy.SHAPE]).astype(np.uint8)
    batches = tf.data.Dataset.from_tensors(
        {"images": images, "labels": np.stack([LABELS] * 2)}
    ).repeat()
    shown = {}

    class Watch:
        every_steps = 1

        def __call__(self, step, curves):
            shown[step] = gan.checkpointables()["latest_penalty"].numpy()

    settings = LoopSettings(5, iterations_per_loop=1)
    train(gan, lambda step: batches, tmp_path, settings, [Watch()])
    # Of a step's two updates, the second leaves what is shown until the next penalty.
    expected = _squares(gan, images[1] / 255.0)[0]
    assert list(shown) == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(list(shown.values()), [expected] * 5, rtol=1e-5)
    # The penalty has no update of its own.
    assert int(gan.updates[0].optimizer.iterations) == 5 * 2


def test_the_docstring_says_how_to_have_the_adam_of_stylegan2():
    block = re.search(r"\n\n( {8}# R1 .*\n(?: {8}.*\n)+)", chosen_penalty.__doc__)[1]
    configuration.parse([], [textwrap.dedent(block)])
    gan = ModularGAN(toy.dataset(), toy.options())
    d, g = (update.optimizer for update in gan.updates)
    c = 16 / 17
    found = [d.learning_rate, d.beta_1, d.beta_2]
    np.testing.assert_allclose(found, [c * 0.002, 0.0**c, 0.99**c], rtol=1e-4)
    np.testing.assert_allclose([g.learning_rate, g.beta_1, g.beta_2], [0.0002, 0.9, 0.999])
    # The penalty is in one of 16 updates, 16 times.
    penalty = chosen_penalty(lambda *unused: tf.constant(3.0))
    images = tf.zeros([2, *toy.SHAPE])
    arguments = None, images, images, None, None
    computed = {step: float(penalty(*arguments, Draws(0, step)).loss) for step in range(33)}
    assert {step: loss for step, loss in computed.items() if loss} == {0: 48, 16: 48, 32: 48}


def test_without_an_interval_there_is_no_state():
    gan = _gan("penalty.fn = [@r1_penalty]", "penalty.weights = [2]")
    assert "latest_penalty" not in gan.checkpointables()
    batch = toy.batch(LABELS)
    result = gan.updates[0].gradients(batch, Draws(1, 1, "discriminator"))
    assert not result.assignments
    expected = 2 * _squares(gan, batch["images"].numpy() / 255.0)[0]
    np.testing.assert_allclose(result.scalars["penalty"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    "binding, chosen_by",
    [
        ("penalty.interval = 16", "penalty.fn"),
        ("penalty.weights = [2.0]", "penalty.fn"),
        ("ModularGAN.g_penalty_weight = 0.0001", "ModularGAN.g_penalty"),
    ],
)
def test_settings_of_a_penalty_that_is_not_there(binding, chosen_by, caplog):
    setting = binding.split(" = ")[0]
    message = f"{setting} has no effect without a penalty: set {chosen_by}, or leave it out."
    with caplog.at_level(logging.WARNING):
        _gan()
        _gan("penalty.fn = @r1_penalty", "ModularGAN.g_penalty = @orthogonal_penalty", binding)
        assert not caplog.records
        gan = _gan("penalty.fn = @no_penalty", "ModularGAN.g_penalty = None", binding)
    assert [record.getMessage() for record in caplog.records] == [message]
    # There is nothing to keep of a penalty that is never computed.
    assert "latest_penalty" not in gan.checkpointables()
    scalars = gan.updates[0].gradients(toy.batch(LABELS), Draws(5, 0, "discriminator")).scalars
    assert scalars["penalty"] == 0.0


def test_a_penalty_may_be_of_the_weights_and_of_another_type():
    weight = keras.Variable(2.0, dtype="float64")
    images = tf.zeros([2, 2, 2, 1])
    penalty = chosen_penalty([lambda *unused: weight.value**2, r1_penalty], interval=2)

    def flat(images, labels):
        return None, tf.reduce_sum(0.0 * images, axis=[1, 2, 3]), None

    @tf.function
    def slope(step):
        with tf.GradientTape() as tape:
            loss = penalty(flat, images, images, None, None, Draws(0, step)).loss
        assert loss.dtype == tf.float32
        zeros = tf.UnconnectedGradients.ZERO
        return tape.gradient(loss, weight.value, unconnected_gradients=zeros)

    assert [float(slope(tf.constant(step))) for step in (0, 1)] == [8.0, 0.0]  # 2 · 2 w


def test_a_mean_over_replicas_can_not_be_taken_now_and_then():
    def synchronized(*unused):
        raise RuntimeError("`merge_call` called while defining a new graph or a tf.function.")

    def broken(*unused):
        raise RuntimeError("a mistake inside the penalty")

    images = tf.zeros([2, 2, 2, 1])

    @tf.function
    def compute(penalty, step):
        return penalty(None, images, images, None, None, Draws(0, step)).loss

    with pytest.raises(ValueError, match="penalty.interval=2 .* mean over all replicas"):
        compute(chosen_penalty(synchronized, interval=2), tf.constant(0))
    with pytest.raises(RuntimeError, match="a mistake inside the penalty"):
        compute(chosen_penalty(broken, interval=2), tf.constant(0))


def test_an_estimate_of_memory_sees_the_penalty():
    def activations(name, interval):
        gan = _gan(f"penalty.fn = @{name}", f"penalty.interval = {interval}")
        batch, update = toy.batch(LABELS), gan.updates[0]

        def compute():
            return update.gradients(batch, Draws(0, 0, "discriminator")).gradients

        return peak_live_bytes(tf.function(compute).get_concrete_function().graph)

    always, lazily = activations("r1_penalty", 1), activations("r1_penalty", 4)
    assert activations("no_penalty", 1) < 0.7 * always
    assert lazily > 0.9 * always


@pytest.mark.parametrize(
    "settings, message",
    [
        (
            {"fn": "r1_penalty"},
            r"penalty.fn .*\[@r1_penalty, @r2_penalty\].* received 'r1_penalty'",
        ),
        ({"fn": [r1_penalty, 3.0]}, "penalty.fn takes a reference .* received 3.0"),
        (
            {"fn": keras.layers.Dense},
            "penalty.fn must return a Tensor, but it is set to @Dense, which returns a Dense; set",
        ),
        ({"fn": []}, r"penalty.fn = \[\] .* @no_penalty"),
        ({"weights": [1.0]}, r"one number for each .* 2 in all, received \[1.0\]"),
        ({"weights": 1.0}, "penalty.weights takes a list .* received 1.0"),
        ({"weights": [1.0, -2]}, "penalty.weights .* received -2"),
        ({"weights": [1.0, "2"]}, "penalty.weights .* received '2'"),
        ({"interval": 0}, "penalty.interval .* received 0"),
        ({"interval": 2.5}, "penalty.interval .* received 2.5"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ValueError, match=message):
        chosen_penalty(**{"fn": [r1_penalty, r2_penalty], **settings})


def test_a_list_can_be_named_in_a_configuration():
    configuration.parse(
        [], ["penalty.fn = [@r1_penalty, @zero_centered_penalty]", "penalty.interval = 16"]
    )
    gan = ModularGAN(toy.dataset(), toy.options())
    assert "latest_penalty" in gan.checkpointables()
