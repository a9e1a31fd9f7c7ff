"""How every artifact lies in its MAT file: spelling, shape, class, range; what is 1-based there.

Together with :mod:`pystamps.io.artifacts`, which converts, the only place that knows. The files
are read as they are stated here (:mod:`pystamps.io.artifact_checks`); limits of physical sizes
are wide enough for every satellite, those of unit phasors and coherences allow for rounding.
Symbols: ``n_ps`` pixels, ``n_ifg`` columns with the null column, ``n_used`` without it, ``n_image``
images, ``n_selected`` candidates of stage 3, ``n_node`` and ``n_edge`` of the unwrapping network.
"""

from __future__ import annotations

from math import inf, pi
from typing import Any

import numpy as np

from pystamps import model
from pystamps.io.statements import Kind, Layout, Limit, Range, Variable

_F8, _F4, _C8, _BOOL = np.float64, np.float32, np.complex64, np.bool_

_FINITE = Range()
_GAPS = Range(gaps="some")
_ANY_GAPS = Range(gaps="any")
_POSITIVE = Range(low=1e-30)
_NOT_NEGATIVE = Range(low=0)
_COUNT = Range(low=0, is_whole=True)
_FLAGS = Range(low=0, high=1, is_whole=True)
_WRAPPED = Range(low=-pi - 1e-4, high=pi + 1e-4)
_UNIT = Range(low=-1.001, high=1.001)
_COHERENCE = Range(low=0, high=1.001)
_COHERENCE_OR_NONE = Range(low=0, high=1.001, gaps="any")
_ANGLE = Range(low=0, high=pi / 2)
_BASELINE = Range(low=-1e5, high=1e5)
_MEAN_SQUARE = Range(low=0, gaps="any")
_STD = Range(low=0, gaps="any")
_DAY = Range(low=1, high=1e7)


def _index(
    name: str,
    kind: Kind,
    dims: str = "",
    dtype: Any = _F8,
    *,
    last: Limit | tuple[Limit, ...] = inf,
    is_ascending: bool = False,
    optional: bool = False,
) -> Variable:
    """Numbers that count from 1, up to the last one."""
    first = (1,) * len(last) if isinstance(last, tuple) else 1
    values = Range(low=first, high=last, is_whole=True, is_ascending=is_ascending)
    return Variable(name, kind, dims, dtype, values, one_based=True, optional=optional)


def _flags(name: str, kind: Kind, dims: str, *, is_optional: bool = False) -> Variable:
    return Variable(name, kind, dims, _BOOL, _FLAGS, optional=is_optional, or_empty=is_optional)


_PIXELS = {
    "ij": Variable("ij", "matrix", "n_ps 3", _F8, _NOT_NEGATIVE),
    "lonlat": Variable(
        "lonlat", "matrix", "n_ps 2", _F8, Range((-360, -90), (360, 90), gaps="some")
    ),
    "xy": Variable("xy", "matrix", "n_ps 3", _F4, Range((0, -1e8, -1e8), (1e9, 1e8, 1e8))),
    "bperp": Variable("bperp", "column", "n_ifg", None, _BASELINE),
    "day": Variable("day", "column", "n_image", _F8, Range(low=1, high=1e7, is_ascending=True)),
    "master_day": Variable("master_day", "scalar", "", _F8, _DAY),
    "master_ix": _index("master_ix", "integer", last="n_image"),
    "ll0": Variable("ll0", "row", "2", _F8, Range((-360, -90), (360, 90))),
    "sort_ix": _index("sort_ix", "column", "n_candidates", optional=True),
    "calconst": Variable("calconst", "column", "n_secondary", _F8, _POSITIVE, optional=True),
    "day_ix": _index("day_ix", "column", "n_secondary", last="n_secondary", optional=True),
    "mean_incidence": Variable("mean_incidence", "scalar", "", _F8, _ANGLE, optional=True),
    "mean_range": Variable("mean_range", "scalar", "", _F8, _POSITIVE, optional=True),
    "pairs": _index("ifgday_ix", "matrix", "n_ifg 2", last="n_image", optional=True),
}
_COH_PS = Variable("coh_ps", "column", "n_ps", _F8, _COHERENCE_OR_NONE)


