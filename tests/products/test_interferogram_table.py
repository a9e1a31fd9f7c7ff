"""Verdicts about interferograms: limits, medians, reasons."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from pystamps.interferograms import Interferograms
from pystamps.products.interferogram_table import (
    DEFAULT_LIMITS,
    MEASURED,
    InterferogramMeasures,
    judged_interferograms,
)

DAY = 737000.0 + np.arange(8) * 24.0
BPERP = np.array([-40.0, 110, -75, 0, 62, -130, 28, 90])
STACK = Interferograms.single_master(DAY, BPERP, 3)
NONE = np.array([], dtype=np.int64)


def quiet_measures() -> InterferogramMeasures:
    """Nothing suspicious anywhere; nothing at the reference image."""
    values = dict.fromkeys(MEASURED, 1.0) | {"noise_deg": 25.0, "contradicting_share": 0.001}
    columns = {name: np.full(8, value) for name, value in values.items()}
    for column in columns.values():
        column[3] = np.nan
    return InterferogramMeasures(**columns)


def with_value(name: str, column: int, value: float) -> InterferogramMeasures:
    changed = getattr(quiet_measures(), name).copy()
    changed[column] = value
    return replace(quiet_measures(), **{name: changed})


def verdicts(measures: InterferogramMeasures, **options) -> list[str]:
    rows = judged_interferograms(STACK, measures, **({"dropped": NONE} | options))
    return [row.verdict for row in rows]


def test_numbers_dates_and_days_count_the_reference_image():
    rows = judged_interferograms(STACK, quiet_measures(), dropped=NONE)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row.days for row in rows] == [-72, -48, -24, 0, 24, 48, 72, 96]
    assert rows[0].date == "2017-11-01" and rows[3].bperp_m == 0
    assert [row.verdict for row in rows] == ["keep"] * 3 + ["reference"] + ["keep"] * 4
    assert rows[3].noise_deg is None and rows[4].noise_deg == 25


@pytest.mark.parametrize(
    ("name", "value", "verdict", "reason"),
    [
        ("noise_deg", 59.9, "keep", ""),
        ("noise_deg", 60.0, "look", "noise 60 deg (look from 60)"),
        ("noise_deg", 83.0, "drop", "noise 83 deg (drop from 80)"),
        ("residual_rms_mm", 6.0, "look", "residual 6 mm (look from 5)"),
        ("residual_rms_mm", 14.0, "drop", "residual 14 mm (drop from 10)"),
        ("contradicting_share", 0.02, "look", "contradicting arcs 2 % (look from 1)"),
        ("contradicting_share", 0.08, "drop", "contradicting arcs 8 % (drop from 5)"),
        ("effect_rms_mm_yr", 50.0, "keep", ""),
        ("msd_rad2", 50.0, "keep", ""),
    ],
)
def test_a_measure_beyond_its_limit_gives_the_verdict_and_its_reason(name, value, verdict, reason):
    row = judged_interferograms(STACK, with_value(name, 6, value), dropped=NONE)[6]
    assert (row.verdict, row.reason) == (verdict, reason)


def test_what_is_large_everywhere_makes_no_interferogram_suspicious():
    noisy = replace(quiet_measures(), residual_rms_mm=quiet_measures().residual_rms_mm * 12)
    assert set(verdicts(noisy)) == {"keep", "reference"}
    noisy.residual_rms_mm[2] = 25
    row = judged_interferograms(STACK, noisy, dropped=NONE)[2]
    assert (row.verdict, row.reason) == ("drop", "residual 25 mm (drop from 24)")
    always = replace(DEFAULT_LIMITS, times_median=0.0)
    assert verdicts(noisy, limits=always).count("drop") == 7


def test_the_strictest_measure_decides_and_all_reasons_are_given():
    measures = with_value("noise_deg", 1, 65.0)
    measures.contradicting_share[1] = 0.07
    row = judged_interferograms(STACK, measures, dropped=NONE)[1]
    assert row.verdict == "drop"
    assert row.reason == "noise 65 deg (look from 60); contradicting arcs 7 % (drop from 5)"


def test_a_limit_of_infinity_judges_nothing():
    off = replace(DEFAULT_LIMITS, look_noise_deg=inf, drop_noise_deg=inf)
    assert verdicts(with_value("noise_deg", 0, 100.0), limits=off)[0] == "keep"


def test_what_is_dropped_is_said_and_counts_in_no_median():
    measures = with_value("residual_rms_mm", 7, np.nan)
    found = judged_interferograms(STACK, measures, dropped=np.array([3, 7]))
    assert (found[7].verdict, found[7].reason) == ("dropped", "in drop_ifg_index")
    assert found[3].verdict == "dropped" and "the reference image" in found[3].reason


def test_without_any_measure_there_is_no_verdict():
    nothing = InterferogramMeasures(**{name: np.full(8, np.nan) for name in MEASURED})
    unknown = replace(STACK, bperp=np.where(STACK.is_null, 0.0, np.nan))
    rows = judged_interferograms(unknown, nothing, dropped=NONE)
    assert {row.verdict for row in rows} == {"", "reference"}
    assert rows[0].bperp_m is None and rows[0].reason == "not known yet"


def test_pairs_have_two_dates():
    pairs = np.array([[0, 1], [1, 2], [0, 3]])
    stack = Interferograms.small_baselines(pairs, day=DAY, bperp=BPERP[:3], reference_ix=0)
    nothing = InterferogramMeasures(**{name: np.full(3, np.nan) for name in MEASURED})
    rows = judged_interferograms(stack, nothing, dropped=NONE)
    assert rows[2].date == "2017-11-01 2018-01-12" and rows[2].days == 72
