"""Prepared stacks of GSAR: dates in the names of interferograms, numbers in XML beside them."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.dates import datenum, yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_bounded
from pystamps.io.dataset import root_of_patch
from pystamps.io.raw_paths import RawPaths, read_path_list
from pystamps.io.text_numbers import number_of_word
from pystamps.processors.candidates import read_candidate_values, read_candidates
from pystamps.processors.constants import SPEED_OF_LIGHT, DatasetConstants
from pystamps.processors.dates_in_names import dates_in
from pystamps.processors.patch_model import Acquisitions, NominalGeometry, RawPatch
from pystamps.processors.processor import DATED_ORDER
from pystamps.processors.value_limits import BASELINE, HEADING, RAY_ANGLE, WAVELENGTH, ValueLimits
from pystamps.rows import Rows

_LIST = "pscphase.in"


@dataclass(frozen=True, slots=True)
class _DatedPairs:
    """Dates of the interferograms, and whether the reference image is the second of each."""

    acquisitions: Acquisitions
    is_reversed: bool


def read_gsar_acquisitions(patch: Path, _: bool = False) -> Acquisitions:
    """Read the dates of a GSAR stack, which has one reference image, from ``pscphase.in``.

    Raises
    ------
    ArtifactError
        The file is missing, or its names contradict each other.
    """
    named_in = root_of_patch(patch) / _LIST
    return _dated_pairs(read_path_list(named_in)[1:], named_in).acquisitions


def read_gsar_patch(
    patch: Path, raw_root: Path | None = None, _: bool = False, __: bool = False
) -> RawPatch:
    """Read a patch of a stack prepared from GSAR; all candidates, also where a sample is enough.

    Parameters
    ----------
    patch : Path
        The data set is the folder above it, or the patch itself.
    raw_root : Path, optional
        Folder of the interferograms, for a data set that was moved.

    Returns
    -------
    RawPatch
        Its geometry is :class:`NominalGeometry`.

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.

    Notes
    -----
    StaMPS routine ``ps_load_initial_gsar``. It takes the second date of every interferogram from
    the first name and reads heights in double precision as single; here each name has its own
    dates, and heights are read as they were written. Interferograms whose second image is the
    reference image are conjugated, their baselines are taken as they are, as there.
    """
    root = root_of_patch(patch)
    named_in = root / _LIST
    names = read_path_list(named_in)[1:]
    pairs = _dated_pairs(names, named_in)
    candidates = read_candidates(
        patch, byte_order=DATED_ORDER, n_interferogram=len(names), is_double=True
    )
    if pairs.is_reversed:
        candidates = dataclasses.replace(candidates, ph=_conjugated(candidates.ph))
    raw = RawPaths(root, raw_root)
    paths = [
        raw.resolve(f"{names[block]}.xml", named_in=named_in) for block in pairs.acquisitions.block
    ]
    bperp = [_number(path, _values_in(path), "baseline", BASELINE) for path in paths]
    incidence = read_candidate_values(patch / "pscands.1.inc", f"{DATED_ORDER}f8", candidates.n)
    if not RAY_ANGLE.are_possible(incidence).all():
        raise ArtifactError(
            f"{patch / 'pscands.1.inc'}: holds values that cannot be, expected {RAY_ANGLE.expected}"
        )
    geometry = NominalGeometry(np.array(bperp), np.deg2rad(incidence))
    return RawPatch(candidates, pairs.acquisitions, geometry)


def constants_of_descriptions(root: Path, raw_root: Path | None) -> DatasetConstants:
    """Read the constants from the description of the last interferogram, as StaMPS does.

    The heading is the angle of the ground track. Without the file nothing is known.

    Raises
    ------
    ArtifactError
        The file exists but does not hold a number.
    """
    if not (root / _LIST).is_file():
        return DatasetConstants()
    names = read_path_list(root / _LIST)[1:]
    path = RawPaths(root, raw_root).find(f"{names[-1]}.xml") if names else None
    if path is None:
        return DatasetConstants()
    values = _values_in(path)
    frequency = _number(path, values, "radarfreq", _FREQUENCY)
    return DatasetConstants(
        lambda_=SPEED_OF_LIGHT / frequency,
        heading=_number(path, values, "trackangle", HEADING),
        platform=values.get("platform") or None,
    )


_FREQUENCY = ValueLimits(
    "a radar frequency", SPEED_OF_LIGHT / WAVELENGTH.high, SPEED_OF_LIGHT / WAVELENGTH.low, "Hz"
)


def _dated_pairs(names: list[str], named_in: Path) -> _DatedPairs:
    """Take the dates from names that end in ``YYYYMMDD_HHMMSS_YYYYMMDD_HHMMSS.gsar``."""
    dates = np.array([_dates_of(name, named_in) for name in names]).reshape(-1, 2)
    if not len(dates):
        raise ArtifactError(f"{named_in}: names no interferogram")
    is_first, is_second = ((dates[:, k] == dates[0, k]).all() for k in (0, 1))
    if not (is_first or is_second):
        raise ArtifactError(
            f"{named_in}: the interferograms have no image in common, expected one reference image"
        )
    column = 0 if is_first else 1
    days = dates[:, 1 - column]
    block = np.argsort(days, kind="stable").astype(np.int64)
    days = days[block]
    twice = days[1:][np.diff(days) == 0]
    if twice.size or (days == dates[0, column]).any():
        day = twice[0] if twice.size else dates[0, column]
        raise ArtifactError(f"{named_in}: date {yyyymmdd(day)} occurs more than once")
    return _DatedPairs(Acquisitions(float(dates[0, column]), days, block), not is_first)


def _dates_of(name: str, named_in: Path) -> tuple[float, float]:
    found = dates_in(name.replace("\\", "/").rsplit("/", 1)[-1])
    if len(found) < 2:
        raise ArtifactError(
            f"{named_in}: {name!r} holds no pair of dates, expected a name that ends in "
            "YYYYMMDD_HHMMSS_YYYYMMDD_HHMMSS.gsar"
        )
    return datenum(found[-2]), datenum(found[-1])


def _values_in(path: Path) -> dict[str, str]:
    """Read the texts of all elements of an XML file, by their names in small letters."""
    text = read_bounded(path)
    if b"<!DOCTYPE" in text:  # could name other files, or grow without end
        raise ArtifactError(f"{path}: has a document type, which GSAR never writes")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise ArtifactError(f"{path}: is not XML ({error})") from None
    return {
        item.tag.rpartition("}")[2].lower(): (item.text or "").strip()
        for item in root.iter()
        if isinstance(item.tag, str)
    }


def _number(path: Path, values: dict[str, str], key: str, limits: ValueLimits) -> float:
    word = values.get(key, "")
    try:
        value = number_of_word(word)
    except ValueError:
        raise ArtifactError(
            f"{path}: {key} is {word!r}, expected {limits.expected}" if word else
            f"{path}: has no element {key}, expected {limits.expected}"
        ) from None  # fmt: skip
    fault = limits.fault_of(value)
    if fault:
        raise ArtifactError(f"{path}: {key}: {fault}, expected {limits.expected}")
    return value


def _conjugated(ph: Any) -> Any:
    """Turn interferograms round, as far in memory as they are."""
    if not isinstance(ph, Rows):
        return np.conj(ph)
    return Rows(ph.shape, ph.dtype, lambda rows: np.conj(ph[rows]))
