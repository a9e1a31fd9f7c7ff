"""What pictures are made from: the table of points, and the results of the stages beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.errors import ParameterError
from pystamps.geo import continuous_longitudes
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, read_variable, sizes_of
from pystamps.io.sizes import Sizes
from pystamps.model import InterferogramNoise, Pixels, UnwrapGrid
from pystamps.parameters import Parameters
from pystamps.parameters.files import effective_parameters
from pystamps.plotting.stack_columns import (
    InterferogramLabel,
    StackColumns,
    columns_of_images,
    columns_of_interferograms,
)
from pystamps.plotting.value_types import ValueType
from pystamps.products.accurate_table import points_as_asked
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.delays import complete_delays
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.point_table import PointTable
from pystamps.rows import Matrix, chosen_columns

_MERGED = 2
"""Generation of the merged results."""
_OF_THE_ROOT = (UnwrapGrid,)
"""Results that have no generation."""


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
    def interferograms(self) -> StackColumns:
        """The interferograms, dropped ones and the reference image counted."""
        stack = self.pixels.interferograms
        path = self._path(InterferogramNoise)
        noise = np.full(stack.n_ifg, np.nan)
        if path.is_file():
            noise = read_variable(InterferogramNoise, "ifg_std_deg", path, self._sizes)
        return columns_of_interferograms(
            stack, self.parameters.drop_ifg_index, self.parameters.scla_drop_index, noise
        )

    @cached_property
    def images(self) -> StackColumns:
        """Columns of a series: the images of small baselines, else the interferograms."""
        if self.pixels.pairs is None:
            return self.interferograms
        layers = self.table.layers
        stack = self.pixels.interferograms.of_images()
        return columns_of_images(stack, layers.day, self.table.noise_deg)

    @property
    def labels(self) -> tuple[InterferogramLabel, ...]:
        """What is written beside every interferogram."""
        return self.interferograms.labels

    @property
    def used_columns(self) -> Index:
        """Columns of all images that the dates of the table stand for."""
        return self.images.used

    def columns_of(self, kind: ValueType) -> StackColumns:
        """Give the columns of a value type: interferograms, or images of a series."""
        return self.interferograms if kind.is_of_interferograms else self.images

    def require_pairs(self, kind: ValueType) -> None:
        """Refuse a value type of small baselines where there is a single reference image.

        Raises
        ------
        ParameterError
            Says what to take instead.
        """
        if self.pixels.pairs is None:
            instead = kind.name.translate({ord("r"): "u"}).replace("sb", "").replace("sm", "")
            raise ParameterError(
                f"plot {kind.name}: belongs to small baselines, and {self.root} has a single "
                f"reference image; take {instead}"
            )

    def choose(self, choice: PointChoice) -> ChosenPoints:
        """Give points with their series and velocities."""
        return points_as_asked(self.table, choice, self.root)

    def rows_of(self, kind: type, name: str) -> Matrix:
        """Give a matrix of a result of the stages, read by rows."""
        return read_rows(kind, name, self._path(kind), self._sizes)

    def field_of(self, kind: type, name: str) -> Any:
        """Give one variable of a result of the stages."""
        return read_variable(kind, name, self._path(kind), self._sizes)

    def delays(self, kind: ValueType, *, of_images: bool = False) -> Matrix:
        """Give the tropospheric phase of the interferograms, or of the images of small baselines.

        Raises
        ------
        ArtifactError
            It is missing, of another selection, or lacks an interferogram.
        """
        return complete_delays(
            self.root, self.pixels, self.parameters,
            of_images=of_images, wanted_by=f"{kind.name} shows it or takes it off",
        )  # fmt: skip

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
