# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Latent vectors cut into equal chunks."""

import numpy as np
import pytest

from compare_gan.architectures.latent_chunks import latent_chunk_size, split_latents


def test_sizes():
    assert latent_chunk_size(120, 6) == 20
    assert latent_chunk_size(7, 1) == 7
    with pytest.raises(ValueError, match="options.z_dim = 128.*6 equal chunks.*use 126 or 132"):
        latent_chunk_size(128, 6)
    with pytest.raises(ValueError, match="options.z_dim = 3.*use 6, or"):
        latent_chunk_size(3, 6)


def test_chunks_are_in_order():
    z = np.arange(12.0).reshape(2, 6)
    chunks = split_latents(z, 3)
    np.testing.assert_array_equal(chunks, [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]])
