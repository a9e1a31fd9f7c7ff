"""How many pixels are left after each stage, read from the results that lie there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.io.artifacts import artifact_name, read_variable
from pystamps.io.mat import describe_mat, read_mat
from pystamps.model import MeanVelocity, Pixels, Selection, Unwrapped, Weeding

_CANDIDATES, _SELECTED = 1, 2
"""Generations of the files."""


@dataclass(frozen=True, slots=True)
class PixelCount:
    """Pixels that a stage has left.

    Attributes
    ----------
    name : str
        candidates, selected, kept, merged, unwrapped, or with velocity.
    stage : str
        Rule name of the stage that has written them.
    pixels : int
    patches : int
        Patches that have come so far; 0 for the merged data set.
    """

    name: str
    stage: str
    pixels: int
    patches: int = 0


def pixel_counts(root: Path, patches: Sequence[str]) -> tuple[PixelCount, ...]:
    """Count the pixels of a data set by stage; stages without files are left out.

    Parameters
    ----------
    root : Path
    patches : sequence of str

    Raises
    ------
    ArtifactError
        A file is damaged.
    """
    return (*_of_patches(root, patches), *_of_merged(root))


def _of_patches(root: Path, patches: Sequence[str]) -> Iterator[PixelCount]:
    ways: tuple[tuple[str, str, str, Callable[[Path], int]], ...] = (
        ("candidates", "stage1_load", artifact_name(Pixels, _CANDIDATES), _number_of_pixels),
        ("selected", "stage3_select", artifact_name(Selection, _CANDIDATES), _selected),
        ("kept", "stage4_weed", artifact_name(Weeding, _CANDIDATES), _kept),
    )
    for name, stage, file, count in ways:
        paths = [path for path in (root / patch / file for patch in patches) if path.is_file()]
        if paths:
            yield PixelCount(name, stage, sum(map(count, paths)), len(paths))


def _of_merged(root: Path) -> Iterator[PixelCount]:
    pixels = root / artifact_name(Pixels, _SELECTED)
    if pixels.is_file():
        yield PixelCount("merged", "stage5_merge", _number_of_pixels(pixels))
    for name, stage, file, variable in (
        ("unwrapped", "stage6_unwrap", artifact_name(Unwrapped, _SELECTED), "ph_uw"),
        ("with velocity", "product_mean_velocity", artifact_name(MeanVelocity), "m"),
    ):
        if (root / file).is_file():
            shape, _ = describe_mat(root / file).get(variable, ((0, 0), ""))
            yield PixelCount(name, stage, shape[variable == "m"])


def _number_of_pixels(path: Path) -> int:
    return int(np.asarray(read_mat(path, ["n_ps"])["n_ps"]).item())


def _selected(path: Path) -> int:
    return int(np.count_nonzero(read_variable(Selection, "keep_ix", path)))


def _kept(path: Path) -> int:
    return int(np.count_nonzero(read_variable(Weeding, "ix_weed", path)))


def counts_in_words(counts: Sequence[PixelCount], n_patches: int) -> str:
    """Give the counts as one line: ``4132 candidates > 812 selected > 640 kept > 640 merged``."""
    parts = []
    for count in counts:
        some = f" ({count.patches} of {n_patches} patches)" if 0 < count.patches < n_patches else ""
        parts.append(f"{count.pixels:,} {count.name}{some}")
    return " > ".join(parts)