_ARC = Range("-n_edge", "n_edge", gaps="any", is_whole=True)
"""Signed number of an arc; 0 within a node, NaN without statistics."""


def _pixel_column(name: str, dtype: Any, values: Range) -> Variable:
    return Variable(name, "column", "n_ps", dtype, values)


def _series(name: str, *, is_optional: bool = False) -> Variable:
    return Variable(name, "matrix", "n_ps n_image", _F4, _ANY_GAPS, optional=is_optional)


def _look_angle_error(columns: str) -> dict[str, Variable]:
    return {
        "ph_scla": Variable("ph_scla", "matrix", f"n_ps {columns}", None, _GAPS),
        "k_ps_uw": Variable("K_ps_uw", "column", "n_ps", _F8, _GAPS),
        "c_ps_uw": Variable("C_ps_uw", "column", "n_ps", None, _GAPS),
        "ph_ramp": Variable("ph_ramp", "matrix", f"n_ps {columns}", _F8, _ANY_GAPS, or_empty=True),
    }


def _covariance(columns: str) -> dict[str, Variable]:
    return {"ifg_vcm": Variable("ifg_vcm", "matrix", f"{columns} {columns}", _F8)}


def _frequency(name: str) -> Variable:
    return Variable(name, "matrix", "n_node n_used", _F4, _ANY_GAPS, optional=True, or_empty=True)


