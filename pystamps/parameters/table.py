"""The StaMPS parameters: one typed table, the source of schema, documentation and defaults.

Every field of :class:`Parameters` is one StaMPS parameter; its metadata is a
:class:`ParameterInfo`. The field name is the StaMPS name except ``lambda``, which is a
Python keyword and is called ``lambda_`` here. Flags ('y'/'n') are ``bool``, row vectors
are tuples, and interferogram lists keep the 1-based numbers of StaMPS.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any, Literal

from pystamps.processors.names import DEFAULT, MODULES, REFUSED
from pystamps.stage_table import PRODUCTS

ParameterKind = Literal["number", "integer", "flag", "text", "vector", "index_list"]
ParameterValue = bool | float | int | str | tuple[float, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """What is known about one parameter beside its value.

    Attributes
    ----------
    kind : str
        number, integer, flag, text, vector (fixed length) or index_list.
    meaning : str
        One line for people.
    unit : str
        Unit, empty when dimensionless.
    stages : tuple of int
        Stages that use the value; 0 preparation, 9 products.
    default_sb : object
        Default of a small-baseline data set where it differs, else None.
    minimum, maximum : float
        Closed range, unless ``exclusive_minimum``.
    exclusive_minimum : bool
        The value must be larger than ``minimum``, not equal.
    multiple_of : int
        The value must be a multiple (window sizes).
    choices : tuple of str
        Allowed texts, compared without regard to case.
    length : int
        Number of elements of a vector.
    optional : bool
        The parameter may be absent (no default in StaMPS).
    keyword : str
        A word that is allowed instead of a list ("all").
    from_headers : bool
        When not set, the value comes from the headers of the stack.
    """

    kind: ParameterKind
    meaning: str
    unit: str = ""
    stages: tuple[int, ...] = ()
    default_sb: Any = None
    minimum: float = -inf
    maximum: float = inf
    exclusive_minimum: bool = False
    multiple_of: int = 1
    choices: tuple[str, ...] = ()
    length: int = 0
    optional: bool = False
    keyword: str = ""
    from_headers: bool = False


def _number(default: float, meaning: str, **more: Any) -> Any:
    return field(default=default, metadata={"info": ParameterInfo("number", meaning, **more)})


def _integer(default: int, meaning: str, **more: Any) -> Any:
    return field(default=default, metadata={"info": ParameterInfo("integer", meaning, **more)})


def _flag(default: bool, meaning: str, **more: Any) -> Any:
    return field(default=default, metadata={"info": ParameterInfo("flag", meaning, **more)})


def _text(default: str, meaning: str, **more: Any) -> Any:
    return field(default=default, metadata={"info": ParameterInfo("text", meaning, **more)})


def _pair(default: tuple[float, float], meaning: str, **more: Any) -> Any:
    info = ParameterInfo("vector", meaning, length=2, **more)
    return field(default=default, metadata={"info": info})


def _index_list(meaning: str, **more: Any) -> Any:
    info = ParameterInfo("index_list", meaning, minimum=1, **more)
    return field(default=(), metadata={"info": info})


_POSITIVE = {"minimum": 0.0, "exclusive_minimum": True}
_UNWRAP_METHODS = ("2D", "3D", "3D_NEW", "3D_FULL", "3D_QUICK", "3D_SMALL_DEF", "3D_NO_DEF")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The effective value of every StaMPS parameter of one data set (spec of StaMPS 4.0b6).

    The defaults are those of a single-master set; :func:`default_parameters` gives those
    of a small-baseline set.
    """

    small_baseline_flag: bool = _flag(
        False, "small-baseline processing", default_sb=True, stages=(1, 2, 3, 4, 5, 6, 7, 8)
    )
    insar_processor: str = _text(
        DEFAULT,
        "program that made the stack",
        choices=(*MODULES, *REFUSED),
        stages=(1,),
        from_headers=True,
    )
    lambda_: float = _number(
        nan,
        "radar wavelength",
        unit="m",
        stages=(2, 6, PRODUCTS),
        from_headers=True,
        **_POSITIVE,
    )
    heading: float = _number(
        nan,
        "satellite heading, clockwise from north",
        unit="deg",
        stages=(1, 5, PRODUCTS),
        minimum=-360.0,
        maximum=360.0,
        from_headers=True,
    )
    platform: str = _text("", "satellite", optional=True, stages=(PRODUCTS,), from_headers=True)
    max_topo_err: float = _number(
        20.0, "largest uncorrelated DEM error searched", unit="m", stages=(2, 6), **_POSITIVE
    )
    quick_est_gamma_flag: bool = _flag(True, "quick estimate of gamma", stages=(2, 3))
    select_reest_gamma_flag: bool = _flag(
        True, "estimate gamma again for the selected pixels", stages=(3,)
    )
    filter_grid_size: float = _number(
        50.0, "grid spacing of the spatial phase filter", unit="m", stages=(2,), **_POSITIVE
    )
    filter_weighting: str = _text(
        "P-square",
        "weighting of candidates in the filter",
        choices=("P-square", "SNR"),
        stages=(2,),
    )
    gamma_change_convergence: float = _number(
        0.005,
        "change of the rms change of gamma at which the iteration stops",
        stages=(2,),
        minimum=0.0,
    )
    gamma_max_iterations: int = _integer(3, "largest number of iterations", stages=(2,), minimum=1)
    slc_osf: float = _number(
        1.0, "SLC oversampling factor", stages=(3,), minimum=1.0, from_headers=True
    )
    clap_win: int = _integer(
        32,
        "filter window (inner window 75 %)",
        unit="grid cells",
        stages=(2, 3),
        minimum=8,
        multiple_of=8,
    )
    clap_low_pass_wavelength: float = _number(
        800.0, "cut-off wavelength of the low-pass", unit="m", stages=(2,), **_POSITIVE
    )
    clap_alpha: float = _number(1.0, "exponent of the adaptive term", stages=(2, 3), minimum=0.0)
    clap_beta: float = _number(
        0.3, "weight of the adaptive term against the low-pass", stages=(2, 3), minimum=0.0
    )
    select_method: str = _text(
        "DENSITY", "how the threshold on gamma is set", choices=("DENSITY", "PERCENT"), stages=(3,)
    )
    density_rand: float = _number(
        20.0,
        "accepted density of pixels with random phase",
        unit="per km2",
        default_sb=2.0,
        stages=(3,),
        **_POSITIVE,
    )
    percent_rand: float = _number(
        20.0,
        "accepted percentage of pixels with random phase",
        unit="%",
        default_sb=1.0,
        stages=(3,),
        minimum=0.0,
        exclusive_minimum=True,
        maximum=100.0,
    )
    gamma_stdev_reject: float = _number(
        0.0,
        "reject pixels whose bootstrap std of gamma reaches this; 0 = off",
        stages=(3,),
        minimum=0.0,
    )
    weed_time_win: float = _number(
        730.0, "std of the smoothing of arcs in time", unit="days", stages=(4,), **_POSITIVE
    )
    weed_max_noise: float = _number(
        inf, "largest noise of the best arc of a pixel", unit="rad", stages=(4,), minimum=0.0
    )
    weed_standard_dev: float = _number(
        1.0,
        "largest noise std of the best arc of a pixel",
        unit="rad",
        default_sb=inf,
        stages=(4,),
        minimum=0.0,
    )
    weed_zero_elevation: bool = _flag(False, "drop pixels at height 0 and below", stages=(4,))
    weed_neighbours: bool = _flag(False, "of touching pixels keep the most coherent", stages=(4,))
    unwrap_method: str = _text(
        "3D", "unwrapping method", default_sb="3D_QUICK", choices=_UNWRAP_METHODS, stages=(6,)
    )
    unwrap_patch_phase: bool = _flag(
        False, "unwrap the filtered patch phase instead of the pixel phase", stages=(6,)
    )
    unwrap_la_error_flag: bool = _flag(True, "estimate the look-angle error per arc", stages=(6,))
    unwrap_spatial_cost_func_flag: bool = _flag(
        False, "use local phase gradients in the costs", stages=(6,)
    )
    unwrap_prefilter_flag: bool = _flag(
        True, "Goldstein filter on the gridded phase before unwrapping", stages=(6,)
    )
    unwrap_grid_size: float = _number(
        200.0,
        "grid spacing of the unwrapping; 0 = xy is an integer grid",
        unit="m",
        stages=(6,),
        minimum=0.0,
    )
    unwrap_gold_n_win: int = _integer(
        32, "Goldstein window", unit="grid cells", stages=(6,), minimum=2, multiple_of=2
    )
    unwrap_gold_alpha: float = _number(0.8, "Goldstein exponent", stages=(6,), minimum=0.0)
    unwrap_alpha: float = _number(8.0, "not used (relic)")
    unwrap_time_win: float = _number(
        730.0, "std of the smoothing of arcs in time", unit="days", stages=(6,), **_POSITIVE
    )
    unwrap_hold_good_values: bool = _flag(
        False, "keep pixels whose loops close (small baselines)", stages=(6,)
    )
    drop_ifg_index: tuple[int, ...] = _index_list(
        "interferograms left out (numbers with the master counted)",
        stages=(3, 4, 6, 7, 8, PRODUCTS),
    )
    scla_drop_index: tuple[int, ...] = _index_list(
        "interferograms left out of the look-angle error estimate only", stages=(7,)
    )
    sb_scla_drop_index: tuple[int, ...] = _index_list(
        "small-baseline interferograms left out of the look-angle error estimate",
        stages=(7,),
        optional=True,
    )
    scla_method: str = _text(
        "L2", "norm of the look-angle error estimate", choices=("L1", "L2"), stages=(7,)
    )
    scla_deramp: bool = _flag(
        False, "remove a plane per interferogram before the estimate", stages=(6, 7, PRODUCTS)
    )
    scn_wavelength: float = _number(
        100.0, "std of the spatial Gaussian", unit="m", stages=(8,), **_POSITIVE
    )
    scn_time_win: float = _number(
        365.0, "std of the temporal Gaussian", unit="days", stages=(8,), **_POSITIVE
    )
    scn_deramp_ifg: tuple[int, ...] | Literal["all"] = _index_list(
        "interferograms whose plane counts as spatially correlated noise",
        stages=(8,),
        keyword="all",
    )
    scn_kriging_flag: bool = _flag(False, "kriging variant of stage 8", stages=(8,))
    ref_lon: tuple[float, float] = _pair(
        (-inf, inf), "reference area, longitudes (exclusive)", unit="deg", stages=(7, PRODUCTS)
    )
    ref_lat: tuple[float, float] = _pair(
        (-inf, inf), "reference area, latitudes (exclusive)", unit="deg", stages=(7, PRODUCTS)
    )
    ref_centre_lonlat: tuple[float, float] = _pair(
        (0.0, 0.0), "centre of the reference circle", unit="deg", stages=(7, PRODUCTS)
    )
    ref_radius: float = _number(
        inf,
        "radius of the reference circle; Inf = none, -Inf = no reference",
        unit="m",
        stages=(7, PRODUCTS),
    )
    ref_x: tuple[float, float] | tuple[()] = field(
        default=(),
        metadata={
            "info": ParameterInfo(
                "vector",
                "reference area in local x (exclusive); replaces ref_lon and the circle",
                unit="m",
                length=2,
                stages=(7, PRODUCTS),
                optional=True,
            )
        },
    )
    ref_y: tuple[float, float] | tuple[()] = field(
        default=(),
        metadata={
            "info": ParameterInfo(
                "vector",
                "reference area in local y (exclusive); used with ref_x",
                unit="m",
                length=2,
                stages=(7, PRODUCTS),
                optional=True,
            )
        },
    )
    ref_velocity: float = _number(
        0.0, "velocity of the reference area", unit="m/yr", stages=(PRODUCTS,)
    )
    n_cores: int = _integer(1, "processes of the MATLAB driver (not used here)", minimum=1)
    plot_dem_posting: float = _number(
        90.0, "posting of the DEM behind plots", unit="m", **_POSITIVE
    )
    plot_scatterer_size: float = _number(120.0, "drawn size of a pixel", unit="m", **_POSITIVE)
    plot_pixels_scatterer: float = _number(3.0, "raster cells per drawn pixel", **_POSITIVE)
    plot_color_scheme: str = _text(
        "inflation",
        "colour scheme",
        choices=("inflation", "deflation", "gray", "GMT_relief", "GMT_globe"),
    )
    shade_rel_angle: tuple[float, float] = _pair(
        (90.0, 45.0), "illumination azimuth and elevation", unit="deg"
    )
    lonlat_offset: tuple[float, float] = _pair(
        (0.0, 0.0), "shift of the pixels against the DEM when drawing", unit="deg"
    )
    merge_resample_size: float = _number(
        0.0, "grid to which pixels are resampled when merging; 0 = keep all", unit="m",
        default_sb=100.0, stages=(5,), minimum=0.0,
    )  # fmt: skip
    merge_standard_dev: float = _number(
        inf, "drop resampled pixels noisier than this", unit="rad", stages=(5,), **_POSITIVE
    )
    subtr_tropo: bool = _flag(
        False, "subtract the tropospheric estimate before unwrapping and in stage 7", stages=(6, 7)
    )
    tropo_method: str = _text("a_l", "which tropospheric estimate", stages=(6, 7))


def parameter_table() -> Iterator[tuple[str, str, ParameterInfo, Any]]:
    """Give (StaMPS name, field name, information, single-master default) of every parameter."""
    for item in dataclasses.fields(Parameters):
        yield item.name.rstrip("_"), item.name, item.metadata["info"], item.default


FIELD_NAMES = {name: field_name for name, field_name, _, _ in parameter_table()}
"""StaMPS name to field of :class:`Parameters`."""


def default_parameters(*, small_baseline: bool = False) -> Parameters:
    """Give the StaMPS defaults of a single-master or a small-baseline data set."""
    if not small_baseline:
        return Parameters()
    changes = {
        name: info.default_sb
        for _, name, info, _ in parameter_table()
        if info.default_sb is not None
    }
    return dataclasses.replace(Parameters(), **changes)


def stamps_names_of_stage(stage: int) -> tuple[str, ...]:
    """Give the StaMPS names of the parameters that a stage (1 to 8, or PRODUCTS) uses."""
    return tuple(name for name, _, info, _ in parameter_table() if stage in info.stages)
