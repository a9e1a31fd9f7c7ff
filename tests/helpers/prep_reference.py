"""What the original preparation makes of a stack, from its description; whole images at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ZERO = 0.00005


@dataclass(frozen=True)
class Stack:
    """Images in list order, interferograms, longitude, latitude and height."""

    images: list[np.ndarray]
    interferograms: list[np.ndarray]
    longitude: np.ndarray
    latitude: np.ndarray
    height: np.ndarray
    order: str = ">"


def hypot(values: np.ndarray) -> np.ndarray:
    """Modulus of single-precision samples, rounded once."""
    real, imaginary = values.real.astype("f8"), values.imag.astype("f8")
    return np.sqrt(real * real + imaginary * imaginary).astype("f4")


def constant(image: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean amplitude as ``calamp`` prints it."""
    found = hypot(image)
    good = found.astype("f8") > 0.001
    if mask is not None:
        good &= mask == 0
    return float(f"{np.float32(found[good].astype('f8').sum() / good.sum()):g}")


def single_master(images, constants, threshold, mask):
    """``selpsc_patch``: selected pixels, dispersion, zero pixels, amplitude sum."""
    limit = np.float32(threshold)
    shape = images[0].shape
    total, squares, zero = np.zeros(shape, "f4"), np.zeros(shape, "f4"), np.zeros(shape, bool)
    for image, c in zip(images, constants, strict=True):
        a = hypot(image) / np.float32(c)
        is_zero = a.astype("f8") <= ZERO
        total = np.where(is_zero, np.float32(0), total + a)
        squares = np.where(is_zero, squares, squares + a * a)
        zero |= is_zero
    with np.errstate(all="ignore"):
        d2 = np.float32(len(images)) * squares / (total * total) - np.float32(1)
        chosen = (d2 >= limit * limit) if limit < 0 else (d2 < limit * limit)
        chosen &= (total > 0) & (mask == 0)
    return chosen & ~zero, np.sqrt(np.maximum(d2, 0)), chosen & zero, total


def small_baseline(images, constants, threshold, mask):
    """``selsbc_patch``, with zero pixels left out."""
    shape, n = images[0].shape, len(images)
    total, squares, zero = np.zeros(shape, "f4"), np.zeros(shape, "f4"), np.zeros(shape, bool)
    for k in range(0, n, 2):
        a1 = hypot(images[k]) / np.float32(constants[k])
        a2 = hypot(images[k + 1]) / np.float32(constants[k + 1])
        total = total + a1
        total = total + a2
        squares = squares + (a1 - a2) * (a1 - a2)
        zero |= (a1.astype("f8") <= ZERO) | (a2.astype("f8") <= ZERO)
    with np.errstate(all="ignore"):
        d_a = np.sqrt(squares / np.float32(n // 2)) / (total / np.float32(n))
        chosen = (d_a >= np.float32(threshold)) if threshold < 0 else (d_a < np.float32(threshold))
        chosen &= (total > 0) & (mask == 0) & ~zero
    return chosen, d_a, np.zeros(shape, bool), total


def patch_files(stack: Stack, constants, bounds, *, select, threshold, mask=None):
    """Contents of the files of one patch, by name."""
    mask = np.zeros(stack.images[0].shape, "u1") if mask is None else mask
    chosen, d_a, zeros, total = select(stack.images, constants, threshold, mask)
    inside = np.zeros(chosen.shape, bool)
    inside[bounds[2] - 1 : bounds[3], bounds[0] - 1 : bounds[1]] = True
    line, sample = np.nonzero(chosen & inside)
    before = np.cumsum((chosen & inside).ravel())
    zero_line, zero_sample = np.nonzero(zeros & inside)
    at, order = (line, sample), stack.order
    ij0 = [
        f"{before[i * chosen.shape[1] + j]} {i} {j}\n"
        for i, j in zip(zero_line, zero_sample, strict=True)
    ]
    lonlat = np.stack([stack.longitude[at], stack.latitude[at]], axis=1)
    rows = enumerate(zip(line, sample, strict=True), start=1)
    return {
        "patch.in": "".join(f"{b}\n" for b in bounds).encode(),
        "pscands.1.ij": "".join(f"{n} {i} {j}\n" for n, (i, j) in rows).encode(),
        "pscands.1.ij.int": np.stack([sample, line], axis=1).astype(">i4").tobytes(),
        "pscands.1.ij0": "".join(ij0).encode(),
        "pscands.1.da": "".join(f"{v:g}\n" for v in d_a[at].tolist()).encode(),
        "pscands.1.ll": lonlat.astype(f"{order}f4").tobytes(),
        "pscands.1.hgt": stack.height[at].astype(f"{order}f4").tobytes(),
        "pscands.1.ph": b"".join(
            ifg[at].astype(f"{order}c8").tobytes() for ifg in stack.interferograms
        ),
        "mean_amp.flt": total[bounds[2] - 1 : bounds[3], bounds[0] - 1 : bounds[1]]
        .astype("<f4")
        .tobytes(),
    }
