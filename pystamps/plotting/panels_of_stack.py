"""Interferograms as one picture of pixels with all points: the fastest view of a stack."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pystamps.figures.maps import even_part, remark_of_part
from pystamps.figures.panels import NARROWEST, Panels, panel_figure
from pystamps.figures.style import drawing_settings, empty_figure
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.map_values import MapRequest, map_values
from pystamps.plotting.sheet import wrapped_lines
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stack_columns import InterferogramLabel
from pystamps.plotting.stamps_look import as_drawn
from pystamps.plotting.value_types import KINDS
from pystamps.plotting.words import label_of_values, lines_about
from pystamps.rows import chosen_columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def stack_panels(source: PlotSource, name: str) -> Figure:
    """Draw an even part of the interferograms of a value type, with all points and no backdrop.

    Parameters
    ----------
    source : PlotSource
    name : str
        Of a value type that is a stack.
    """
    kind = as_drawn(KINDS[name], source.look)
    shown = map_values(source, kind, MapRequest())
    title, count = f"{kind.name}: {kind.title}", len(shown.labels)
    places = even_part(np.arange(count))
    with drawing_settings():
        if not places.size or not len(shown.lonlat):
            return empty_figure(title, "nothing to show")
        values = np.asarray(chosen_columns(shown.values, places))
        labels = [shown.labels[place] for place in places]
        noun = labels[0].noun
        counted = "of the image" if noun == "image" else "as drop_ifg_index counts"
        lines = [
            *lines_about(kind, shown.about, is_referenced=shown.reference_lonlat is not None),
            f"above each map: number ({counted}), date, perpendicular baseline, noise",
            remark_of_part(places.size, count, noun, kind.name),
        ]
        return panel_figure(
            Panels(
                lonlat=shown.lonlat,
                values=values,
                names=tuple(f"{label.number}   {label.date}" for label in labels),
                remarks=tuple(
                    _words_of(label, is_known=bool(np.isfinite(values[:, number]).any()))
                    for number, label in enumerate(labels)
                ),
                limits=colour_limits(kind, values, None),
                cmap=kind.colours,
                title=title,
                lines=tuple(wrapped_lines(lines, NARROWEST - 0.2)),
                label=label_of_values(kind),
            )
        )


def _words_of(label: InterferogramLabel, *, is_known: bool) -> str:
    """Give baseline, noise and flag of an interferogram."""
    noise = f"{label.noise_deg:.0f}°" if math.isfinite(label.noise_deg) else ""
    words = (f"{label.bperp:+.0f} m", noise, label.flag, "" if is_known else "no values")
    return "   ".join(word for word in words if word)
