# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""After which blocks of a network self-attention stands: by the maps' sizes or by blocks' names.

A block is a residual block, or a layer with the normalizer and the activation that follow it.
"""

import re
from collections.abc import Mapping, Sequence

_MOST_BLOCKS = 8
_LARGEST_BY_DEFAULT = 64


def default_resolutions(sizes: Sequence[int], more_than: int = 32) -> tuple[int, ...]:
    """Returns BigGAN's place for attention: the largest map of at most 64×64, if any is left.

    (Brock et al., https://arxiv.org/abs/1809.11096, appendix B, have it at 64×64.) A size of 4·2ⁿ
    has a 64×64 map, one of 5·2ⁿ, 6·2ⁿ or 7·2ⁿ has one of 40×40, 48×48 or 56×56 in its place.

    Args:
      sizes: Heights of the maps after a network's blocks.
      more_than: A map of this height or less is too small.
    """
    return tuple(
        sorted(size for size in set(sizes) if more_than < size <= _LARGEST_BY_DEFAULT)[-1:]
    )


def blocks_at_resolutions(
    attention_resolutions: Sequence[int], sizes: Mapping[str, int], owner: str, last: bool = False
) -> tuple[str, ...]:
    """Returns the names of the blocks after whose maps of these sizes attention stands.

    Args:
      attention_resolutions: Heights of maps, e.g. (64,) or (16, 32); () for none.
      sizes: The height of the map after each block, in the network's order.
      owner: The setting's gin scope, for the error.
      last: Where several blocks in a row leave maps of one size: whether attention stands after the
        last of them, or after the first.

    Raises:
      ValueError: If it isn't a sequence of integers, or no block leaves a map of such a height.
    """
    setting = f"{owner}.attention_resolutions = {attention_resolutions!r}"
    if not isinstance(attention_resolutions, Sequence) or any(
        not isinstance(size, int) or isinstance(size, bool) for size in attention_resolutions
    ):
        raise ValueError(
            f"{setting} must be a tuple of the sizes of feature maps, such as (64,), or () for "
            "none."
        )
    for size in attention_resolutions:
        if size not in sizes.values():
            existing = ", ".join(map(str, sorted(set(sizes.values()))))
            raise ValueError(
                f"{setting}: no block of this network leaves a map of height {size}; use sizes "
                f"from {existing}, or () for none."
            )
    in_order = list(sizes.items())
    places = {size: name for name, size in (in_order if last else reversed(in_order))}
    chosen = {places[size] for size in attention_resolutions}
    return tuple(name for name in sizes if name in chosen)


def blocks_by_name(
    blocks_with_attention: str, block_names: Sequence[str], owner: str
) -> tuple[str, ...]:
    """Returns which of a network's blocks were named as in Compare GAN v3.

    Args:
      blocks_with_attention: Names joined by commas, e.g. "B1,B4"; "" for none. A block which this
        resolution doesn't have is left out, so that one setting serves several.
      block_names: The network's blocks: B1, B2, …
      owner: The setting's gin scope, for the error.

    Raises:
      ValueError: If it isn't a string, or a name isn't that of a block at any resolution.
    """
    if not isinstance(blocks_with_attention, str):
        raise ValueError(
            f"{owner}.blocks_with_attention = {blocks_with_attention!r} must be names of blocks "
            "joined by commas, such as 'B1,B4', or '' for none."
        )
    names = [name.strip() for name in blocks_with_attention.split(",") if name.strip()]
    most = max(_MOST_BLOCKS, len(block_names))
    for name in names:
        if not re.fullmatch(r"B[1-9][0-9]*", name) or int(name[1:]) > most:
            raise ValueError(
                f"{owner}.blocks_with_attention = {blocks_with_attention!r}: {name!r} is not a "
                f"block; use names from {', '.join(block_names)}, joined by commas, or '' for none."
            )
    return tuple(name for name in block_names if name in names)


def attention_blocks(
    blocks_with_attention: str | None,
    attention_resolutions: Sequence[int] | None,
    sizes: Mapping[str, int],
    owner: str,
    default: Sequence[int],
) -> tuple[str, ...]:
    """Returns the blocks that one of two settings names, or those of the default sizes.

    Args:
      blocks_with_attention: See `blocks_by_name`; None if it wasn't set.
      attention_resolutions: See `blocks_at_resolutions`; None if it wasn't set.
      sizes: The height of the map after each block, in the network's order.
      owner: The settings' gin scope, for errors.
      default: The sizes where attention is if neither was set.

    Raises:
      ValueError: If both are set, or the one that is isn't understood.
    """
    if blocks_with_attention is None:
        wanted = default if attention_resolutions is None else attention_resolutions
        return blocks_at_resolutions(wanted, sizes, owner)
    if attention_resolutions is not None:
        raise ValueError(
            f"{owner}.blocks_with_attention = {blocks_with_attention!r} and "
            f"{owner}.attention_resolutions = {attention_resolutions!r} both say where attention "
            "is; bind only one of them, best attention_resolutions."
        )
    return blocks_by_name(blocks_with_attention, tuple(sizes), owner)
