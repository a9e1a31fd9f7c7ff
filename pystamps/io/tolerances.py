"""How closely every variable of every artifact has to equal the original's, in its own unit.

Beside the layouts, whose variables they are (:mod:`pystamps.io.layouts`); ``docs/tolerances.md``
is made from this table. Strict bounds are two to five times the largest difference of ``tiny``,
``small`` and the round-off probes, measured on a processor with AVX-512 and on one without AVX,
whose sines differ in the last place (``docs/equality.md`` holds what was measured); those of the
99 % quantile are about five times and those of the mean up to ten times what was measured there.
What has no such bound is exactly equal.
"""

from __future__ import annotations

from dataclasses import replace

from pystamps import model
from pystamps.io.bounds import Bound, ComparisonRule, VariableTolerance
from pystamps.io.layouts import LAYOUTS
from pystamps.stage_table import names_of_mat_results

_SUM = "order of a sum in double precision"
_SINGLE = "single precision in the original"
_FIT = "search and fit in single precision"
_FFT = "Fourier transform in single precision"
_AFTER = "follows the phase"
_ARCS = "variance over arcs depends on their direction, which Triangle and Qhull choose"
_CUBIC = "last places of a cubic through five points in double precision"
_PLANE = "surface that the original estimates in single precision"
_MSD = "mean over differences that are not exactly 0: rounding decides how many"

_VARIOGRAM = "a variogram without sill has no best range"

_SAME = Bound(0.0, "copied, counted or decided: nothing is rounded")
_GROUND = Bound(
    1.0, "positions of most exports are single precision, whose step is up to 0.85 m", mean=0.1
)
_HEIGHT = Bound(1.0, "heights of digital elevation models are known to some metres", mean=0.1)
_ANGLE = Bound(1e-4, "changes the projection of displacements by less than 1e-4 of them")
_BASELINE = Bound(0.01, "orbits give baselines to some centimetres", mean=1e-3)
_PHASE = Bound(
    0.1,
    "0.1 rad are 0.4 mm in C band, a fraction of the noise of a good pixel; most lie far below",
    quantile=0.01,
    mean=2e-3,
)
_UNWRAPPED = Bound(
    _PHASE.size,
    "as phases; a whole cycle is 28 mm in C band, so that only isolated pixels may have one",
    quantile=_PHASE.quantile,
    mean=_PHASE.mean,
    cycles=1e-3,
)
_AMPLITUDE = Bound(0.1, "as phases, relative to the magnitude above 1", share=0.1, quantile=0.01)
_LOOK_ANGLE = Bound(
    1e-3,
    "1e-3 rad/m are about 2 m of height in C band, as good as elevation models are",
    quantile=1e-4,
    mean=1e-5,
)
_COHERENCE = Bound(
    0.01, "thresholds of the coherence are chosen to some hundredths", quantile=1e-3, mean=1e-4
)
_VELOCITY = Bound(
    0.5, "velocities of single pixels are known to about 1 mm/yr", quantile=0.1, mean=0.02
)
_DISPLACEMENT = Bound(
    0.5, "displacements of single dates are known to some millimetres", quantile=0.1, mean=0.02
)
_PART = Bound(
    1e-3, "a step on the way, or an input whose own noise is larger than a thousandth", share=1e-3
)


def _exact(*, is_final: bool = True) -> VariableTolerance:
    return VariableTolerance("exact", "", _SAME, _SAME, is_final)


def _number(
    unit: str, scientific: Bound, strict: Bound = _SAME, *, is_final: bool = True
) -> VariableTolerance:
    return VariableTolerance("number", unit, strict, scientific, is_final)


def _phase(
    strict: Bound = _SAME, *, rule: ComparisonRule = "number", is_final: bool = True
) -> VariableTolerance:
    return VariableTolerance(rule, "rad", strict, _PHASE, is_final)


def _amplitude(strict: Bound = _SAME, *, is_final: bool = True) -> VariableTolerance:
    return VariableTolerance("complex", "", strict, _AMPLITUDE, is_final)


