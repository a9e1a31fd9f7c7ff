"""What pictures are made from: the table of points, and the results of the stages beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.dates import calendar_date
from pystamps.errors import ParameterError
from pystamps.geo import continuous_longitudes
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, read_variable, sizes_of
from pystamps.io.sizes import Sizes
from pystamps.model import InterferogramNoise, Pixels, UnwrapGrid
from pystamps.parameters import Parameters
from pystamps.parameters.files import effective_parameters
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.point_table import PointTable
from pystamps.rows import Matrix, chosen_columns

_MERGED = 2
"""Generation of the merged results."""
_OF_THE_ROOT = (UnwrapGrid,)
"""Results that have no generation."""


@dataclass(frozen=True, slots=True)
class InterferogramLabel:
    """What is written beside an interferogram.

    Attributes
    ----------
    number : int
        From 1, the reference image counted, as ``drop_ifg_index`` counts.
    day : float
        MATLAB date number of the second image.
    bperp : float
        m.
    noise_deg : float
        NaN where not known.
    flag : str
        Why it is special: the reference image, or dropped; else empty.
    first_day : float or None
        MATLAB date number of the first image of small baselines; None where it is the reference
        image.
    """

    number: int
    day: float
    bperp: float
    noise_deg: float
    flag: str = ""
    first_day: float | None = None

    @property
    def dates(self) -> tuple[str, ...]:
        """The date of the second image in ISO form; of small baselines those of both images."""
        days = (self.day,) if self.first_day is None else (self.first_day, self.day)
        return tuple(calendar_date(day).isoformat() for day in days)

    @property
    def date(self) -> str:
        """The dates as one text."""
        return " ".join(self.dates)


@dataclass(frozen=True)
class PlotSource:
    """A data set as pictures see it; results of stages are read when a picture needs them.

    Attributes
    ----------
    root : Path
        Root of the data set.
    table : PointTable
    stamps : mapping
        StaMPS parameters of the configuration.
    """

    root: Path
    table: PointTable
    stamps: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> Parameters:
        """Effective StaMPS parameters."""
        return effective_parameters(self.root, self.root, self.stamps)

    @cached_property
    def pixels(self) -> Pixels:
        """Positions, dates and baselines of all images (``ps2.mat``)."""
        return read_artifact(Pixels, self._path(Pixels))

    @property
    def lonlat(self) -> Float64:
        """Positions of all points, longitudes without a jump at 180 degrees."""
        columns = self.table.columns
        return np.column_stack([continuous_longitudes(columns["longitude"]), columns["latitude"]])

    @property
    def drawn_lonlat(self) -> Float64:
        """Where the points are drawn: their positions, moved by ``lonlat_offset``."""
        return np.asarray(self.lonlat + np.array(self.look.lonlat_offset))

    @cached_property
    def look(self) -> Parameters:
        """Parameters of how maps look; the defaults where a table was taken elsewhere."""
        return self.parameters if (self.root / "parms.mat").is_file() else Parameters()

    @cached_property
    def labels(self) -> tuple[InterferogramLabel, ...]:
        """Every interferogram, dropped ones and the reference image counted."""
        pixels, parameters = self.pixels, self.parameters
        stack = pixels.interferograms
        used = stack.used(parameters.drop_ifg_index)
        path = self._path(InterferogramNoise)
        noise = np.full(stack.n_ifg, np.nan)
        if path.is_file():
            noise = read_variable(InterferogramNoise, "ifg_std_deg", path, self._sizes)
        without_dem = set(parameters.scla_drop_index)
        found = []
        for column in range(stack.n_ifg):
            flag = ""
            if stack.is_null[column]:
                flag = "reference image"
            elif not used.is_used[column]:
                flag = "dropped (drop_ifg_index)"
            elif column + 1 in without_dem:
                flag = "not in the DEM error (scla_drop_index)"
            found.append(
                InterferogramLabel(
                    column + 1, float(stack.second_day[column]), float(stack.bperp[column]),
                    float(noise[column]), flag,
                    None if stack.has_null_column else float(stack.day[stack.first[column]]),
                )
            )  # fmt: skip
        return tuple(found)

    @cached_property
    def used_columns(self) -> Index:
        """Columns of all images that the dates of the table stand for."""
        return self.pixels.interferograms.used(self.parameters.drop_ifg_index).with_null

    def choose(self, choice: PointChoice) -> ChosenPoints:
        """Give points with their series and velocities."""
        return choose_points(self.table, choice)

    def rows_of(self, kind: type, name: str) -> Matrix:
        """Give a matrix of a result of the stages, read by rows."""
        return read_rows(kind, name, self._path(kind), self._sizes)

    def field_of(self, kind: type, name: str) -> Any:
        """Give one variable of a result of the stages."""
        return read_variable(kind, name, self._path(kind), self._sizes)

    def has(self, kind: type) -> bool:
        """Tell whether a result of the stages is there."""
        return self._path(kind).is_file()

    def _path(self, kind: type) -> Path:
        generation = None if kind in _OF_THE_ROOT else _MERGED
        return self.root / artifact_name(kind, generation)

    @cached_property
    def _sizes(self) -> Sizes:
        return sizes_of(self.pixels, self._path(Pixels))


def open_plot_source(root: Path, stamps: Mapping[str, Any] | None = None) -> PlotSource:
    """Look at the table of points of a data set, which has to be there.

    Parameters
    ----------
    root : Path
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ArtifactError
        It is missing or damaged.
    """
    root = Path(root).resolve()
    return PlotSource(root, read_point_table(root / POINT_FILE), dict(stamps or {}))


def wanted_interferograms(source: PlotSource, numbers: str, dates: str) -> Index | None:
    """Give the columns of all images that are asked for, ascending; None = not asked.

    Parameters
    ----------
    source : PlotSource
    numbers : str
        Numbers and stretches, from 1, the reference image counted: ``3,7-9``.
    dates : str
        Dates and stretches of them: ``2018-05-31,2019-01-01:2019-03-01``.

    Raises
    ------
    ParameterError
        There is no such interferogram, or it is no number or date.
    """
    if not numbers and not dates:
        return None
    labels = source.labels
    found: set[int] = set()
    for word in filter(None, (word.strip() for word in numbers.split(","))):
        found |= _columns_of_numbers(word, len(labels))
    for word in filter(None, (word.strip() for word in dates.split(","))):
        found |= _columns_of_dates(word, labels)
    return np.array(sorted(found), dtype=np.int64)


def _columns_of_numbers(word: str, count: int) -> set[int]:
    first, _, last = word.partition("-")
    if not (first.isdigit() and (last.isdigit() or "-" not in word)):
        raise ParameterError(f"--ifg {word!r}: is no number of an interferogram, nor FIRST-LAST")
    stretch = range(int(first), int(last or first) + 1)
    if not stretch or stretch[0] < 1 or stretch[-1] > count:
        raise ParameterError(
            f"--ifg {word}: does not exist; this data set has interferograms 1 to {count}, the "
            "reference image counted"
        )
    return {number - 1 for number in stretch}


def _columns_of_dates(word: str, labels: tuple[InterferogramLabel, ...]) -> set[int]:
    first, colon, last = (part.replace("-", "").strip() for part in word.partition(":"))
    ends = [first, last] if colon else [first]
    if not all(end.isdigit() and len(end) == 8 for end in ends):
        raise ParameterError(
            f"--dates {word!r}: is no date; expected YYYY-MM-DD, YYYYMMDD, or FIRST:LAST"
        )
    found = {
        column for column, label in enumerate(labels)
        if any(ends[0] <= date.replace("-", "") <= ends[-1] for date in label.dates)
    }  # fmt: skip
    if not found:
        shown = ", ".join(_nearest(ends[0], labels))
        raise ParameterError(f"--dates {word}: there is no image; the nearest are {shown}")
    return found


def _nearest(date: str, labels: tuple[InterferogramLabel, ...]) -> list[str]:
    known = {found for label in labels for found in label.dates}
    order = sorted(known, key=lambda found: abs(int(found.replace("-", "")) - int(date)))
    return sorted(order[:3])


def with_dates(points: ChosenPoints, is_wanted: Index) -> ChosenPoints:
    """Give the points with some of their dates; the reference image always stays.

    Parameters
    ----------
    points : ChosenPoints
    is_wanted : ndarray of int64
        Places among the dates.
    """
    places = np.union1d(is_wanted, [points.reference_column])
    return replace(
        points,
        day=points.day[places],
        displacement=chosen_columns(points.displacement, places),
        reference_column=int(np.flatnonzero(places == points.reference_column)[0]),
        bperp=points.bperp[places],
        noise_deg=None if points.noise_deg is None else points.noise_deg[places],
    )
