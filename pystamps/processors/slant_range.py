"""Prepared stacks of SNAP and GAMMA: parameter files and baselines of the raw export."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from pystamps.dates import datenum
from pystamps.errors import ArtifactError
from pystamps.findings import Finding, raise_first_error, value_or_finding
from pystamps.io.dataset import root_of_patch
from pystamps.io.par_file import ParFile, read_par
from pystamps.io.raw_paths import RawPaths, read_path_list
from pystamps.processors.acquisitions import acquisitions_of_pairs, small_baselines_of_names
from pystamps.processors.candidate_sample import read_candidate_sample
from pystamps.processors.candidates import read_candidates
from pystamps.processors.dates_in_names import first_date
from pystamps.processors.header_checks import (
    BASELINE_KEY,
    BASELINE_RATE_KEY,
    geometry_findings,
    numbers_of_baseline,
)
from pystamps.processors.patch_model import Acquisitions, RawPatch, SlantRangeGeometry
from pystamps.processors.processor import SLANT_RANGE_ORDER
from pystamps.processors.scene_centre import centre_findings, centre_of_par

_PAR_KEYS = {
    "near_range": "near_range_slc",
    "center_range": "center_range_slc",
    "range_pixel_spacing": "range_pixel_spacing",
    "sensor_radius": "sar_to_earth_center",
    "earth_radius": "earth_radius_below_sensor",
    "azimuth_lines": "azimuth_lines",
    "prf": "prf",
}
_FileVersion = tuple[Path, int, int]
"""A file with its time in ns and its size in bytes: what is read once as long as they stay."""
_KEPT = 4
"""Stacks whose geometry is kept: a process looks at one, or compares two."""


def read_slant_range_acquisitions(patch: Path, is_small_baseline: bool = False) -> Acquisitions:
    """Read the dates of a SNAP or GAMMA stack from ``pscphase.in``.

    The date of the reference image of small baselines is that of the file named in ``rsc.txt``.

    Raises
    ------
    ArtifactError
        The file is missing, or its names contradict each other.
    """
    root = root_of_patch(patch)
    named_in = root / "pscphase.in"
    names = read_path_list(named_in)[1:]
    if not is_small_baseline:
        return acquisitions_of_pairs(names, named_in=named_in)
    master_day = _reference_day(root)
    return small_baselines_of_names(names, named_in=named_in, master_day=master_day)


def read_slant_range_patch(
    patch: Path,
    raw_root: Path | None = None,
    is_small_baseline: bool = False,
    is_sampled: bool = False,
) -> RawPatch:
    """Read a patch of a stack prepared from SNAP or GAMMA.

    Parameters
    ----------
    patch : Path
        The data set is the folder above it, or the patch itself.
    raw_root : Path, optional
        Folder of the raw export, for a data set that was moved.
    is_small_baseline : bool
    is_sampled : bool
        Look at a sample of the candidates only.

    Returns
    -------
    RawPatch
        Its geometry is :class:`SlantRangeGeometry`.

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    root = root_of_patch(patch)
    raw = RawPaths(root, raw_root)
    named_in = root / "pscphase.in"
    names = read_path_list(named_in)[1:]
    acquisitions = read_slant_range_acquisitions(patch, is_small_baseline)
    read = read_candidate_sample if is_sampled else read_candidates
    candidates = read(patch, byte_order=SLANT_RANGE_ORDER, n_interferogram=len(names))
    par_file = _version_of(_master_par_file(root, raw))
    par = _par_of_version(par_file)
    where = patch / "pscands.1.ll"
    lon, lat = candidates.lonlat.T
    raise_first_error(centre_findings(where, lon, lat, centre_of_par(par)))
    bases = tuple(
        _version_of(raw.resolve(base_name(names[block]), named_in=named_in))
        for block in acquisitions.block
    )
    return RawPatch(candidates, acquisitions, _geometry_of_versions(par_file, bases))


