"""Stage 2: unit vectors of the original, corrections, edge cases, shortcuts."""

from __future__ import annotations

import logging
from dataclasses import fields, replace

import numpy as np
import pytest
from gamma_examples import (
    PARAMETERS,
    made_up_candidates,
    made_up_interferograms,
    vector_candidates,
)

from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.interferograms import Interferograms
from pystamps.matlab import histogram, legacy_uniform
from pystamps.stages.filter_grid import filter_grid
from pystamps.stages.gamma_restart import GammaRestart
from pystamps.stages.neighbourhood import neighbourhood_phase
from pystamps.stages.random_reference import (
    AT_ONCE,
    COHERENCE_BINS,
    RandomReference,
    low_bins_of,
    random_reference,
)
from pystamps.stages.stage2_gamma import estimate_gamma, mean_incidence, trial_wraps
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage2_topofit_coh_row_invariant import stage2_topofit_coh_row_invariant
from pystamps_kernels.stage3_cell_filter import CellFilterSettings


@pytest.fixture(scope="module")
def example():
    return made_up_candidates()


@pytest.fixture(scope="module")
def reference(example):
    """The random reference of the example, simulated once."""
    wraps = float(trial_wraps(example.bperp, PARAMETERS, incidence=example.incidence))
    return random_reference(example.bperp, n_trial_wraps=wraps)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("case", "weighting"),
    [("s2_gamma_psquare", "P-square"), ("s2_gamma_snr", "SNR"), ("s2_gamma_sb", "P-square")],
)
def test_the_whole_stage_gives_what_the_original_gives(vectors, case, weighting):
    candidates, golden = vector_candidates(vectors / f"{case}.json")
    found = estimate_gamma(candidates, replace(PARAMETERS, filter_weighting=weighting))
    assert found.i_loop == golden["i_loop"].item()
    assert found.nr_max_nz_ix == golden["Nr_max_nz_ix"].item()
    np.testing.assert_array_equal(found.grid_ij + 1, golden["grid_ij"])
    np.testing.assert_allclose(found.nr, golden["Nr_final"].ravel(), rtol=1e-14)
    assert found.n_trial_wraps == pytest.approx(golden["n_trial_wraps"].item(), rel=1e-14)
    # tolerances of the vectors: single arithmetic, small filtered moduli amplify rounding
    np.testing.assert_allclose(found.coh_ps, golden["coh_ps"].ravel(), rtol=0, atol=5e-6)
    np.testing.assert_allclose(found.k_ps, golden["K_ps"].ravel(), rtol=0, atol=1e-7)
    np.testing.assert_allclose(found.c_ps, golden["C_ps"].ravel(), rtol=0, atol=5e-5)
    np.testing.assert_allclose(found.ph_patch, golden["ph_patch"], rtol=0, atol=5e-5)
    if "ph_res" in golden:
        np.testing.assert_allclose(found.ph_res, golden["ph_res"], rtol=0, atol=2e-4)
    used = golden["weighting_used_in_last_iteration"].ravel()
    weights = np.abs(found.ph_weight).max(axis=1)
    np.testing.assert_allclose(weights, np.abs(used), rtol=0, atol=1e-5 * np.nanmax(np.abs(used)))


@pytest.mark.golden
def test_a_null_candidate_clears_its_cell_only_in_compatible_mode(vectors):
    candidates, _ = vector_candidates(vectors / "s2_gamma_psquare.json")
    null = np.flatnonzero((candidates.ph == 0).any(axis=1))
    assert null.size == 1
    as_original = estimate_gamma(candidates, PARAMETERS)
    corrected = estimate_gamma(
        candidates, PARAMETERS, compat=Compat(null_candidate_clears_cell=False)
    )
    row, column = as_original.grid_ij[null[0]]
    assert np.isnan(as_original.ph_grid[row, column]).all()
    assert np.isfinite(corrected.ph_grid).all()
    for found in (as_original, corrected):
        assert np.isnan(found.k_ps[null]).all()
        assert found.coh_ps[null] == 0
        assert found.n_opt[null] == 0


