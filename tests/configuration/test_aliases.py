# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""TensorFlow 1's optimizers and distributions under their old names."""

import inspect

import gin
import keras
import numpy as np
import pytest
import scipy.stats

from compare_gan.configuration import ConfigurationError, parse, register_alias

GRADIENTS = np.random.default_rng(0).normal(size=(20, 5))
START = np.linspace(-1.0, 1.0, 5)


@gin.configurable("alias_user", denylist=["rate"])
def _alias_user(rate, optimizer_fn=None, distribution_fn=None):
    return optimizer_fn(rate) if optimizer_fn else distribution_fn


def _train(optimizer: keras.optimizers.Optimizer) -> np.ndarray:
    variable = keras.Variable(START.astype(np.float32))
    optimizer.build([variable])
    for gradient in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(gradient.astype(np.float32))], [variable])
    return variable.numpy()


def _adam(rate, beta1, beta2, epsilon):
    theta, m, v = START.copy(), np.zeros(5), np.zeros(5)
    for step, gradient in enumerate(GRADIENTS, start=1):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        scaled_rate = rate * np.sqrt(1 - beta2**step) / (1 - beta1**step)
        theta -= scaled_rate * m / (np.sqrt(v) + epsilon)
    return theta


def _rmsprop(rate, decay, momentum, epsilon, centered):
    # TensorFlow 1's accumulator of squares starts at one.
    theta, v, mean, step = START.copy(), np.ones(5), np.zeros(5), np.zeros(5)
    for gradient in GRADIENTS:
        v = decay * v + (1 - decay) * gradient**2
        mean = decay * mean + (1 - decay) * gradient
        spread = v - mean**2 if centered else v
        step = momentum * step + rate * gradient / np.sqrt(spread + epsilon)
        theta -= step
    return theta


def _momentum(rate, momentum, nesterov):
    theta, accumulated = START.copy(), np.zeros(5)
    for gradient in GRADIENTS:
        accumulated = momentum * accumulated + gradient
        theta -= rate * (gradient + momentum * accumulated if nesterov else accumulated)
    return theta


def _adagrad(rate, start):
    theta, squares = START.copy(), np.full(5, start)
    for gradient in GRADIENTS:
        squares = squares + gradient**2
        theta -= rate * gradient / np.sqrt(squares)
    return theta


def _adadelta(rate, rho, epsilon):
    theta, squares, moves = START.copy(), np.zeros(5), np.zeros(5)
    for gradient in GRADIENTS:
        squares = rho * squares + (1 - rho) * gradient**2
        move = np.sqrt(moves + epsilon) / np.sqrt(squares + epsilon) * gradient
        moves = rho * moves + (1 - rho) * move**2
        theta -= rate * move
    return theta


def _ftrl(rate, power, start, l1, l2, shrinkage):
    theta, old, linear = START.copy(), np.full(5, start), np.zeros(5)
    for gradient in GRADIENTS:
        new = old + gradient**2
        linear += gradient + 2 * shrinkage * theta - (new**-power - old**-power) / rate * theta
        quadratic = 1 / (new**power * rate) + 2 * l2
        theta = np.where(np.abs(linear) > l1, (np.sign(linear) * l1 - linear) / quadratic, 0.0)
        old = new
    return theta


@pytest.mark.parametrize(
    ("optimizer", "settings", "expected"),
    [
        ("Adam", {}, _adam(0.1, 0.9, 0.999, 1e-8)),
        (
            "Adam",
            {"beta1": 0.0, "beta2": 0.9, "epsilon": 0.1},
            _adam(0.1, 0.0, 0.9, 0.1),
        ),
        ("GradientDescent", {}, START - 0.1 * GRADIENTS.sum(axis=0)),
        ("Momentum", {"momentum": 0.9}, _momentum(0.1, 0.9, False)),
        ("Momentum", {"momentum": 0.5, "use_nesterov": True}, _momentum(0.1, 0.5, True)),
        ("RMSProp", {}, _rmsprop(0.1, 0.9, 0.0, 1e-10, False)),
        (
            "RMSProp",
            {"decay": 0.5, "momentum": 0.3, "epsilon": 0.1, "centered": True},
            _rmsprop(0.1, 0.5, 0.3, 0.1, True),
        ),
        ("Adagrad", {}, _adagrad(0.1, 0.1)),
        ("Adagrad", {"initial_accumulator_value": 2.5}, _adagrad(0.1, 2.5)),
        ("Adadelta", {}, _adadelta(0.1, 0.95, 1e-8)),
        ("Adadelta", {"rho": 0.5, "epsilon": 0.1}, _adadelta(0.1, 0.5, 0.1)),
        ("Ftrl", {}, _ftrl(0.1, -0.5, 0.1, 0.0, 0.0, 0.0)),
        (
            "Ftrl",
            {
                "learning_rate_power": -0.7,
                "initial_accumulator_value": 0.5,
                "l1_regularization_strength": 2.0,
                "l2_regularization_strength": 0.3,
                "l2_shrinkage_regularization_strength": 0.2,
            },
            _ftrl(0.1, -0.7, 0.5, 2.0, 0.3, 0.2),
        ),
    ],
)
def test_optimizers_follow_tensorflow_1s_formulas(optimizer, settings, expected):
    name = f"tf.train.{optimizer}Optimizer"
    bindings = [f"{name}.{parameter} = {value}" for parameter, value in settings.items()]
    parse([], [f"alias_user.optimizer_fn = @{name}", *bindings])
    np.testing.assert_allclose(_train(_alias_user(0.1)), expected, rtol=2e-5, atol=2e-6)


