# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From one latent to another in equal steps."""

import numpy as np

# Below this the angle's sine is lost in rounding, and an arc is a straight line.
_SMALLEST_SINE = 1e-6


def lerp(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """Points on straight lines: (1 − t) a + t b.

    Args:
      start: a, [..., d].
      end: b, [..., d].
      fractions: t, [steps].

    Returns:
      float64 [..., steps, d]; exactly a at t = 0 and b at t = 1.
    """
    start, end, t = _as_floats(start, end, fractions)
    return (1.0 - t) * start[..., None, :] + t * end[..., None, :]


def slerp(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """Points on arcs: (sin((1 − t) Ω) a + sin(t Ω) b) / sin Ω, Ω being the angle between a and b.

    Shoemake, "Animating Rotation with Quaternion Curves", SIGGRAPH 1985. Latents from a normal
    prior lie near a sphere; straight lines between them pass through its inside, where there are
    none (White, "Sampling Generative Networks", 2016, https://arxiv.org/abs/1609.04468).

    Vectors are not scaled: between equal norms the norm stays, between others it changes smoothly.
    Where a and b are parallel, opposite or 0 the points lie on the straight line.

    Args:
      start: a, [..., d].
      end: b, [..., d].
      fractions: t, [steps].

    Returns:
      float64 [..., steps, d]; exactly a at t = 0 and b at t = 1.
    """
    start, end, t = _as_floats(start, end, fractions)
    norms = np.linalg.norm(start, axis=-1) * np.linalg.norm(end, axis=-1)
    cosine = (start * end).sum(-1) / np.where(norms == 0.0, 1.0, norms)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))[..., None, None]
    sine = np.sin(angle)
    straight = (sine < _SMALLEST_SINE) | (norms == 0.0)[..., None, None]
    safe = np.where(straight, 1.0, sine)
    on_arc = (
        np.sin((1.0 - t) * angle) / safe * start[..., None, :]
        + np.sin(t * angle) / safe * end[..., None, :]
    )
    return np.where(straight, lerp(start, end, t[:, 0]), on_arc)


def _as_floats(
    start: np.ndarray, end: np.ndarray, fractions: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both ends, and fractions as a column, in float64."""
    return (
        np.asarray(start, np.float64),
        np.asarray(end, np.float64),
        np.asarray(fractions, np.float64)[:, None],
    )
