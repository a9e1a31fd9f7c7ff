from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels import BackendUnavailableError, KernelChoice
from pystamps_kernels.stage7_scla import SclaWeights, stage7_scla

BACKENDS = ["python", "native"]
RNG = np.random.default_rng(71)
N_IFG = 9
PH = RNG.normal(0, 3, (501, N_IFG)).astype(np.float32)
BPERP = RNG.normal(0, 90, (501, N_IFG)).astype(np.float32)
WEIGHTS = SclaWeights(
    slope=RNG.normal(0, 1e-3, N_IFG) * (np.arange(N_IFG) != 4),
    constant=RNG.normal(0, 0.2, N_IFG) * (np.arange(N_IFG) != 2),
    reference=RNG.normal(0, 1, N_IFG),
)


@pytest.mark.parametrize("backend", BACKENDS)
def test_slope_constant_and_phase_are_the_weighted_sums(backend):
    k_ps, c_ps, ph_scla = stage7_scla(PH, BPERP, weights=WEIGHTS, choice=KernelChoice(backend))
    referenced = PH - WEIGHTS.reference
    np.testing.assert_allclose(k_ps, referenced @ WEIGHTS.slope, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(ph_scla, k_ps.astype(np.float32)[:, None] * BPERP)
    np.testing.assert_allclose(c_ps, (referenced - ph_scla) @ WEIGHTS.constant, rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_phase_keeps_the_class_of_the_baselines(backend):
    choice = KernelChoice(backend)
    for dtype in (np.float32, np.float64):
        assert (
            stage7_scla(PH, BPERP.astype(dtype), weights=WEIGHTS, choice=choice)[2].dtype == dtype
        )


@pytest.mark.parametrize("backend", BACKENDS)
def test_missing_phase_spoils_its_own_pixel_and_only_if_the_column_is_used(backend):
    choice = KernelChoice(backend)
    ph = PH.copy()
    ph[5, 0] = np.nan
    ph[6, 4] = np.nan  # not used for K
    weights = SclaWeights(
        WEIGHTS.slope, WEIGHTS.constant * (np.arange(N_IFG) != 4), WEIGHTS.reference
    )
    k_ps, c_ps, ph_scla = stage7_scla(ph, BPERP, weights=weights, choice=choice)
    assert np.flatnonzero(np.isnan(k_ps)).tolist() == [5]
    assert np.flatnonzero(np.isnan(c_ps)).tolist() == [5]
    assert np.flatnonzero(np.isnan(ph_scla).any(axis=1)).tolist() == [5]


@pytest.mark.parametrize("backend", BACKENDS)
def test_known_slopes_are_used_as_they_are(backend):
    known = RNG.normal(0, 1e-2, len(PH))
    k_ps, _, ph_scla = stage7_scla(
        PH, BPERP, weights=WEIGHTS, k_known=known, choice=KernelChoice(backend)
    )
    np.testing.assert_array_equal(k_ps, known)
    np.testing.assert_array_equal(ph_scla, known.astype(np.float32)[:, None] * BPERP)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_pixel_gives_empty_arrays(backend):
    k_ps, c_ps, ph_scla = stage7_scla(
        PH[:0], BPERP[:0], weights=WEIGHTS, choice=KernelChoice(backend)
    )
    assert (k_ps.shape, c_ps.shape, ph_scla.shape) == ((0,), (0,), (0, N_IFG))


def test_the_number_of_threads_does_not_change_a_bit():
    one = stage7_scla(PH, BPERP, weights=WEIGHTS, choice=KernelChoice("native", threads=1))
    two = stage7_scla(PH, BPERP, weights=WEIGHTS, choice=KernelChoice("native", threads=2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="differ"):
        stage7_scla(PH, BPERP[:, :-1], weights=WEIGHTS)
    with pytest.raises(ValueError, match="weights have shapes"):
        stage7_scla(PH[:, :-1], BPERP[:, :-1], weights=WEIGHTS)
    with pytest.raises(ValueError, match="k_known"):
        stage7_scla(PH, BPERP, weights=WEIGHTS, k_known=np.zeros(3))


def test_an_unknown_backend_is_refused():
    with pytest.raises(BackendUnavailableError, match="unknown backend"):
        stage7_scla(PH, BPERP, weights=WEIGHTS, choice=KernelChoice("fortran"))
