# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a step of a GAN computes, counted by hand."""

import gin
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.architectures import Architecture
from compare_gan.gans import ModularGAN
from compare_gan.training.graphs import update_graphs
from compare_gan.training.pruning import live_operations
from compare_gan.training.work import step_operations
from tests.gans import toy

ROWS, UPDATES = 8, 3
SPECS = {
    "images": tf.TensorSpec([ROWS, *toy.SHAPE], tf.uint8),
    "labels": tf.TensorSpec([ROWS], tf.int32),
}
# Latents [3] times A [3, 4]; then 2 x 2 pixels of 1 channel, each a sum over 3 x 3 pixels.
LINEAR, CONVOLUTION = 2 * 3 * 4, 2 * 4 * 1 * 9
# D: 2 x 2 pixels of 5 channels from 3 x 3 of 1; one of 7 channels from 2 x 2 of 5; a logit from 7.
FIRST, SECOND, LOGIT = 2 * 4 * 5 * 9, 2 * 7 * 4 * 5, 2 * 7
KERNELS = {(3, 3, 1, 5), (2, 2, 5, 7)}


class Generator(toy.ToyGenerator):
    """sigmoid(conv(z A))."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.kernel = self.add_weight(shape=(3, 3, 1, 1), name="kernel")

    def generate(self, z, y, training):
        images = tf.reshape(z @ self.a.value, [-1, *self.image_shape])
        return tf.sigmoid(tf.nn.conv2d(images, self.kernel.value, 1, "SAME"))


class Discriminator(toy.ToyDiscriminator):
    """tanh(conv(tanh(conv(x)))) · w."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.kernels = [self.add_weight(shape=shape) for shape in sorted(KERNELS, reverse=True)]
        self.logit = self.add_weight(shape=(7, 1))

    def discriminate(self, x, y, training):
        first, second = (kernel.value for kernel in self.kernels)
        x = tf.tanh(tf.nn.conv2d(x, first, 1, "SAME"))
        features = tf.tanh(tf.reshape(tf.nn.conv2d(x, second, 1, "VALID"), [-1, 7]))
        return features @ self.logit.value, features


def _gan(**settings):
    gin.bind_parameter("loss.fn", losses.non_saturating)
    architecture = Architecture(Generator, Discriminator)
    options = toy.options(ROWS, disc_iters=UPDATES, architecture=lambda: architecture)
    return ModularGAN(toy.dataset(), options, **settings)


def _kernel_derivatives(operations):
    """The shapes of the kernels by which convolutions are differentiated."""
    return {
        tuple(operation.outputs[0].shape)
        for operation in operations
        if operation.type == "Conv2DBackpropFilter"
    }


def test_derivatives_that_nobody_asks_for_are_not_run():
    of_d, of_g = (graphs.repetition for graphs in update_graphs(_gan(), SPECS))
    assert _kernel_derivatives(of_g.get_operations()) >= KERNELS  # TensorFlow makes them
    assert _kernel_derivatives(live_operations(of_g)) == {(3, 3, 1, 1)}
    assert _kernel_derivatives(live_operations(of_d)) == KERNELS
    images = [
        operation.outputs[0].shape[-1]
        for operation in live_operations(of_d)
        if operation.type == "Conv2DBackpropInput"
    ]
    assert images == [5]  # of D's second convolution, not of the images


@pytest.mark.parametrize("jointly", [False, True])
def test_step_by_hand(jointly):
    gan = _gan(experimental_joint_gen_for_disc=jointly)
    # D, for as many reals and fakes: forward, back by kernels, back by what they were applied to,
    # which the images are not asked for.
    of_d = ROWS * (LINEAR + CONVOLUTION) + 2 * ROWS * (2 * FIRST + 3 * SECOND + 3 * LOGIT)
    # G, for fakes alone: through D forward and back by its input; G as well, and by its own
    # weights, but not by the latents.
    of_g = ROWS * (2 * (FIRST + SECOND + LOGIT) + 3 * CONVOLUTION + 2 * LINEAR)
    assert step_operations(gan, update_graphs(gan, SPECS)) == UPDATES * of_d + of_g
