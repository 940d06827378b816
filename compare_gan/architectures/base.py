# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What all generators and discriminators share."""

import abc
from collections.abc import Mapping
from typing import Any, NamedTuple

import gin
import keras
import tensorflow as tf

from compare_gan.configuration.importable import import_defined
from compare_gan.layers.initializers import check_initializer, weights
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.layer_norm import LayerNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

LayerNormLike = bool | Prototype | Mapping | None


class DiscriminatorOutput(NamedTuple):
    """What a discriminator returns.

    Attributes:
      probabilities: sigmoid(logits), [batch, 1].
      logits: Larger for images taken to be real, [batch, 1].
      features: What the last layer sees, [batch, features] or, where a family says so, a map
        [batch, height, width, channels].
    """

    probabilities: tf.Tensor
    logits: tf.Tensor
    features: tf.Tensor


class Network(keras.Model):
    """The base of both kinds of networks.

    A network has all its variables once it is constructed: a subclass's constructor stores its
    arguments and ends with `self.build()`, and `build` makes built layers. Kernels keep full
    precision; outputs are float32 (float64 in float64 networks).

    Args:
      image_shape: (height, width, channels) of the images.
      num_classes: Number of classes, 0 for none.
      normalizer: None, a layer, or a class or function which gives one; every place that needs a
        normalizer gets a new one with the same settings.
      layer_norm: Whether and how layer normalization follows each place for a normalizer; True is
        with its default settings.
      spectral_norm: Whether and how kernels are spectrally normalized.
      initializer: Name of the kernels' initializer.
      dtype: Keras dtype policy; None means the global one.
      name: Name of the network, the first part of its variables' paths.

    Attributes:
      own_arguments: The constructor's arguments that are a subclass's own, kept as attributes of
        their names.
      has_blocks: Whether it consists of residual blocks that were added by `add_block`.
      rematerialize: Whether training computes the insides of these blocks, and of the attention
        that follows them, again in the backward pass. False unless it is set, and no part of the
        network's configuration, since it changes nothing but memory and time.

    Raises:
      ValueError: If `image_shape` isn't three positive numbers, a setting isn't understood, or
        layer normalization would follow a normalizer that includes the activation.
    """

    own_arguments: tuple[str, ...] = ()
    has_blocks = False
    rematerialize = False

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int,
        normalizer: NormalizerLike | Prototype,
        layer_norm: LayerNormLike,
        spectral_norm: SpectralNorm | bool | None,
        initializer: str,
        dtype: Any,
        name: str,
    ) -> None:
        super().__init__(dtype=dtype, name=name, autocast=False)
        if len(image_shape) != 3 or any(size is None or size < 1 for size in image_shape):
            raise ValueError(
                f"image_shape = {tuple(image_shape)} must be (height, width, channels), all "
                "positive."
            )
        self.image_shape = tuple(int(size) for size in image_shape)
        self.num_classes = int(num_classes or 0)
        self.normalizer = Prototype.of(normalizer)
        self.layer_norm = _layer_norm_prototype(layer_norm)
        _check_layer_norm_precedes_activation(self.normalizer, self.layer_norm)
        self.spectral_norm = SpectralNorm.of(spectral_norm)
        self.initializer = check_initializer(initializer)

    @property
    def label_shape(self) -> tuple[None, int] | None:
        """The shape of labels, [batch, classes]; None for networks without labels."""
        return (None, self.num_classes) if self.num_classes else None

    def trainable_parameter_count(self) -> int:
        """Returns how many numbers are trained."""
        return sum(variable.shape.num_elements() for variable in self.trainable_variables)

    def cast_labels(self, y: tf.Tensor | None) -> tf.Tensor | None:
        """Checks labels and casts them to the compute dtype.

        Raises:
          ValueError: If they aren't one-hot rows for this network's number of classes.
        """
        if y is None:
            return None
        if not self.num_classes:
            raise ValueError(
                f"{self.name} was built with num_classes = 0 but got labels y of shape "
                f"{tuple(y.shape)}; pass y=None, or build it with the number of classes."
            )
        if y.shape.rank != 2 or y.shape[1] != self.num_classes:
            raise ValueError(
                f"{self.name} needs one-hot labels y, [batch, {self.num_classes}], got shape "
                f"{tuple(y.shape)}; use tf.one_hot(labels, {self.num_classes})."
            )
        return tf.cast(y, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            "image_shape": list(self.image_shape),
            "num_classes": self.num_classes,
            "normalizer": self.normalizer and self.normalizer.describe(),
            "spectral_norm": self.spectral_norm and dict(vars(self.spectral_norm)),
            "initializer": self.initializer,
            "dtype": self.dtype_policy.name,
            "name": self.name,
            **{name: getattr(self, name) for name in self.own_arguments},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Network":
        """Constructs a network from what `get_config` returned."""
        del custom_objects
        return cls(**config)


class GeneratorNetwork(Network, abc.ABC):
    """The base of generators: subclasses define `build` and `generate`.

    Call: z [batch, z_dim], y [batch, classes] or None → images [batch, height, width, channels] in
    [0, 1].

    Args:
      z_dim: Size of the latent vectors.
      image_shape, num_classes, normalizer, spectral_norm, initializer, dtype, name: See
        `Network`.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int,
        num_classes: int,
        normalizer: NormalizerLike | Prototype,
        spectral_norm: SpectralNorm | bool | None,
        initializer: str,
        dtype: Any,
        name: str | None,
    ) -> None:
        super().__init__(
            image_shape,
            num_classes,
            normalizer,
            layer_norm=False,
            spectral_norm=spectral_norm,
            initializer=initializer,
            dtype=dtype,
            name=name or "generator",
        )
        self.z_dim = int(z_dim)

    @abc.abstractmethod
    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1] for checked inputs in the compute dtype."""

    def call(self, z: tf.Tensor, y: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        """Returns images [batch, height, width, channels] in [0, 1].

        Raises:
          ValueError: If z or y don't have the shapes this network was built for.
        """
        if z.shape.rank != 2 or z.shape[1] != self.z_dim:
            raise ValueError(
                f"{self.name} needs latent vectors z of shape [batch, {self.z_dim}], got "
                f"{tuple(z.shape)}."
            )
        images = self.generate(tf.cast(z, self.compute_dtype), self.cast_labels(y), training)
        return tf.cast(images, full_precision(self))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {**super().get_config(), "z_dim": self.z_dim}


class DiscriminatorNetwork(Network, abc.ABC):
    """The base of discriminators: subclasses define `build` and `discriminate`.

    Call: images [batch, height, width, channels] in [0, 1], y [batch, classes] or None →
    `DiscriminatorOutput`.

    Args:
      image_shape, num_classes, normalizer, layer_norm, spectral_norm, initializer, dtype, name: See
        `Network`.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int,
        normalizer: NormalizerLike | Prototype,
        layer_norm: LayerNormLike,
        spectral_norm: SpectralNorm | bool | None,
        initializer: str,
        dtype: Any,
        name: str | None,
    ) -> None:
        super().__init__(
            image_shape,
            num_classes,
            normalizer,
            layer_norm,
            spectral_norm,
            initializer,
            dtype,
            name=name or "discriminator",
        )

    @abc.abstractmethod
    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits [batch, 1] and features for checked inputs in the compute dtype."""

    def call(
        self, images: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> DiscriminatorOutput:
        """Returns probabilities, logits and features.

        Raises:
          ValueError: If images or y don't have the shapes this network was built for.
        """
        if not images.shape[1:].is_compatible_with(self.image_shape):
            raise ValueError(
                f"{self.name} needs images of shape [batch, "
                f"{', '.join(map(str, self.image_shape))}], got {tuple(images.shape)}."
            )
        x = tf.cast(images, self.compute_dtype)
        logits, features = self.discriminate(x, self.cast_labels(y), training)
        logits = tf.cast(logits, full_precision(self))
        features = tf.cast(features, full_precision(self))
        return DiscriminatorOutput(tf.sigmoid(logits), logits, features)

    def check_has_classes(self) -> None:
        """Raises ValueError if a label projection is wanted without classes."""
        if not self.num_classes:
            raise ValueError(
                f"{self.name}: project_y = True needs classes, but num_classes = 0; set "
                "ModularGAN.conditional = True, or project_y = False."
            )

    def projection(self, embedding: keras.layers.Layer, y: tf.Tensor | None, features: tf.Tensor):
        """Returns the label's part of projection logits, Σ embedding(y) · features, [batch, 1].

        (Miyato and Koyama, https://arxiv.org/abs/1802.05637.)

        Raises:
          ValueError: If there are no labels.
        """
        if y is None:
            raise ValueError(
                f"{self.name} was built with project_y = True but got y = None; pass one-hot "
                "labels, or set project_y = False."
            )
        embedded = tf.cast(embedding(y), features.dtype)
        return tf.reduce_sum(embedded * features, axis=1, keepdims=True)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        layer_norm = self.layer_norm and self.layer_norm.describe()
        return {**super().get_config(), "layer_norm": layer_norm}


def network_config(network: Network) -> dict[str, Any]:
    """Describes a network with plain values, from which `load_network` builds an equal one.

    Args:
      network: A generator or discriminator.

    Returns:
      {"module", "class", "config"}, fit for JSON and free of references to gin.
    """
    return {
        "module": type(network).__module__,
        "class": type(network).__qualname__,
        "config": network.get_config(),
    }


def load_network(config: dict[str, Any]) -> Network:
    """Builds a network, with fresh weights, from what `network_config` returned.

    Args:
      config: {"module", "class", "config"}; the class may be defined outside this package.

    Raises:
      ValueError: If its class can't be imported.
    """
    return import_defined(config["module"], config["class"]).from_config(config["config"])


def _layer_norm_prototype(value: LayerNormLike) -> Prototype | None:
    """From whether and how to normalize layers to the settings; models stored by earlier versions
    say True or False.
    """
    return Prototype.of(LayerNorm if value is True else value or None)


def _check_layer_norm_precedes_activation(
    normalizer: Prototype | None, layer_norm: Prototype | None
) -> None:
    layer_class = normalizer and normalizer.layer_class
    if layer_norm is not None and getattr(layer_class, "includes_activation", False):
        raise ValueError(
            f"D.layer_norm = True would normalize after an activation, since "
            f"{layer_class.__name__}, D.batch_norm_fn, includes one; set D.layer_norm = False, or "
            "choose another D.batch_norm_fn."
        )


def _configured_layer_norm(wanted: bool) -> Prototype | None:
    return Prototype.of(gin.get_configurable(LayerNorm)) if wanted else None


def _configured_spectral_norm(wanted: bool) -> SpectralNorm | None:
    return gin.get_configurable(SpectralNorm)() if wanted else None


@gin.configurable("G")
def generator_options(
    batch_norm_fn: NormalizerLike = None, spectral_norm: bool = False
) -> dict[str, Any]:
    """Returns the arguments that gin sets for generators of every family.

    Args:
      batch_norm_fn: Normalizer, e.g. @batch_norm; None for none.
      spectral_norm: Whether kernels are spectrally normalized, with the settings of
        `spectral_norm`.

    Returns:
      normalizer, spectral_norm and initializer, with all of gin's bindings resolved.
    """
    return {
        "normalizer": Prototype.of(batch_norm_fn),
        "spectral_norm": _configured_spectral_norm(spectral_norm),
        "initializer": weights(),
    }


@gin.configurable("D")
def discriminator_options(
    batch_norm_fn: NormalizerLike = None, layer_norm: bool = False, spectral_norm: bool = False
) -> dict[str, Any]:
    """Returns the arguments that gin sets for discriminators of every family.

    Args:
      batch_norm_fn: Normalizer, e.g. @batch_norm; None for none.
      layer_norm: Whether layer normalization follows each place for a normalizer, with the settings
        of `layer_norm`.
      spectral_norm: Whether kernels are spectrally normalized, with the settings of
        `spectral_norm`.

    Returns:
      normalizer, layer_norm, spectral_norm and initializer, with all of gin's bindings resolved.
    """
    return {
        "normalizer": Prototype.of(batch_norm_fn, "D.batch_norm_fn"),
        "layer_norm": _configured_layer_norm(layer_norm),
        "spectral_norm": _configured_spectral_norm(spectral_norm),
        "initializer": weights(),
    }
