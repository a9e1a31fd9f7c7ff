"""How far results of a whole chain may lie from the golden ones, and why.

The unit of every number is that of the variable. Variables that are not listed must be exactly
equal: all indices, masks, grids, arcs and everything that is copied. "Probe" is the movement
of the golden run itself when the phases of stage 1 are moved by 6e-8 rad, one rounding error.
``docs/equality.md`` holds the same table with what was measured.
"""

from __future__ import annotations

# patch and root, chained from stage 1 on
TOLERANCES: dict[str, dict[str, float]] = {
    "ps1": {"bperp": 1e-3, "mean_incidence": 1e-13},
    "ps2": {"bperp": 1e-3, "mean_incidence": 1e-13},
    "la1": {"la": 1e-15},
    "la2": {"la": 1e-15},
    "bp1": {"bperp_mat": 2e-5},
    "bp2": {"bperp_mat": 2e-5},
    "pm1": {
        "C_ps": 1e-5,
        "K_ps": 1e-7,
        "coh_ps": 5e-6,
        "gamma_change_save": 1e-8,
        "ph_patch": 1e-5,
        "ph_res": 5e-5,
        "ph_grid": 1e-4,
        "ph_weight": 1e-4,
        "coh_ps_save": 5e-6,
    },
    "select1": {
        "C_ps2": 5e-5,
        "K_ps2": 5e-7,
        "coh_ps2": 2e-5,
        "ph_patch2": 1e-5,
        "ph_res2": 2e-4,
    },
    "weed1": {"ps_std": 5e-6, "ps_max": 2e-5},
    "pm2": {"C_ps": 5e-5, "K_ps": 5e-7, "coh_ps": 2e-5, "ph_patch": 2e-5, "ph_res": 2e-4},
    "rc2": {"ph_rc": 2e-5, "ph_reref": 2e-5},
    "ifgstd2": {"ifg_std": 1e-4},
    "uw_grid": {"ph": 2e-5, "ph_in": 2e-5},
    "uw_phaseuw": {"ph_uw": 5e-5, "msd": 1e-4},
    "phuw2": {"ph_uw": 5e-5, "msd": 1e-4},
    "scla2": {"K_ps_uw": 1e-6, "C_ps_uw": 1e-4, "ph_scla": 1e-4, "ifg_vcm": 1e-4},
    "scla_smooth2": {"K_ps_uw": 1e-6, "C_ps_uw": 1e-4, "ph_scla": 1e-4},
    "scn2": {"ph_hpt": 1e-4, "ph_scn_slave": 1e-4},
    "uw_space_time": {"dph_space_uw": 1e-4, "dph_noise": 1e-4},
}

MODULO_2PI = {
    "pm1": ("C_ps", "ph_res"),
    "pm2": ("C_ps", "ph_res"),
    "select1": ("C_ps2", "ph_res2"),
}
"""Angles in (-pi, pi]: a value at the end of the interval may come out at the other end."""

MODULO_2PI_PER_COLUMN = {"phuw2": ("ph_uw",), "uw_phaseuw": ("ph_uw",)}
"""The absolute level of an unwrapped interferogram is where snaphu happened to start."""
