"""Stage 3: unit vector of the original, corrections, edge cases, shortcuts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gamma_examples import (
    PARAMETERS,
    made_up_candidates,
    made_up_interferograms,
    rated,
    vector_candidates,
)
from vector_files import load_vector

from pystamps.config import Compat
from pystamps.errors import ParameterError
from pystamps.stages.filter_grid import low_pass_gain
from pystamps.stages.reestimation import bootstrap_std
from pystamps.stages.stage2_gamma import estimate_gamma
from pystamps.stages.stage3_select import RatedCandidates, Stability, select_pixels
from pystamps_kernels import KernelChoice


@pytest.fixture(scope="module")
def example() -> RatedCandidates:
    candidates = made_up_candidates()
    return rated(candidates, estimate_gamma(candidates, PARAMETERS))


def rows_of(example: RatedCandidates, n: int) -> RatedCandidates:
    """Only the first n candidates."""
    s = example.stability
    part = {name: getattr(s, name)[:n] for name in ("k_ps", "c_ps", "coh_ps", "grid_ij")}
    return replace(
        example, xy=example.xy[:n], ph=example.ph[:n], bperp_mat=example.bperp_mat[:n],
        d_a=example.d_a[:n], stability=replace(s, **part),
    )  # fmt: skip


@pytest.mark.golden
def test_re_estimation_and_mask_are_those_of_the_original(vectors):
    candidates, stage2 = vector_candidates(vectors / "s2_gamma_psquare.json")
    case = load_vector(vectors / "s3_reestimate.json")
    golden = case["outputs"]
    stability = Stability(
        k_ps=stage2["K_ps"].ravel(),
        c_ps=stage2["C_ps"].ravel(),
        coh_ps=stage2["coh_ps"].ravel(),
        grid_ij=stage2["grid_ij"].astype(np.int64) - 1,
        low_pass=low_pass_gain(clap_win=32, grid_size=50.0, wavelength=800.0),
        n_trial_wraps=stage2["n_trial_wraps"].item(),
        nr=stage2["Nr_final"].ravel(),
        ph_grid=case["inputs"]["ph_grid"],
    )
    found = select_pixels(
        RatedCandidates(
            xy=candidates.xy,
            ph=candidates.ph,
            bperp_mat=candidates.bperp_mat,
            d_a=candidates.d_a,
            interferograms=made_up_interferograms(candidates.bperp, 2),
            stability=stability,
        ),
        PARAMETERS,
    )
    np.testing.assert_array_equal(found.ix + 1, golden["ix"].ravel())
    np.testing.assert_array_equal(found.keep_ix, golden["keep_ix"].ravel().astype(bool))
    assert found.max_percent_rand == golden["max_percent_rand"].item()
    np.testing.assert_allclose(found.coh_thresh, golden["coh_thresh"].ravel(), rtol=0, atol=2e-7)
    np.testing.assert_allclose(found.ph_patch2, golden["ph_patch2"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(found.coh_ps2, golden["coh_ps2"].ravel(), rtol=0, atol=2e-6)
    np.testing.assert_allclose(found.k_ps2, golden["K_ps2"].ravel(), rtol=0, atol=2e-8)
    np.testing.assert_array_equal(found.ifg_index + 1, golden["ifg_index"].ravel())


def test_python_and_native_backends_select_the_same(example):
    python, native = (
        select_pixels(example, PARAMETERS, choice=KernelChoice(backend))
        for backend in ("python", "native")
    )
    np.testing.assert_array_equal(python.ix, native.ix)
    np.testing.assert_array_equal(python.keep_ix, native.keep_ix)
    np.testing.assert_allclose(python.coh_ps2, native.coh_ps2, rtol=0, atol=1e-6)
    np.testing.assert_allclose(python.k_ps2, native.k_ps2, rtol=0, atol=2e-8)


def test_threads_and_block_sizes_do_not_change_the_selection(example):
    settings = ({"choice": KernelChoice(threads=1)}, {"choice": KernelChoice(threads=2)},
                {"memory_budget_mb": 0})  # fmt: skip
    results = [select_pixels(example, PARAMETERS, **setting) for setting in settings]
    for other in results[1:]:
        for name in ("ix", "keep_ix", "ph_patch2", "ph_res2", "k_ps2", "c_ps2", "coh_ps2"):
            np.testing.assert_array_equal(getattr(results[0], name), getattr(other, name))


def test_pixels_of_one_cell_share_the_filtered_phase(example):
    found = select_pixels(example, PARAMETERS)
    cells = example.stability.grid_ij[found.ix]
    _, inverse, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    assert (counts > 1).any()
    for cell in np.flatnonzero(counts > 1)[:20]:
        rows = found.ph_patch2[inverse.ravel() == cell]
        assert (rows == rows[0]).all()


def test_stable_pixels_are_kept_more_often_than_noise(example):
    found = select_pixels(example, PARAMETERS)
    kept = np.zeros(example.stability.coh_ps.size, bool)
    kept[found.ix[found.keep_ix]] = True
    assert kept[::2].mean() > 0.9
    assert kept[1::2].mean() < 0.2


def test_without_re_estimation_all_selected_are_kept_with_their_first_values(example):
    parameters = replace(PARAMETERS, select_reest_gamma_flag=False)
    found = select_pixels(example, parameters)
    assert found.keep_ix.all()
    np.testing.assert_array_equal(found.coh_ps2, example.stability.coh_ps[found.ix])
    np.testing.assert_array_equal(found.ph_patch2, example.stability.ph_patch[found.ix])


def test_dropped_interferograms_have_no_residual_and_keep_their_column(example):
    found = select_pixels(example, replace(PARAMETERS, drop_ifg_index=(2, 9)))
    np.testing.assert_array_equal(np.setdiff1d(np.arange(12), found.ifg_index), [1, 7])
    assert (found.ph_res2[:, [1, 7]] == 0).all()
    assert found.ph_res2[:, 0].any()


def test_dropping_all_but_two_interferograms_is_refused(example):
    drop = tuple(k for k in range(1, 14) if k not in (1, 2, 5))
    with pytest.raises(ParameterError, match="2 interferograms are left"):
        select_pixels(example, replace(PARAMETERS, drop_ifg_index=drop))


def test_oversampling_touches_the_other_interferograms_only_when_corrected(example):
    plain = select_pixels(example, PARAMETERS)
    wide = replace(PARAMETERS, slc_osf=2.0)
    kept = select_pixels(example, wide)
    corrected = select_pixels(example, wide, compat=Compat(slc_osf_first_interferogram_only=False))
    np.testing.assert_array_equal(kept.ph_patch2[:, 1:], plain.ph_patch2[:, 1:])
    assert (kept.ph_patch2[:, 0] != plain.ph_patch2[:, 0]).any()
    np.testing.assert_array_equal(kept.ph_patch2[:, 0], corrected.ph_patch2[:, 0])
    assert (corrected.ph_patch2[:, 1:] != plain.ph_patch2[:, 1:]).any()


def test_an_oversampling_factor_that_is_not_whole_is_refused(example):
    with pytest.raises(ParameterError, match=r"slc_osf=1\.5"):
        select_pixels(example, replace(PARAMETERS, slc_osf=1.5))


def test_a_window_other_than_that_of_stage_2_is_refused(example):
    with pytest.raises(ParameterError, match="clap_win=24: stage 2 used 32"):
        select_pixels(example, replace(PARAMETERS, clap_win=24))


def test_a_grid_smaller_than_the_window_keeps_no_pixel(example, caplog):
    s = example.stability
    cut = replace(s, ph_grid=s.ph_grid[:31], grid_ij=np.minimum(s.grid_ij, 30))
    found = select_pixels(replace(example, stability=cut), PARAMETERS)
    assert "the patch covers 31 x 39 cells" in caplog.text
    assert found.ix.size > 0
    assert not found.keep_ix.any()
    assert np.isnan(found.coh_ps2).all() and np.isnan(found.k_ps2).all()
    assert not found.ph_patch2.any() and not found.c_ps2.any()
    whole = replace(s, ph_grid=s.ph_grid[:32], grid_ij=np.minimum(s.grid_ij, 31))
    assert select_pixels(replace(example, stability=whole), PARAMETERS).keep_ix.any()
    without = replace(PARAMETERS, select_reest_gamma_flag=False)
    assert select_pixels(replace(example, stability=cut), without).keep_ix.all()


def test_a_grid_smaller_than_the_window_keeps_what_a_framed_one_gives_if_asked_for(example):
    s = example.stability
    cut = replace(s, ph_grid=s.ph_grid[:30], grid_ij=np.minimum(s.grid_ij, 29))
    frame = np.zeros((2, *s.ph_grid.shape[1:]), np.complex64)
    by_hand = replace(cut, ph_grid=np.concatenate([cut.ph_grid, frame]))
    found, expected = (
        select_pixels(
            replace(example, stability=stability),
            PARAMETERS,
            compat=Compat(small_patch_loses_pixels=False),
        )
        for stability in (cut, by_hand)
    )
    assert found.ix.size > 0
    np.testing.assert_array_equal(found.keep_ix, expected.keep_ix)
    np.testing.assert_array_equal(found.ph_patch2, expected.ph_patch2)
    assert np.isfinite(found.coh_ps2).all()


def test_a_selected_pixel_with_a_null_interferogram_is_not_kept(example):
    ph = example.ph.copy()
    chosen = select_pixels(example, PARAMETERS)
    pixel = chosen.ix[chosen.keep_ix][0]
    ph[pixel, 5] = 0
    found = select_pixels(replace(example, ph=ph), PARAMETERS)
    row = np.flatnonzero(found.ix == pixel)[0]
    assert np.isnan(found.coh_ps2[row])
    assert np.isnan(found.k_ps2[row])
    assert found.c_ps2[row] == 0
    assert not found.ph_res2[row].any()
    assert not found.keep_ix[row]


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("again", [True, False])
def test_nothing_selected_gives_arrays_without_rows(example, n, again):
    few = rows_of(example, n)
    no_coherence = replace(few.stability, coh_ps=np.zeros(n), nr=np.zeros(100))
    found = select_pixels(
        replace(few, stability=no_coherence), replace(PARAMETERS, select_reest_gamma_flag=again)
    )
    assert found.ix.size == found.keep_ix.size == 0
    assert found.ph_patch2.shape == found.ph_res2.shape == (0, 12)


def test_bootstrap_rejects_pixels_whose_coherence_depends_on_a_few_interferograms(example):
    steady = select_pixels(example, PARAMETERS)
    strict = select_pixels(example, replace(PARAMETERS, gamma_stdev_reject=0.1))
    assert 0 < strict.ix.size < steady.ix.size
    assert np.isin(strict.ix, steady.ix).all()


def test_bootstrap_of_equal_phases_has_no_spread_and_equals_the_plain_form():
    ph_res = np.random.default_rng(0).uniform(-2, 2, (5, 9)).astype(np.float32)
    ph_res[0] = 0.3
    drawn = np.random.default_rng(2005).integers(0, 9, (100, 9))
    plain = [
        np.std([abs(np.exp(1j * row[draw]).mean()) for draw in drawn], ddof=1)
        for row in ph_res.astype(float)
    ]
    np.testing.assert_allclose(bootstrap_std(ph_res), plain, atol=1e-6)
    assert bootstrap_std(ph_res)[0] < 1e-6


def test_progress_ends_at_the_number_of_windows(example):
    calls: list[tuple[int, int]] = []
    select_pixels(example, PARAMETERS, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1][0] == calls[-1][1] > 0
