"""Maps of vertical and east-west velocity of two tracks, and of how sure they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pystamps.figures.style import axes_at, drawing_settings, plain_figure
from pystamps.geo import continuous_longitudes
from pystamps.plotting.ground import map_frame
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.maps import draw_scale_bar
from pystamps.plotting.points import draw_points
from pystamps.plotting.sheet import map_size, wrapped_lines, write_caption, write_heading
from pystamps.plotting.value_types import KINDS
from pystamps.products.decomposition import Decomposition

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDEST, _TALLEST = 3.6, 4.2
_LEFT, _BELOW, _ABOVE, _BAR, _BETWEEN, _ROWS_APART = 0.8, 0.95, 1.1, 0.14, 1.5, 0.75
_MAPS = (
    ("vertical", "v", "Vertical, + up"),
    ("east", "v", "East-west, + to the east"),
    ("vertical_std", "vs", "Standard deviation of the vertical"),
    ("east_std", "vs", "Standard deviation of east-west"),
)
"""Value, kind of the colours and title of each map, row by row."""


def decomposition_map(cells: Decomposition, *, names: tuple[str, str], relative_to: str) -> Figure:
    """Draw vertical and east-west velocity of the cells above their standard deviations.

    Parameters
    ----------
    cells : Decomposition
    names : tuple of two str
        What the data sets of A and D are called.
    relative_to : str
        What the velocities are relative to, in words.
    """
    lonlat = np.column_stack([continuous_longitudes(cells.lonlat[:, 0]), cells.lonlat[:, 1]])
    frame = map_frame(lonlat)
    wide, high = map_size(frame, _WIDEST, _TALLEST)
    with drawing_settings():
        width = _LEFT + 2 * (wide + _BETWEEN)
        figure = plain_figure(width, _ABOVE + 2 * high + _ROWS_APART + _BELOW)
        for number, (name, kind, title) in enumerate(_MAPS):
            row, column = divmod(number, 2)
            left = _LEFT + column * (wide + _BETWEEN)
            bottom = _BELOW + (1 - row) * (high + _ROWS_APART)
            axes = axes_at(figure, left, bottom, wide, high)
            bar = axes_at(figure, left + wide + 0.1, bottom + 0.1 * high, _BAR, 0.8 * high)
            shown = replace(KINDS[kind], mark_m=cells.side_m)
            values = cells.values[name]
            drawn = draw_points(
                axes, lonlat, values, shown, frame=frame, backdrop=None,
                limits=colour_limits(shown, values, None),
            )  # fmt: skip
            figure.colorbar(drawn, cax=bar, extend="both").set_label("mm/yr")
            axes.set_title(title, fontsize=9, pad=4)
            axes.ticklabel_format(useOffset=False)
            axes.locator_params(nbins=4)
            if row:
                axes.set_xlabel("longitude [°]")
            if not column:
                axes.set_ylabel("latitude [°]")
            if not number:
                draw_scale_bar(axes, frame)
        text_width = width - 0.3
        title = "Two tracks: vertical and east-west velocity"
        lines = [f"A: {names[0]}", f"D: {names[1]}"]
        write_heading(figure, title, wrapped_lines(lines, text_width)[:3], x=0.15)
        caption = [
            f"{len(cells):,} cells of {cells.side_m:g} m, relative to {relative_to}; motion to the "
            "north is taken as 0"
        ]
        write_caption(figure, wrapped_lines(caption, text_width))
        return figure
