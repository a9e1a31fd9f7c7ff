"""Dates of a stack and what comes one per image: checks that all lists speak of the same images."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import datenum, yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.io.raw_paths import read_path_list
from pystamps.io.text_numbers import find_near, read_dates, read_integer, read_numbers, require_near
from pystamps.processors.dates_in_names import PAIR_IN_NAME
from pystamps.processors.patch_model import Acquisitions
from pystamps.processors.renamed_files import reference_day_file
from pystamps.processors.value_limits import BASELINE

_DATE_AT_START = re.compile(r"(\d{8})(?!\d)")
_REFERENCE_FOLDERS = ("master", "reference")


def acquisitions_of_pairs(names: list[str], *, named_in: Path) -> Acquisitions:
    """Take the dates from interferogram names ``YYYYMMDD_YYYYMMDD.diff``.

    Parameters
    ----------
    names : list of str
        Paths in the order of the phase file.
    named_in : Path
        For messages.

    Returns
    -------
    Acquisitions
        In date order. An interferogram of the reference image with itself is left out: it is
        the null interferogram that stage 1 adds.

    Raises
    ------
    ArtifactError
        A name without two dates, several reference images, or a secondary image twice.
    """
    pairs = np.array([_dates_of_pair(name, named_in) for name in names]).reshape(-1, 2)
    masters = np.unique(pairs[:, 0])
    if masters.size != 1:
        found = ", ".join(yyyymmdd(day) for day in masters[:5]) or "none"
        raise ArtifactError(
            f"{named_in}: interferograms have {masters.size} reference images ({found}), expected "
            "one; a small-baseline stack needs small_baseline_flag 'y'"
        )
    block = np.flatnonzero(pairs[:, 1] != masters[0])
    block = block[np.argsort(pairs[block, 1], kind="stable")]
    return _checked(Acquisitions(float(masters[0]), pairs[block, 1], block), named_in)


def small_baselines_of_names(
    names: list[str], *, named_in: Path, master_day: float
) -> Acquisitions:
    """Take images and pairs of a small-baseline stack from names ``YYYYMMDD_YYYYMMDD.diff``.

    Parameters
    ----------
    names : list of str
        Paths in the order of the phase file.
    named_in : Path
        For messages.
    master_day : float
        Date number of the reference image.

    Raises
    ------
    ArtifactError
        A name without two dates, a pair twice or of one image, or a reference image that is in no
        pair (StaMPS takes another one then).
    """
    dates = np.array([_dates_of_pair(name, named_in) for name in names]).reshape(-1, 2)
    day = np.unique(dates)
    return _checked_pairs(dates, day, master_day, day[day != master_day], named_in)


def _checked_pairs(
    dates: Float64, day: Float64, master_day: float, secondary: Float64, path: Path
) -> Acquisitions:
    """Give the images that pairs of dates combine; ``day`` are the dates of all images."""
    unknown = np.setdiff1d(dates, day)
    if unknown.size:
        raise ArtifactError(
            f"{path}: {first_dates(unknown)} are not in day.1.in; run the preparation again"
        )
    if not dates.size:
        raise ArtifactError(f"{path}: names no interferogram")
    if master_day not in dates:
        raise ArtifactError(
            f"{path}: no interferogram has the reference image {yyyymmdd(master_day)}; the series "
            "of the images is relative to it: choose one of the images in interferograms, and "
            "prepare again"
        )
    alone = dates[:, 0] == dates[:, 1]
    pairs, counts = np.unique(np.sort(dates, axis=1), axis=0, return_counts=True)
    if alone.any() or (counts > 1).any():
        wrong = dates[alone] if alone.any() else pairs[counts > 1]
        what = "combines an image with itself" if alone.any() else "occurs more than once"
        raise ArtifactError(f"{path}: {'_'.join(map(yyyymmdd, wrong[0]))} {what}; leave it out")
    return Acquisitions(
        master_day, secondary, np.arange(secondary.size), np.searchsorted(day, dates)
    )


def first_dates(days: Float64) -> str:
    """Give the first few dates for people."""
    return ", ".join(yyyymmdd(day) for day in days[:5])


def read_acquisitions(patch: Path, is_small_baseline: bool = False) -> Acquisitions:
    """Read the dates of a Doris or ISCE stack: ``master_day.1.in`` and ``day.1.in``.

    ISCE calls the first ``reference_day.1.in`` since version 2.4. The pairs of small baselines
    stand in ``ifgday.1.in``.

    Raises
    ------
    ArtifactError
        A file is missing, the reference image is among the others, a date occurs twice, or a pair
        names an image that is not there.
    """
    master_path = reference_day_file(patch)
    master = read_dates(master_path)
    if master.size != 1:
        raise ArtifactError(f"{master_path}: found {master.size} dates, expected one")
    path = require_near(patch, "day.1.in")
    days = read_dates(path)
    if master[0] in days:
        raise ArtifactError(
            f"{path}: holds the date of the reference image, {yyyymmdd(master[0])}; "
            "list the other images only"
        )
    block = np.argsort(days, kind="stable").astype(np.int64)
    acquisitions = _checked(Acquisitions(float(master[0]), days[block], block), path)
    if not is_small_baseline:
        _check_phase_order(patch, days[:, None])
        return acquisitions
    path = require_near(patch, "ifgday.1.in")
    dates = read_dates(path)
    if dates.size % 2:
        raise ArtifactError(f"{path}: found {dates.size} dates, expected two per interferogram")
    dates = dates.reshape(-1, 2)
    found = _checked_pairs(
        dates, acquisitions.image_day, acquisitions.master_day, acquisitions.day, path
    )
    _check_phase_order(patch, dates)
    return replace(found, day_ix=block)


def read_baselines(patch: Path, acquisitions: Acquisitions) -> Float64:
    """Read ``bperp.1.in``: nominal baselines in m, in date order."""
    path = require_near(patch, "bperp.1.in")
    bperp = read_numbers(path)
    if bperp.size != acquisitions.day_ix.size:
        raise ArtifactError(
            f"{path}: found {bperp.size} baselines, expected {acquisitions.day_ix.size} "
            "(one per date of day.1.in)"
        )
    bperp = bperp[acquisitions.day_ix]
    wrong = np.flatnonzero(~BASELINE.are_possible(bperp))
    if wrong.size:
        date = yyyymmdd(acquisitions.day[wrong[0]])
        raise ArtifactError(
            f"{path}: baseline of {date}: {BASELINE.fault_of(bperp[wrong[0]])} ({wrong.size} of "
            f"{bperp.size} baselines), expected {BASELINE.expected}; repair its orbit or leave the "
            "date out, and prepare again"
        )
    return bperp


def read_amplitude_constants(patch: Path, acquisitions: Acquisitions) -> Float64:
    """Read the mean amplitudes of the secondary images from ``calamp.out``, in date order.

    Returns
    -------
    ndarray of float64, shape (n_used,)
        Ones without the file, as in StaMPS.

    Raises
    ------
    ArtifactError
        A line without date or amplitude, or dates other than those of ``day.1.in``.
    """
    path = find_near(patch, "calamp.out")
    if path is None:
        return np.ones(acquisitions.day.size)
    found: dict[float, float] = {}
    for line in read_path_list(path):
        image, amplitude = image_and_amplitude(path, line)
        day = day_of_image(image, acquisitions.master_day)
        if day is None:
            raise ArtifactError(
                f"{path}: {image!r} holds no date; expected it at the start of the file name "
                "or of the folder's name"
            )
        if day != acquisitions.master_day:
            found[day] = amplitude
    _check_same_days(path, np.array(sorted(found)), acquisitions.day)
    return np.array([found[day] for day in acquisitions.day])


def read_image_size(patch: Path) -> tuple[int, int]:
    """Give width (range samples) and length (azimuth lines) of the full image."""
    return (
        read_integer(require_near(patch, "width.txt")),
        read_integer(require_near(patch, "len.txt")),
    )


def check_inside(path: Path, ij: Float64, *, width: int, length: int) -> None:
    """Refuse candidates outside the image.

    Raises
    ------
    ArtifactError
    """
    if not ij.shape[0]:
        return
    last_line, last_sample = ij[:, 1:].max(axis=0)
    if last_line >= length or last_sample >= width:
        raise ArtifactError(
            f"{path}: positions reach line {last_line:.0f} and sample {last_sample:.0f}, but "
            f"len.txt and width.txt say {length} lines of {width} samples"
        )


def _dates_of_pair(name: str, named_in: Path) -> tuple[float, float]:
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    found = PAIR_IN_NAME.findall(base)
    if not found:
        raise ArtifactError(
            f"{named_in}: {name!r} holds no pair of dates, expected a name YYYYMMDD_YYYYMMDD.diff"
        )
    first, second = found[-1]
    try:
        return datenum(first), datenum(second)
    except ValueError as error:
        raise ArtifactError(f"{named_in}: {name!r}: {error}") from None


def _checked(acquisitions: Acquisitions, path: Path) -> Acquisitions:
    """Refuse an empty list and dates that occur twice."""
    days, counts = np.unique(acquisitions.day, return_counts=True)
    if not days.size:
        raise ArtifactError(f"{path}: names no interferogram")
    if (counts > 1).any():
        twice = ", ".join(yyyymmdd(day) for day in days[counts > 1][:5])
        raise ArtifactError(f"{path}: dates occur more than once: {twice}")
    return acquisitions


def _check_phase_order(patch: Path, days: Float64) -> None:
    """Compare the dates of interferograms, (n_ifg, 1 or 2), with the order of the phases."""
    path = find_near(patch, "pscphase.in")
    if path is None:
        return
    folders = [name.rpartition("/")[0].rpartition("/")[2] for name in read_path_list(path)[1:]]
    dates = [[_day_at_start(word) for word in folder.split("_")] for folder in folders]
    is_known = all(None not in words and len(words) == days.shape[1] for words in dates)
    if is_known and dates != days.tolist():
        listed = "day.1.in" if days.shape[1] == 1 else "ifgday.1.in"
        raise ArtifactError(
            f"{path}: the interferograms do not have the dates of {listed} in the same order; "
            "phases would get wrong dates: run the preparation again"
        )


def day_of_image(image: str, master_day: float) -> float | None:
    """Give the date number of an image of ``calamp.out``, None where its path holds no date.

    It stands in the name of the file, else in that of its folder, which may be the one of the
    reference image.

    Parameters
    ----------
    image : str
        Path as the list has it.
    master_day : float
        Date number of the reference image.
    """
    parts = image.strip().replace("\\", "/").split("/")
    folder = parts[-2] if len(parts) > 1 else ""
    day = _day_at_start(parts[-1])
    if day is None:
        day = _day_at_start(folder)
    if day is None and folder.lower() in _REFERENCE_FOLDERS:
        return master_day
    return day


def _day_at_start(name: str) -> float | None:
    match = _DATE_AT_START.match(name)
    try:
        return None if match is None else datenum(match[1])
    except ValueError:
        return None


def image_and_amplitude(path: Path, line: str) -> tuple[str, float]:
    """Split a line of ``calamp.out``; the path may contain blanks."""
    image, *amplitude = line.rsplit(maxsplit=1)
    try:
        value = float(amplitude[0])
    except (IndexError, ValueError):
        value = np.nan
    if not (np.isfinite(value) and value > 0):
        raise ArtifactError(f"{path}: {line!r} does not end with a positive mean amplitude")
    return image, value


def _check_same_days(path: Path, found: Float64, expected: Float64) -> None:
    missing = [yyyymmdd(day) for day in np.setdiff1d(expected, found)]
    extra = [yyyymmdd(day) for day in np.setdiff1d(found, expected)]
    if missing or extra:
        raise ArtifactError(
            f"{path}: dates differ from day.1.in; missing: {', '.join(missing) or 'none'}; "
            f"not in day.1.in: {', '.join(extra) or 'none'}; run the preparation again"
        )
