"""How far results of a whole chain may lie from the golden ones, and why.

Variables that are not listed must be exactly equal: all indices, masks, grids, arcs, dates and
everything that is copied. ``docs/equality.md`` holds the table with what was measured; the
"probes" there are movements of the golden run and of ours when the phases of stage 1 are moved by
6e-8 rad, one rounding error of single precision.

A bound is two to five times the largest difference of ``tiny``, ``small`` and the probe, measured
on a processor with AVX-512 and on one without AVX, whose sines differ in the last place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """Largest absolute difference of a variable, and why it is not zero."""

    size: float
    why: str


_SUM = "order of a sum in double precision"
_SINGLE = "single precision in the original"
_FIT = "search and fit in single precision"
_FFT = "Fourier transform in single precision"
_AFTER = "follows the phase"
_ARCS = "variance over arcs depends on their direction, which Triangle and Qhull choose"
_MSD = "mean over differences that are not exactly 0: rounding decides how many"

BOUNDS: dict[str, dict[str, Bound]] = {
    "ps1": {
        "mean_incidence": Bound(1e-14, _SUM),
    },
    "la1": {"la": Bound(2e-16, "last place of the arc cosine")},
    "pm1": {
        "K_ps": Bound(1e-7, _FIT),
        "C_ps": Bound(5e-6, _FIT),
        "coh_ps": Bound(5e-6, _FIT),
        "coh_ps_save": Bound(5e-6, _FIT),
        "gamma_change_save": Bound(5e-8, _AFTER),
        "Nr": Bound(5e-14, _SUM),
        "low_pass": Bound(5e-15, _SUM),
        "ph_patch": Bound(5e-5, _FFT),
        "ph_res": Bound(5e-5, _AFTER),
        "ph_grid": Bound(5e-5, _AFTER),
        "ph_weight": Bound(5e-5, _AFTER),
    },
    "select1": {
        "K_ps2": Bound(2e-7, _FIT),
        "C_ps2": Bound(5e-5, _FIT),
        "coh_ps2": Bound(1e-5, _FIT),
        "ph_patch2": Bound(2e-6, _FFT),
        "ph_res2": Bound(1e-4, _AFTER),
    },
    "weed1": {
        "ps_std": Bound(1e-4, _ARCS),
        "ps_max": Bound(2e-3, _ARCS),
    },
    "pm2": {
        "K_ps": Bound(1e-7, _FIT),
        "C_ps": Bound(2e-5, _FIT),
        "coh_ps": Bound(1e-5, _FIT),
        "ph_patch": Bound(2e-5, _FFT),
        "ph_res": Bound(5e-5, _AFTER),
    },
    "rc2": {
        "ph_rc": Bound(2e-5, _AFTER),
        "ph_reref": Bound(2e-5, _FFT),
    },
    "ifgstd2": {"ifg_std": Bound(2e-4, "sum over all pixels in single precision")},
    "uw_grid": {"ph": Bound(2e-5, _FFT), "ph_in": Bound(1e-5, _AFTER)},
    "uw_space_time": {
        "dph_space_uw": Bound(2e-5, _AFTER),
        "dph_noise": Bound(1e-5, _AFTER),
    },
    "uw_phaseuw": {
        "ph_uw": Bound(2e-5, _AFTER),
        "msd": Bound(2e-2, _MSD),
    },
    "phuw2": {
        "ph_uw": Bound(2e-5, _AFTER),
        "msd": Bound(2e-2, _MSD),
    },
    "scla2": {
        "K_ps_uw": Bound(1e-6, _SINGLE),
        "C_ps_uw": Bound(2e-5, _SINGLE),
        "ph_scla": Bound(2e-5, _SINGLE),
        "ifg_vcm": Bound(5e-6, "square of ifg_std"),
    },
    "scla_smooth2": {
        "K_ps_uw": Bound(1e-6, _SINGLE),
        "C_ps_uw": Bound(2e-5, _SINGLE),
        "ph_scla": Bound(2e-5, _SINGLE),
    },
    "scn2": {
        "ph_hpt": Bound(2e-5, _SINGLE),
        "ph_scn_slave": Bound(1e-4, _SINGLE),
    },
}
"""Of patch and root files alike, in the unit of the variable."""

BOUNDS |= {"ps2": BOUNDS["ps1"], "la2": BOUNDS["la1"]}

MODULO_2PI = {
    "pm1": ("C_ps", "ph_res"),
    "pm2": ("C_ps", "ph_res"),
    "select1": ("C_ps2", "ph_res2"),
}
"""Angles in (-pi, pi]: a value at the end of the interval may come out at the other end."""

MODULO_2PI_PER_COLUMN = {"phuw2": ("ph_uw",), "uw_phaseuw": ("ph_uw",)}
"""The absolute level of an unwrapped interferogram is where snaphu happened to start."""

RELATIVE = {"rc2": ("ph_rc",)}
"""Amplitudes up to 1e6 in patches: the bound is relative to the magnitude above 1."""

IGNORED = {"pm1": ("weighting",)}
"""We keep the weights of the iteration that would follow; the original does not save them."""

DISCRETE = {
    "select1": ("ix", "keep_ix"),
    "weed1": ("ix_weed", "ix_weed2"),
    "ps2": ("ij",),
    "uw_grid": ("nzix", "ij", "grid_ij"),
    "uw_interp": ("Z", "edgs", "rowix", "colix"),
}
"""What a threshold, a cell or a network decides; equal also where the numbers differ a little."""


def tolerances(base: str) -> dict[str, float]:
    """Give the bounds of a file (``pm1``)."""
    return {name: bound.size for name, bound in BOUNDS.get(base, {}).items()}
