"""What all figures share: settings of matplotlib, colours, maps of scattered pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import FloatArray
from pystamps.dates import calendar_date
from pystamps.figures.point_image import Extent, cells_of_points, picture_size, touching_mark
from pystamps_kernels.undisturbed_imports import undisturbed_import

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_mpl: Any = undisturbed_import("matplotlib")

DPI = 150
"""Pixels per inch of figures."""

_SETTINGS: Any = {
    "text.parse_math": False,  # names of a data set are no formulas
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "font.size": 9.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
}
"""Settings of matplotlib that hold while a figure is made."""


@contextmanager
def drawing_settings(**more: Any) -> Iterator[None]:
    """Hold the settings of all figures; files of settings of Matplotlib do not count.

    Figures here have a canvas of their own: the windows of who calls, a notebook for example, stay
    as they are.

    Parameters
    ----------
    more : object
        Further settings, with ``_`` for the dot in their names.
    """
    with _mpl.rc_context():
        _mpl.rcdefaults()
        _mpl.rcParams.update(_SETTINGS | {k.replace("_", "."): v for k, v in more.items()})
        yield


TOWARD_AWAY = "RdBu"
"""Diverging colours, safe for colour-blind readers: blue = toward the satellite, red = away."""
PHASE_AWAY = "RdBu_r"
"""The same colours for phase, which is positive away from the satellite."""
WRAPPED = "twilight"
"""Cyclic colours for angles."""

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#8c8c8c"
"""Colours of lines and bars (Okabe and Ito)."""
MAP_BACKGROUND = "#d9dddf"
"""Dark enough to set off the white of pixels that do not move."""
WRAPPED_BACKGROUND = "#a9afb3"
"""Between the lightest and the darkest of the cyclic colours."""

PICTURE_OF_VALUES: Any = {"interpolation": "nearest", "interpolation_stage": "data"}
"""How a picture whose pixels are values is drawn: values are resampled, and what is seen coloured.

The other way round is the default of Matplotlib, takes five times as long and gives the same."""

MOST_MARKS = 20_000
"""Points that are drawn as marks on one map; more become a picture, which has all of them too."""


def new_figure(width: float, height: float) -> Figure:
    """Give an empty figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def plain_figure(width: float, height: float) -> Figure:
    """Give an empty figure whose axes are placed by hand."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def axes_at(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes at a place in inches."""
    full_width, full_height = figure.get_size_inches()
    return figure.add_axes(
        (left / full_width, bottom / full_height, width / full_width, height / full_height)
    )


def empty_figure(title: str, message: str) -> Figure:
    """Give a figure that says why there is nothing to see."""
    figure = new_figure(6.0, 2.5)
    axes = figure.subplots()
    axes.set_title(title)
    axes.axis("off")
    axes.text(0.5, 0.5, message, ha="center", va="center", color=GREY, transform=axes.transAxes)
    return figure


def symmetric_limit(values: FloatArray, *, percent: float = 99.0) -> float:
    """Give a colour limit around zero that holds so many percent of the values; never 0."""
    finite = np.abs(values[np.isfinite(values)])
    limit = float(np.percentile(finite, percent, overwrite_input=True)) if finite.size else 0.0
    return limit if limit > 0 else 1.0


