"""Constants of a data set that live in text files: wavelength, heading, platform, oversampling."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.par_file import ParFile, read_par
from pystamps.io.raw_paths import RawPaths, read_path_list
from pystamps.io.text_numbers import find_near, number_of_word
from pystamps.processors.value_limits import HEADING, OVERSAMPLING, WAVELENGTH, ValueLimits

SPEED_OF_LIGHT = 299792458.0
"""Metres per second."""


@dataclass(frozen=True, slots=True)
class DatasetConstants:
    """What the text files of a data set say; None where they say nothing.

    Attributes
    ----------
    lambda_ : float or None
        Radar wavelength in m.
    heading : float or None
        Degrees clockwise from north.
    platform : str or None
        Satellite ("ENVISAT" for the ASAR sensor).
    slc_osf : float or None
        SLC oversampling factor (Doris only).
    """

    lambda_: float | None = None
    heading: float | None = None
    platform: str | None = None
    slc_osf: float | None = None


def constants_of_header(root: Path, raw_root: Path | None) -> DatasetConstants:
    """Read the constants from the ``.par`` file of the reference image that ``rsc.txt`` names.

    Raises
    ------
    ArtifactError
        The file exists but does not hold a number.
    """
    path = master_par_path(root, raw_root)
    return DatasetConstants() if path is None else constants_of_par(read_par(path))


def constants_of_texts(root: Path, _: Path | None = None) -> DatasetConstants:
    """Read the constants from text files in the data set or the folder above it.

    Raises
    ------
    ArtifactError
        A file exists but does not hold a number.
    """
    return DatasetConstants(
        lambda_=_number_near(root, "lambda.1.in", WAVELENGTH),
        heading=_number_near(root, "heading.1.in", HEADING),
    )


def constants_of_doris(root: Path, _: Path | None = None) -> DatasetConstants:
    """Read the constants from text files; the loader of StaMPS reads the oversampling factor too.

    The satellite is known where ``master.res`` names ASAR, as ``env_oscilator_corr`` looks for it.

    Raises
    ------
    ArtifactError
        A file exists but does not hold a number.
    """
    osf = _number_near(root, "slc_osfactor.1.in", OVERSAMPLING)
    results = find_near(root, "master.res")
    is_envisat = results is not None and "ASAR" in read_text_of_paths(results)
    return dataclasses.replace(
        constants_of_texts(root), slc_osf=osf, platform="ENVISAT" if is_envisat else None
    )


def constants_of_par(par: ParFile) -> DatasetConstants:
    """Give wavelength, heading and platform from the parameter file of an image."""
    sensor = par.word("sensor")
    return DatasetConstants(
        lambda_=SPEED_OF_LIGHT / par.number("radar_frequency")
        if "radar_frequency" in par.words
        else None,
        heading=par.number("heading") if "heading" in par.words else None,
        # StaMPS means to recognise ASAR but tests a literal, so that it never does
        platform="ENVISAT" if sensor is not None and "ASAR" in sensor else sensor,
    )


def master_par_path(root: Path, raw_root: Path | None) -> Path | None:
    """Find the parameter file of the reference image that ``rsc.txt`` of a data set names."""
    if not (root / "rsc.txt").is_file():
        return None
    recorded = read_path_list(root / "rsc.txt")
    return RawPaths(root, raw_root).find(recorded[0]) if recorded else None


def _number_near(root: Path, name: str, limits: ValueLimits) -> float | None:
    """Give the number in a file of the data set or the folder above; None without the file."""
    path = find_near(root, name)
    if path is None:
        return None
    words = read_text_of_paths(path).split()
    try:
        value = number_of_word(words[0])
    except (IndexError, ValueError):
        found = words[0] if words else "nothing"
        raise ArtifactError(f"{path}: found {found!r}, expected a number") from None
    fault = limits.fault_of(value)
    if fault:
        raise ArtifactError(f"{path}: {fault}, expected {limits.expected}")
    return value
