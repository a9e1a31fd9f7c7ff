from __future__ import annotations

import numpy as np
import pytest
from delay_examples import terrain

from pystamps.figures.style import drawing_settings
from pystamps.figures.troposphere import troposphere_figure
from pystamps.interferograms import Interferograms
from pystamps.products.delay_effect import (
    CorrectedInterferogram,
    DelayEffectTable,
    delay_effects,
)
from pystamps.rows import Rows

XY, HEIGHT = terrain(600)
N_IFG = 6
STACK = Interferograms.single_master(
    737000.0 + 12 * np.arange(N_IFG), np.array([10.0, -30, 0, 50, 20, -80]), 2
)
SLOPES = np.array([4.0, -3, 0, 6, 2, -4])


def phase() -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.2, (HEIGHT.size, N_IFG))
    return (HEIGHT[:, None] / 1000 * SLOPES + noise).astype(np.float32)


def delays() -> dict[str, np.ndarray]:
    """Give the right delay, and one of wrong sign in column 1, missing in 3, of a part in 4."""
    right = HEIGHT[:, None] / 1000 * SLOPES
    other = right.copy()
    other[:, 1] *= -1
    other[:, 3] = 0
    other[:100, 4] = np.nan
    return {"a_linear": right, "a_gacos": other}


def table(**changes) -> DelayEffectTable:
    unknown = {"a_linear": np.array([2]), "a_gacos": np.array([2, 3])}
    arguments = {"used": STACK.observed, "without_delay": unknown, "height": HEIGHT} | changes
    return delay_effects(STACK, phase(), delays(), **arguments)


def test_spreads_are_those_of_the_phase_before_and_after():
    row = table().of_method("a_linear")[0]
    before = phase()[:, 0].astype(np.float64)
    after = before - delays()["a_linear"][:, 0]
    assert row.before_rad == pytest.approx(before.std(ddof=1), rel=1e-9)
    assert row.after_rad == pytest.approx(after.std(ddof=1), rel=1e-9)
    assert row.height_correlation_before == pytest.approx(np.corrcoef(before, HEIGHT)[0, 1])
    assert abs(row.height_correlation_after) < 0.15
    assert (row.number, row.date, row.verdict) == (1, "20171101", "better")


def test_what_became_worse_and_what_has_no_delay_is_counted_and_named():
    found = table()
    verdicts = [row.verdict for row in found.of_method("a_gacos")]
    assert verdicts == ["better", "worse", "no delay", "better", "better"]
    linear, gacos = found.sentences()
    assert linear.startswith("a_linear: 5 of 5") and linear.endswith("none became worse")
    assert "a_gacos: 3 of 5 interferograms have less spread" in gacos
    assert "1 became worse: 2 (20171113) +" in gacos
    assert "no delay is known of 4 (20171207)" in gacos


def test_the_wrong_sign_doubles_the_spread():
    row = table().of_method("a_gacos")[1]
    assert row.change_percent == pytest.approx(100, abs=15)


def test_pixels_without_delay_count_neither_before_nor_after():
    row = table().of_method("a_gacos")[3]
    assert row.n_pixel == HEIGHT.size - 100
    assert row.before_rad == pytest.approx(phase()[100:, 4].astype(np.float64).std(ddof=1))


def test_a_ramp_hides_the_effect_unless_a_plane_is_taken_off():
    ramp = (1e-3 * XY[:, :1]).astype(np.float32)
    arguments = {
        "used": STACK.observed,
        "without_delay": {"a_linear": np.array([2])},
        "height": HEIGHT,
    }
    right = {"a_linear": delays()["a_linear"]}
    hidden = delay_effects(STACK, phase() + ramp, right, **arguments)
    shown = delay_effects(STACK, phase() + ramp, right, plane_xy=XY, **arguments)
    assert abs(hidden.rows[0].change_percent) < 10
    assert shown.rows[0].change_percent < -50
    assert shown.is_deramped


def test_phase_and_delays_may_lie_in_files():
    as_rows = [Rows(of.shape, of.dtype, of.__getitem__) for of in (phase(), *delays().values())]
    unknown = {"a_linear": np.array([2]), "a_gacos": np.array([2, 3])}
    found = delay_effects(
        STACK, as_rows[0], dict(zip(delays(), as_rows[1:], strict=True)),
        used=STACK.observed, without_delay=unknown, height=HEIGHT,
    )  # fmt: skip
    assert found == table()


def test_without_heights_there_is_no_correlation_with_them():
    row = table(height=None).rows[0]
    assert row.height_correlation_before is None


def test_the_figure_has_maps_a_scatter_and_bars_and_marks_what_is_worse():
    found = table()
    lonlat = np.column_stack([14 + XY[:, 0] / 8e4, 41 + XY[:, 1] / 1.1e5])
    shown = CorrectedInterferogram(
        "interferogram 1 (20171101)", "a_linear", lonlat, phase()[:, 0].astype(np.float64),
        delays()["a_linear"][:, 0], HEIGHT,
    )  # fmt: skip
    with drawing_settings():
        figure = troposphere_figure(found, shown)
    titles = [axes.get_title("left") for axes in figure.axes]
    assert [title.partition(":")[0] for title in titles[:3]] == ["before", "a_linear", "after"]
    assert "worse (1)" in titles[-2] or "worse (1)" in titles[-1]
    bars = figure.axes[4] if figure.axes[4].patches else figure.axes[5]
    assert len(bars.patches) == 3 * 5
    with drawing_settings():
        empty = troposphere_figure(found, None)
    assert "no delay is known" in empty.axes[0].texts[0].get_text()
