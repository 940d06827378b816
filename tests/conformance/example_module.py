# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A user's module, outside of the package: a loss, a normalizer and an auxiliary task.

A configuration has them by `import tests.conformance.example_module` and a reference, such as
`loss.fn = @logistic_with_margin`; nothing in the package knows of them.
"""

import gin
import keras
import tensorflow as tf

from compare_gan.gans.auxiliary import AuxiliaryTask, Terms
from compare_gan.losses import GANLoss, checked_logits, decides_at_zero, generator_ignores_reals


@gin.configurable(denylist=["real_logits", "fake_logits"])
@generator_ignores_reals
@decides_at_zero
def logistic_with_margin(real_logits, fake_logits, margin: float = 1.0) -> GANLoss:
    """Cross entropy that goes on until logits are a margin beyond 0.

        d_loss = mean softplus(margin - real_logits) + mean softplus(margin + fake_logits)
        g_loss = mean softplus(margin - fake_logits)

    With margin = 0 it is that of Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    of_real = tf.reduce_mean(tf.math.softplus(margin - real_logits))
    of_fake = tf.reduce_mean(tf.math.softplus(margin + fake_logits))
    g_loss = tf.reduce_mean(tf.math.softplus(margin - fake_logits))
    return GANLoss(of_real + of_fake, of_real, of_fake, g_loss)


@gin.register("scale_norm", denylist=["dtype", "trainable", "name"])
class ScaleNorm(keras.layers.Layer):
    """Divides each example by its root mean square.

        out = γ · x / sqrt(mean x² + ε)

    with the mean over all axes of one example, and γ one number. (Nguyen and Salazar, 2019,
    https://arxiv.org/abs/1910.05895.)
    """

    def __init__(self, epsilon: float = 1e-6, dtype=None, trainable=True, name=None):
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)
        self.epsilon = epsilon

    def build(self, x_shape):
        self.gamma = self.add_weight(name="gamma", shape=(), initializer="ones", autocast=False)

    def call(self, x, z=None, y=None, training=False):
        x = tf.cast(x, self.variable_dtype)
        axes = list(range(1, x.shape.rank))
        square = tf.reduce_mean(tf.square(x), axes, keepdims=True)
        x = self.gamma.value * x * tf.math.rsqrt(square + self.epsilon)
        return tf.cast(x, self.compute_dtype)

    def get_config(self):
        return {
            "epsilon": self.epsilon,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }


@gin.register("brightness")
class Brightness(AuxiliaryTask):
    """A head on D's features tells how bright an image is.

        loss_D += weight · mean (head(features) − mean of the image's values)²

    Regression of what is known of an image, as in Odena et al., 2016,
    https://arxiv.org/abs/1610.09585, with a number for the class.
    """

    name = "brightness"

    def __init__(self, weight: float = 1.0):
        self._weight = weight
        self._head = None

    def build(self, make_head, num_classes, batch_size, replicas):
        self._head = make_head("head", make_head.features, 1)

    @property
    def heads(self):
        return {"discriminator_brightness": self._head}

    def discriminator_terms(self, real, fake):
        told = tf.cast(self._head(real.features), real.features.dtype)[:, 0]
        error = tf.reduce_mean(tf.square(told - tf.reduce_mean(real.images, axis=[1, 2, 3])))
        return Terms(self._weight * error, {"brightness_error": error})