def _version_of(path: Path) -> _FileVersion:
    found = path.stat()
    return path, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=_KEPT)
def _par_of_version(par_file: _FileVersion) -> ParFile:
    return read_par(par_file[0])


@lru_cache(maxsize=_KEPT)
def _geometry_of_versions(
    par_file: _FileVersion, bases: tuple[_FileVersion, ...]
) -> SlantRangeGeometry:
    """Read the geometry of the stack; patches have the same one, which is read for the first."""
    geometry = slant_range_geometry(
        _par_of_version(par_file), [read_par(path) for path, *_ in bases]
    )
    geometry.baseline.setflags(write=False)
    geometry.baseline_rate.setflags(write=False)
    return geometry


def slant_range_geometry(par: ParFile, bases: list[ParFile]) -> SlantRangeGeometry:
    """Take the geometry from the files of the reference image and of the interferograms."""
    raise_first_error(geometry_findings(par))
    raise_first_error(found for base in bases for found in numbers_of_baseline(base))
    image = {field: par.number(key) for field, key in _PAR_KEYS.items()}
    return SlantRangeGeometry(
        **image,
        baseline=np.array([base.numbers(BASELINE_KEY, 3)[1:] for base in bases]),
        baseline_rate=np.array([base.numbers(BASELINE_RATE_KEY, 3)[1:] for base in bases]),
    )


def middle_baselines(par: ParFile, bases: Iterable[Path], *, width: int) -> list[float]:
    """Give the baselines in m perpendicular to the line of sight in the middle of the image.

    They are for summaries: files that cannot be read are left out, and without a look angle there
    is none.
    """
    cosine = value_or_finding(par.path, _middle_look_cosine, par, width)
    if isinstance(cosine, Finding) or not abs(cosine) < 1:
        return []
    sine = math.sqrt(1 - cosine**2)
    read = [value_or_finding(path, _cross_and_normal, path) for path in bases]
    found = [baseline for baseline in read if not isinstance(baseline, Finding)]
    return [cross * cosine - normal * sine for cross, normal in found]


def _middle_look_cosine(par: ParFile, width: int) -> float:
    """Give the cosine of the look angle in the middle of the image."""
    orbit, earth, near, spacing = (
        par.number(_PAR_KEYS[field])
        for field in ("sensor_radius", "earth_radius", "near_range", "range_pixel_spacing")
    )
    slant = near + spacing * width / 2
    return (orbit**2 + slant**2 - earth**2) / (2 * orbit * slant)


def _cross_and_normal(path: Path) -> tuple[float, ...]:
    return read_par(path).numbers(BASELINE_KEY, 3)[1:]


def base_name(interferogram: str) -> str:
    """Give the path of the baseline file that belongs to an interferogram (``.diff``)."""
    folder, slash, name = interferogram.replace("\\", "/").rpartition("/")
    if "diff" in name:
        return f"{folder}{slash}{name.replace('diff', 'base')}"
    return f"{folder}{slash}{Path(name).with_suffix('.base')}"


def _master_par_file(root: Path, raw: RawPaths) -> Path:
    return raw.resolve(_recorded_par(root), named_in=root / "rsc.txt")


def _recorded_par(root: Path) -> str:
    named_in = root / "rsc.txt"
    recorded = read_path_list(named_in)
    if not recorded:
        raise ArtifactError(f"{named_in}: is empty, expected the path of the reference .par file")
    return recorded[0]


def _reference_day(root: Path) -> float:
    """Give the date number of the reference image from the name of its parameter file."""
    recorded = _recorded_par(root)
    date = first_date(recorded.replace("\\", "/").rpartition("/")[2])
    if not date:
        raise ArtifactError(
            f"{root / 'rsc.txt'}: {recorded!r} holds no date of the reference image, expected a "
            "name YYYYMMDD.rslc.par"
        )
    return float(datenum(date))