def test_an_optimizer_can_be_saved_and_restored_by_keras():
    parse([], ["alias_user.optimizer_fn = @tf.train.RMSPropOptimizer"])
    optimizer = _alias_user(0.1)
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    np.testing.assert_array_equal(_train(copy), _train(_alias_user(0.1)))


def test_momentum_is_required():
    parse([], ["alias_user.optimizer_fn = @tf.train.MomentumOptimizer"])
    with pytest.raises(RuntimeError, match="momentum"):
        _alias_user(0.1)


def test_adagrad_adds_nothing_to_small_squares():
    name = "tf.train.AdagradOptimizer"
    parse([], [f"alias_user.optimizer_fn = @{name}", f"{name}.initial_accumulator_value = 1e-8"])
    variable, optimizer = keras.Variable([0.0]), _alias_user(0.1)
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor([1e-4])], [variable])
    # -0.1 · 1e-4 / sqrt(1e-8 + 1e-8)
    np.testing.assert_allclose(variable.numpy(), [-0.1 / np.sqrt(2.0)], rtol=1e-5)


@pytest.mark.parametrize("value", [0, -1.0, None])
def test_adagrads_squares_start_above_zero(value):
    name = "tf.train.AdagradOptimizer"
    parse(
        [],
        [f"alias_user.optimizer_fn = @{name}", f"{name}.initial_accumulator_value = {value}"],
    )
    with pytest.raises(ValueError, match=f"{name}.initial_accumulator_value .*received {value!r}"):
        _alias_user(0.1)


def test_an_alias_keeps_signature_defaults_and_closed_parameters():
    def original(draws, name, scale=2.0):
        return draws, name, scale

    gin.external_configurable(
        original, "original", module="alias_tests", denylist=["draws", "name"]
    )
    register_alias("old.library.original", original)
    register_alias("old.library.original", original)  # A second time changes nothing.

    parse([], ["alias_user.distribution_fn = @old.library.original"])
    assert _alias_user(0)("d", "n") == ("d", "n", 2.0)
    parse(
        [],
        ["alias_user.distribution_fn = @old.library.original", "old.library.original.scale = 3.0"],
    )
    assert _alias_user(0)("d", "n") == ("d", "n", 3.0)
    # Each name has bindings of its own.
    assert gin.get_configurable("alias_tests.original")("d", "n") == ("d", "n", 2.0)
    with pytest.raises(ConfigurationError, match="given by the program"):
        parse([], ["old.library.original.name = 3"])


def test_an_alias_does_not_make_the_first_name_ambiguous(tmp_path):
    def twin(draws, scale=2.0):
        return draws, scale

    gin.external_configurable(twin, "twin", module="alias_tests", denylist=["draws"])
    register_alias("old.library.twin", twin)
    parse([], ["alias_user.distribution_fn = @twin", "twin.scale = 3.0", "s/twin.scale = 4.0"])
    assert _alias_user(0)("d") == ("d", 3.0)
    assert "alias_tests.twin.scale = 3.0" in gin.config_str()

    (tmp_path / "saved.gin").write_text(gin.config_str())
    parse([str(tmp_path / "saved.gin")])
    assert _alias_user(0)("d") == ("d", 3.0)
    with pytest.raises(ConfigurationError, match="did you mean twin.scale?"):
        parse([], ["twin.scal = 3.0"])


@pytest.mark.parametrize("name", ["normal", "latents.normal"])
def test_the_normal_distribution_by_its_own_names(name):
    parse([], [f"alias_user.distribution_fn = @{name}"])
    assert inspect.unwrap(_alias_user(0)).__module__ == "compare_gan.gans.latents"


@pytest.mark.parametrize("name", ["tf.random.normal", "tf.random_normal"])
def test_the_normal_distribution_by_its_tensorflow_names(name):
    from compare_gan.randomness import Draws

    parse([], [f"alias_user.distribution_fn = @{name}"])
    values = _alias_user(0)(Draws(seed=3), "z", [2000, 4], stddev=2.0)
    assert abs(float(np.std(values)) - 2.0) < 0.1


@pytest.mark.parametrize("name", ["tf.random.uniform", "tf.random_uniform"])
def test_the_uniform_distribution_by_its_tensorflow_names(name):
    from compare_gan.randomness import Draws

    parse([], [f"alias_user.distribution_fn = @{name}"])
    values = np.asarray(_alias_user(0)(Draws(seed=3), "z", [2000, 4], minval=-2.0, maxval=1.0))
    assert -2.0 <= values.min() < -1.99
    assert 0.99 < values.max() < 1.0


def test_the_truncated_normal_distribution_by_its_tensorflow_name():
    from compare_gan.randomness import Draws

    parse([], ["alias_user.distribution_fn = @tf.random.truncated_normal"])
    values = np.asarray(_alias_user(0)(Draws(seed=3), "z", [4000, 4], stddev=3.0))
    # TensorFlow 1 draws again what is further than two deviations away.
    assert 5.9 < np.abs(values).max() <= 6.0
    expected = scipy.stats.truncnorm(-2.0, 2.0, scale=3.0)
    assert scipy.stats.kstest(values.ravel(), expected.cdf).pvalue > 0.01
