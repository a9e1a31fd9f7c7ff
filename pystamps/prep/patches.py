"""Division of the image into overlapping patches."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from pystamps.arrays import Bool, Index
from pystamps.config.groups import PAIR_OF_NUMBERS
from pystamps.errors import ParameterError

Bounds = tuple[int, int, int, int]
"""First and last sample, first and last line, 1-based and inclusive."""


_BYTES_PER_SAMPLE = 16
"""Bytes per pixel and interferogram in the stages: a tenth of the pixels, 160 bytes each."""

_LARGEST_PATCH = 5_000_000


@dataclass(frozen=True, slots=True)
class PatchArea:
    """One patch of the image.

    Attributes
    ----------
    name : str
        Directory.
    bounds : tuple of int
        First and last sample, first and last line with the overlap, 1-based inclusive.
    own_bounds : tuple of int
        The same without the overlap.
    """

    name: str
    bounds: Bounds
    own_bounds: Bounds

    @property
    def window(self) -> tuple[slice, slice]:
        """Lines and samples of the patch as slices of the full image."""
        first_sample, last_sample, first_line, last_line = self.bounds
        return slice(first_line - 1, last_line), slice(first_sample - 1, last_sample)

    def holds(self, line: Index, sample: Index) -> Bool:
        """Tell which pixels of the full image, counted from 0, lie in the patch."""
        lines, samples = self.window
        inside: Bool = (
            (line >= lines.start)
            & (line < lines.stop)
            & (sample >= samples.start)
            & (sample < samples.stop)
        )
        return inside


def divide(
    size: tuple[int, int],
    counts: tuple[int, int],
    *,
    overlap: tuple[int, int] = (50, 50),
    extend_edge: bool = False,
) -> tuple[PatchArea, ...]:
    """Divide an image into patches (StaMPS: ``mt_prep``).

    Parameters
    ----------
    size : tuple of int
        Samples and lines of the image.
    counts : tuple of int
        Patches in range and azimuth.
    overlap : tuple of int
        Samples and lines by which a patch reaches into its neighbours.
    extend_edge : bool
        StaMPS gives the remainder of the division to no patch; True gives it to the last one.
    """
    (width, length), (in_range, in_azimuth) = size, counts
    patches: list[PatchArea] = []
    for column in range(in_range):
        for row in range(in_azimuth):
            samples = _span(width, column, in_range, extend_edge=extend_edge)
            lines = _span(length, row, in_azimuth, extend_edge=extend_edge)
            wide = _widened(samples, overlap[0], width) + _widened(lines, overlap[1], length)
            patches.append(PatchArea(f"PATCH_{len(patches) + 1}", wide, samples + lines))
    return tuple(patches)


def patch_counts(
    text: str, *, size: tuple[int, int], n_interferogram: int, memory_budget_mb: int
) -> tuple[int, int]:
    """Give the numbers of patches in range and azimuth.

    Parameters
    ----------
    text : str
        ``RANGExAZIMUTH``, or ``auto``.
    size : tuple of int
        Samples and lines of the image.
    n_interferogram : int
    memory_budget_mb : int
        What the stages may use for one patch (``auto`` only).

    Raises
    ------
    ParameterError
        Another text, or more patches than samples or lines.
    """
    if text == "auto":
        return suggested_counts(size, n_interferogram, memory_budget_mb)
    counts = number_pair(text, name="patches")
    if min(counts) < 1 or counts[0] > size[0] or counts[1] > size[1]:
        raise ParameterError(
            f"patches {text!r}: expected 1x1 to {size[0]}x{size[1]}, the samples and lines of "
            "the image"
        )
    return counts


def suggested_counts(
    size: tuple[int, int], n_interferogram: int, memory_budget_mb: int
) -> tuple[int, int]:
    """Give numbers of patches that are about square and fit into the memory of the stages.

    Notes
    -----
    StaMPS (``mt_prep_suggestion``) divides pixels times interferograms by 1e8, which is what
    1.6 GB hold; here the budget takes the place of that constant. A patch should also have less
    than 5 million pixels (manual of StaMPS).
    """
    (width, length), pixels = size, size[0] * size[1]
    by_memory = pixels * n_interferogram * _BYTES_PER_SAMPLE / (memory_budget_mb * 1e6)
    total = max(1, math.ceil(by_memory), math.ceil(pixels / _LARGEST_PATCH))
    in_range = min(width, max(1, round(math.sqrt(total * width / length))))
    return in_range, min(length, max(1, math.ceil(total / in_range)))


def number_pair(text: str, *, name: str) -> tuple[int, int]:
    """Read ``RANGExAZIMUTH``.

    Raises
    ------
    ParameterError
    """
    found = re.fullmatch(PAIR_OF_NUMBERS, text)
    if found is None:
        raise ParameterError(
            f"{name} {text!r}: expected RANGExAZIMUTH, for example 2x3 (in YAML in quotes)"
        )
    return int(found[1]), int(found[2])


def _span(size: int, number: int, count: int, *, extend_edge: bool) -> tuple[int, int]:
    step = size // count
    last = size if extend_edge and number == count - 1 else step * (number + 1)
    return step * number + 1, last


def _widened(span: tuple[int, int], overlap: int, size: int) -> tuple[int, int]:
    return max(span[0] - overlap, 1), min(span[1] + overlap, size)
