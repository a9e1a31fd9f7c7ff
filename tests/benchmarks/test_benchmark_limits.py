"""The limits that the benchmark compares kernels with."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from benchmarks.counts import COUNTS, GAIN, PAIR, share_in_reach, threads_of, work_of
from benchmarks.machine import Machine, Work, measured
from pystamps.kernel_checks.inputs import typical
from pystamps_kernels import KERNELS

RATES = Machine(*(10.0**9,) * 6)
kernels = pytest.mark.parametrize("kernel", KERNELS)


def test_every_kernel_has_a_count_and_every_count_a_kernel():
    assert set(COUNTS) == set(KERNELS)


@kernels
def test_limits_are_positive_and_grow_with_the_work(kernel: str):
    # not below: windows and the edges of the area weigh more on small grids
    small, large = (work_of(kernel, typical(kernel, n, 6)) for n in (40_000, 160_000))
    elements = large[0] / small[0]
    assert 3.9 < elements < 4.1
    seconds = [work.seconds(RATES) for _, work in (small, large)]
    assert seconds[0] > 0
    assert seconds[1] / seconds[0] == pytest.approx(elements, rel=0.1)
    assert all(value >= 0 for value in asdict(small[1]).values())


def test_counts_of_moved_bytes_are_those_counted_by_hand():
    n, m = 90, 7
    elements, work = work_of("stage7_scla", typical("stage7_scla", n, m))
    assert (elements, work.bandwidth) == (n * m, n * m * 12)  # two singles read, one written
    _, work = work_of("stage2_weighted_phase", typical("stage2_weighted_phase", n, m))
    assert work.bandwidth == n * m * (8 + 4 + 8)
    assert work.trigonometry == n * m
    arguments = typical("stage2_grid_accumulate", n, m)
    cells = arguments["shape"][0] * arguments["shape"][1]
    _, work = work_of("stage2_grid_accumulate", arguments)
    assert work.bandwidth == n * m * 8 + cells * m * 8 + n * 8


def test_counts_of_the_search_are_those_counted_by_hand():
    n, m = 50, 9
    # half a wrap makes four trials on either side of zero
    _, own = work_of("stage2_topofit", typical("stage2_topofit", n, m))
    _, shared = work_of(
        "stage2_topofit_row_invariant", typical("stage2_topofit_row_invariant", n, m)
    )
    assert own.arithmetic - shared.arithmetic == n * m * 4 * 2  # next cosine and sine
    assert (own.trigonometry, shared.trigonometry) == (3 * n * m, 2 * n * m)
    assert own.arctangents == shared.arctangents == n * m
    assert shared.arithmetic == n * m * (4 * 4 + 2 + 19)


def test_counts_of_filters_and_arcs_are_those_counted_by_hand():
    grid = np.zeros((48, 60, 2), np.complex64)
    arguments = typical("stage2_clap_filter", 2_000, 2) | {"grid": grid}
    _, work = work_of("stage2_clap_filter", arguments)
    windows = (48 // 6 - 3) * (60 // 6 - 3) * 2  # every quarter of 24 cells
    assert work.transforms == 2 * windows
    assert work.arithmetic == windows * 32 * 32 * (GAIN + 4)
    e, m = 60, 5
    elements, work = work_of("stage4_edge_stats", typical("stage4_edge_stats", e, m))
    assert elements == e * m
    assert work.arithmetic == e * m * (m * PAIR + 19)
    assert work.arctangents == 3 * e * m


def test_the_share_of_pairs_in_reach_is_that_of_random_points():
    points = np.random.default_rng(0).uniform(0, 1, (1500, 2))
    distance = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    for radius in (0.1, 0.4):
        assert share_in_reach(radius, np.ones(2)) == pytest.approx(
            (distance < radius).mean(), rel=0.03
        )
    assert share_in_reach(2.0, np.ones(2)) == 1


def test_a_limit_is_moving_or_computing_whichever_takes_longer():
    assert Work(bandwidth=3e9, arithmetic=1e9).seconds(RATES) == 3
    assert Work(bandwidth=1e9, arithmetic=1e9, trigonometry=1e9).seconds(RATES) == 2
    assert (Work(chain=1.0) + Work(chain=2.0, arithmetic=1.0)) == Work(chain=3.0, arithmetic=1.0)


def test_kernels_that_are_serial_by_nature_have_the_limit_of_one_thread():
    assert threads_of("legacy_uniform", 16) == threads_of("stage0_line_sums", 16) == 1
    assert threads_of("stage2_topofit", 16) == 16


@pytest.mark.slow
def test_measured_rates_are_plausible():
    rates = measured(1)
    assert all(1e6 < rate < 1e13 for name, rate in asdict(rates).items() if name != "transforms")
    assert rates.arithmetic > rates.trigonometry > 0
    assert rates.best(RATES).chain == max(rates.chain, RATES.chain)
