"""The plain loops that stages are compared with compute what the kernels compute."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import plain_loops as plain
from benchmarks.plain_runs import LOOPS_OF_ORIGINAL, Needs, PlainLoop, plain_loops
from pystamps.kernel_checks.inputs import typical
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage2_clap_filter.reference import adaptive_gain
from pystamps_kernels.stage2_grid_accumulate import stage2_grid_accumulate
from pystamps_kernels.stage2_topofit import stage2_topofit
from pystamps_kernels.stage2_weighted_phase import stage2_weighted_phase
from pystamps_kernels.stage3_cell_filter import stage3_cell_filter
from pystamps_kernels.stage4_edge_stats import stage4_edge_stats
from pystamps_kernels.stage8_spatial_filter import stage8_spatial_filter

REFERENCE = KernelChoice("python")


def test_the_search_is_that_of_the_kernel():
    given = typical("stage2_topofit", 20, 12)
    found = stage2_topofit(**given, choice=REFERENCE)
    for row in range(20):
        k, c, coh, residual = plain.topofit(given["phase"][row], given["bperp"][row], 0.5)
        # the kernel rounds to single precision as the original does
        assert (k, c, coh) == pytest.approx((found.k[row], found.c[row], found.coh[row]), abs=2e-6)
        np.testing.assert_allclose(residual, found.residual[row], atol=5e-6)


def test_weighted_sums_are_those_of_the_kernels():
    given = typical("stage2_weighted_phase", 60, 5)
    cells = np.random.default_rng(0).integers(0, 4, (60, 2))
    grid = np.zeros((4, 4, 5), np.complex128)
    for row in range(60):
        plain.accumulate(
            grid, cells[row], given["ph"][row], given["bperp_mat"][row],
            k=given["k_ps"][row], weight=given["weighting"][row],
        )  # fmt: skip
    number = cells[:, 0] * 4 + cells[:, 1]
    found = stage2_grid_accumulate(
        stage2_weighted_phase(**given, choice=REFERENCE), number,
        shape=(4, 4), by_cell=np.argsort(number, kind="stable"), choice=REFERENCE,
    )  # fmt: skip
    np.testing.assert_allclose(grid, found, atol=1e-5)


def test_filtered_neighbourhoods_are_those_of_the_kernel():
    given = typical("stage3_cell_filter", 300, 2)
    cells = given["cells"][:6]
    found = stage3_cell_filter(**given | {"cells": cells}, choice=REFERENCE)
    for cell, wanted in zip(cells, found, strict=True):
        phase = plain.neighbourhood_phase(
            given["ph_grid"], cell, given["low_pass"], alpha=1.0, beta=0.3
        )
        np.testing.assert_allclose(phase, wanted, rtol=1e-6)
    window = given["ph_grid"][:32, :32, 0]
    spectrum = np.fft.fft2(window)
    gain = adaptive_gain(spectrum, given["low_pass"], 1.0, 0.3)
    np.testing.assert_allclose(
        plain.filtered_window(window, given["low_pass"], 1.0, 0.3), np.fft.ifft2(spectrum * gain)
    )


def test_noise_of_arcs_is_that_of_the_kernel_without_baseline_errors():
    given = typical("stage4_edge_stats", 30, 8) | {"bperp": np.zeros(8)}
    found = stage4_edge_stats(**given, choice=REFERENCE)
    w = given["w"].astype(np.complex128)
    noise, left_out = zip(
        *(
            plain.arc_noise(w[two] * np.conj(w[one]), given["day"], given["time_win"])
            for one, two in given["edges"]
        ),
        strict=True,
    )
    np.testing.assert_allclose(np.std(noise, axis=1, ddof=1), found.edge_std, atol=1e-6)
    np.testing.assert_allclose(np.var(left_out, axis=0, ddof=1), found.ifg_var, rtol=1e-9)


def test_means_in_space_are_those_of_the_kernel():
    given = typical("stage8_spatial_filter", 80, 3)
    xy = given["xy"][np.argsort(given["xy"][:, 1])]
    found = stage8_spatial_filter(
        xy, given["values"], wavelength=given["wavelength"], choice=REFERENCE
    )
    for at in range(0, 80, 7):
        mean = plain.spatial_mean(at, xy, given["values"], given["wavelength"])
        np.testing.assert_allclose(mean, found[at], rtol=1e-6, atol=1e-7)


def test_a_made_up_look_angle_error_and_curve_are_found():
    random = np.random.default_rng(0)
    days = np.arange(0.0, 240, 24)
    b = random.normal(0, 100, 10)
    design = np.stack([np.ones(9), np.diff(b), np.diff(days)], axis=1)
    full = np.stack([np.ones(10), days], axis=1)
    k, c, scla = plain.look_angle_error(
        0.004 * b + 0.3 + 0.01 * days, b, design=design, weights=np.ones(10), full_design=full
    )
    assert (k, c) == pytest.approx((0.004, 0.3))
    np.testing.assert_allclose(scla, 0.004 * b)
    np.testing.assert_allclose(plain.high_pass(np.full(10, 3.0), days, 100.0), 0, atol=1e-12)
    corrected = plain.corrected_pixel(np.exp(1j * (0.004 * b + 0.3)), b, k=0.004, c=0.3)
    np.testing.assert_allclose(corrected, 1, atol=1e-6)
    assert plain.clip_to_neighbours(0, np.array([9.0, 1.0, 2.0]), np.array([1, 2])) == 2


def test_needs_are_summed_over_patches():
    counts = {
        "stage1_load": [{"candidates": 10}, {"candidates": 30}],
        "stage2_gamma": [{"candidates": 10, "iterations": 3}, {"candidates": 30, "iterations": 2}],
        "stage3_select": [{"selected": 8}, {"selected": 9}],
        "stage4_weed": [{"selected": 6}, {"selected": 7}],
        "stage5_correct": [{"pixels": 5}, {"pixels": 6}],
        "stage7_scla": [{"pixels": 11}],
    }
    needs = Needs.from_counts(counts)
    assert (needs.patches, needs.candidates, needs.iterations) == (2, 40, 90)
    assert (needs.selected, needs.weeded, needs.corrected, needs.pixels) == (17, 13, 11, 11)
    assert PlainLoop("stage1_load", "x", 5, 40, 0.8).seconds == 0.8


@pytest.mark.golden
def test_every_loop_is_measured_on_a_finished_data_set(tree_before, monkeypatch):
    monkeypatch.setattr("benchmarks.plain_runs.SAMPLE", 3)
    root = tree_before("tiny", 9)
    loops = list(plain_loops(root, Needs(2, 6028, 18084, 4000, 3521, 3521, 3133)))
    assert all(loop.seconds > 0 and 1 <= loop.measured <= 3 for loop in loops)
    assert {loop.stage for loop in loops} == {
        "stage1_load", "stage2_gamma", "stage3_select", "stage4_weed", "stage5_correct",
        "stage5_merge", "stage7_scla", "stage8_filter",
    }  # fmt: skip
    assert {loop.stage for loop in loops} > set(LOOPS_OF_ORIGINAL)
