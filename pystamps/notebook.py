"""A data set in Python: its stages, points, velocities and series without files in between."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib import util
from io import BytesIO
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from pystamps.arrays import Float32
from pystamps.config import RunConfig
from pystamps.dates import calendar_date
from pystamps.errors import DatasetError, PystampsError, UnsupportedError
from pystamps.figures.style import drawing_settings
from pystamps.io.dataset import discover_dataset
from pystamps.parameters.overrides import full_name
from pystamps.pipeline.entry.interferograms import interferogram_table
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.table_of_points import up_to_date_points
from pystamps.pipeline.types import PipelineContext, PipelineReport
from pystamps.plotting.named_plot import plot_by_name
from pystamps.plotting.saving import checked_target, save_figure
from pystamps.plotting.source import open_plot_source
from pystamps.products.accurate_table import points_as_asked
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.interferogram_table import InterferogramTable
from pystamps.products.place_series import PlaceSeries, series_of_place
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.point_table import PointTable
from pystamps.products.time_function_fit import TimeFunctionFit

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture:
    """A figure that notebooks show.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    """

    def __init__(self, figure: Figure) -> None:  # noqa: D107 - the class says it
        self.figure = figure

    def save(self, path: Path | str, *, dpi: float = 150.0, overwrite: bool = False) -> Path:
        """Save it as PNG, PDF or SVG, as the ending says; give the file.

        Raises
        ------
        ParameterError
            There is such a file already, or its ending means no picture.
        """
        target = checked_target(Path(path), overwrite=overwrite)
        save_figure(self.figure, target, dpi=dpi)
        return target

    def _repr_png_(self) -> bytes:
        """Give the picture for a notebook."""
        found = BytesIO()
        with drawing_settings():
            self.figure.savefig(found, format="png")
        return found.getvalue()


class DataSet:
    """A data set; made by :func:`pystamps.open`.

    Attributes
    ----------
    path : Path
        Root of the data set, or a folder that holds ``products/ps.h5`` alone.
    """

    def __init__(self, path: Path | str) -> None:
        """Look for a data set; its table of points is made or read when something needs it.

        Raises
        ------
        DatasetError
            There is none.
        """
        self.path = Path(path).resolve()
        self._known_table: PointTable | None = None
        if not (self.path / POINT_FILE).is_file():
            discover_dataset(self.path)

    @property
    def _table(self) -> PointTable:
        """The table of points; made where it is missing or outdated.

        Raises
        ------
        PystampsError
            The data set is not finished, or the table is damaged.
        """
        if self._known_table is None:
            self._known_table = read_point_table(up_to_date_points(self.path))
        return self._known_table

    def run(
        self,
        *,
        until: str = "",
        cores: int = 1,
        stamps: Mapping[str, Any] | None = None,
        dry_run: bool = False,
    ) -> PipelineReport:
        """Run the stages of the workflow; what is up to date is skipped.

        Parameters
        ----------
        until : str
            Name of a stage such as ``stage4_weed``: only that and what it needs; empty = all.
        cores : int
        stamps : mapping, optional
            StaMPS parameters for this run alone, as ``pystamps run --set``.
        dry_run : bool
            Say what would run, and run nothing.

        Raises
        ------
        PystampsError
            A stage has failed, or nothing could run.
        """
        given = dict(stamps or {})
        passing = {"passing_parameters": ",".join(full_name(n, source="run") for n in given)}
        config = RunConfig.from_mapping(
            {"dataset": str(self.path), "stamps": given, "runtime": passing}, source="run"
        )
        context = PipelineContext(self.path, config, dry_run=dry_run, cores=cores, until=until)
        report = run_pipeline(context)
        self._known_table = None
        if report.failures:
            first = report.failures[0]
            raise PystampsError(f"{first.stage} of {first.target} has failed: {first.details}")
        return report

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
        _ = self._table  # is made where it is missing
        return xarray.open_dataset(self.path / POINT_FILE, engine="h5netcdf")

    def velocity(self, value_type: str = "", reference: str = "") -> Float32:
        """Give the velocity of every point, mm/yr, toward the satellite; float32, (n_ps,).

        Parameters
        ----------
        value_type : str
            ``v`` or ``v-`` and letters of d, a, o, s; ``accurate`` = that of the accuracy modes;
            empty = as in the table.
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
        return points_as_asked(self._table, choice, self.path)

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

    @property
    def ifgs(self) -> InterferogramTable:
        """The interferograms, judged as by ``pystamps ifgs``; ``columns()`` is for pandas."""
        return interferogram_table(self.path, RunConfig())

    def plot(self, name: str = "", **options: Any) -> Picture:
        """Draw a picture as ``pystamps plot`` does.

        Parameters
        ----------
        name : str
            A value type (``v-do``, ``u-dm``, ...), ``coh``, ``da``, ``amp``, ``density``, ``hgt``,
            ``ts``, ``network`` or ``profile``; empty = the velocity of the table.
        **options
            As for :func:`pystamps.plotting.named_plot.plot_by_name`: ``reference``, ``limits``,
            ``background``, ``places``, ...

        Raises
        ------
        ParameterError
            No picture has this name, or an argument is wrong.
        """
        name = name or str(self._table.about.get("value_type", "v"))
        return Picture(plot_by_name(open_plot_source(self.path), name, **options))

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
        """Give what one wants to see first; why there is nothing where there is not."""
        try:
            table, about = self._table, self.about
        except DatasetError as error:
            return {"points": f"none yet: {error}"}
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