def test_python_and_native_backends_give_the_same_stage(example, reference):
    python, native = (
        estimate_gamma(example, PARAMETERS, reference=reference, choice=KernelChoice(backend))
        for backend in ("python", "native")
    )
    assert python.i_loop == native.i_loop
    # a flip of the trial would show as 2 pi / 8 over the range, far above these
    np.testing.assert_allclose(python.k_ps, native.k_ps, rtol=0, atol=1e-7)
    np.testing.assert_allclose(python.coh_ps, native.coh_ps, rtol=0, atol=2e-6)
    np.testing.assert_allclose(python.ph_patch, native.ph_patch, rtol=0, atol=2e-5)


def test_the_reference_of_both_backends_differs_by_no_more_than_rounding(example):
    counts = [
        random_reference(
            example.bperp, n_trial_wraps=0.5, n_random=20_000, choice=choice
        ).counts
        for choice in (KernelChoice(overrides={"stage2_topofit_coh_row_invariant": "python"}),
                       KernelChoice())
    ]  # fmt: skip
    np.testing.assert_array_equal(counts[0], counts[1])
    assert counts[0].sum() == 20_000


def test_random_phases_of_small_baselines_are_differences_of_those_of_the_images():
    pairs, bperp = np.array([[0, 1], [1, 2], [0, 2]]), np.array([30.0, -20.0, 10.0])
    day = 737000.0 + 12 * np.arange(3)
    stack = Interferograms.small_baselines(pairs, day=day, bperp=bperp, reference_ix=1)
    found = random_reference(bperp, n_trial_wraps=0.5, small_baselines=stack, n_random=20_000)
    turns = legacy_uniform(2005, 20_000 * 3).reshape(3, -1)
    turns = turns[pairs[:, 1]] - turns[pairs[:, 0]]
    coherence = stage2_topofit_coh_row_invariant(turns, bperp, n_trial_wraps=0.5)
    np.testing.assert_array_equal(found.counts, histogram(coherence, COHERENCE_BINS))
    alone = random_reference(bperp, n_trial_wraps=0.5, n_random=20_000)
    assert (found.counts != alone.counts).any()
    assert (low_bins_of(stack), low_bins_of(made_up_interferograms(bperp, 1))) == (15, 31)


def test_the_reference_drawn_in_blocks_is_that_of_all_numbers_at_once(example):
    n_random = 2 * AT_ONCE + 700
    counts = random_reference(example.bperp, n_trial_wraps=0.5, n_random=n_random).counts
    turns = legacy_uniform(2005, n_random * example.bperp.size).reshape(-1, n_random)
    coherence = stage2_topofit_coh_row_invariant(turns, example.bperp, n_trial_wraps=0.5)
    expected = histogram(coherence, COHERENCE_BINS)
    np.testing.assert_array_equal(counts, expected)


def test_threads_and_block_size_do_not_change_the_stage(example, reference):
    settings = ({"choice": KernelChoice(threads=1)}, {"choice": KernelChoice(threads=2)},
                {"memory_budget_mb": 0})  # fmt: skip
    results = [
        estimate_gamma(example, PARAMETERS, reference=reference, **setting) for setting in settings
    ]
    for other in results[1:]:
        for name in ("k_ps", "c_ps", "coh_ps", "ph_res", "ph_patch", "ph_grid", "ph_weight", "nr"):
            np.testing.assert_array_equal(getattr(results[0], name), getattr(other, name))


def test_stable_candidates_get_more_coherence_than_noise(example, reference):
    found = estimate_gamma(example, PARAMETERS, reference=reference)
    assert np.median(found.coh_ps[::2]) > np.median(found.coh_ps[1::2]) + 0.2


def test_progress_ends_at_the_whole_or_earlier_and_never_falls(example, reference):
    calls: list[tuple[int, int]] = []
    estimate_gamma(
        example, PARAMETERS, reference=reference, memory_budget_mb=1,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    done = [call[0] for call in calls]
    assert done == sorted(done)
    assert calls[-1] == (3 * 1200, 3 * 1200)


def test_the_iteration_stops_when_the_change_falls_below_the_limit(example, reference):
    parameters = replace(PARAMETERS, gamma_change_convergence=10.0)
    assert estimate_gamma(example, parameters, reference=reference).i_loop == 1


def test_stored_weights_are_those_of_a_further_iteration(example, reference):
    two, three = (
        estimate_gamma(example, replace(PARAMETERS, gamma_max_iterations=n), reference=reference)
        for n in (2, 3)
    )
    used = np.abs(three.ph_weight[:, 0])
    np.testing.assert_allclose(used, two.weighting, rtol=0, atol=1e-6)


FRAMED = Compat(small_patch_loses_pixels=False, empty_low_bins_as_zero=False)


def first_candidates(example, n, *, scale=1.0):
    return replace(
        example, xy=example.xy[:n] * np.float32(scale), ph=example.ph[:n],
        bperp_mat=example.bperp_mat[:n], d_a=example.d_a[:n],
    )  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 2, 3, 9])
