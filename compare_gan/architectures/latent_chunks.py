# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Hierarchical latent spaces: latent vectors are cut, and each part of a network sees a piece.

(Brock et al., https://arxiv.org/abs/1809.11096, appendix B.)
"""

import tensorflow as tf


def split_latents(z: tf.Tensor, chunks: int) -> list[tf.Tensor]:
    """Cuts latent vectors [batch, z_dim] into equal chunks, for hierarchical latent spaces."""
    return tf.split(z, chunks, axis=1)


def latent_chunk_size(z_dim: int, chunks: int) -> int:
    """Returns the size of each chunk of a hierarchical latent vector.

    Raises:
      ValueError: If the vector can't be cut into so many equal chunks.
    """
    if z_dim % chunks or z_dim < chunks:
        below, above = z_dim // chunks * chunks, (z_dim // chunks + 1) * chunks
        nearest = " or ".join(str(size) for size in (below, above) if size)
        raise ValueError(
            f"options.z_dim = {z_dim} can't be cut into the {chunks} equal chunks that "
            f"hierarchical_z = True needs here; use {nearest}, or set hierarchical_z = False."
        )
    return z_dim // chunks