def round_limit(limit: float) -> float:
    """Round a colour limit up to one of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(limit))
    steps = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return next(step * power for step in steps if step * power >= limit * 0.999)


def scatter_map(
    axes: Axes, lonlat: FloatArray, values: FloatArray, *, limits: tuple[float, float], cmap: str
) -> PathCollection | AxesImage:
    """Draw values of pixels at their positions; strong values lie on top.

    More than :data:`MOST_MARKS` become a picture of about the same look, in a tenth of the time.

    Parameters
    ----------
    axes : Axes
    lonlat : float, (n, 2), degrees
    values : float, (n,); pixels that are NaN are left out
    limits : tuple of float
        Values of the ends of the colour bar.
    cmap : str

    Returns
    -------
    PathCollection or AxesImage
        For the colour bar.
    """
    good = np.flatnonzero(np.isfinite(values) & np.isfinite(lonlat).all(axis=1))
    colours: Any = {"cmap": cmap, "vmin": limits[0], "vmax": limits[1]}
    points: PathCollection | AxesImage
    if good.size > MOST_MARKS:
        points = _picture(axes, lonlat[good], values[good], colours)
    else:
        order = good[np.argsort(np.abs(values[good]), kind="stable")]
        points = axes.scatter(
            lonlat[order, 0], lonlat[order, 1], c=values[order],
            s=_marker_area(axes, order.size), linewidths=0, rasterized=True, **colours,
        )  # fmt: skip
    frame_map(axes, lonlat, wrapped=cmap == WRAPPED)
    return points


def _picture(axes: Axes, lonlat: FloatArray, values: FloatArray, colours: Any) -> AxesImage:
    """Draw pixels as a picture, as large as marks that nearly touch on average."""
    extent = rimmed_extent(lonlat)
    shape = picture_size(extent, _box_in_pixels(axes))
    cells = cells_of_points(lonlat, extent, shape, mark=touching_mark(shape, len(values)))
    return axes.imshow(
        cells.picture(values), extent=extent, zorder=1, **PICTURE_OF_VALUES, **colours
    )


def rimmed_extent(lonlat: FloatArray) -> Extent:
    """Give the extent of some points in degrees, with as much around them as around marks."""
    low, high = np.nanmin(lonlat, axis=0), np.nanmax(lonlat, axis=0)
    rim = 0.05 * (high - low) + 1e-6
    (west, south), (east, north) = (low - rim).tolist(), (high + rim).tolist()
    return west, east, south, north


def _box_in_pixels(axes: Axes) -> tuple[float, float]:
    """Give width and height of axes on the screen."""
    box = axes.get_position()
    width, height = axes.figure.get_size_inches()  # type: ignore[union-attr]
    dpi = axes.figure.dpi
    return box.width * width * dpi, box.height * height * dpi


def frame_map(axes: Axes, lonlat: FloatArray, *, wrapped: bool = False) -> None:
    """Give a map true proportions and a quiet background."""
    axes.set_facecolor(WRAPPED_BACKGROUND if wrapped else MAP_BACKGROUND)
    axes.grid(color="#e9ecee")
    middle = float(np.nanmean(lonlat[:, 1])) if len(lonlat) else 0.0
    axes.set_aspect(1 / max(math.cos(math.radians(middle)), 0.01))
    axes.ticklabel_format(useOffset=False)


def plot_dates(day: FloatArray) -> npt.NDArray[np.datetime64]:
    """Give MATLAB date numbers in the form that matplotlib draws."""
    return np.array([calendar_date(value) for value in day], dtype="datetime64[D]")


def date_axis(axes: Axes) -> None:
    """Label a date axis briefly."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _marker_area(axes: Axes, count: int) -> float:
    """Give an area (points squared) at which markers nearly touch on average."""
    box = axes.get_position()
    inches = axes.figure.get_size_inches()  # type: ignore[union-attr]
    area = box.width * inches[0] * box.height * inches[1] * 72**2
    return float(np.clip(0.8 * area / max(count, 1), 0.3, 30.0))


def scale_bar(axes: Axes, lonlat: FloatArray) -> None:
    """Draw a bar of a round length in the lower left corner."""
    west, east = float(np.nanmin(lonlat[:, 0])), float(np.nanmax(lonlat[:, 0]))
    south, north = float(np.nanmin(lonlat[:, 1])), float(np.nanmax(lonlat[:, 1]))
    km_per_degree = 111.32 * math.cos(math.radians((south + north) / 2))
    width_km = (east - west) * km_per_degree
    if not width_km > 0:
        return
    length = round_limit(width_km / 6)
    x, y = west + 0.03 * (east - west), south + 0.03 * (north - south)
    axes.plot([x, x + length / km_per_degree], [y, y], color="black", lw=2.5, solid_capstyle="butt")
    axes.annotate(
        f"{length:g} km", (x, y), (0, 4), textcoords="offset points", fontsize=8, va="bottom"
    )


def view_arrows(axes: Axes, heading_deg: float) -> None:
    """Draw flight direction and, to its right, the direction in which the radar looks."""
    heading = math.radians(heading_deg)
    centre, length = np.array([0.89, 0.89]), 0.075
    flight = np.array([math.sin(heading), math.cos(heading)])
    look = np.array([math.cos(heading), -math.sin(heading)])
    arrow = {"arrowstyle": "-|>", "color": "black", "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    for label, start, end in (
        ("flight", centre - length * flight, centre + length * flight),
        ("look", centre, centre + 0.6 * length * look),
    ):
        axes.annotate(
            "",
            (end[0], end[1]),
            (start[0], start[1]),
            xycoords="axes fraction",
            textcoords="axes fraction",
            arrowprops=arrow,
            zorder=7,
        )
        x, y = end + 0.022 * (end - start) / np.hypot(*(end - start))
        axes.text(
            x, y, label, transform=axes.transAxes, fontsize=7, va="center", zorder=7,
            ha="left" if x > end[0] + 0.01 else "right" if x < end[0] - 0.01 else "center",
        )  # fmt: skip
