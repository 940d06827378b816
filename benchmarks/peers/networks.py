# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What is trained on both sides: configurations of this library, by short names."""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
_S3GAN = "benchmarks/peers/s3gan.gin"


@dataclasses.dataclass(frozen=True)
class Network:
    """A training.

    Attributes:
      name: What tables call it.
      config: Its `.gin` file, relative to the repository.
      bindings: More bindings.
      own_data: Whether its data need no download, so that it is trained on them; random images of
        their shape stand in for all others.
      devices: On how many logical devices of the CPU this library trains it.
      workers: In how many processes of one device each; more than one excludes several devices.
    """

    name: str
    config: str
    bindings: tuple[str, ...] = ()
    own_data: bool = False
    devices: int = 1
    workers: int = 1

    def changed(self, name: str, *bindings: str, **fields: int) -> "Network":
        """Another one, with more bindings or other fields."""
        return dataclasses.replace(self, name=name, bindings=self.bindings + bindings, **fields)

    def flags(self) -> list[str]:
        """Those of `compare_gan.main` that describe it."""
        bindings = [f"--gin_bindings={binding}" for binding in self.bindings]
        data = [] if self.own_data else ["--data_fake_dataset"]
        return [f"--gin_config={ROOT / self.config}", *bindings, *data]


def _biggan(name: str, size: int, ch: int, *bindings: str) -> Network:
    """S3GAN's networks for images of this size."""
    own = (
        f"dataset.image_size = {size}",
        f"resnet_biggan.Generator.ch = {ch}",
        f"resnet_biggan.Discriminator.ch = {ch}",
    )
    return Network(name, _S3GAN, own + bindings)


NETWORKS = {
    network.name: network
    for network in (
        Network("gan_digits", "configs/gan_digits.gin", own_data=True),
        Network("dcgan28", "configs/dcgan_celeba64.gin", ('dataset.name = "fashion-mnist"',)),
        Network("biggan_fashion_mnist", "configs/biggan_fashion_mnist.gin"),
        Network("resnet_cifar10", "configs/resnet_cifar10.gin"),
        _biggan("s3gan32", 32, 32),
        _biggan("s3gan64", 64, 16),
        _biggan(
            "s3gan32_co",
            32,
            32,
            "dataset.labels = @few_labels",
            "few_labels.fraction = 0.2",
            "S3GAN.use_predictor = True",
        ),
    )
}