def _unwrapped(*, is_final: bool = True) -> VariableTolerance:
    # one rounding of single precision is more than 2e-5 rad where the phase exceeds 170 rad
    strict = Bound(2e-5, _AFTER, share=1.2e-7, quantile=1e-5, mean=5e-6)
    return VariableTolerance("unwrapped", "rad", strict, _UNWRAPPED, is_final)


def _position(*, is_final: bool = True) -> VariableTolerance:
    return VariableTolerance("position", "m", _SAME, _GROUND, is_final)


_MEAN_SQUARE = _number("rad^2", Bound(0.02, _MSD, share=0.05), Bound(2e-2, _MSD))

_COVARIANCE = Bound(1e-3, "as ifg_std, its root", share=0.02)

_PIXELS = {
    **{name: _exact() for name in ("n_ifg", "n_image", "n_ps", "ij", "day", "master_day")},
    **{name: _exact() for name in ("master_ix", "sort_ix", "day_ix", "ifgday", "ifgday_ix")},
    "lonlat": VariableTolerance("geographic", "m", _SAME, _GROUND),
    "xy": _position(),
    "ll0": VariableTolerance("geographic", "m", _SAME, _GROUND),
    "bperp": _number("m", _BASELINE),
    "calconst": _number("", _PART),
    "mean_incidence": _number("rad", _ANGLE, Bound(1e-14, _SUM)),
    "mean_range": _number("m", _GROUND),
}
_SCLA = {
    "K_ps_uw": _number("rad/m", _LOOK_ANGLE, Bound(1e-6, _SINGLE, quantile=5e-7, mean=1e-7)),
    "C_ps_uw": _phase(Bound(2e-5, _SINGLE, quantile=1.8e-5, mean=1e-5)),
    "ph_scla": _phase(Bound(2e-5, _SINGLE)),
    "ph_ramp": _phase(Bound(5e-5, _PLANE)),
}
_SMOOTHED_SCLA = {name: replace(tolerance, is_final=False) for name, tolerance in _SCLA.items()}
_SCLA_COVARIANCE = _number("rad^2", _COVARIANCE, Bound(5e-6, "square of ifg_std"))

