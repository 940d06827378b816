# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Architectures: families of generators and discriminators, one a module, and encoders."""

from compare_gan.architectures import (
    dcgan,
    infogan,
    resnet5,
    resnet30,
    resnet_biggan,
    resnet_biggan_deep,
    resnet_cifar,
    resnet_stl,
    sndcgan,
)
from compare_gan.architectures.base import (
    DiscriminatorNetwork,
    DiscriminatorOutput,
    GeneratorNetwork,
    Network,
    discriminator_options,
    generator_options,
    load_network,
    network_config,
)
from compare_gan.architectures.dcgan import dcgan_arch
from compare_gan.architectures.families import Architecture, get_architecture, register_architecture
from compare_gan.architectures.infogan import infogan_arch
from compare_gan.architectures.resnet5 import resnet5_arch
from compare_gan.architectures.resnet30 import resnet30_arch
from compare_gan.architectures.resnet_biggan import resnet_biggan_arch
from compare_gan.architectures.resnet_biggan_deep import resnet_biggan_deep_arch
from compare_gan.architectures.resnet_cifar import resnet_cifar_arch
from compare_gan.architectures.resnet_encoder import EncoderNetwork, ResNet50V2, SmallResNet
from compare_gan.architectures.resnet_stl import resnet_stl_arch
from compare_gan.architectures.sndcgan import sndcgan_arch

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
    "infogan",
    "infogan_arch",
    "load_network",
    "network_config",
    "register_architecture",
    "resnet30",
    "resnet30_arch",
    "resnet5",
    "resnet5_arch",
    "resnet_biggan",
    "resnet_biggan_arch",
    "resnet_biggan_deep",
    "resnet_biggan_deep_arch",
    "resnet_cifar",
    "resnet_cifar_arch",
    "resnet_stl",
    "resnet_stl_arch",
    "sndcgan",
    "sndcgan_arch",
]
