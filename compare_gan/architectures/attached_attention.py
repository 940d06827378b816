# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Self-attention as part of a network, on the output of the blocks that `attention_plan` chose."""

import tensorflow as tf

from compare_gan.architectures.base import Network
from compare_gan.architectures.parts import Parts


def add_attention(network: Network, parts: Parts, block_name: str, channels: int) -> None:
    """Makes self-attention on a block's output part of a network, if it was asked for there.

    Args:
      network: A network with the attribute `attention_after`, names of blocks.
      parts: Makes the layer.
      block_name: Name of the block, see `compare_gan.architectures.attention_plan`.
      channels: Number of channels of its output.
    """
    if block_name in network.attention_after:
        name = f"non_local_block_{block_name}"
        setattr(network, name, parts.attention(name, channels))


def attend(network: Network, block_name: str, x: tf.Tensor) -> tf.Tensor:
    """Applies the self-attention that `add_attention` added after a block, if there is some."""
    if block_name not in network.attention_after:
        return x
    return getattr(network, f"non_local_block_{block_name}")(x)
