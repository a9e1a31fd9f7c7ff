"""Coordinates of positions: longitude and latitude, or those of a map projection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import util
from typing import Any

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ParameterError, UnsupportedError

EPSG_OF_WGS84 = 4326


@dataclass(frozen=True)
class Crs:
    """A coordinate reference system of the EPSG registry.

    Attributes
    ----------
    epsg : int
    """

    epsg: int

    @property
    def is_geographic(self) -> bool:
        """Whether it is longitude and latitude on WGS 84."""
        return self.epsg == EPSG_OF_WGS84

    @cached_property
    def _known(self) -> Any:
        if util.find_spec("pyproj") is None:
            raise UnsupportedError(
                "crs: other coordinates than EPSG:4326 need pyproj, not installed here; pip "
                "install 'pystamps-flow[geo]'"
            )
        import pyproj

        return pyproj.CRS.from_epsg(self.epsg)

    @property
    def epsg_title(self) -> str:
        """Name for people."""
        return "WGS 84" if self.is_geographic else str(self._known.name)

    def wkt(self) -> str:
        """Give the definition as well-known text, version 1."""
        return _WKT_OF_WGS84 if self.is_geographic else str(self._known.to_wkt("WKT1_GDAL"))

    def projected(self, lonlat: Float64) -> Float64:
        """Give positions in these coordinates, east before north; (n, 2).

        Parameters
        ----------
        lonlat : ndarray of float64, shape (n, 2)
            Longitude and latitude on WGS 84, degrees.
        """
        if self.is_geographic:
            return lonlat
        import pyproj

        known = self._known
        transformer = pyproj.Transformer.from_crs(EPSG_OF_WGS84, known, always_xy=True)
        return np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1]))


WGS84 = Crs(EPSG_OF_WGS84)

_WKT_OF_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AUTHORITY["EPSG","4326"]]'
)


def crs_of(text: str) -> Crs:
    """Give a coordinate reference system by its code.

    Parameters
    ----------
    text : str
        ``EPSG:32633`` or ``32633``.

    Raises
    ------
    ParameterError
        It is no code, or the registry does not have it.
    UnsupportedError
        It needs a package that is not installed.
    """
    digits = text.upper().removeprefix("EPSG:")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        raise ParameterError(f"crs {text!r}: expected a code of EPSG, for example EPSG:32633")
    found = Crs(int(digits))
    if found.is_geographic:
        return found
    try:
        _ = found.epsg_title
    except UnsupportedError:
        raise
    except RuntimeError as error:  # of pyproj, whose errors are none of ours
        raise ParameterError(f"crs {text!r}: the registry of EPSG does not have it") from error
    return found