def test_patches_of_no_and_few_neighbouring_candidates_have_no_coherence(example, n):
    found = estimate_gamma(first_candidates(example, n, scale=0.1), PARAMETERS)
    assert found.coh_ps.shape == (n,)
    assert not found.coh_ps.any()
    assert found.ph_patch.shape == (n, 12)
    assert np.isnan(found.k_ps).all()
    assert found.i_loop == (1 if n else 0)


@pytest.mark.parametrize("cells", [1, 17, 18, 19, 23])
def test_a_patch_smaller_than_the_window_loses_its_pixels(example, reference, caplog, cells):
    narrow = example.xy * np.float32([cells * 50 / 2000, 1])
    found = estimate_gamma(replace(example, xy=narrow), PARAMETERS, reference=reference)
    assert f"the patch covers 39 x {max(cells - 1, 1)} cells" in caplog.text
    assert "fewer than the 24 x 24 of a window; as in StaMPS" in caplog.text
    assert found.ph_grid.shape[:2] == (39, max(cells - 1, 1))
    assert found.ph_grid.any()
    assert not found.coh_ps.any()
    assert not found.ph_patch.any()


def test_a_patch_of_one_window_keeps_its_pixels(example, reference, caplog):
    narrow = example.xy * np.float32([25 * 50 / 2000, 1])
    found = estimate_gamma(replace(example, xy=narrow), PARAMETERS, reference=reference)
    assert found.ph_grid.shape[:2] == (39, 24)
    assert "window" not in caplog.text
    assert (found.coh_ps > 0).all()


def test_a_patch_smaller_than_the_window_is_framed_with_empty_cells_if_asked_for(example, caplog):
    small = replace(example, xy=example.xy * np.float32(0.5))
    found = estimate_gamma(small, PARAMETERS, compat=FRAMED)
    assert "clap_win=32: the patch covers 19 x 19 cells" in caplog.text
    assert "with empty cells around it" in caplog.text
    assert found.ph_grid.shape[:2] == (24, 24)
    assert not found.ph_grid[19:].any()
    assert found.grid_ij.max() == 18
    assert (found.coh_ps > 0).all()
    assert np.isfinite(found.k_ps).all()


def test_a_handful_of_neighbouring_candidates_can_be_framed(example):
    found = estimate_gamma(first_candidates(example, 4, scale=0.01), PARAMETERS, compat=FRAMED)
    assert np.isfinite(found.k_ps[found.coh_ps > 0]).all()
    assert (found.coh_ps > 0).all()
    assert found.ph_grid.shape == (24, 24, 12)


def test_candidates_in_one_cell_stay_inside_the_grid():
    grid = filter_grid(np.zeros((3, 2), np.float32), 50.0)
    assert grid.shape == (1, 1)
    assert not grid.cell.any()


def test_a_position_on_an_edge_belongs_to_the_lower_cell_beyond_32_metres():
    xy = np.array([[0, 0], [50, 50], [100, 100], [1000, 1000]], np.float32)
    np.testing.assert_array_equal(filter_grid(xy, 50.0).ij[:, 0], [0, 0, 1, 18])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ph": np.nan}, "finite phase"),
        ({"bperp_mat": np.inf}, "finite baselines"),
        ({"d_a": 0.0}, "positive amplitude dispersion"),
        ({"d_a": np.nan}, "positive amplitude dispersion"),
        ({"xy": np.nan}, "finite position"),
    ],
)
def test_values_that_would_spread_as_nan_are_refused(example, change, message):
    ((name, value),) = change.items()
    array = getattr(example, name).copy()
    array[17] = value
    with pytest.raises(ArtifactError, match=f"{message}.*number 18"):
        estimate_gamma(replace(example, **{name: array}), PARAMETERS)


