"""The kernels: what each computes, from what, and how closely its backends agree.

``KERNELS``, the settings, ``pystamps describe-backends``, ``pystamps check-kernels`` and
``docs/kernels.md`` come from this table. Sizes: n pixels or candidates, m interferograms (or
images), e arcs, g grid cells. Which backends a kernel has follows from its folder
(``reference.py``, ``cpu.py``, ``cuda.py``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Input:
    """An argument of a kernel.

    Attributes
    ----------
    name, dtype, shape, unit : str
        As in the signature; several classes are separated by a slash, a number has no shape.
    """

    name: str
    dtype: str
    shape: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A result of a kernel and the largest difference between backends.

    Attributes
    ----------
    name, dtype, shape, unit : str
    absolute : float
        Largest difference, in the unit of the result.
    relative : float
        Largest difference as a share of the largest modulus of the result; both 0 = same bits.
    """

    name: str
    dtype: str
    shape: str
    unit: str = ""
    absolute: float = 0.0
    relative: float = 0.0


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel.

    Attributes
    ----------
    name : str
        Folder, function and key of the settings.
    meaning : str
        What it computes, in one line.
    inputs : tuple of Input
    outputs : tuple of Output
    reason : str
        Why backends differ by as much as the outputs say, or why not at all.
    device_size : int
        Elements of the first array from which on ``auto`` takes a CUDA device.
    compile_s : int
        Processor time that Numba takes for it, roughly: the longest are compiled first.
    is_rare : bool
        Whether runs with the settings of the original and pixels that have baselines of their own
        do without it: then the job that calls it compiles it.
    """

    name: str
    meaning: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    reason: str
    device_size: int = 1 << 20
    compile_s: int = 1
    is_rare: bool = False


NEVER_WORTH_TRANSFERS = 1 << 60
"""A few operations per value: the processor is done before the values have reached a device."""

_ONE_ORDER = "backends add in the same order"
_SUMS = (Input("sums", "PixelSums"),)
_PIXEL_SUMS = (
    Output("total", "float32", "(lines, samples)"),
    Output("squares", "float32", "(lines, samples)"),
    Output("has_zero", "bool", "(lines, samples)"),
)
_PHASE = "complex64/complex128"
_REAL = "float32/float64"
_FIT = (
    Output("k", "float64", "(n,)", "rad/m", absolute=1e-9, relative=1.2e-7),
    Output("c", "float64", "(n,)", "rad", absolute=2e-6),
    Output("coh", "float64", "(n,)", "", absolute=4e-7),
    Output("residual", _PHASE, "(n, m)", "", absolute=5e-6),
)
_FIT_REASON = (
    "all round to single where the original does; sines and angles in double before that differ in "
    "their last bits, which can move K by one unit in the last place of single, and with it the "
    "residual. Where the coherence of two trials agrees to 1e-9, rounding may choose either"
)

REGISTRY = (
    Kernel(
        "accuracy_two_slopes",
        "velocity and look-angle error of wrapped phase (accuracy modes)",
        (
            Input("phase", "float64", "(n, m)", "rad"),
            Input("columns", "float64", "(m, 2)"),
            Input("limits", "float64", "(2,)"),
        ),
        (Output("unknowns", "float64", "(n, 3)", absolute=1e-9, relative=1e-11),),
        "sums in another order; of trials equal within 1e-9 the first counts",
        compile_s=3,
        is_rare=True,
    ),
    Kernel(
        "legacy_uniform",
        "random numbers of rand('state', seed)",
        (Input("seed", "int"), Input("count", "int")),
        (Output("values", "float64", "(count,)"),),
        "integer arithmetic",
    ),
    Kernel(
        "stage0_amplitude_sums",
        "sums of calibrated amplitudes of a pixel",
        (Input("image", "complex64", "(lines, samples)"), Input("constant", "float"), *_SUMS),
        _PIXEL_SUMS,
        _ONE_ORDER,
        is_rare=True,
    ),
    Kernel(
        "stage0_difference_sums",
        "sums of amplitudes and of their squared differences",
        (
            Input("pair", "complex64", "2 x (lines, samples)"),
            Input("constants", "float", "2"),
            *_SUMS,
        ),
        _PIXEL_SUMS,
        _ONE_ORDER,
        is_rare=True,
    ),
    Kernel(
        "stage0_line_sums",
        "amplitudes of an image summed line by line",
        (Input("image", "complex64", "(lines, samples)"), Input("mask", "uint8", "as image")),
        (
            Output("sums", "float64", "(lines,)", "", relative=1e-13),
            Output("counts", "int64", "(lines,)"),
        ),
        "sums in double in another order",
        is_rare=True,
    ),
    Kernel(
        "stage2_clap_filter",
        "adaptive phase filter of whole grids (CLAP), overlapping windows",
        (
            Input("grid", _PHASE, "(n_i, n_j, m)"),
            Input("low_pass", "float64", "(n_win, n_win)"),
            Input("alpha", "float"),
            Input("beta", "float"),
        ),
        (Output("filtered", _PHASE, "(n_i, n_j, m)", "", relative=1.2e-7),),
        "transforms in double, rounded to the class of the grid (complex128: 1e-12)",
        compile_s=9,
    ),
    Kernel(
        "stage2_grid_accumulate",
        "sum of weighted phasors per cell of the filter grid",
        (
            Input("ph_weight", "complex64", "(n, m)"),
            Input("cell", "int", "(n,)"),
            Input("shape", "int", "2"),
            Input("by_cell", "int", "(n,)"),
        ),
        (Output("grid", "complex64", "(n_i, n_j, m)"),),
        _ONE_ORDER,
    ),
    Kernel(
        "stage2_histogram",
        "counts per bin, as hist(values, centres)",
        (Input("values", _REAL, "(n,)"), Input("centres", "float64", "(b,)")),
        (Output("counts", "float64", "(b,)"),),
        "comparisons only",
        device_size=NEVER_WORTH_TRANSFERS,
    ),
    Kernel(
        "stage2_topofit",
        "search for the look-angle error of pixels with baselines of their own",
        (
            Input("phase", _PHASE, "(n, m)"),
            Input("bperp", _REAL, "(n, m)", "m"),
            Input("n_trial_wraps", "float", "", "cycles"),
        ),
        _FIT,
        _FIT_REASON,
        compile_s=4,
    ),
    Kernel(
        "stage2_topofit_row_invariant",
        "the same search for pixels that share their baselines",
        (
            Input("phase", _PHASE, "(n, m)"),
            Input("bperp", _REAL, "(m,)", "m"),
            Input("n_trial_wraps", "float", "", "cycles"),
        ),
        _FIT,
        _FIT_REASON,
        compile_s=2,
        is_rare=True,
    ),
    Kernel(
        "stage2_topofit_coh_row_invariant",
        "coherence of random phases after that search",
        (
            Input("turns", "float64", "(m, n)", "cycles"),
            Input("bperp", _REAL, "(m,)", "m"),
            Input("n_trial_wraps", "float", "", "cycles"),
        ),
        (Output("coh", "float64", "(n,)", "", absolute=4e-7),),
        _FIT_REASON,
        compile_s=2,
    ),
    Kernel(
        "stage2_weighted_phase",
        "phasors turned back by the look-angle error and weighted",
        (
            Input("ph", "complex64", "(n, m)"),
            Input("bperp_mat", _REAL, "(n, m)", "m"),
            Input("k_ps", "float64", "(n,)", "rad/m"),
            Input("weighting", "float64", "(n,)"),
        ),
        (Output("ph_weight", "complex64", "(n, m)", "", relative=2.4e-7),),
        "single products, two units in the last place",
    ),
    Kernel(
        "stage3_cell_filter",
        "filtered phase of grid cells, each from a window without the cell",
        (
            Input("ph_grid", "complex64", "(n_i, n_j, m)"),
            Input("cells", "int", "(g, 2)"),
            Input("low_pass", "float64", "(n_win, n_win)"),
            Input("settings", "CellFilterSettings"),
        ),
        (Output("filtered", "complex64", "(g, m)", "", relative=1.2e-7),),
        "transforms in double, rounded to single",
        compile_s=6,
    ),
    Kernel(
        "stage4_edge_stats",
        "noise of arcs, and of the best arc of each pixel",
        (
            Input("w", "complex64", "(n, m)"),
            Input("edges", "int64", "(e, 2)"),
            Input("bperp", _REAL, "(m,)", "m"),
            Input("day", "float64", "(m,)", "days"),
            Input("time_win", "float", "", "days"),
            Input("noise_budget_mb", "int", "", "MB"),
        ),
        (
            Output("edge_std", "float32", "(e,)", "rad", absolute=2.4e-7),
            Output("edge_max", "float32", "(e,)", "rad", absolute=2.4e-7),
            Output("ps_std", "float32", "(n,)", "rad", absolute=2.4e-7),
            Output("ps_max", "float32", "(n,)", "rad", absolute=2.4e-7),
            Output("ifg_var", "float64", "(m,)", "rad^2", absolute=1e-9),
        ),
        "double in another order and an arctangent good to 6e-12 rad, rounded to single",
        compile_s=4,
    ),
    Kernel(
        "stage6_grid_accumulate",
        "sum of phasors per occupied cell of the unwrapping grid",
        (
            Input("ph", "complex64", "(n, m)"),
            Input("node", "int64", "(n,)"),
            Input("n_node", "int"),
        ),
        (Output("grid", "complex64", "(g, m)"),),
        _ONE_ORDER,
        device_size=NEVER_WORTH_TRANSFERS,
    ),
    Kernel(
        "stage6_nearest_node",
        "nearest occupied cell of every cell",
        (Input("occupied", "bool", "(n_i, n_j)"),),
        (Output("node", "int64", "(n_i, n_j)"),),
        "comparisons of integers",
        compile_s=3,
    ),
    Kernel(
        "stage6_annealed_series",
        "smooth series of images of noisy arcs, by simulated annealing (small baselines)",
        (
            Input("dph", "float64", "(e, m)", "rad"),
            Input("pairs", "int64", "(m, 2)"),
            Input("weight", "float64", "(m, m)"),
            Input("x", "float64", "(i,)"),
            Input("uniform", "float64", "(e, r)"),
        ),
        (
            Output("series", "float64", "(e, i)", "rad", absolute=1e-9),
            Output("cost", "float64", "(e,)", "rad", absolute=1e-9),
        ),
        "sines and sums differ in their last places; a choice that depends on them is as rare as a "
        "random number within 1e-13 of a sum of probabilities",
        compile_s=3,
        is_rare=True,
    ),
    Kernel(
        "stage7_scla",
        "look-angle error and contribution of the reference image",
        (
            Input("ph", _REAL, "(n, m)", "rad"),
            Input("bperp", _REAL, "(n, m)", "m"),
            Input("weights", "SclaWeights"),
            Input("k_known", "float64", "(n,)", "rad/m"),
        ),
        (
            Output("k_ps", "float64", "(n,)", "rad/m", relative=1e-13),
            Output("c_ps", "float64", "(n,)", "rad", absolute=1e-12, relative=1.2e-7),
            Output("ph_scla", _REAL, "(n, m)", "rad", relative=1.2e-7),
        ),
        "K in double in another order, then rounded to the class of the baselines",
        device_size=NEVER_WORTH_TRANSFERS,
        compile_s=2,
    ),
    Kernel(
        "stage7_least_absolute",
        "least sum of absolute residuals (the optimum)",
        (Input("data", "float64", "(n, k)", "rad"), Input("design", "float64", "(k, u)")),
        (Output("unknowns", "float64", "(n, u)", absolute=1e-9),),
        "the same vertex, from the inverse of its rows by another elimination",
        compile_s=2,
        is_rare=True,
    ),
    Kernel(
        "stage7_simplex_l1",
        "least sum of absolute residuals (fminsearch)",
        (
            Input("data", "float64", "(n, k)", "rad"),
            Input("design", "float64", "(k, u)"),
            Input("start", "float64", "(n, u)"),
        ),
        (Output("unknowns", "float64", "(n, u)"),),
        "the search is chaotic, so backends do the same arithmetic",
        compile_s=9,
        is_rare=True,
    ),
    Kernel(
        "stage8_edge_noise",
        "expected difference and noise of the arcs between nodes (stages 6 and 8)",
        (
            Input("ph", "complex64", "(g, m)"),
            Input("nodes", "int64", "(e, 2)"),
            Input("model", "ArcModel"),
        ),
        (
            Output("dph_space_uw", "float32", "(e, m)", "rad", absolute=1e-5),
            Output("dph_noise", "float32", "(e, m)", "rad", absolute=1e-5),
            Output("k", "float32", "(e,)", "rad/m", absolute=2e-8),
        ),
        "single precision at phases of several rad",
        device_size=1 << 18,
        compile_s=8,
    ),
    Kernel(
        "stage8_spatial_filter",
        "Gaussian mean of scattered pixels",
        (
            Input("xy", _REAL, "(n, 2)", "m"),
            Input("values", "float32", "(n, m)", "rad"),
            Input("wavelength", "float", "", "m"),
            Input("is_source", "bool", "(n,)"),
        ),
        (Output("mean", "float64", "(n, m)", "rad", relative=1e-12),),
        "sums in double in another order",
        compile_s=3,
    ),
)
"""All kernels, by name within a stage."""

KERNELS = tuple(kernel.name for kernel in REGISTRY)
"""Names of the kernels, as the configuration spells them."""


def registered(name: str) -> Kernel:
    """Give the entry of a kernel; ``KeyError`` when there is none."""
    return {kernel.name: kernel for kernel in REGISTRY}[name]
