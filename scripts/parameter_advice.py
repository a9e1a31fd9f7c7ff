"""When to raise and when to lower a StaMPS parameter: the section of ``docs/parameters.md``.

Defaults and units come from the table of the parameters. ``tests/test_parameter_advice.py`` sees
that every parameter that a stage uses has its row here, or its reason in :data:`NOT_ADVISED`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pystamps.parameters.values import describe_parameters


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do with one parameter.

    Attributes
    ----------
    name : str
        StaMPS name.
    more, less : str
        When to raise it (a flag: to say y) and when to lower it (n).
    """

    name: str
    more: str
    less: str


GROUPS_OF_ADVICE: dict[str, tuple[Advice, ...]] = {
    "Phase stability (stages 2 and 3)": (
        Advice(
            "max_topo_err",
            "high buildings, a coarse or old elevation model: pixels far from it are found",
            "random pixels look coherent: few images, large baselines; the model is good",
        ),
        Advice(
            "filter_grid_size",
            "few pixels per cell (rural scenes), a run that takes too long",
            "dense cities; deformation that changes within some hundred metres",
        ),
        Advice(
            "clap_win",
            "sparse pixels: the filter needs neighbours",
            "a small or narrow scene (the grid has to hold one window), steep deformation",
        ),
        Advice(
            "clap_low_pass_wavelength",
            "noisy stacks: only what is very smooth counts as common to neighbours",
            "small deforming areas lose their pixels: they count as noise",
        ),
        Advice(
            "clap_alpha",
            "strong fringes stand out from noise and should lead the filter",
            "the filter follows noise",
        ),
        Advice(
            "clap_beta",
            "fringes in small areas (the adaptive part counts for more)",
            "noisy scenes (the low-pass counts for more)",
        ),
        Advice(
            "filter_weighting",
            "`P-square` (the default) weights by the probability of being stable",
            "`SNR` weights by the signal-to-noise ratio, as early versions did",
        ),
        Advice(
            "gamma_max_iterations",
            "the log says that the iteration ends at the limit *and* gamma still rises",
            "a quick look: 1 is enough to see whether anything is stable",
        ),
        Advice(
            "gamma_change_convergence",
            "faster, slightly different pixels near the threshold",
            "never needed for good stacks; costs iterations",
        ),
    ),
    "Selection (stage 3)": (
        Advice(
            "density_rand",
            "too few pixels over rock or fields; stage 4 removes random ones later",
            "noise in the map, few interferograms: 1 to 5",
        ),
        Advice(
            "percent_rand",
            "as `density_rand`, with `select_method: PERCENT`",
            "as `density_rand`",
        ),
        Advice(
            "select_method",
            "`DENSITY`: the accepted number of random pixels per km² is the same everywhere",
            "`PERCENT`: where pixels are rare, fewer random ones are accepted",
        ),
        Advice(
            "gamma_stdev_reject",
            "a value (0.1 or so) drops pixels whose coherence hangs on single dates",
            "0 switches it off; it costs a bootstrap of every pixel",
        ),
        Advice(
            "select_reest_gamma_flag",
            "y: bright pixels do not flatter themselves (the default)",
            "n: a quick look; more side lobes stay",
        ),
    ),
    "Weeding (stage 4)": (
        Advice(
            "weed_standard_dev",
            "too few pixels are left, and the series of those that went look good",
            "noisy series, speckled map: 0.7 to 0.8 is strict",
        ),
        Advice(
            "weed_max_noise",
            "single bad dates should not cost a pixel (Inf: never)",
            "pixels with one wild date disturb unwrapping: 1 to 2 rad",
        ),
        Advice(
            "weed_time_win",
            "slow, steady motion in noisy stacks: more dates are averaged",
            "fast or seasonal motion: it is taken for noise",
        ),
        Advice(
            "weed_neighbours",
            "y: oversampled or very bright scenes, where one scatterer fills several pixels",
            "n: every pixel is wanted; touching pixels are then not independent",
        ),
        Advice(
            "weed_zero_elevation",
            "y: the sea is at height 0 and holds pixels",
            "n: land at height 0 (deltas, polders)",
        ),
    ),
    "Merging (stage 5)": (
        Advice(
            "merge_resample_size",
            "some million pixels or more, slow unwrapping, noise; resolution is lost",
            "single buildings matter: 0 keeps every pixel",
        ),
        Advice(
            "merge_standard_dev",
            "too few cells are left",
            "with resampling: cells stay noisy",
        ),
    ),
    "Unwrapping (stage 6)": (
        Advice(
            "unwrap_grid_size",
            "few pixels, a large quiet scene, time",
            "steep deformation, dense pixels: 100 m and less over cities; not below "
            "`merge_resample_size`",
        ),
        Advice(
            "unwrap_gold_n_win",
            "noisy phase in a large scene",
            "a small or narrow scene (the grid has to hold one window), small deforming areas",
        ),
        Advice(
            "unwrap_gold_alpha",
            "noisy interferograms: filtered more strongly",
            "fringes are close together and get smeared",
        ),
        Advice(
            "unwrap_prefilter_flag",
            "y: the default; noise makes wrong cycles",
            "n: single pixels carry the signal and the filter takes it",
        ),
        Advice(
            "unwrap_time_win",
            "slow, steady motion in noisy stacks",
            "fast or seasonal motion, steps: jumps of a cycle appear at them",
        ),
        Advice(
            "unwrap_la_error_flag",
            "y: the default; DEM errors of neighbours differ",
            "n: very small baselines, so that the fit follows noise",
        ),
        Advice(
            "unwrap_spatial_cost_func_flag",
            "y: steep, long gradients",
            "n: the default",
        ),
        Advice(
            "unwrap_patch_phase",
            "y: hopelessly noisy pixels; only what the filter has left is unwrapped",
            "n: the default; the phase of the pixels themselves",
        ),
        Advice(
            "unwrap_hold_good_values",
            "y: small baselines in a second pass; pixels whose loops close keep their phase",
            "n: the default; every pass counts all cycles anew",
        ),
        Advice(
            "unwrap_method",
            "`3D`: series in time help to count cycles (the default)",
            "`2D`: every interferogram for itself, where time helps nothing",
        ),
        Advice(
            "drop_ifg_index",
            "a date is noise altogether, or unwrapped wrongly: add it",
            "back: it costs pixels to have few interferograms",
        ),
    ),
    "Look-angle error (stage 7)": (
        Advice(
            "scla_drop_index",
            "a date is unwrapped wrongly, but wanted in the series: add it",
            "once unwrapping is repaired",
        ),
        Advice(
            "scla_deramp",
            "y: orbits leave ramps, and the DEM error shows them",
            "n: the motion itself is a ramp over the scene",
        ),
        Advice(
            "scla_method",
            "`L1`: single bad interferograms bend the fit; slow",
            "`L2`: the default",
        ),
    ),
    "Atmosphere (stage 8)": (
        Advice(
            "scn_time_win",
            "motion is slow: more of the atmosphere is found",
            "motion is fast, there are steps: it takes them for atmosphere",
        ),
        Advice(
            "scn_wavelength",
            "thin stacks of pixels: 200 to 1000 m",
            "dense pixels, local turbulence",
        ),
        Advice(
            "scn_deramp_ifg",
            "ramps of these dates are noise: add them",
            "the ramp is ground motion",
        ),
    ),
    "Reference area (stage 7, products)": (
        Advice(
            "ref_radius",
            "the area has few pixels: its noise is in every number",
            "the circle reaches into what moves. Inf: no circle; -Inf: no reference",
        ),
        Advice(
            "ref_centre_lonlat",
            "set it with `ref_radius` to a place that does not move",
            "",
        ),
        Advice("ref_lon", "with `ref_lat`: a box instead of a circle", ""),
        Advice("ref_lat", "with `ref_lon`: a box instead of a circle", ""),
        Advice("ref_x", "with `ref_y`: a box in local metres; replaces all others", ""),
        Advice("ref_y", "with `ref_x`: a box in local metres; replaces all others", ""),
    ),
}
"""What to do, by the part of the work that a parameter belongs to."""