def test_baselines_without_spread_are_refused(example):
    with pytest.raises(ArtifactError, match="no spread"):
        flat = made_up_interferograms(np.full(12, 40.0), 4)
        estimate_gamma(replace(example, interferograms=flat), PARAMETERS)
    flat = example.bperp_mat.copy()
    flat[3] = 10
    with pytest.raises(ArtifactError, match=r"spread of baselines.*number 4"):
        estimate_gamma(replace(example, bperp_mat=flat), PARAMETERS)


def test_fewer_than_three_interferograms_are_refused(example):
    few = replace(
        example,
        ph=example.ph[:, :2],
        bperp_mat=example.bperp_mat[:, :2],
        interferograms=made_up_interferograms(example.bperp[:2], 1),
    )
    with pytest.raises(ParameterError, match="2 interferograms"):
        estimate_gamma(few, PARAMETERS)


def test_a_missing_wavelength_is_refused(example):
    with pytest.raises(ParameterError, match="lambda=nan"):
        estimate_gamma(example, replace(PARAMETERS, lambda_=float("nan")))


def clean_candidates():
    """Six interferograms, no candidate of low coherence."""
    clean = made_up_candidates(m=6, noise=0.05)
    return replace(
        clean,
        xy=clean.xy[::2],
        ph=clean.ph[::2],
        bperp_mat=clean.bperp_mat[::2],
        d_a=clean.d_a[::2],
    )


def test_without_candidates_of_low_coherence_the_patch_is_lost_as_in_the_original(caplog):
    with caplog.at_level(logging.WARNING):
        found = estimate_gamma(clean_candidates(), replace(PARAMETERS, gamma_change_convergence=0))
    assert "compat.empty_low_bins_as_zero: false" in caplog.text
    assert np.isnan(found.nr).all()
    assert not found.coh_ps.any()


def test_without_candidates_of_low_coherence_the_weights_stay_finite_if_asked_for(caplog):
    with caplog.at_level(logging.WARNING):
        found = estimate_gamma(
            clean_candidates(), replace(PARAMETERS, gamma_change_convergence=0.0),
            compat=Compat(empty_low_bins_as_zero=False),
        )  # fmt: skip
    assert "few interferograms" in caplog.text
    assert found.i_loop == 3
    assert np.isfinite(found.nr).all()
    assert found.nr.any()
    assert np.isfinite(found.weighting).all()
    assert np.median(found.coh_ps) > 0.95


def test_candidates_that_all_have_a_null_interferogram_leave_no_coherence(example, reference):
    ph = example.ph.copy()
    ph[:, 4] = 0
    found = estimate_gamma(replace(example, ph=ph), PARAMETERS, reference=reference)
    assert not found.coh_ps.any()
    assert np.isnan(found.k_ps).all()


def test_shared_baselines_give_the_same_result_as_general_ones(example, reference):
    shared = replace(
        example, bperp_mat=np.tile(example.bperp.astype(np.float32), (len(example.ph), 1))
    )
    nearly = shared.bperp_mat.copy()
    nearly[0, 0] = np.nextafter(nearly[0, 0], np.float32(np.inf))
    one = estimate_gamma(shared, PARAMETERS, reference=reference)
    other = estimate_gamma(replace(shared, bperp_mat=nearly), PARAMETERS, reference=reference)
    np.testing.assert_allclose(one.coh_ps, other.coh_ps, rtol=0, atol=1e-6)


def test_incidence_comes_from_inc_then_look_angle_then_a_constant():
    assert mean_incidence(np.array([0.0, 0.6, 0.8]), np.array([0.3])) == pytest.approx(0.7)
    assert mean_incidence(None, np.array([0.3, 0.5])) == pytest.approx(0.452)
    assert mean_incidence(None, None) == pytest.approx(np.deg2rad(21))


def test_trial_wraps_keep_the_class_of_the_baselines(example):
    for kind in (np.float32, np.float64):
        wraps = trial_wraps(example.bperp.astype(kind), PARAMETERS, incidence=0.6)
        assert wraps.dtype == kind


