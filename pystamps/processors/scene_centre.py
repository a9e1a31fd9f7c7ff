"""Where the headers say that the scene is, and whether the positions lie there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.findings import Finding, value_or_finding
from pystamps.geo import distance_km, local_origin, near_longitudes
from pystamps.io.par_file import ParFile
from pystamps.io.text_numbers import number_of_word
from pystamps.processors.export_codes import POSITIONS_WRONG

_SLACK_KM = 20.0
"""Headers give the centre on the ellipsoid, and positions are moved by the terrain."""
_NEAR_KM = 10.0
"""Distance of the centre from the positions of a whole scene that deserves a look."""
_FRAME_KM = 300.0
"""Headers of whole frames, of which a stack is a part."""
_FASTEST_M_S = 7700.0
_LEAST_SINE = 0.25


@dataclass(frozen=True, slots=True)
class SceneCentre:
    """Centre of a scene as a header gives it.

    Attributes
    ----------
    path : Path
        The header.
    lonlat : tuple of float
        Degrees.
    reach_km : float
        Distance from the centre within which every position of the scene lies.
    """

    path: Path
    lonlat: tuple[float, float]
    reach_km: float


def centre_of_par(par: ParFile | None) -> SceneCentre | None:
    """Give the centre that a parameter file of SNAP or GAMMA says; None where it says none."""
    if par is None:
        return None
    found = _place(par.path, par.word("center_longitude"), par.word("center_latitude"))
    if found is None:
        return None
    keys = ("azimuth_lines", "range_samples", "range_pixel_spacing", "prf")
    lines, samples, spacing, rate = (_number(par, key) for key in keys)
    # spacings may have lost their decimals, and ground is longer than slant range
    along = lines * max(_number(par, "azimuth_pixel_spacing"), _FASTEST_M_S / max(rate, 1.0))
    across = samples * (spacing + 1) / _LEAST_SINE
    return SceneCentre(par.path, found, math.hypot(along, across) / 2000 + _SLACK_KM)


def centre_of_frame(path: Path, entries: Mapping[str, str]) -> SceneCentre | None:
    """Give the centre of the frame that Doris has read; the crop lies somewhere in it."""
    words = [
        (entries.get(key) or "").split()
        for key in ("Scene_centre_longitude", "Scene_centre_latitude")
    ]
    found = _place(path, *(word[0] if word else None for word in words))
    return None if found is None else SceneCentre(path, found, _FRAME_KM)


def _number(par: ParFile, key: str) -> float:
    value = value_or_finding(par.path, par.number, key)
    return value if isinstance(value, float) and value > 0 else 0.0


def _place(path: Path, longitude: str | None, latitude: str | None) -> tuple[float, float] | None:
    """Give a place on the Earth; (0, 0) is how programs say that they know none."""
    values = [value_or_finding(path, number_of_word, word or "") for word in (longitude, latitude)]
    lon, lat = (math.nan if isinstance(value, Finding) else value for value in values)
    if not (abs(lon) <= 360 and abs(lat) <= 90) or lon == lat == 0:
        return None
    return lon, lat


def centre_findings(
    where: Path,
    longitude: FloatArray,
    latitude: FloatArray,
    centre: SceneCentre | None,
    *,
    is_whole: bool = False,
) -> Iterator[Finding]:
    """Compare positions with the centre of their scene, and with each other.

    Parameters
    ----------
    where : Path
        File of the positions, or of the longitudes.
    longitude, latitude : ndarray of float, (n,)
        Degrees; pairs that are not numbers, not on the Earth, or (0, 0) do not count.
    centre : SceneCentre or None
        None = not known.
    is_whole : bool
        The positions are those of the whole scene, so that the centre lies among them.
    """
    placed = _placed(longitude, latitude)
    if len(placed) < 1:
        return
    if len(placed) > 1 and np.array_equal(placed[:, 0], placed[:, 1]):
        yield POSITIONS_WRONG.at(
            where, "longitudes and latitudes are the same numbers", expected="two rasters"
        )
    elif centre is not None:
        yield from _elsewhere(where, placed, centre, is_whole=is_whole)


def _elsewhere(
    where: Path, placed: Float64, centre: SceneCentre, *, is_whole: bool
) -> Iterator[Finding]:
    """Report positions of which even the nearest are out of reach of the centre."""
    gap = _nearest_km(placed, centre.lonlat)
    is_far = gap > centre.reach_km
    if not (is_far or (is_whole and centre.reach_km < _FRAME_KM and gap > _NEAR_KM)):
        return
    lon, lat = (float(value) for value in local_origin(placed))
    found = f"the positions lie around longitude {lon:.3f}, latitude {lat:.3f}"
    said = f"longitude {centre.lonlat[0]:.3f}, latitude {centre.lonlat[1]:.3f}"
    said += f" as {centre.path.name} says"
    exchanged = (centre.lonlat[1], centre.lonlat[0])
    if abs(exchanged[1]) <= 90 and _nearest_km(placed, exchanged) <= centre.reach_km:
        yield POSITIONS_WRONG.at(
            where, f"{found}: longitude and latitude are exchanged", expected=said,
            action="exchange the two rasters, and prepare again",
        )  # fmt: skip
    else:
        yield POSITIONS_WRONG.at(
            where, f"{found}, {gap:.0f} km away: another scene", expected=said,
            action="take the rasters of longitude and latitude of this scene, and prepare again",
            severity="warning",
        )  # fmt: skip


def _nearest_km(placed: Float64, place: tuple[float, float]) -> float:
    """Give the distance from a place to the nearest of the positions' box, by its middle."""
    lon0 = float(local_origin(placed)[0])
    longitude = near_longitudes(placed[:, 0], lon0)
    lon = np.clip(near_longitudes(np.array([place[0]]), lon0)[0], longitude.min(), longitude.max())
    lat = np.clip(place[1], placed[:, 1].min(), placed[:, 1].max())
    return distance_km((float(lon), float(lat)), place)


def _placed(longitude: FloatArray, latitude: FloatArray) -> Float64:
    """Give the positions on the Earth, (n, 2); those that are (0, 0) are none."""
    lonlat = np.column_stack([longitude, latitude]).astype(np.float64)
    with np.errstate(invalid="ignore"):
        good = (np.abs(lonlat) <= (360.0, 90.0)).all(axis=1) & (lonlat != 0).any(axis=1)
    return np.asarray(lonlat[good])