_HEADERS = "comes from the headers of the stack"
NOT_ADVISED = {
    "small_baseline_flag": "comes from the preparation",
    "insar_processor": _HEADERS,
    "lambda": _HEADERS,
    "heading": _HEADERS,
    "platform": _HEADERS,
    "slc_osf": _HEADERS,
    "quick_est_gamma_flag": "n is the estimate of early versions of StaMPS, many times slower",
    "sb_scla_drop_index": "as `scla_drop_index`, for the pairs of small baselines",
    "scn_kriging_flag": "another filter, slow with many pixels; nobody has to turn it",
    "subtr_tropo": "delays come from another program, and with them what to set",
    "tropo_method": "delays come from another program, and with them what to set",
}
"""Parameters that stages use and nobody turns, and why."""


def advice_section() -> list[str]:
    """Give the lines of the section."""
    about = {d.name: d for d in describe_parameters()}
    lines = [
        "## Raise it or lower it",
        "",
        "One parameter at a time, on a small area (`--area` of `pystamps prep`), and only with a",
        "reason: the defaults are those of StaMPS. `pystamps run -n -d D` says what a change",
        "repeats.",
    ]
    for group, rows in GROUPS_OF_ADVICE.items():
        lines += ["", f"### {group}", ""]
        lines += ["| name | default | raise it (y, first choice) when | lower it (n) when |"]
        lines += ["|---|---|---|---|"]
        for row in rows:
            default = f"{about[row.name].default} {about[row.name].unit}".strip()
            lines.append(f"| `{row.name}` | {default} | {row.more} | {row.less} |")
    return lines
