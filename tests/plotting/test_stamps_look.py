"""Parameters of StaMPS' plots that change maps, and those that nothing reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plotted_trees import write_plotted_tree

from pystamps.figures.style import TOWARD_AWAY
from pystamps.parameters import Parameters
from pystamps.parameters.checks import parameters_without_effect
from pystamps.plotting.map_values import MapRequest
from pystamps.plotting.maps import MapLook
from pystamps.plotting.named_plot import value_figure
from pystamps.plotting.source import PlotSource, open_plot_source
from pystamps.plotting.stamps_look import as_drawn
from pystamps.plotting.value_types import value_type_named


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> PlotSource:
    return open_plot_source(write_plotted_tree(tmp_path_factory.mktemp("plotted") / "D"))


def marks(source: PlotSource, background: str = "none", **stamps: object):
    """Marks and figure of a map of the velocity."""
    look = MapLook(background=background)
    figure = value_figure(replace(source, stamps=stamps), "v-d", MapRequest(), look)
    return figure.axes[0].collections[0], figure


def test_points_are_drawn_beside_their_place(source):
    moved, _ = marks(source, lonlat_offset=[0.002, -0.001])
    plain, _ = marks(source)
    shift = np.asarray(moved.get_offsets()) - np.asarray(plain.get_offsets())
    np.testing.assert_allclose(shift, np.tile([0.002, -0.001], (len(shift), 1)), atol=1e-12)


def test_schemes_of_stamps_change_colours(source):
    assert marks(source)[0].get_cmap().name == TOWARD_AWAY
    assert marks(source, plot_color_scheme="inflation")[0].get_cmap().name == TOWARD_AWAY
    assert marks(source, plot_color_scheme="deflation")[0].get_cmap().name == f"{TOWARD_AWAY}_r"
    assert marks(source, plot_color_scheme="gray")[0].get_cmap().name == "gray"
    wrapped = value_type_named("w")
    assert as_drawn(wrapped, Parameters(plot_color_scheme="gray")).colours == wrapped.colours


def test_marks_have_their_size_on_the_ground(source):
    small, figure = marks(source, plot_scatterer_size=60.0)
    large, _ = marks(source, plot_scatterer_size=180.0)
    assert large.get_sizes()[0] == pytest.approx(9 * small.get_sizes()[0])
    axes = figure.axes[0]
    west, east = axes.get_xlim()
    metres = (east - west) * 111320 * np.cos(np.radians(np.mean(axes.get_ylim())))
    points = 72 * axes.get_position().width * figure.get_size_inches()[0]
    assert np.sqrt(small.get_sizes()[0]) * metres / points == pytest.approx(60, rel=0.01)


def test_the_light_of_a_relief_can_be_turned(source):
    _, figure = marks(source, "hillshade", shade_rel_angle=[200.0, 30.0])
    _, plain = marks(source, "hillshade")
    words = ["\n".join(text.get_text() for text in f.texts) for f in (figure, plain)]
    assert "azimuth 200°, 30° up" in words[0]
    assert "the north-west" in words[1]
    grey = [np.ma.filled(f.axes[0].images[0].get_array(), np.nan) for f in (figure, plain)]
    assert np.nanmax(np.abs(grey[0] - grey[1])) > 0.01


def test_parameters_that_nothing_reads_are_named():
    set_here = {"plot_dem_posting": 30, "n_cores": 4, "weed_time_win": 100, "lonlat_offset": [0, 1],
                "unwrap_alpha": None}  # fmt: skip
    assert parameters_without_effect(set_here) == ("plot_dem_posting", "n_cores")
