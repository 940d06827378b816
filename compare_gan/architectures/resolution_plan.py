# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Sizes and widths of the feature maps between a small one and the images."""

from typing import NamedTuple

_SMALLEST_IMAGE = 8
_SEED_SIZES = (4, 5, 6, 7)


class ResolutionPlan(NamedTuple):
    """image size = seed_size · 2^doublings.

    Attributes:
      seed_size: Height and width of the smallest feature map, 4 to 7.
      doublings: How often it is doubled, at least once.
    """

    seed_size: int
    doublings: int


def _plan(size: int) -> ResolutionPlan | None:
    if size < _SMALLEST_IMAGE:
        return None
    doublings = (size // _SEED_SIZES[0]).bit_length() - 1
    seed_size, remainder = divmod(size, 2**doublings)
    return None if remainder else ResolutionPlan(seed_size, doublings)


def resolution_plan(image_shape: tuple[int, int, int], architecture: str) -> ResolutionPlan:
    """Returns the plan for square images of 8 and more, as 32 = 4 · 2³ or 28 = 7 · 2².

    Every size has at most one: halving ends at the only value from 4 to 7.

    Args:
      image_shape: (height, width, channels).
      architecture: Name of the family, for the error.

    Raises:
      ValueError: If the images aren't square or their size has no plan; it lists the nearest sizes
        that have one.
    """
    height, width = image_shape[:2]
    plan = _plan(height) if height == width else None
    if plan is None:
        size = max(height, width)
        admissible = [other for other in range(_SMALLEST_IMAGE, 2 * size + 17) if _plan(other)]
        below = [other for other in admissible if other <= size][-2:]
        nearest = below + [other for other in admissible if other > size][: 4 - len(below)]
        raise ValueError(
            f"{architecture} can't build {height}×{width} images; they must be square, and their "
            f"size 4, 5, 6 or 7 times a power of two, such as {', '.join(map(str, nearest))}."
        )
    return plan


def halving_widths(doublings: int, widest: int) -> tuple[int, ...]:
    """Returns numbers of channels which are halved whenever the map is doubled, down to 1.

    For example 3 doublings give (8, 4, 2, 1), and (4, 4, 2, 1) where 4 is the widest.

    Args:
      doublings: How often the map is doubled; one width more is returned, the smallest map's first.
      widest: No width is above this one.
    """
    return tuple(min(widest, 2**number) for number in reversed(range(doublings + 1)))


def halvings(size: int, times: int) -> list[int]:
    """Returns the size and its successive halves, each rounded up, the smallest first.

    For example 28 with four halvings gives [2, 4, 7, 14, 28]. These are the sizes of the maps
    between convolutions of stride 2, and they exist for every size of an image.

    Args:
      size: Height or width of the images.
      times: How often it is halved; one number more is returned.
    """
    sizes = [size]
    for _ in range(times):
        sizes.insert(0, -(-sizes[0] // 2))
    return sizes