LAYOUTS: dict[type, Layout] = {
    model.Pixels: Layout(
        "ps",
        1,
        _PIXELS,
        {
            "n_ifg": lambda p: float(p.n_ifg),
            "n_image": lambda p: float(p.n_image),
            "n_ps": lambda p: float(p.n_ps),
            "ifgday": lambda p: None if p.pairs is None else p.day[p.pairs],
        },
        {"n_ifg": "n_ifg", "n_image": "n_image", "n_ps": "n_ps"},
    ),
    model.Phase: Layout(
        "ph", 1, {"ph": Variable("ph", "matrix", "n_ps n_ifg", _C8, keeps_double=True)}
    ),
    model.Baselines: Layout(
        "bp", 1, {"bperp_mat": Variable("bperp_mat", "matrix", "n_ps n_used", None, _BASELINE)}
    ),
    model.LookAngle: Layout("la", 1, {"la": _pixel_column("la", None, _ANGLE)}),
    model.Incidence: Layout("inc", 1, {"inc": _pixel_column("inc", None, _ANGLE)}),
    model.AmplitudeDispersion: Layout("da", 1, {"d_a": _pixel_column("D_A", _F8, _POSITIVE)}),
    model.Height: Layout(
        "hgt",
        1,
        {"hgt": _pixel_column("hgt", _F8, Range(-1e5, 1e5, gaps="any"))},
    ),
    model.PhaseNoise: Layout(
        "pm",
        2,
        {
            "ph_patch": Variable("ph_patch", "matrix", "n_ps n_used", _C8, _UNIT),
            "coh_ps": _COH_PS,
            "k_ps": _pixel_column("K_ps", _F8, _ANY_GAPS),
            "c_ps": _pixel_column("C_ps", _F8, _WRAPPED),
            "n_opt": _pixel_column("N_opt", _F8, _COUNT),
            "coh_ps_save": _pixel_column("coh_ps_save", _F8, _COHERENCE_OR_NONE),
            "ph_res": Variable("ph_res", "matrix", "n_ps n_used", _F4, _WRAPPED, or_empty=True),
            "ph_grid": Variable("ph_grid", "matrix", "n_i n_j n_used", _C8, _ANY_GAPS),
            "ph_weight": Variable(
                "ph_weight", "matrix", "n_ps n_used", _C8, _ANY_GAPS, or_empty=True
            ),
            "grid_ij": _index("grid_ij", "matrix", "n_ps 2", _F4),
            "low_pass": Variable("low_pass", "matrix", "clap_win clap_win", _F8, _UNIT),
            "nr": Variable("Nr", "row", "n_bin", _F8, Range(low=0, gaps="any")),
            "coh_bins": Variable("coh_bins", "row", "n_bin", _F8, _COHERENCE),
            "n_trial_wraps": Variable("n_trial_wraps", "scalar", "", None, _NOT_NEGATIVE),
            "nr_max_nz_ix": Variable("Nr_max_nz_ix", "integer", "", _F8, _COUNT),
            "i_loop": Variable("i_loop", "integer", "", _F8, _COUNT),
            "grid_size": Variable("grid_size", "scalar", "", _F8, _POSITIVE),
            "gamma_change_save": Variable("gamma_change_save", "scalar", "", _F8, _FINITE),
            "step_number": Variable("step_number", "integer", "", _F8, _COUNT),
            "weighting": Variable(
                "weighting", "column", "n_ps", _F8, Range(low=0, gaps="any"), optional=True
            ),
        },
    ),
    model.Selection: Layout(
        "select",
        3,
        {
            "ix": _index("ix", "column", "n_selected", last="n_ps", is_ascending=True),
            "keep_ix": _flags("keep_ix", "column", "n_selected"),
            "ph_patch2": Variable("ph_patch2", "matrix", "n_selected n_used", _C8),
            "ph_res2": Variable("ph_res2", "matrix", "n_selected n_used", _F4, _WRAPPED),
            "k_ps2": Variable("K_ps2", "column", "n_selected", _F8, _ANY_GAPS),
            "c_ps2": Variable("C_ps2", "column", "n_selected", _F8, _WRAPPED),
            "coh_ps2": Variable("coh_ps2", "column", "n_selected", _F8, _COHERENCE_OR_NONE),
            "coh_thresh": Variable("coh_thresh", "column", "n_threshold", _F8, _NOT_NEGATIVE),
            "coh_thresh_coeffs": Variable("coh_thresh_coeffs", "row", "2", _F8, or_empty=True),
            "clap_alpha": Variable("clap_alpha", "scalar", "", _F8, _NOT_NEGATIVE),
            "clap_beta": Variable("clap_beta", "scalar", "", _F8, _NOT_NEGATIVE),
            "n_win": Variable("n_win", "scalar", "", _F8, _COUNT),
            "max_percent_rand": Variable("max_percent_rand", "scalar", "", None, _NOT_NEGATIVE),
            "gamma_stdev_reject": Variable("gamma_stdev_reject", "scalar", "", _F8, _NOT_NEGATIVE),
            "ifg_index": _index("ifg_index", "row", "n_listed", last="n_used", is_ascending=True),
            "small_baseline_flag": Variable("small_baseline_flag", "text", texts=("n", "y")),
        },
    ),
    model.Weeding: Layout(
        "weed",
        4,
        {
            "ix_weed": _flags("ix_weed", "column", "n_kept"),
            "ix_weed2": _flags("ix_weed2", "column", "n_rated"),
            "ps_std": Variable("ps_std", "column", "n_rated", None, Range(0, is_infinite=True)),
            "ps_max": Variable("ps_max", "column", "n_rated", None, Range(0, is_infinite=True)),
            "ifg_index": _index("ifg_index", "row", "n_listed", last="n_ifg", is_ascending=True),
        },
    ),
    model.SelectedNoise: Layout(
        "pm",
        5,
        {
            "ph_patch": Variable("ph_patch", "matrix", "n_ps n_used", _C8, keeps_double=True),
            "ph_res": Variable(
                "ph_res", "matrix", "n_ps n_used", _F4, _ANY_GAPS, keeps_double=True
            ),
            "coh_ps": _COH_PS,
            "k_ps": _pixel_column("K_ps", _F8, _GAPS),
            "c_ps": _pixel_column("C_ps", _F8, _WRAPPED),
        },
    ),
    model.CorrectedPhase: Layout(
        "rc",
        5,
        {
            "ph_rc": Variable("ph_rc", "matrix", "n_ps n_ifg", _C8, _GAPS, keeps_double=True),
            "ph_reref": Variable(
                "ph_reref",
                "matrix",
                "n_ps n_ifg",
                _C8,
                _GAPS,
                keeps_double=True,
                or_empty=True,
                optional=True,
            ),
        },
    ),
    model.InterferogramNoise: Layout(
        "ifgstd", 5, {"ifg_std_deg": Variable("ifg_std", "column", "n_ifg", _F4, Range(0, 360))}
    ),
    model.UnwrapGrid: Layout(
        "uw_grid",
        6,
        {
            "ph": Variable("ph", "matrix", "n_node n_used", _C8),
            "ph_in": Variable("ph_in", "matrix", "n_ps n_used", _C8, _UNIT, or_empty=True),
            "ph_lowpass": Variable("ph_lowpass", "matrix", "n_node n_used", _C8, or_empty=True),
            "ph_uw_predef": Variable(
                "ph_uw_predef", "matrix", "n_node n_used", _F4, _ANY_GAPS, or_empty=True
            ),
            "ph_in_predef": Variable(
                "ph_in_predef", "matrix", "n_ps n_used", _F4, _ANY_GAPS, or_empty=True
            ),
            "xy": Variable("xy", "matrix", "n_node 3", _F8),
            "ij": _index("ij", "matrix", "n_node 2", last=("n_i", "n_j")),
            "nzix": _flags("nzix", "matrix", "n_i n_j"),
            "grid_x_min": Variable("grid_x_min", "scalar"),
            "grid_y_min": Variable("grid_y_min", "scalar"),
            "grid_ij": _index("grid_ij", "matrix", "n_ps 2", _F4, last=("n_i", "n_j")),
            "pix_size": Variable("pix_size", "scalar", "", _F8, _NOT_NEGATIVE),
        },
        {
            "n_i": lambda g: np.float32(g.nzix.shape[0]),
            "n_j": lambda g: np.float32(g.nzix.shape[1]),
            "n_ifg": lambda g: float(g.ph.shape[1]),
            "n_ps": lambda g: float(g.ph.shape[0]),
        },
        {"n_i": "n_i", "n_j": "n_j", "n_ifg": "n_used", "n_ps": "n_node"},
    ),
    model.UnwrapArcs: Layout(
        "uw_interp",
        6,
        {
            "edgs": _index("edgs", "matrix", "n_edge 3", last=("n_edge", "n_node", "n_node")),
            "rowix": Variable("rowix", "matrix", "n_i-1 n_j", _F8, _ARC),
            "colix": Variable("colix", "matrix", "n_i n_j-1", _F8, _ARC),
            "nearest_node": _index("Z", "matrix", "n_i n_j", last="n_node"),
        },
        {"n_edge": lambda a: float(a.edgs.shape[0])},
        {"n_edge": "n_edge"},
    ),
    model.SpaceTime: Layout(
        "uw_space_time",
        8,
        {
            "dph_space_uw": Variable("dph_space_uw", "matrix", "n_edge n_used", _F4, _ANY_GAPS),
            "dph_noise": Variable(
                "dph_noise", "matrix", "n_edge n_used", _F4, _ANY_GAPS, or_empty=True
            ),
            "spread": Variable("spread", "sparse", "n_edge n_used", _F8, _ANY_GAPS),
            "design": Variable("G", "matrix", "n_used n_image", _F8, Range(-1, 1), optional=True),
            "ifreq_ij": _frequency("ifreq_ij"),
            "jfreq_ij": _frequency("jfreq_ij"),
            "shaky_ix": _flags("shaky_ix", "matrix", "n_edge 1", is_optional=True),
            "predef_ix": _flags("predef_ix", "matrix", "n_edge n_used", is_optional=True),
        },
    ),
    model.UnwrappedGrid: Layout(
        "uw_phaseuw",
        6,
        {
            "ph_uw": Variable("ph_uw", "matrix", "n_node n_used", _F4),
            "msd": Variable("msd", "column", "n_used", _F8, _MEAN_SQUARE),
        },
    ),
    model.Unwrapped: Layout(
        "phuw",
        6,
        {
            "ph_uw": Variable("ph_uw", "matrix", "n_ps n_image", _F4, _GAPS),
            "msd": Variable("msd", "column", "n_image", _F4, _MEAN_SQUARE, optional=True),
            "unwrap_ifg_index_sm": _index(
                "unwrap_ifg_index_sm",
                "row",
                "n_listed",
                last="n_image",
                is_ascending=True,
                optional=True,
            ),
        },
    ),
    model.UnwrappedPairs: Layout(
        "phuw_sb",
        6,
        {
            "ph_uw": Variable("ph_uw", "matrix", "n_ps n_ifg", _F4, _GAPS),
            "msd": Variable("msd", "column", "n_ifg", _F4, _MEAN_SQUARE),
        },
    ),
    model.PairInversion: Layout(
        "phuw_sb_res",
        6,
        {
            "ph_res": Variable("ph_res", "matrix", "n_ps n_ifg", _F4, _GAPS),
            "sb_cov": Variable("sb_cov", "matrix", "n_ifg n_ifg", _F8),
            "sm_cov": Variable("sm_cov", "matrix", "n_image n_image", _F8),
        },
    ),
    model.ClosureLoops: Layout(
        "phuw_loops",
        6,
        {
            "intfg_loops": Variable(
                "intfg_loops",
                "matrix",
                "n_loop n_ifg",
                _F8,
                Range(-1, 1, is_whole=True),
                or_empty=True,
            )
        },
    ),
    model.ClosedPixels: Layout(
        "phuw_good", 6, {"good_pixels": _flags("good_pixels", "matrix", "n_ps n_ifg")}
    ),
    model.LookAngleError: Layout("scla", 7, _look_angle_error("n_image") | _covariance("n_image")),
    model.SmoothedLookAngleError: Layout("scla_smooth", 7, _look_angle_error("n_image")),
    model.PairLookAngleError: Layout(
        "scla_sb", 7, _look_angle_error("n_ifg") | _covariance("n_ifg")
    ),
    model.SmoothedPairLookAngleError: Layout("scla_smooth_sb", 7, _look_angle_error("n_ifg")),
    model.CorrelatedNoise: Layout(
        "scn",
        8,
        {
            "ph_scn_slave": Variable("ph_scn_slave", "matrix", "n_ps n_image", _F8, _GAPS),
            "ph_hpt": Variable("ph_hpt", "matrix", "n_ps n_filtered", _F4, _GAPS),
            "ph_ramp": Variable("ph_ramp", "matrix", "n_ps n_deramped", _F8, _ANY_GAPS),
            "ph_noise_res": Variable(
                "ph_noise_res", "matrix", "n_ps n_image", _F8, _ANY_GAPS, optional=True
            ),
            "std_ph_noise": Variable(
                "std_ph_noise", "column", "n_ps", _F8, _ANY_GAPS, optional=True
            ),
        },
    ),
    model.ArcCycles: Layout(
        "accurate_arcs",
        8,
        {
            "cycles": Variable("cycles", "matrix", "n_ps n_ifg", _F4, Range(is_whole=True)),
            "v": _pixel_column("v", _F8, _FINITE),
            "k_ps": _pixel_column("K_ps", _F8, _FINITE),
            "coh_ps": _COH_PS,
        },
    ),
    model.AccuratePhase: Layout(
        "accurate_uw",
        8,
        {
            "ph_uw": Variable("ph_uw", "matrix", "n_ps n_image", _F4, _ANY_GAPS),
            "cycles": Variable("cycles", "matrix", "n_ps n_ifg", _F4, Range(is_whole=True)),
            "ph_scla": Variable("ph_scla", "matrix", "n_ps n_image", None, _ANY_GAPS),
            "k_ps_uw": _pixel_column("K_ps_uw", _F8, _ANY_GAPS),
            "c_ps_uw": _pixel_column("C_ps_uw", None, _ANY_GAPS),
        },
    ),
    model.AccurateVelocity: Layout(
        "accurate_v",
        8,
        {
            "v": _pixel_column("v", _F8, _ANY_GAPS),
            "v_std": _pixel_column("v_std", _F8, _STD),
            "v_unshrunk": _pixel_column("v_unshrunk", _F8, _ANY_GAPS),
            "gain": _pixel_column("gain", _F8, Range(low=0, high=1.001, gaps="any")),
            "plane": _pixel_column("plane", _F8, _ANY_GAPS),
            "plane_std": _pixel_column("plane_std", _F8, _STD),
            "k_ps": _pixel_column("K_ps", _F8, _ANY_GAPS),
            "k_std": Variable("K_std", "column", "n_ps", _F8, _STD, optional=True),
        },
    ),
    model.AccurateSeries: Layout(
        "accurate_series",
        8,
        {
            "displacement": _series("displacement"),
            "atmosphere": _series("atmosphere"),
            "noise": _series("noise", is_optional=True),
            "displacement_std": _series("displacement_std", is_optional=True),
        },
    ),
    model.MeanVelocity: Layout(
        "mean_v", 8, {"m": Variable("m", "matrix", "2 n_ps", None, _ANY_GAPS)}
    ),
}
