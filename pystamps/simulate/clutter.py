"""Distributed scatterers: circular Gaussian samples with the coherence that was asked for."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64
from pystamps.simulate.land_cover import DISTRIBUTED, VEGETATION, UInt8
from pystamps.simulate.settings import Background

_JITTER = 1e-9


def coherence_matrix(
    days: Float64, baseline_m: Float64, *, memory: float, lasting: float, critical: float
) -> Float64:
    """Give the coherence of every pair of images: (images, images).

    Parameters
    ----------
    days : float64, (images,)
    baseline_m : float64, (images,), perpendicular baseline
    memory : float
        Days in which 63 % of what can be lost is lost.
    lasting : float
        Coherence that is never lost.
    critical : float
        Critical baseline in m; infinite = no geometric decorrelation.

    Notes
    -----
    Zebker and Villasenor (1992), IEEE TGRS 30, 950-959: the product of a temporal and of a
    geometric part. Both are covariance functions, hence so is their product.
    """
    temporal = lasting + (1 - lasting) * np.exp(-np.abs(days[:, None] - days) / memory)
    geometric = np.maximum(0.0, 1 - np.abs(baseline_m[:, None] - baseline_m) / critical)
    return np.asarray(temporal * geometric)


def mixing_matrix(coherence: Float64) -> Float32:
    """Give the matrix that turns independent samples into samples of this coherence."""
    return np.linalg.cholesky(coherence + _JITTER * np.eye(len(coherence))).astype(np.float32)


def mixing_matrices(
    settings: Background, days: Float64, baseline_m: Float64, critical_m: float
) -> dict[int, Float32]:
    """Give the mixing matrix of each class of pixels that keeps coherence."""
    critical = critical_m if settings.geometric_decorrelation else np.inf
    kinds = {
        VEGETATION: (settings.memory_days, settings.long_term_coherence),
        DISTRIBUTED: (
            settings.distributed_memory_days,
            settings.distributed_long_term_coherence,
        ),
    }
    return {
        kind: mixing_matrix(
            coherence_matrix(days, baseline_m, memory=memory, lasting=lasting, critical=critical)
        )
        for kind, (memory, lasting) in kinds.items()
    }


def draw_clutter(
    generator: np.random.Generator, classes: UInt8, matrices: dict[int, Float32]
) -> Complex64:
    """Draw clutter of unit power: (images, pixels).

    Parameters
    ----------
    generator : numpy.random.Generator
    classes : uint8, (pixels,)
        Pixels of a class without a matrix (water) are independent in every image.
    matrices : mapping
        Mixing matrix of each class.
    """
    count = len(next(iter(matrices.values())))
    # real and imaginary parts in turn, each with half of the power
    drawn = generator.standard_normal((count, 2 * classes.size), dtype=np.float32)
    drawn *= np.float32(np.sqrt(0.5))
    parts = drawn.reshape(count, classes.size, 2)
    for kind, matrix in matrices.items():
        pixels = np.flatnonzero(classes == kind)
        if pixels.size == classes.size:
            mixed = matrix @ parts.reshape(count, -1)
            return np.ascontiguousarray(mixed).view(np.complex64)
        if pixels.size:
            mixed = matrix @ parts[:, pixels].reshape(count, -1)
            parts[:, pixels] = mixed.reshape(count, -1, 2)
    return parts.reshape(count, -1).view(np.complex64)
