"""Maps of two passes of unwrapping: where whole cycles have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64
from pystamps.figures.style import axes_at, drawing_settings, plain_figure
from pystamps.geo import continuous_longitudes
from pystamps.plotting.ground import map_frame
from pystamps.plotting.maps import draw_scale_bar
from pystamps.plotting.points import draw_points
from pystamps.plotting.sheet import map_size, wrapped_lines, write_caption, write_heading
from pystamps.plotting.value_types import KINDS
from pystamps.products.pass_differences import UNKNOWN_CYCLES, PassDifferences

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDEST, _TALLEST = 4.4, 6.0
_LEFT, _BELOW, _ABOVE, _BAR, _BETWEEN = 0.8, 0.95, 1.35, 0.14, 1.5
_FEWEST_CYCLES = 1


def pass_map(lonlat: Float64, differences: PassDifferences, *, name: str) -> Figure:
    """Draw how many interferograms have other cycles at each point, and the one with most.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n_ps, 2)
        Positions in degrees.
    differences : PassDifferences
    name : str
        What the data set is called.
    """
    places = np.column_stack([continuous_longitudes(lonlat[:, 0]), lonlat[:, 1]])
    frame = map_frame(places)
    wide, high = map_size(frame, _WIDEST, _TALLEST)
    counts = differences.changed_interferograms.astype(float)
    worst = int(differences.changed_pixels.argmax())
    cycles = differences.cycles[:, worst].astype(float)
    cycles[cycles == UNKNOWN_CYCLES] = np.nan
    most = max(_FEWEST_CYCLES, float(np.nanmax(np.abs(cycles), initial=0.0)))
    with drawing_settings():
        figure = plain_figure(_LEFT + 2 * (wide + _BETWEEN), _ABOVE + high + _BELOW)
        panels = (
            (counts, KINDS["coh"], (0.0, max(1.0, counts.max(initial=0.0))), "interferograms"),
            (cycles, KINDS["u"], (-most, most), "cycles, second less first"),
        )
        titles = ("Interferograms with other cycles", str(differences.names[worst]))
        for at, (values, kind, limits, unit) in enumerate(panels):
            left = _LEFT + at * (wide + _BETWEEN)
            axes = axes_at(figure, left, _BELOW, wide, high)
            bar = axes_at(figure, left + wide + 0.1, _BELOW + 0.1 * high, _BAR, 0.8 * high)
            drawn = draw_points(
                axes, places, values, kind, frame=frame, backdrop=None, limits=limits
            )
            figure.colorbar(drawn, cax=bar).set_label(unit)
            _finish(axes, titles[at])
            if at == 0:
                axes.set_ylabel("latitude [°]")
                draw_scale_bar(axes, frame)
        _write_words(figure, differences, name)
        return figure


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=9, pad=4)
    axes.set_xlabel("longitude [°]")
    axes.ticklabel_format(useOffset=False)
    axes.locator_params(nbins=5)


def _write_words(figure: Figure, differences: PassDifferences, name: str) -> None:
    width = float(figure.get_size_inches()[0]) - 0.3
    title = "What the second unwrapping has changed"
    write_heading(figure, title, wrapped_lines([name], width)[:3], x=0.15)
    share = 100 * float(differences.is_changed.mean())
    caption = [
        f"{share:.2f} % of all phases have other whole cycles; one constant per interferogram "
        f"taken off; change of the look-angle error: rms {differences.k_rms:.2g} rad/m"
    ]
    write_caption(figure, wrapped_lines(caption, width))
