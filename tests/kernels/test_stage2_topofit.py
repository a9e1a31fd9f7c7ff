"""The three search kernels: published vectors, analytic truth, shortcuts against the plain form."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps_kernels import KernelChoice
from pystamps_kernels.host.trials import LANES, choose_trial, trial_space
from pystamps_kernels.stage2_topofit import stage2_topofit
from pystamps_kernels.stage2_topofit_coh_row_invariant import stage2_topofit_coh_row_invariant
from pystamps_kernels.stage2_topofit_row_invariant import stage2_topofit_row_invariant

BACKENDS = [KernelChoice("python"), KernelChoice("native")]
backends = pytest.mark.parametrize("choice", BACKENDS, ids=lambda c: c.backend)

WRAPS = 0.52


def random_stack(n: int, m: int = 24, seed: int = 3):
    """Random phases, which have the most nearly equal maxima, and baselines per pixel."""
    generator = np.random.default_rng(seed)
    phase = np.exp(2j * np.pi * generator.random((n, m))).astype(np.complex64)
    nominal = generator.uniform(-200, 200, m)
    bperp = (nominal + generator.uniform(-2, 2, (n, m))).astype(np.float32)
    return phase, bperp


@pytest.mark.golden
@backends
@pytest.mark.parametrize(
    ("kind", "phase_class", "bperp_class", "tolerance"),
    [("double", np.complex128, np.float64, 1e-12), ("single", np.complex64, np.float32, 1e-6)],
)
def test_the_search_gives_what_the_original_gives(
    vectors, choice, kind, phase_class, bperp_class, tolerance
):
    case = load_vector(vectors / "s2_topofit.json")
    phase = case["inputs"]["cpxphase"].astype(phase_class)
    bperp = np.broadcast_to(case["inputs"]["bperp"].ravel().astype(bperp_class), phase.shape)
    wraps = case["inputs"]["n_trial_wraps"].item()
    fit = stage2_topofit(phase, bperp, n_trial_wraps=wraps, choice=choice)
    same = stage2_topofit_row_invariant(phase, bperp[0], n_trial_wraps=wraps, choice=choice)
    for found in (fit, same):
        for name, values in zip(("K0", "C0", "coh0", "residual"), found, strict=True):
            golden = case["outputs"][f"{name}_{kind}"].reshape(values.shape)
            np.testing.assert_allclose(values, golden, rtol=0, atol=tolerance)


@backends
def test_a_pure_look_angle_error_is_found_with_full_coherence(choice):
    half = np.random.default_rng(1).uniform(0, 200, (40, 10))
    bperp = np.hstack([half, -half])  # the fitted line has no constant: symmetric about 0
    k = np.linspace(-0.01, 0.01, 40)
    phase = np.exp(1j * (k[:, None] * bperp + 0.7))
    fit = stage2_topofit(phase, bperp, n_trial_wraps=1.0, choice=choice)
    np.testing.assert_allclose(fit.k, k, atol=1e-12)
    np.testing.assert_allclose(fit.c, 0.7, atol=1e-10)
    np.testing.assert_allclose(fit.coh, 1.0, atol=1e-12)


def test_numba_and_numpy_choose_the_same_maximum_of_random_phases():
    phase, bperp = random_stack(3000)
    phase[7, 5] = 0
    phase[100] = 0
    plain, fast = (
        stage2_topofit(phase, bperp, n_trial_wraps=WRAPS, choice=choice) for choice in BACKENDS
    )
    # one unit in the last place of single K (5e-2 rad/m) and of phases near pi
    np.testing.assert_allclose(fast.k, plain.k, rtol=0, atol=4e-9)
    np.testing.assert_allclose(fast.c, plain.c, rtol=0, atol=2e-6)
    np.testing.assert_allclose(fast.coh, plain.coh, rtol=0, atol=3e-7)
    np.testing.assert_allclose(fast.residual, plain.residual, rtol=0, atol=1e-6)


def test_the_search_with_shared_baselines_equals_the_general_one():
    phase, bperp = random_stack(1000)
    phase[3, 4] = 0
    rows = np.broadcast_to(bperp[0], bperp.shape)
    general = stage2_topofit(phase, rows, n_trial_wraps=WRAPS)
    shared = stage2_topofit_row_invariant(phase, bperp[0], n_trial_wraps=WRAPS)
    for one, other in zip(general, shared, strict=True):
        np.testing.assert_array_equal(one, other)


@backends
def test_coherence_from_cycles_equals_that_of_the_full_search(choice):
    generator = np.random.default_rng(5)
    bperp = generator.uniform(-200, 200, 16)
    turns = generator.random((16, 2000))
    coh = stage2_topofit_coh_row_invariant(turns, bperp, n_trial_wraps=WRAPS, choice=choice)
    phase = np.exp(2j * np.pi * turns.T)
    plain = stage2_topofit(
        phase, np.broadcast_to(bperp, phase.shape), n_trial_wraps=WRAPS, choice=BACKENDS[0]
    )
    np.testing.assert_allclose(coh, plain.coh, atol=1e-12)


@backends
def test_null_interferograms_are_left_out_and_leave_a_null_residual(choice):
    phase, bperp = random_stack(8)
    phase[:, 3] = 0
    fit = stage2_topofit(phase, bperp, n_trial_wraps=WRAPS, choice=choice)
    without = stage2_topofit(
        np.delete(phase, 3, axis=1), np.delete(bperp, 3, axis=1), n_trial_wraps=WRAPS, choice=choice
    )
    np.testing.assert_array_equal(fit.k, without.k)
    np.testing.assert_allclose(fit.coh, without.coh, atol=1e-7)
    assert (fit.residual[:, 3] == 0).all()


@backends
def test_a_pixel_without_phase_or_spread_of_baselines_gives_nan(choice):
    phase, bperp = random_stack(3)
    phase[0] = 0
    bperp[1] = 80
    fit = stage2_topofit(phase, bperp, n_trial_wraps=WRAPS, choice=choice)
    assert np.isnan(fit.k[:2]).all()
    assert np.isnan(fit.coh[:2]).all()
    assert np.isfinite(fit.k[2])


@backends
@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 513])
def test_any_number_of_pixels_gives_each_the_same_result(choice, n):
    phase, bperp = random_stack(520)
    all_pixels = stage2_topofit(phase, bperp, n_trial_wraps=WRAPS, choice=choice)
    some = stage2_topofit(phase[:n], bperp[:n], n_trial_wraps=WRAPS, choice=choice)
    for whole, part in zip(all_pixels, some, strict=True):
        np.testing.assert_array_equal(part, whole[:n])


def test_the_number_of_threads_does_not_change_the_result():
    phase, bperp = random_stack(500)
    one, two = (
        stage2_topofit(phase, bperp, n_trial_wraps=WRAPS, choice=KernelChoice(threads=threads))
        for threads in (1, 2)
    )
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_of_equal_trials_the_first_from_below_wins(steps):
    generator = np.random.default_rng(8)
    _, sums = trial_space(steps)
    sums[:] = generator.integers(-1, 2, sums.size)  # few values: most lanes have ties
    sums[2 * LANES : 4 * LANES] = 0  # trial 0 has no sine
    best = np.empty(LANES)
    choose_trial(sums, steps, best)
    rc, ic, rs, is_ = sums.reshape(-1, 4, LANES)[: steps + 1].transpose(1, 0, 2)
    forward = (rc + is_) ** 2 + (ic - rs) ** 2
    backward = (rc - is_) ** 2 + (ic + rs) ** 2
    powers = np.concatenate([backward[:0:-1], forward])
    np.testing.assert_array_equal(best, powers.argmax(axis=0) - steps)


def test_zero_trials_still_fit_a_line():
    bperp = np.linspace(-100, 100, 12)[None, :]
    phase = np.exp(1j * 1e-4 * bperp)
    fit = stage2_topofit(phase, bperp, n_trial_wraps=0.0)
    assert fit.k[0] == pytest.approx(1e-4)


def test_a_trial_range_that_is_not_a_number_is_refused():
    phase, bperp = random_stack(2)
    with pytest.raises(ValueError, match="finite"):
        stage2_topofit(phase, bperp, n_trial_wraps=float("nan"))
    with pytest.raises(ValueError, match="equal matrices"):
        stage2_topofit(phase, bperp[:, :3], n_trial_wraps=WRAPS)
