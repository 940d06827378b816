# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Architectures: families of generators and discriminators, one a module, and encoders."""

from compare_gan.architectures import dcgan, resnet_biggan, resnet_biggan_deep, resnet_cifar
from compare_gan.architectures.base import (
    Architecture,
    DiscriminatorNetwork,
    DiscriminatorOutput,
    GeneratorNetwork,
    Network,
    discriminator_options,
    generator_options,
    get_architecture,
    load_network,
    network_config,
    register_architecture,
)
from compare_gan.architectures.dcgan import dcgan_arch
from compare_gan.architectures.resnet_biggan import resnet_biggan_arch
from compare_gan.architectures.resnet_biggan_deep import resnet_biggan_deep_arch
from compare_gan.architectures.resnet_cifar import resnet_cifar_arch
from compare_gan.architectures.resnet_encoder import EncoderNetwork, ResNet50V2, SmallResNet

__all__ = [
    "Architecture",
    "DiscriminatorNetwork",
    "DiscriminatorOutput",
    "EncoderNetwork",
    "GeneratorNetwork",
    "Network",
    "ResNet50V2",
    "SmallResNet",
    "dcgan",
    "dcgan_arch",
    "discriminator_options",
    "generator_options",
    "get_architecture",
    "load_network",
    "network_config",
    "register_architecture",
    "resnet_biggan",
    "resnet_biggan_arch",
    "resnet_biggan_deep",
    "resnet_biggan_deep_arch",
    "resnet_cifar",
    "resnet_cifar_arch",
]
