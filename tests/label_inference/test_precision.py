# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Label inference in mixed precision: `run_config.precision` is of its trainings too."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.label_inference import build_task, plan
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.stages import refuse_differences
from compare_gan.randomness import Draws

_BINDINGS = (
    "label_inference.method = @semi_supervised",
    "label_inference.encoder = @small_resnet",
    "small_resnet.width = 2",
    "pretraining.training_steps = 3",
    "classifier.training_steps = 3",
    "classifier.rotation_weight = 0.0",
)


@pytest.fixture
def stages(method_run, toy, first_labels):
    """`stages(precision)`: the pre-training and the classifier."""

    def make(precision):
        run = method_run(toy(), first_labels, *_BINDINGS)
        loop = dataclasses.replace(run.loop, precision=precision)
        return plan(dataclasses.replace(run, loop=loop)).stages

    return make


def test_stages_are_trained_in_it(stages):
    images = np.random.default_rng(0).integers(0, 256, [6, 4, 4, 1])
    batch = {"images": tf.constant(images, tf.uint8)}
    losses = {}
    for precision, computed in (("float32", "float32"), ("mixed_bfloat16", "bfloat16")):
        tasks = [build_task(stage, tf.distribute.get_strategy()) for stage in stages(precision)]
        for task in tasks:
            network = task.network
            assert keras.config.dtype_policy().name == "float32"
            assert network.encoder.compute_dtype == computed
            assert [head.compute_dtype for head in network.heads] == ["float32"]
            assert {variable.dtype for variable in network.variables} == {"float32"}
        (update,) = tasks[0].updates
        gradients, scalars, _ = update.gradients(batch, Draws(0, 0, update.name))
        assert {value.dtype for value in (*gradients, *scalars.values())} == {tf.float32}
        losses[precision] = scalars["loss"].numpy()
    np.testing.assert_allclose(losses["mixed_bfloat16"], losses["float32"], rtol=0.03)
    assert losses["mixed_bfloat16"] != losses["float32"]


def test_a_network_is_built_again_as_it_was(stages):
    network = build_task(stages("mixed_bfloat16")[0], tf.distribute.get_strategy()).network
    again = EncoderWithHeads.from_config(network.get_config())
    for variable, value in zip(again.variables, network.variables, strict=True):
        variable.assign(value)
    images = tf.constant(np.random.default_rng(0).uniform(size=[2, 4, 4, 1]), tf.float32)
    np.testing.assert_array_equal(again(images)["rotation"], network(images)["rotation"])


def test_a_stage_goes_on_in_its_precision_and_no_other(stages, tmp_path):
    before, now = stages("float32")[1].settings, stages("mixed_bfloat16")[1].settings
    assert "precision" not in before  # as in runs of versions that knew no other
    with pytest.raises(ConfigurationError, match='precision: not set -> "mixed_bfloat16"'):
        refuse_differences(tmp_path, before, now)
