"""The network of small baselines: two images per line, in the report and on demand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from pystamps.figures.stack import baseline_plot
from pystamps.io.artifacts import read_artifact
from pystamps.model import Pixels
from pystamps.plotting.network_plot import network_figure
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stack_columns import wanted_interferograms

pytestmark = pytest.mark.golden


@pytest.fixture
def source(shared_data: Path, tmp_path: Path) -> PlotSource:
    """What the picture needs of the golden set of small baselines."""
    stages = shared_data / "sb_small" / "stages"
    for name in ("stage5/ps2.mat", "stage5/ifgstd2.mat", "stage1/parms.mat"):
        shutil.copyfile(stages / name, tmp_path / Path(name).name)
    return PlotSource(tmp_path, cast("Any", None), {"drop_ifg_index": [3, 5]})


def called(figure: Any, gid: str) -> Any:
    (found,) = (artist for artist in figure.findobj() if artist.get_gid() == gid)
    return found


def test_the_network_has_a_line_per_pair_coloured_by_its_noise_and_marks_dropped_ones(
    source: PlotSource,
) -> None:
    figure = network_figure(source)
    kept, dropped = called(figure, "kept"), called(figure, "dropped")
    assert (len(kept.get_segments()), len(dropped.get_segments())) == (23, 2)
    noise = [label.noise_deg for label in source.labels if label.number not in (3, 5)]
    np.testing.assert_allclose(kept.get_array(), noise)
    heights = np.array([ends[1, 1] - ends[0, 1] for ends in kept.get_segments()])
    bperp = [label.bperp for label in source.labels if label.number not in (3, 5)]
    np.testing.assert_allclose(heights, bperp, atol=1e-6)
    assert len(called(figure, "images").get_offsets()) == 11
    words = " ".join(text.get_text() for text in figure.findobj() if hasattr(text, "get_text"))
    assert "25 interferograms" in words and "3 (2018-01-07 2018-02-24)" in words


def test_the_figure_of_the_report_draws_pairs_and_images(source: PlotSource) -> None:
    pixels = read_artifact(Pixels, source.root / "ps2.mat")
    axes = baseline_plot(pixels).axes[0]
    assert len(axes.lines) == 25
    spans = [line.get_ydata()[1] - line.get_ydata()[0] for line in axes.lines]
    np.testing.assert_allclose(spans, pixels.bperp, atol=1e-6)
    assert any("25 interferograms of 12 images" in text.get_text() for text in axes.texts)


def test_pairs_are_chosen_by_the_date_of_either_image(source: PlotSource) -> None:
    found = wanted_interferograms(source.interferograms, "", "2018-01-07")
    assert found is not None and found.tolist() == [0, 1, 2, 3]
    late = wanted_interferograms(source.interferograms, "", "2018-08-11")
    assert late is not None and late.tolist() == [24]
