# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Families of networks: a generator with its discriminator, found by name."""

from collections.abc import Callable
from typing import NamedTuple

import gin

from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork
from compare_gan.configuration.signatures import can_take, may_give


class Architecture(NamedTuple):
    """A family: the classes, or functions, that construct its networks.

    Attributes:
      generator: Called with image_shape, z_dim, num_classes, normalizer, spectral_norm,
        initializer; gives a `GeneratorNetwork`.
      discriminator: Called with image_shape, num_classes, normalizer, layer_norm, spectral_norm,
        initializer; gives a `DiscriminatorNetwork`.
    """

    generator: Callable[..., GeneratorNetwork]
    discriminator: Callable[..., DiscriminatorNetwork]


_KNOWN_ARCHITECTURES: list[str] = []


def register_architecture(
    function: Callable[[], Architecture],
) -> Callable[[], Architecture]:
    """Registers a function that returns an `Architecture`, under its own name, with gin."""
    _KNOWN_ARCHITECTURES.append(function.__name__)
    return gin.register(function)


def get_architecture(architecture: str | Callable[[], Architecture] | Architecture) -> Architecture:
    """Returns a family of networks.

    Args:
      architecture: The name of a function registered with gin which returns an `Architecture`,
        such as "resnet_cifar_arch"; or such a function; or an `Architecture`.

    Raises:
      ValueError: If there is no function of that name, or it gives something else.
    """
    if isinstance(architecture, Architecture):
        return architecture
    if isinstance(architecture, str):
        try:
            function = gin.get_configurable(architecture)
        except ValueError as error:
            raise ValueError(
                f"options.architecture = {architecture!r} is not known; use one of "
                f"{', '.join(sorted(_KNOWN_ARCHITECTURES))}, or import the module that registers "
                "it."
            ) from error
    else:
        function = architecture
    fits = callable(function) and may_give(function, Architecture) and can_take(function)
    made = function() if fits else None
    if not isinstance(made, Architecture):
        raise ValueError(
            f"options.architecture = {architecture!r} must name a function that returns "
            "compare_gan.architectures.Architecture(generator, discriminator) without arguments; "
            "use one of "
            f"{', '.join(sorted(_KNOWN_ARCHITECTURES))}."
        )
    return made
