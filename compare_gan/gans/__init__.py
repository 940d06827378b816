# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""GANs: what a discriminator's and a generator's update compute, put together from parts."""

from compare_gan.gans.latents import LatentPrior
from compare_gan.gans.modular_gan import ModularGAN
from compare_gan.gans.options import Options, experiment_options
from compare_gan.gans.s3gan import S3GAN
from compare_gan.gans.ssgan import SSGAN
from compare_gan.gans.top_k import TopK

__all__ = ["S3GAN", "SSGAN", "LatentPrior", "ModularGAN", "Options", "TopK", "experiment_options"]
