# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A loss is the same after it was written down and read, without gin."""

import json

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.configuration import registry


@gin.register(denylist=["real_logits", "fake_logits"])
def scaled_loss(real_logits, fake_logits, scale=2.0, table=None):
    """D is asked for logits that differ, times `scale`."""
    gap = scale * tf.reduce_mean(fake_logits - real_logits)
    return losses.GANLoss(gap, gap, gap, -gap)


def _read(loss):
    config = json.loads(json.dumps(losses.describe_loss(loss)))
    gin.clear_config()
    return losses.load_loss(config)


@pytest.fixture(autouse=True)
def no_bindings():
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.mark.parametrize(
    "loss",
    [registry.find(name).wrapper for name in registry.registered_in("compare_gan.losses")],
)
def test_every_loss_is_found_again(loss):
    logits = [np.float32([[1.5], [-0.5]]), np.float32([[0.25], [-2.0]])]
    assert [float(part) for part in _read(loss)(*logits)] == [float(p) for p in loss(*logits)]


def test_its_arguments_are_those_of_the_run():
    logits = [np.float32([[1.0]]), np.float32([[0.0]])]
    assert _read(scaled_loss)(*logits).d_loss == -2
    gin.bind_parameter("scaled_loss.scale", 3.0)
    assert _read(scaled_loss)(*logits).d_loss == -3
    gin.parse_config("scaled_loss.scale = 3.0\nwide/scaled_loss.scale = 5.0")
    scoped = gin.config.ConfigurableReference("wide/scaled_loss", False).scoped_configurable_fn
    assert losses.describe_loss(scoped)["arguments"]["scale"] == 5.0


@gin.register
def loss_with_defaults(real_logits=None, fake_logits=None, scale=2.0):
    """Logits are always given."""
    return scaled_loss(real_logits, fake_logits, scale)


def test_logits_are_no_arguments_of_its_own():
    assert losses.describe_loss(loss_with_defaults)["arguments"] == {"scale": 2.0}
    assert _read(loss_with_defaults)(np.ones([1, 1]), np.zeros([1, 1])).d_loss == -2


def test_what_cannot_be_found_again_has_no_description():
    assert losses.describe_loss(lambda real_logits, fake_logits: None) is None
    # The last two are no longer the same once they are read from JSON.
    for table in ({"a": object()}, float("nan"), {1: 0.5}, (1.0, 2.0)):
        gin.bind_parameter("scaled_loss.table", table)
        assert losses.describe_loss(scaled_loss) is None
    gin.bind_parameter("scaled_loss.table", None)
    assert losses.describe_loss(scaled_loss) is not None


def test_a_module_that_is_gone_is_named():
    with pytest.raises(ValueError, match="of module 'gone' can't be imported"):
        losses.load_loss({"fn": "gone:loss", "arguments": {}})
