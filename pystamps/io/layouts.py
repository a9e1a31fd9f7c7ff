"""How every artifact lies in its MAT file: spelling, shape, class, and what is 1-based there.

Together with :mod:`pystamps.io.artifacts`, which converts, the only place that knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from pystamps import model

Kind = Literal["scalar", "integer", "column", "row", "matrix", "text", "sparse"]


@dataclass(frozen=True, slots=True)
class Variable:
    """How one field lies in the file.

    Attributes
    ----------
    name : str
        Spelling in the file.
    kind : str
        Shape in the file: scalar and integer are 1 x 1, column n x 1, row 1 x n.
    dtype : type or None
        Class in the file; None keeps single or double as it is in memory.
    one_based : bool
        Index of an array: one is added on writing and taken off on reading.
    optional : bool
        The variable may be absent; the field is then None.
    keeps_double : bool
        Written in double when it is double in memory (pixels resampled by the merge), read in
        single all the same.
    """

    name: str
    kind: Kind
    dtype: Any = None
    one_based: bool = False
    optional: bool = False
    keeps_double: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """File of one dataclass: base name, fields, and variables computed from the whole."""

    base: str
    fields: dict[str, Variable]
    derived: dict[str, Callable[[Any], Any]] = field(default_factory=dict)


_F8, _F4, _C8, _BOOL = np.float64, np.float32, np.complex64, np.bool_


def _index(name: str, kind: Kind, dtype: Any = _F8, *, optional: bool = False) -> Variable:
    return Variable(name, kind, dtype, one_based=True, optional=optional)


_PIXELS = {
    "ij": Variable("ij", "matrix", _F8),
    "lonlat": Variable("lonlat", "matrix", _F8),
    "xy": Variable("xy", "matrix", _F4),
    "bperp": Variable("bperp", "column"),
    "day": Variable("day", "column", _F8),
    "master_day": Variable("master_day", "scalar", _F8),
    "master_ix": _index("master_ix", "integer"),
    "ll0": Variable("ll0", "row", _F8),
    "sort_ix": _index("sort_ix", "column", optional=True),
    "calconst": Variable("calconst", "column", _F8, optional=True),
    "day_ix": _index("day_ix", "column", optional=True),
    "mean_incidence": Variable("mean_incidence", "scalar", _F8, optional=True),
    "mean_range": Variable("mean_range", "scalar", _F8, optional=True),
}
_NOISE_COLUMNS = {
    "coh_ps": Variable("coh_ps", "column", _F8),
    "k_ps": Variable("K_ps", "column", _F8),
    "c_ps": Variable("C_ps", "column", _F8),
}
_SCLA = {
    "ph_scla": Variable("ph_scla", "matrix"),
    "k_ps_uw": Variable("K_ps_uw", "column", _F8),
    "c_ps_uw": Variable("C_ps_uw", "column"),
    "ph_ramp": Variable("ph_ramp", "matrix", _F8),
}

LAYOUTS: dict[type, Layout] = {
    model.Pixels: Layout(
        "ps",
        _PIXELS,
        {
            "n_ifg": lambda p: float(p.n_ifg),
            "n_image": lambda p: float(p.n_image),
            "n_ps": lambda p: float(p.n_ps),
        },
    ),
    model.Phase: Layout("ph", {"ph": Variable("ph", "matrix", _C8, keeps_double=True)}),
    model.Baselines: Layout("bp", {"bperp_mat": Variable("bperp_mat", "matrix")}),
    model.LookAngle: Layout("la", {"la": Variable("la", "column")}),
    model.Incidence: Layout("inc", {"inc": Variable("inc", "column")}),
    model.AmplitudeDispersion: Layout("da", {"d_a": Variable("D_A", "column", _F8)}),
    model.Height: Layout("hgt", {"hgt": Variable("hgt", "column", _F8)}),
    model.PhaseNoise: Layout(
        "pm",
        {
            "ph_patch": Variable("ph_patch", "matrix", _C8),
            **_NOISE_COLUMNS,
            "n_opt": Variable("N_opt", "column", _F8),
            "coh_ps_save": Variable("coh_ps_save", "column", _F8),
            "ph_res": Variable("ph_res", "matrix", _F4),
            "ph_grid": Variable("ph_grid", "matrix", _C8),
            "ph_weight": Variable("ph_weight", "matrix", _C8),
            "grid_ij": _index("grid_ij", "matrix", _F4),
            "low_pass": Variable("low_pass", "matrix", _F8),
            "nr": Variable("Nr", "row", _F8),
            "coh_bins": Variable("coh_bins", "row", _F8),
            "n_trial_wraps": Variable("n_trial_wraps", "scalar"),
            "nr_max_nz_ix": Variable("Nr_max_nz_ix", "integer", _F8),
            "i_loop": Variable("i_loop", "integer", _F8),
            "grid_size": Variable("grid_size", "scalar", _F8),
            "gamma_change_save": Variable("gamma_change_save", "scalar", _F8),
            "step_number": Variable("step_number", "integer", _F8),
            "weighting": Variable("weighting", "column", _F8, optional=True),
        },
    ),
    model.Selection: Layout(
        "select",
        {
            "ix": _index("ix", "column"),
            "keep_ix": Variable("keep_ix", "column", _BOOL),
            "ph_patch2": Variable("ph_patch2", "matrix", _C8),
            "ph_res2": Variable("ph_res2", "matrix", _F4),
            "k_ps2": Variable("K_ps2", "column", _F8),
            "c_ps2": Variable("C_ps2", "column", _F8),
            "coh_ps2": Variable("coh_ps2", "column", _F8),
            "coh_thresh": Variable("coh_thresh", "column", _F8),
            "coh_thresh_coeffs": Variable("coh_thresh_coeffs", "row", _F8),
            "clap_alpha": Variable("clap_alpha", "scalar", _F8),
            "clap_beta": Variable("clap_beta", "scalar", _F8),
            "n_win": Variable("n_win", "scalar", _F8),
            "max_percent_rand": Variable("max_percent_rand", "scalar"),
            "gamma_stdev_reject": Variable("gamma_stdev_reject", "scalar", _F8),
            "ifg_index": _index("ifg_index", "row"),
            "small_baseline_flag": Variable("small_baseline_flag", "text"),
        },
    ),
    model.Weeding: Layout(
        "weed",
        {
            "ix_weed": Variable("ix_weed", "column", _BOOL),
            "ix_weed2": Variable("ix_weed2", "column", _BOOL),
            "ps_std": Variable("ps_std", "column"),
            "ps_max": Variable("ps_max", "column"),
            "ifg_index": _index("ifg_index", "row"),
        },
    ),
    model.SelectedNoise: Layout(
        "pm",
        {
            "ph_patch": Variable("ph_patch", "matrix", _C8, keeps_double=True),
            "ph_res": Variable("ph_res", "matrix", _F4, keeps_double=True),
            **_NOISE_COLUMNS,
        },
    ),
    model.CorrectedPhase: Layout(
        "rc",
        {
            "ph_rc": Variable("ph_rc", "matrix", _C8, keeps_double=True),
            "ph_reref": Variable("ph_reref", "matrix", _C8, keeps_double=True),
        },
    ),
    model.InterferogramNoise: Layout("ifgstd", {"ifg_std_deg": Variable("ifg_std", "column", _F4)}),
    model.UnwrapGrid: Layout(
        "uw_grid",
        {
            "ph": Variable("ph", "matrix", _C8),
            "ph_in": Variable("ph_in", "matrix", _C8),
            "ph_lowpass": Variable("ph_lowpass", "matrix", _C8),
            "ph_uw_predef": Variable("ph_uw_predef", "matrix", _F4),
            "ph_in_predef": Variable("ph_in_predef", "matrix", _F4),
            "xy": Variable("xy", "matrix", _F8),
            "ij": _index("ij", "matrix"),
            "nzix": Variable("nzix", "matrix", _BOOL),
            "grid_x_min": Variable("grid_x_min", "scalar"),
            "grid_y_min": Variable("grid_y_min", "scalar"),
            "grid_ij": _index("grid_ij", "matrix", _F4),
            "pix_size": Variable("pix_size", "scalar", _F8),
        },
        {
            "n_i": lambda g: np.float32(g.nzix.shape[0]),
            "n_j": lambda g: np.float32(g.nzix.shape[1]),
            "n_ifg": lambda g: float(g.ph.shape[1]),
            "n_ps": lambda g: float(g.ph.shape[0]),
        },
    ),
    model.UnwrapArcs: Layout(
        "uw_interp",
        {
            "edgs": _index("edgs", "matrix"),
            "rowix": Variable("rowix", "matrix", _F8),
            "colix": Variable("colix", "matrix", _F8),
            "nearest_node": _index("Z", "matrix"),
        },
        {"n_edge": lambda a: float(a.edgs.shape[0])},
    ),
    model.SpaceTime: Layout(
        "uw_space_time",
        {
            "dph_space_uw": Variable("dph_space_uw", "matrix", _F4),
            "dph_noise": Variable("dph_noise", "matrix", _F4),
            "spread": Variable("spread", "sparse", _F8),
            "design": Variable("G", "matrix", _F8, optional=True),
            "ifreq_ij": Variable("ifreq_ij", "matrix", _F4, optional=True),
            "jfreq_ij": Variable("jfreq_ij", "matrix", _F4, optional=True),
            "shaky_ix": Variable("shaky_ix", "matrix", _BOOL, optional=True),
            "predef_ix": Variable("predef_ix", "matrix", _BOOL, optional=True),
        },
    ),
    model.UnwrappedGrid: Layout(
        "uw_phaseuw",
        {"ph_uw": Variable("ph_uw", "matrix", _F4), "msd": Variable("msd", "column", _F8)},
    ),
    model.Unwrapped: Layout(
        "phuw",
        {"ph_uw": Variable("ph_uw", "matrix", _F4), "msd": Variable("msd", "column", _F4)},
    ),
    model.LookAngleError: Layout("scla", {**_SCLA, "ifg_vcm": Variable("ifg_vcm", "matrix", _F8)}),
    model.SmoothedLookAngleError: Layout("scla_smooth", _SCLA),
    model.CorrelatedNoise: Layout(
        "scn",
        {
            "ph_scn_slave": Variable("ph_scn_slave", "matrix", _F8),
            "ph_hpt": Variable("ph_hpt", "matrix", _F4),
            "ph_ramp": Variable("ph_ramp", "matrix", _F8),
        },
    ),
    model.MeanVelocity: Layout("mean_v", {"m": Variable("m", "matrix")}),
}