def test_an_empty_reference_has_no_last_bin():
    assert RandomReference(np.eye(1, 100, 84)[0]).last_occupied == 85


@pytest.mark.parametrize("weighting", ["P-square", "SNR"])
def test_iterations_that_go_on_from_a_result_are_those_of_one_run(example, reference, weighting):
    parameters = replace(PARAMETERS, filter_weighting=weighting, gamma_change_convergence=0.0)
    first = estimate_gamma(
        example, replace(parameters, gamma_max_iterations=1), reference=reference
    )
    as_of_stamps = replace(first, weighting=None)  # its file has no weights
    found = estimate_gamma(example, parameters, restart=GammaRestart(as_of_stamps))
    expected = estimate_gamma(example, parameters, reference=reference)
    assert found.i_loop == expected.i_loop == 3
    for item in fields(expected):
        np.testing.assert_array_equal(getattr(found, item.name), getattr(expected, item.name))


def test_a_finished_result_gets_one_more_iteration(example, reference):
    parameters = replace(PARAMETERS, gamma_change_convergence=0.0, gamma_max_iterations=2)
    finished = estimate_gamma(example, parameters, reference=reference)
    found = estimate_gamma(example, parameters, restart=GammaRestart(finished))
    three = estimate_gamma(
        example, replace(parameters, gamma_max_iterations=3), reference=reference
    )
    assert found.i_loop == 3
    np.testing.assert_array_equal(found.coh_ps, three.coh_ps)


def test_a_restart_without_search_makes_the_neighbourhood_of_the_next_iteration(example, reference):
    parameters = replace(PARAMETERS, gamma_change_convergence=0.0, gamma_max_iterations=2)
    finished = estimate_gamma(example, parameters, reference=reference)
    restart = GammaRestart(finished, is_searched=False)
    found = estimate_gamma(example, parameters, restart=restart)
    three = estimate_gamma(example, parameters, restart=GammaRestart(finished))
    np.testing.assert_array_equal(found.k_ps, finished.k_ps)
    np.testing.assert_array_equal(found.ph_patch, three.ph_patch)
    assert (found.ph_patch != finished.ph_patch).any()


def test_where_the_iterations_end_depends_on_the_weights_with_which_they_begin(example, reference):
    """So that a longer stack cannot go on from the weights of the shorter one (pystamps update)."""
    whole = estimate_gamma(example, PARAMETERS, reference=reference)
    begun = replace(example, d_a=1 / np.maximum(whole.weighting, 1e-6))
    again = estimate_gamma(begun, PARAMETERS, reference=reference)
    assert np.abs(again.coh_ps - whole.coh_ps).max() > 0.01


def test_a_restart_from_other_parameters_is_refused(example, reference):
    finished = estimate_gamma(
        example, replace(PARAMETERS, gamma_max_iterations=1), reference=reference
    )
    with pytest.raises(ArtifactError, match=r"grid_size is 50.0, expected 60.0.*--restart-flag"):
        estimate_gamma(
            example, replace(PARAMETERS, filter_grid_size=60.0), restart=GammaRestart(finished)
        )


def test_without_the_quick_estimate_a_neighbourhood_lacks_the_own_cell(example, reference):
    parameters = replace(PARAMETERS, gamma_max_iterations=1)
    slow = replace(parameters, quick_est_gamma_flag=False)
    found = estimate_gamma(example, slow, reference=reference)
    quick = estimate_gamma(example, parameters, reference=reference)
    np.testing.assert_array_equal(found.ph_grid, quick.ph_grid)
    around = neighbourhood_phase(
        found.ph_grid, found.grid_ij, low_pass=found.low_pass, settings=CellFilterSettings(),
        memory_budget_mb=100, choice=KernelChoice(), progress=lambda done, total: None,
    )  # fmt: skip
    np.testing.assert_allclose(np.angle(found.ph_patch * around.conj()), 0, atol=1e-5)
    noise = np.arange(len(example.ph)) % 2 == 1  # no candidate makes its own neighbourhood
    assert found.coh_ps[noise].mean() < quick.coh_ps[noise].mean() - 0.005
    assert found.coh_ps[~noise].mean() > found.coh_ps[noise].mean() + 0.2