TOLERANCES: dict[type, dict[str, VariableTolerance]] = {
    model.Pixels: _PIXELS,
    model.Phase: {"ph": _amplitude()},
    model.Baselines: {"bperp_mat": _number("m", _BASELINE)},
    model.LookAngle: {
        "la": _number("rad", _ANGLE, Bound(2e-16, "last place of the arc cosine")),
    },
    model.Incidence: {"inc": _number("rad", _ANGLE)},
    model.AmplitudeDispersion: {"D_A": _number("", _PART)},
    model.Height: {"hgt": _number("m", _HEIGHT)},
    model.PhaseNoise: {
        "K_ps": _number("rad/m", _LOOK_ANGLE, Bound(1e-7, _FIT, quantile=1.5e-8, mean=2e-10)),
        "C_ps": _phase(Bound(5e-6, _FIT, quantile=1e-6, mean=1e-8), rule="wrapped"),
        "coh_ps": _number("", _COHERENCE, Bound(5e-6, _FIT, quantile=1e-6, mean=3e-8)),
        "coh_ps_save": _number(
            "", _COHERENCE, Bound(5e-6, _FIT, quantile=1e-6, mean=3e-8), is_final=False
        ),
        "gamma_change_save": _number("", _PART, Bound(5e-8, _AFTER), is_final=False),
        "Nr": _number("pixels", _PART, Bound(5e-14, _SUM), is_final=False),
        "low_pass": _number("", _PART, Bound(5e-15, _SUM), is_final=False),
        "ph_patch": _phase(Bound(5e-5, _FFT), rule="complex"),
        "ph_res": _phase(Bound(5e-5, _AFTER), rule="wrapped"),
        "ph_grid": _amplitude(Bound(5e-5, _AFTER), is_final=False),
        "ph_weight": _amplitude(Bound(5e-5, _AFTER), is_final=False),
        "weighting": _number("", _PART, is_final=False),
        "coh_bins": _number("", _PART, is_final=False),
        "n_trial_wraps": _number("cycles", _PART, is_final=False),
        **{name: _exact(is_final=False) for name in ("grid_ij", "grid_size", "i_loop", "N_opt")},
        **{name: _exact(is_final=False) for name in ("Nr_max_nz_ix", "step_number")},
    },
    model.Selection: {
        "K_ps2": _number("rad/m", _LOOK_ANGLE, Bound(2e-7, _FIT, quantile=4e-8, mean=6e-10)),
        "C_ps2": _phase(Bound(5e-5, _FIT, quantile=6e-6, mean=8e-8), rule="wrapped"),
        "coh_ps2": _number("", _COHERENCE, Bound(1e-5, _FIT, quantile=2e-6, mean=3e-8)),
        "ph_patch2": _phase(Bound(2e-6, _FFT), rule="complex"),
        "ph_res2": _phase(Bound(1e-4, _AFTER), rule="wrapped"),
        "coh_thresh": _number("", _PART, Bound(8e-16, _CUBIC)),
        "coh_thresh_coeffs": _number("", _PART),
        "max_percent_rand": _number("", _PART),
        **{name: _exact() for name in ("ix", "keep_ix", "ifg_index", "small_baseline_flag")},
        **{name: _exact() for name in ("clap_alpha", "clap_beta", "n_win", "gamma_stdev_reject")},
    },
    model.Weeding: {
        "ps_std": _phase(Bound(1e-4, _ARCS, quantile=8e-5, mean=5e-6)),
        "ps_max": _phase(Bound(2e-3, _ARCS, quantile=1e-3, mean=1e-5)),
        **{name: _exact() for name in ("ix_weed", "ix_weed2", "ifg_index")},
    },
    model.SelectedNoise: {
        "K_ps": _number("rad/m", _LOOK_ANGLE, Bound(1e-7, _FIT, quantile=1.5e-8, mean=3e-10)),
        "C_ps": _phase(Bound(2e-5, _FIT, quantile=2e-6, mean=3e-8), rule="wrapped"),
        "coh_ps": _number("", _COHERENCE, Bound(1e-5, _FIT, quantile=1e-6, mean=4e-8)),
        "ph_patch": _phase(Bound(2e-5, _FFT), rule="complex"),
        "ph_res": _phase(Bound(5e-5, _AFTER), rule="wrapped"),
    },
    model.CorrectedPhase: {
        "ph_rc": _amplitude(Bound(2e-5, _AFTER, share=2e-5)),
        "ph_reref": _phase(Bound(2e-5, _FFT), rule="complex"),
    },
    model.InterferogramNoise: {
        "ifg_std": _number(
            "degree",
            Bound(0.5, "weights of interferograms change by some per cent"),
            Bound(2e-4, "sum over all pixels in single precision"),
        ),
    },
    model.UnwrapGrid: {
        "ph": _amplitude(Bound(3e-5, _FFT), is_final=False),
        "ph_in": _phase(Bound(1e-5, _AFTER), rule="complex", is_final=False),
        "ph_lowpass": _amplitude(is_final=False),
        "ph_uw_predef": _phase(is_final=False),
        "ph_in_predef": _phase(is_final=False),
        "xy": _position(is_final=False),
        "grid_x_min": _number("m", _GROUND, is_final=False),
        "grid_y_min": _number("m", _GROUND, is_final=False),
        **{name: _exact(is_final=False) for name in ("ij", "nzix", "grid_ij", "pix_size")},
        **{name: _exact(is_final=False) for name in ("n_i", "n_j", "n_ifg", "n_ps")},
    },
    model.UnwrapArcs: {
        name: _exact(is_final=False) for name in ("edgs", "rowix", "colix", "Z", "n_edge")
    },
    model.SpaceTime: {
        "dph_space_uw": _phase(Bound(2e-5, _AFTER), is_final=False),
        "dph_noise": _phase(Bound(2e-5, _AFTER), is_final=False),
        "spread": _number("", _PART, is_final=False),
        "G": _exact(is_final=False),
        "ifreq_ij": _phase(is_final=False),
        "jfreq_ij": _phase(is_final=False),
        "shaky_ix": _exact(is_final=False),
        "predef_ix": _exact(is_final=False),
    },
    model.UnwrappedGrid: {
        "ph_uw": _unwrapped(is_final=False),
        "msd": replace(_MEAN_SQUARE, is_final=False),
    },
    model.Unwrapped: {
        "ph_uw": _unwrapped(),
        "msd": _MEAN_SQUARE,
        "unwrap_ifg_index_sm": _exact(),
    },
    model.UnwrappedPairs: {"ph_uw": _unwrapped(), "msd": _MEAN_SQUARE},
    model.PairInversion: {
        "ph_res": _unwrapped(),
        "sb_cov": _number("rad^2", _COVARIANCE, Bound(2e-6, _SINGLE)),
        "sm_cov": _number("rad^2", _COVARIANCE, Bound(2e-6, _AFTER)),
    },
    model.ClosureLoops: {"intfg_loops": _exact(is_final=False)},
    model.ClosedPixels: {"good_pixels": _exact(is_final=False)},
    model.LookAngleError: {**_SCLA, "ifg_vcm": _SCLA_COVARIANCE},
    model.SmoothedLookAngleError: _SMOOTHED_SCLA,
    model.PairLookAngleError: {**_SCLA, "ifg_vcm": _SCLA_COVARIANCE},
    model.SmoothedPairLookAngleError: _SMOOTHED_SCLA,
    model.CorrelatedNoise: {
        "ph_hpt": _phase(Bound(2e-5, _SINGLE)),
        "ph_scn_slave": _phase(Bound(1e-4, _SINGLE, quantile=5e-5, mean=1e-5)),
        "ph_ramp": _phase(Bound(1.5e-5, _AFTER)),
        "ph_noise_res": _phase(Bound(5e-4, _VARIOGRAM)),
        "std_ph_noise": _number("rad", _PHASE, Bound(5e-4, _VARIOGRAM)),
    },
    model.ArcCycles: {
        "cycles": _number("cycles", _PART),
        "v": _number("mm/yr", _VELOCITY),
        "K_ps": _number("rad/m", _LOOK_ANGLE),
        "coh_ps": _number("", _PART),
    },
    model.AccuratePhase: {
        "ph_uw": _unwrapped(),
        "cycles": _number("cycles", _PART),
        "ph_scla": _phase(),
        "K_ps_uw": _number("rad/m", _LOOK_ANGLE),
        "C_ps_uw": _phase(),
    },
    model.AccurateVelocity: {
        **{name: _number("mm/yr", _VELOCITY) for name in ("v", "v_std", "v_unshrunk")},
        **{name: _number("mm/yr", _VELOCITY) for name in ("plane", "plane_std")},
        "gain": _number("", _PART),
        "K_ps": _number("rad/m", _LOOK_ANGLE),
        "K_std": _number("rad/m", _LOOK_ANGLE),
    },
    model.AccurateSeries: {
        name: _number("mm", _DISPLACEMENT)
        for name in ("displacement", "atmosphere", "noise", "displacement_std")
    },
    model.MeanVelocity: {
        "m": VariableTolerance("velocity", "mm/yr", Bound(5e-5, _SINGLE), _VELOCITY),
    },
}
"""By class of :mod:`pystamps.model` and name in the file."""

_BASES = {layout.base: kind for kind, layout in LAYOUTS.items() if kind is not model.SelectedNoise}
_KINDS = {stem: _BASES[stem.rstrip("12")] for stem in sorted(names_of_mat_results())} | {
    "pm2": model.SelectedNoise
}

_OF_NO_LAYOUT = _exact()
"""Of variables and files that no layout states: exactly equal."""


def kind_of_file(name: str) -> type | None:
    """Give the class of a MAT file by its name (``PATCH_1/pm1.mat``); None for other files."""
    stem = name.rpartition("/")[2].removesuffix(".mat")
    return _KINDS.get(stem)


def tolerance_of(name: str, variable: str) -> VariableTolerance:
    """Give how a variable of a MAT file is compared."""
    kind = kind_of_file(name)
    return _OF_NO_LAYOUT if kind is None else TOLERANCES[kind].get(variable, _OF_NO_LAYOUT)
