# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import functools
import json

import numpy as np
import pytest

from compare_gan import configuration
from compare_gan.gans.latents import LatentPrior, evaluation_prior, normal, training_prior
from compare_gan.randomness import Draws


def test_defaults_are_v3s():
    values = training_prior().sample(Draws(0), "z", 10_000, 4).numpy()
    assert values.shape == (10_000, 4)
    assert -1 <= values.min() < -0.99 and 0.99 < values.max() < 1


def test_gin_binds_the_prior_and_evaluation_follows_it():
    configuration.parse([], ["z.distribution_fn = @tf.random.normal", "z.stddev = 2.0"])
    prior = training_prior()
    values = prior.sample(Draws(0), "z", 10_000, 4).numpy()
    np.testing.assert_allclose(values.std(), 2.0, rtol=0.02)
    assert evaluation_prior(prior) == prior


def test_evaluation_may_have_its_own():
    configuration.parse([], ["eval_z.distribution_fn = @tf.random.normal", "eval_z.stddev = 0.5"])
    values = evaluation_prior(training_prior()).sample(Draws(0), "z", 10_000, 4).numpy()
    np.testing.assert_allclose(values.std(), 0.5, rtol=0.02)


def test_description_survives_json():
    prior = LatentPrior(normal, {"stddev": 0.25})
    again = LatentPrior.from_config(json.loads(json.dumps(prior.to_config())))
    np.testing.assert_array_equal(
        again.sample(Draws(1), "z", 5, 2), prior.sample(Draws(1), "z", 5, 2)
    )


def test_evaluation_may_truncate_what_training_drew_from_all():
    """As v3 did it: with another distribution for evaluation."""
    bindings = ["z.distribution_fn = @tf.random.normal", "z.stddev = 3.0"]
    bindings += ["eval_z.distribution_fn = @tf.random.truncated_normal", "eval_z.stddev = 0.5"]
    configuration.parse([], bindings)
    prior = evaluation_prior(training_prior())
    restored = LatentPrior.from_config(json.loads(json.dumps(prior.to_config())))
    values = restored.sample(Draws(0), "z", 2000, 2)
    assert 0.99 < np.abs(values).max() <= 1.0
    np.testing.assert_array_equal(values, prior.sample(Draws(0), "z", 2000, 2))


def test_truncation_is_for_normal_priors():
    values = LatentPrior(normal, {"stddev": 2.0}).sample(Draws(0), "z", 5000, 2, truncation=0.5)
    assert 0.99 < np.abs(values).max() <= 1.0
    with pytest.raises(ValueError, match="truncation=0.5 needs a normal latent prior"):
        LatentPrior().sample(Draws(0), "z", 5, 2, truncation=0.5)


def test_evaluation_may_change_a_bound_alone():
    bindings = ["z.distribution_fn = @tf.random.normal", "z.stddev = 2.0", "eval_z.stddev = 0.5"]
    configuration.parse([], bindings)
    training = training_prior()
    values = evaluation_prior(training).sample(Draws(0), "z", 10_000, 4).numpy()
    np.testing.assert_allclose(values.std(), 0.5, rtol=0.02)
    assert training.arguments == {"stddev": 2.0}


@pytest.mark.parametrize(
    "bindings, words",
    [
        (["z.minval = 2.0"], "z.minval = 2.0 must be below z.maxval = 1.0"),
        (["uniform.maxval = 'a'"], "z.maxval must be a number"),
        (["z.distribution_fn = @normal", "z.stddev = -1.0"], "z.stddev must .*0, inf.* -1.0; 1 is"),
        (["eval_z.maxval = -1.0"], "eval_z.minval = -1.0 must be below eval_z.maxval = -1.0"),
        (["eval_z.distribution_fn = @truncated_normal", "eval_z.stddev = 0"], "eval_z.stddev must"),
    ],
)
def test_bounds_that_make_no_sense(bindings, words):
    configuration.parse([], bindings)
    with pytest.raises(ValueError, match=words):
        evaluation_prior(training_prior())


def test_a_bound_that_the_distribution_has_not_is_told(caplog):
    configuration.parse([], ["z.minval = 0.0", "z.stddev = 2.0"])
    assert training_prior().arguments == {"minval": 0.0, "maxval": 1.0}
    (record,) = caplog.records
    assert record.getMessage().startswith("z.stddev has no effect: z.distribution_fn is uniform")


@pytest.mark.parametrize("stddev", [3.0, 1.0])  # 1.0 is the default, and bound all the same
def test_a_scoped_reference_has_the_bindings_of_its_scope(stddev):
    configuration.parse(
        [],
        [
            "z.distribution_fn = @wide/latents.normal",
            "z.stddev = 2.0",
            "latents.normal.stddev = 0.5",
            f"wide/latents.normal.stddev = {stddev}",
        ],
    )
    prior = training_prior()
    assert prior.to_config()["arguments"] == {"stddev": stddev}
    values = prior.sample(Draws(0), "z", 10_000, 4).numpy()
    np.testing.assert_allclose(values.std(), stddev, rtol=0.02)


def ones(draws, name, shape):
    return 0.0 * draws.uniform(name, shape) + 1.0


def test_a_prior_can_be_found_again_without_gin():
    again = LatentPrior.from_config(training_prior(ones).to_config())
    np.testing.assert_array_equal(again.sample(Draws(0), "z", 2, 3), np.ones([2, 3]))
    for function in (functools.partial(normal, stddev=2.0), lambda *arguments: ones(*arguments)):
        with pytest.raises(ValueError, match="z.distribution_fn .* top level of a module"):
            training_prior(function)


def test_bindings_of_a_distribution_are_part_of_the_description():
    bindings = ["latents.normal.stddev = 3.0", "z.distribution_fn = @latents.normal"]
    configuration.parse([], bindings)
    assert training_prior().to_config()["arguments"] == {"stddev": 3.0}
