"""The pictures of a report, by name; each is bounded, so that the report is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pystamps.figures.style import drawing_settings
from pystamps.figures.troposphere import troposphere_figure
from pystamps.plotting.map_values import MapRequest, map_values
from pystamps.plotting.maps import MapLook
from pystamps.plotting.named_plot import value_figure
from pystamps.plotting.network_plot import network_figure
from pystamps.plotting.panels_of_stack import stack_panels
from pystamps.plotting.value_types import KINDS
from pystamps.products.accurate_columns import AccurateColumns
from pystamps.products.corrected_stack import shown_interferogram
from pystamps.report_page.accurate_maps import accurate_maps, limits_of_table
from pystamps.report_page.bounded_pictures import DrawnPicture, picture_address
from pystamps.report_page.charts import atmosphere_figure, distribution_figure
from pystamps.report_page.contents import ReportContents, picture_of_workflow
from pystamps.report_page.map_pairs import map_pair_figure
from pystamps.report_page.series_panels import series_panels_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pictures_of_report(contents: ReportContents) -> dict[str, str]:
    """Draw the pictures of a report.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    dict of str to str
        Data addresses by name (:data:`PICTURE_NAMES`); empty where there is nothing to draw.
    """
    has_points = contents.table.layers.n_point > 0
    found: dict[str, str] = {}
    for name, draw in _DRAWERS.items():
        picture = draw(contents) if has_points else None
        found[name] = "" if picture is None else picture_address(picture)
    return found


def _velocity(contents: ReportContents) -> Figure:
    name = str(contents.table.about.get("value_type") or "v")
    return value_figure(contents.source, name, MapRequest(), MapLook())


def _unwrapped(contents: ReportContents) -> DrawnPicture | None:
    if not contents.source.pixels.interferograms.is_single_master:  # dates of the table are images
        return picture_of_workflow(contents, "unwrapped_panel")
    return stack_panels(contents.source, "u")


def _pair(contents: ReportContents, left: str, right: str) -> Figure:
    source = contents.source
    pair = tuple(map_values(source, KINDS[name], MapRequest()) for name in (left, right))
    return map_pair_figure(source, (pair[0], pair[1]))


def _accurate(contents: ReportContents) -> Figure | None:
    found = contents.accurate
    if not isinstance(found, AccurateColumns):
        return None
    source = contents.source
    return map_pair_figure(source, accurate_maps(source, found), (limits_of_table(source), None))


def _troposphere(contents: ReportContents) -> Figure | None:
    if contents.corrected is None:
        return None
    with drawing_settings():
        return troposphere_figure(contents.corrected.table, shown_interferogram(contents.corrected))


_DRAWERS: dict[str, Callable[[ReportContents], DrawnPicture | None]] = {
    "velocity": _velocity,
    "network": lambda c: network_figure(c.source),
    "coherence": lambda c: picture_of_workflow(c, "coherence_histogram"),
    "dispersion": lambda c: picture_of_workflow(c, "dispersion_histogram"),
    "unwrapped": _unwrapped,
    "distribution": lambda c: distribution_figure(c.table),
    "uncertainty": lambda c: _pair(c, "std", "rmse"),
    "quality": lambda c: _pair(c, "dem", "coh"),
    "accurate": _accurate,
    "atmosphere": lambda c: atmosphere_figure(c.table),
    "troposphere": _troposphere,
    "asked": lambda c: series_panels_figure(c.source, c.asked) if c.asked else None,
    "notable": lambda c: series_panels_figure(c.source, c.notable) if c.notable else None,
    "assessment": lambda c: c.against_truth,
}

PICTURE_NAMES = tuple(_DRAWERS)
"""All pictures that a report can have."""
