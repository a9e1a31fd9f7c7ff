"""A finished data set in Python: points, velocities and series without files in between."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib import util
from math import inf
from pathlib import Path
from typing import Any, cast

import numpy as np

from pystamps.arrays import Float32
from pystamps.config import RunConfig
from pystamps.dates import calendar_date
from pystamps.errors import UnsupportedError
from pystamps.pipeline.table_of_points import up_to_date_points
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.place_series import PlaceSeries, series_of_place
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.time_function_fit import TimeFunctionFit


class DataSet:
    """A data set with ``products/ps.h5``; made by :func:`pystamps.open`.

    Attributes
    ----------
    path : Path
        Root of the data set.
    """

    def __init__(self, path: Path | str) -> None:
        """Look at the table of points of a data set; it is made where it is missing or outdated.

        Raises
        ------
        PystampsError
            The data set is not finished, or the table is damaged.
        """
        self.path = Path(path).resolve()
        self._table = read_point_table(up_to_date_points(self.path, RunConfig()))

    @property
    def about(self) -> Mapping[str, Any]:
        """What one has to know about the numbers: reference, value type, dates, sensor."""
        return self._table.about

    @property
    def points(self) -> Any:
        """All points as ``xarray.Dataset``, read from the file when they are asked for.

        Raises
        ------
        UnsupportedError
            xarray is not installed.
        """
        xarray = _package("xarray", also=("h5netcdf",))
        return xarray.open_dataset(self.path / POINT_FILE, engine="h5netcdf")

    def velocity(self, value_type: str = "", reference: str = "") -> Float32:
        """Give the velocity of every point, mm/yr, toward the satellite; float32, (n_ps,).

        Parameters
        ----------
        value_type : str
            ``v`` or ``v-`` and letters of d, o, s; empty = as in the table.
        reference : str
            ``all``, ``none``, ``LON,LAT,RADIUS``, a box or a file; empty = that of the run.
        """
        chosen = self.choose(value_type=value_type, reference=reference)
        return np.asarray(chosen.columns["velocity"])

    def choose(
        self,
        *,
        value_type: str = "",
        reference: str = "",
        area: str = "",
        min_coherence: float = 0.0,
        max_velocity_std: float = inf,
        cell_m: float = 0.0,
        functions: str | None = None,
        uncertainty: str = "covariance",
    ) -> ChosenPoints:
        """Give points with their values and series; the arguments are those of ``PointChoice``."""
        choice = PointChoice(
            value_type, reference, area, min_coherence, max_velocity_std, cell_m, functions,
            uncertainty,
        )  # fmt: skip
        return choose_points(self._table, choice)

    def fit(
        self, functions: str, *, uncertainty: str = "covariance", **choice: Any
    ) -> TimeFunctionFit:
        """Fit functions of time to the displacement of points.

        Parameters
        ----------
        functions : str
            Such as ``linear + seasonal + step@2019-07-13``.
        uncertainty : str
            ``covariance``, ``residuals`` or ``bootstrap``.
        **choice
            As for :meth:`choose`.

        Returns
        -------
        TimeFunctionFit
            In the order of :meth:`choose` with the same choice.

        Raises
        ------
        ParameterError
            The functions are unknown, or not determined by the dates.

        Examples
        --------
        >>> fit = data.fit("linear + seasonal")  # doctest: +SKIP
        >>> fit.coefficient("velocity"), fit.waves["annual"].amplitude  # doctest: +SKIP
        """
        found = self.choose(functions=functions, uncertainty=uncertainty, **choice)
        return cast(TimeFunctionFit, found.fit)

    def series(
        self, longitude: float, latitude: float, radius_m: float = 50.0, *, value_type: str = ""
    ) -> PlaceSeries:
        """Give the displacement of the points within a distance of a place.

        Parameters
        ----------
        longitude, latitude : float
            Degrees.
        radius_m : float
        value_type : str
            As for :meth:`velocity`.

        Raises
        ------
        ParameterError
            There is no point so near.
        """
        points = self.choose(value_type=value_type)
        return series_of_place(points, longitude, latitude, radius_m)

    def to_dataframe(self, **choice: Any) -> Any:
        """Give points as ``pandas.DataFrame``: columns, and a column of mm per date.

        Parameters
        ----------
        **choice
            As for :meth:`choose`.
        """
        pandas = _package("pandas")
        points = self.choose(**choice)
        columns = {name: points.columns[name] for name in points.meanings if name != "point_id"}
        series = np.asarray(points.displacement)
        dates = [calendar_date(day).isoformat() for day in points.day]
        columns |= {date: series[:, number] for number, date in enumerate(dates)}
        index = pandas.Index(points.columns["point_id"], name="point_id")
        frame = pandas.DataFrame(columns, index=index)
        frame.attrs.update(points.about)
        return frame

    def to_geodataframe(self, **choice: Any) -> Any:
        """Give points as ``geopandas.GeoDataFrame`` in EPSG:4326, as :meth:`to_dataframe`."""
        geopandas = _package("geopandas")
        frame = self.to_dataframe(**choice)
        places = geopandas.points_from_xy(frame["longitude"], frame["latitude"])
        return geopandas.GeoDataFrame(frame, geometry=places, crs="EPSG:4326")

    def _facts(self) -> dict[str, str]:
        """Give what one wants to see first."""
        table, about = self._table, self.about
        velocity = table.columns["velocity"]
        low, middle, high = (
            np.nanpercentile(velocity, (1, 50, 99)) if velocity.size else [np.nan] * 3
        )
        return {
            "points": f"{table.layers.n_point:,}",
            "dates": f"{table.layers.n_date}, {about.get('first_date')} to "
            f"{about.get('last_date')}",
            "velocity": f"{low:.1f} ... {middle:.1f} ... {high:.1f} mm/yr (1, 50, 99 %), "
            "positive toward the satellite",
            "value type": f"{about.get('value_type')}, without: {about.get('taken_off')}",
            "reference": f"{about.get('reference_area')}; image of {about.get('reference_date')}",
            "sensor": f"{about.get('platform')}, {about.get('orbit_direction')}",
        }

    def __repr__(self) -> str:
        """Give the facts as text."""
        lines = [f"  {name:<11}{value}" for name, value in self._facts().items()]
        return "\n".join([f"pySTAMPS data set {self.path}", *lines])

    def _repr_html_(self) -> str:
        """Give the facts for a notebook."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(value)}</td></tr>"
            for name, value in self._facts().items()
        )
        return f"<b>pySTAMPS data set</b> {escape(str(self.path))}<table>{rows}</table>"


def _package(name: str, *, also: tuple[str, ...] = ()) -> Any:
    """Import a package that only notebooks need.

    Raises
    ------
    UnsupportedError
        It is not installed.
    """
    missing = [package for package in (name, *also) if util.find_spec(package) is None]
    if missing:
        raise UnsupportedError(
            f"{', '.join(missing)}: not installed here; pip install 'pystamps-flow[notebook]'"
        )
    return __import__(name)
