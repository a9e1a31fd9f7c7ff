"""Whether a reference was made from the data of the run: dates, positions, phases of candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.dates import yyyymmdd
from pystamps.errors import DatasetError
from pystamps.io.artifacts import read_artifact
from pystamps.model import AmplitudeDispersion, Height, Phase, Pixels
from pystamps.processors import PROCESSORS
from pystamps.replay.golden_tree import SETTING
from pystamps.rows import Matrix, row_blocks, taken_rows
from pystamps.stages.stage1_load import LoadedPatch

CANDIDATE_FILES = ("pscands.1.ij", "pscands.1.ll", "pscands.1.ph")

_ROUNDING = 1e-5
"""Relative difference of two values that rounding explains."""
_REMEDY = "give a reference that was made from the same data, or null"
_BLOCK_BYTES = 1 << 20


def check_same_candidates(reference: Path, run: Path, loaded: LoadedPatch, processor: str) -> None:
    """Compare the candidates of a patch: those that the reference was made from, and the run's.

    Parameters
    ----------
    reference, run : Path
        The patch in both trees.
    loaded : LoadedPatch
        What stage 1 makes of the input files of the run.
    processor : str
        Of both.

    Raises
    ------
    DatasetError
        They differ, or the reference does not tell.
    """
    ps, ph = reference / "ps1.mat", reference / "ph1.mat"
    if ps.is_file() and ph.is_file():
        pixels = read_artifact(Pixels, ps)
        check_same_dates(ps, pixels, loaded.pixels)
        order = _order_of_rows(ps, pixels, loaded.pixels)
        for name, words, found, expected in _values(reference, loaded):
            if found.size != expected.size:
                raise _other(reference / name, f"has {found.size} {words}, not {expected.size}")
            wrong = _n_different(found, expected, order)
            if wrong:
                raise _other(
                    reference / name, f"{wrong} of {pixels.n_ps} candidates have other {words}"
                )
    elif all((reference / name).is_file() for name in CANDIDATE_FILES):
        _check_files(reference, run, processor, is_small_baseline=loaded.pixels.pairs is not None)
    else:
        raise DatasetError(
            f"{SETTING}: {reference} holds neither ps1.mat and ph1.mat nor pscands.1.*, so that "
            f"nothing says which candidates it was made from; {_REMEDY}"
        )


def check_same_dates(path: Path, found: Pixels, expected: Pixels) -> None:
    """Compare the dates of the images and of the reference image.

    Raises
    ------
    DatasetError
        They differ; ``path`` is the file of ``found``.
    """
    if found.master_day != expected.master_day:
        dates = (yyyymmdd(pixels.master_day) for pixels in (found, expected))
        raise _other(path, "the date of its reference image is {}, not {}".format(*dates))
    days, wanted = ({yyyymmdd(day) for day in p.day} for p in (found, expected))
    if days == wanted and not _same_pairs(found.pairs, expected.pairs):
        raise _other(path, "its interferograms combine other pairs of images")
    if days != wanted:
        raise _other(
            path,
            f"dates only there: {_some(days - wanted)}; only in the run: {_some(wanted - days)}",
        )


def check_selected_pixels(path: Path, selected: Pixels, candidates: Sequence[Pixels]) -> None:
    """Refuse selected pixels that are no candidates of the run.

    Parameters
    ----------
    path : Path
        File of ``selected``.
    selected : Pixels
    candidates : sequence of Pixels
        Of the run: of the patch, or of all patches.

    Raises
    ------
    DatasetError
        One of them is none.
    """
    ij = np.concatenate([pixels.ij for pixels in candidates])
    lonlat = np.concatenate([pixels.lonlat for pixels in candidates])
    width = _width(selected, *candidates)
    order = np.argsort(_place(ij, width), kind="stable")
    known, wanted = _place(ij, width)[order], _place(selected.ij, width)
    at = np.minimum(np.searchsorted(known, wanted), max(known.size - 1, 0))
    same = np.zeros(wanted.size, dtype=np.bool_)
    if known.size:
        same = (known[at] == wanted) & _equal_rows(selected.lonlat, lonlat[order[at]])
    if not same.all():
        wrong = np.count_nonzero(~same)
        raise _other(path, f"{wrong} of {selected.n_ps} pixels are no candidates of the run")


def _values(reference: Path, loaded: LoadedPatch) -> Iterator[tuple[str, str, Matrix, Matrix]]:
    """Give file, meaning, values of the reference and those of the run, one column at least."""
    ph = read_artifact(Phase, reference / "ph1.mat", by_rows=("ph",)).ph
    yield "ph1.mat", "phases", ph, loaded.phase.ph
    if loaded.amplitude_dispersion is not None and (reference / "da1.mat").is_file():
        found = read_artifact(AmplitudeDispersion, reference / "da1.mat").d_a
        yield "da1.mat", "dispersions", found[:, None], loaded.amplitude_dispersion.d_a[:, None]
    if loaded.height is not None and (reference / "hgt1.mat").is_file():
        found = read_artifact(Height, reference / "hgt1.mat").hgt
        yield "hgt1.mat", "heights", found[:, None], loaded.height.hgt[:, None]


def _order_of_rows(path: Path, found: Pixels, expected: Pixels) -> Index | None:
    """Compare positions; give the row of every pixel of the run, None when they are in order."""
    if found.n_ps != expected.n_ps:
        raise _other(path, f"{found.n_ps} candidates instead of {expected.n_ps}")
    order: Index | None = None
    if not np.array_equal(found.ij[:, 1:], expected.ij[:, 1:]):
        width = _width(found, expected)
        theirs, ours = (np.argsort(_place(p.ij, width), kind="stable") for p in (found, expected))
        order = np.empty(found.n_ps, dtype=np.int64)
        order[ours] = theirs
    rows: Index | slice = slice(None) if order is None else order
    same = _equal_rows(found.ij[rows, 1:], expected.ij[:, 1:])
    same &= _equal_rows(found.lonlat[rows], expected.lonlat)
    if not same.all():
        wrong = np.count_nonzero(~same)
        raise _other(path, f"{wrong} of {found.n_ps} candidates lie elsewhere")
    return order


def _width(*pixels: Pixels) -> float:
    """Give a number above all range samples."""
    return 1 + max((p.ij[:, 2].max() for p in pixels if p.n_ps), default=0.0)


def _place(ij: Float64, width: float) -> Float64:
    """Give the position in the image as one number, exact below 2**53 samples."""
    place: Float64 = ij[:, 1] * width + ij[:, 2]
    return place


def _equal_rows(one: Float64, other: Float64) -> Bool:
    """Compare row by row; NaN equals NaN."""
    return np.asarray(((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1))


def _n_different(found: Matrix, expected: Matrix, order: Index | None) -> int:
    """Count the rows in which values differ by more than rounding."""
    there = found if order is None else taken_rows(found, order)
    wrong = 0
    for rows in row_blocks(expected):
        ours, theirs = expected[rows], there[rows]
        with np.errstate(invalid="ignore"):
            same = np.abs(ours - theirs) <= _ROUNDING * np.abs(ours)
        same |= np.isnan(ours) & np.isnan(theirs)
        wrong += int(np.count_nonzero(~same.all(axis=1)))
    return wrong


def _check_files(reference: Path, run: Path, processor: str, *, is_small_baseline: bool) -> None:
    """Compare the candidate files and the dates, where the reference has no stage 1."""
    read = PROCESSORS[processor].read_acquisitions
    theirs, ours = (read(patch, is_small_baseline) for patch in (reference, run))
    if theirs.master_day != ours.master_day or not (
        np.array_equal(theirs.day, ours.day) and _same_pairs(theirs.pairs, ours.pairs)
    ):
        raise _other(reference, "the dates of its images are not those of the run")
    for name in CANDIDATE_FILES:
        if not _is_same_content(reference / name, run / name):
            raise _other(reference / name, f"its content is not that of {run / name}")


def _same_pairs(one: Index | None, other: Index | None) -> bool:
    """Tell whether interferograms combine the same images."""
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))


def _is_same_content(one: Path, other: Path) -> bool:
    """Compare two files byte by byte."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while block := first.read(_BLOCK_BYTES):
            if block != second.read(_BLOCK_BYTES):
                return False
    return True


def _other(path: Path, found: str) -> DatasetError:
    """Make the message that a reference was made from other data."""
    return DatasetError(f"{SETTING}: {path}: {found}; {_REMEDY}")


def _some(dates: set[str]) -> str:
    """Give a few dates of many."""
    shown = sorted(dates)
    return ", ".join([*shown[:3], "..."] if len(shown) > 4 else shown) or "none"
