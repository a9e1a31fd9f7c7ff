"""Division of the image into overlapping patches."""

from __future__ import annotations

from dataclasses import dataclass

Bounds = tuple[int, int, int, int]
"""First and last sample, first and last line, 1-based and inclusive."""


@dataclass(frozen=True, slots=True)
class Patch:
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


def divide(
    size: tuple[int, int],
    counts: tuple[int, int],
    *,
    overlap: tuple[int, int] = (50, 50),
    extend_edge: bool = False,
) -> tuple[Patch, ...]:
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
    patches: list[Patch] = []
    for column in range(in_range):
        for row in range(in_azimuth):
            samples = _span(width, column, in_range, extend_edge=extend_edge)
            lines = _span(length, row, in_azimuth, extend_edge=extend_edge)
            wide = _widened(samples, overlap[0], width) + _widened(lines, overlap[1], length)
            patches.append(Patch(f"PATCH_{len(patches) + 1}", wide, samples + lines))
    return tuple(patches)


def _span(size: int, number: int, count: int, *, extend_edge: bool) -> tuple[int, int]:
    step = size // count
    last = size if extend_edge and number == count - 1 else step * (number + 1)
    return step * number + 1, last


def _widened(span: tuple[int, int], overlap: int, size: int) -> tuple[int, int]:
    return max(span[0] - overlap, 1), min(span[1] + overlap, size)
