"""A small example of every artifact: three pixels, four interferograms, all values different."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse

from pystamps import model

_rng = np.random.default_rng(20180624)


def _double(*shape: int) -> Any:
    return _rng.standard_normal(shape)


def _single(*shape: int) -> Any:
    return _rng.standard_normal(shape).astype(np.float32)


def _complex(*shape: int) -> Any:
    return (_rng.standard_normal(shape) + 1j * _rng.standard_normal(shape)).astype(np.complex64)


def _positive(*shape: int) -> Any:
    return _rng.uniform(0.1, 0.9, shape)


def _unit(*shape: int) -> Any:
    return np.exp(1j * _rng.standard_normal(shape)).astype(np.complex64)


def _index(*shape: int, below: int = 50) -> Any:
    return _rng.integers(0, below, shape)


def _mask(*shape: int) -> Any:
    return _rng.integers(0, 2, shape).astype(bool)


_NONE = np.zeros((0, 0))
_NOISE = {"coh_ps": _positive(3), "k_ps": np.array([0.1, np.nan, -0.2]), "c_ps": _positive(3)}
_SCLA = {
    "k_ps_uw": _double(3),
    "c_ps_uw": _single(3),
    "ph_scla": _single(3, 4),
    "ph_ramp": _NONE,
}

EXAMPLES: dict[type, Any] = {
    model.Pixels: model.Pixels(
        ij=np.array([[1.0, 40, 7], [2, 40, 9], [3, 52, 1]]),
        lonlat=_double(3, 2),
        xy=np.float32([[1, -80.5, -30.25], [2, 14, 9.5], [3, 61, 44]]),
        bperp=_single(4),
        day=np.array([737061.0, 737073.0, 737085.0, 737097.0]),
        master_day=737073.0,
        master_ix=1,
        ll0=np.array([19.5, 50.0]),
        sort_ix=np.array([2, 0, 1]),
        mean_incidence=0.65,
        mean_range=8.5e5,
    ),
    model.Phase: model.Phase(_complex(3, 4)),
    model.Baselines: model.Baselines(_single(3, 3)),
    model.LookAngle: model.LookAngle(_positive(3)),
    model.Incidence: model.Incidence(_positive(3).astype(np.float32)),
    model.AmplitudeDispersion: model.AmplitudeDispersion(_positive(3)),
    model.Height: model.Height(_double(3)),
    model.PhaseNoise: model.PhaseNoise(
        ph_patch=_unit(3, 3),
        **_NOISE,
        n_opt=np.ones(3),
        coh_ps_save=_positive(3),
        ph_res=_single(3, 3),
        ph_grid=_complex(2, 4, 3),
        ph_weight=_complex(3, 3),
        grid_ij=_index(3, 2),
        low_pass=_positive(4, 4),
        nr=_positive(100),
        coh_bins=_positive(100),
        n_trial_wraps=np.float32(1.25),
        nr_max_nz_ix=73,
        i_loop=4,
        grid_size=50.0,
        gamma_change_save=0.004,
    ),
    model.Selection: model.Selection(
        ix=np.array([4, 7, 31]),
        keep_ix=np.array([True, False, True]),
        ph_patch2=_complex(3, 3),
        ph_res2=_single(3, 3),
        k_ps2=_double(3),
        c_ps2=_positive(3),
        coh_ps2=_positive(3),
        coh_thresh=_positive(3),
        coh_thresh_coeffs=np.zeros(0),
        clap_alpha=1.0,
        clap_beta=0.3,
        n_win=32.0,
        max_percent_rand=np.float64(20.0),
        gamma_stdev_reject=0.0,
        ifg_index=np.arange(3),
    ),
    model.Weeding: model.Weeding(
        ix_weed=_mask(3),
        ix_weed2=_mask(2),
        ps_std=np.float32([0.25, np.inf]),
        ps_max=np.float32([1.5, np.inf]),
        ifg_index=np.array([0, 1, 3, 4]),
    ),
    model.SelectedNoise: model.SelectedNoise(
        ph_patch=_complex(3, 3), ph_res=_single(3, 3), **_NOISE
    ),
    model.CorrectedPhase: model.CorrectedPhase(_complex(3, 4), _complex(3, 4)),
    model.InterferogramNoise: model.InterferogramNoise(np.float32([20.5, 0, 31, 44.25])),
    model.UnwrapGrid: model.UnwrapGrid(
        ph=_complex(2, 3),
        ph_in=_unit(3, 3),
        ph_lowpass=_complex(2, 3),
        ph_uw_predef=_NONE.astype(np.float32),
        ph_in_predef=_NONE.astype(np.float32),
        xy=_double(2, 3),
        ij=_index(2, 2, below=2),
        nzix=_mask(3, 2),
        grid_x_min=np.float32(-120.5),
        grid_y_min=np.float32(3.25),
        grid_ij=_index(3, 2, below=2),
        pix_size=100.0,
    ),
    model.UnwrapArcs: model.UnwrapArcs(
        edgs=_index(5, 3, below=5),
        rowix=np.array([[1.0, -2.0], [0.0, np.nan]]),
        colix=np.array([[3.0], [-4.0], [5.0]]),
        nearest_node=_index(3, 2, below=5),
    ),
    model.SpaceTime: model.SpaceTime(
        dph_space_uw=_single(5, 3),
        dph_noise=_single(5, 3),
        spread=scipy.sparse.csc_array((5, 3), dtype=np.float64),
        design=np.array([[-1.0, 1, 0, 0], [0, -1, 1, 0], [0, 0, -1, 1]]),
        shaky_ix=_mask(5, 1),
    ),
    model.UnwrappedGrid: model.UnwrappedGrid(_single(2, 3), _positive(3)),
    model.Unwrapped: model.Unwrapped(_single(3, 4), np.float32([0.5, 0, 0.25, 1])),
    model.UnwrappedPairs: model.UnwrappedPairs(_single(3, 5), _positive(5).astype(np.float32)),
    model.PairInversion: model.PairInversion(_single(3, 5), _double(5, 5), _double(4, 4)),
    model.ClosureLoops: model.ClosureLoops(np.array([[1.0, -1, 1, 0, 0], [0, 0, -1, 1, 1]])),
    model.ClosedPixels: model.ClosedPixels(_mask(3, 5)),
    model.LookAngleError: model.LookAngleError(**_SCLA, ifg_vcm=_double(4, 4)),
    model.SmoothedLookAngleError: model.SmoothedLookAngleError(**_SCLA),
    model.PairLookAngleError: model.PairLookAngleError(**_SCLA, ifg_vcm=_double(4, 4)),
    model.SmoothedPairLookAngleError: model.SmoothedPairLookAngleError(**_SCLA),
    model.CorrelatedNoise: model.CorrelatedNoise(_double(3, 4), _single(3, 3), _double(3, 0)),
    model.MeanVelocity: model.MeanVelocity(_single(2, 3)),
    model.ArcCycles: model.ArcCycles(
        *(np.float32(np.eye(3, 5)), _double(3), _double(3), np.array([0.0, 0.5, 1.0]))
    ),
    model.AccuratePhase: model.AccuratePhase(
        *(_single(3, 4), np.float32(np.eye(3, 5)), _double(3, 4), _double(3), _double(3))
    ),
    model.AccurateVelocity: model.AccurateVelocity(
        *(_double(3), _positive(3), _double(3), np.array([0.0, 0.5, 1.0])),
        *(_double(3), _positive(3), _double(3)),
    ),
    model.AccurateSeries: model.AccurateSeries(_single(3, 4), _single(3, 4)),
}
"""Keyed by the class; optional fields are left out where the default path leaves them out."""
