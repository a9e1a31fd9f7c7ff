"""The StaMPS parameters: one typed table, the source of schema, documentation and defaults.

Every field of :class:`Parameters` is one StaMPS parameter; its metadata is a
:class:`ParameterInfo`. The field name is the StaMPS name except ``lambda``, which is a
Python keyword and is called ``lambda_`` here. Flags ('y'/'n') are ``bool``, row vectors
are tuples, and interferogram lists keep the 1-based numbers of StaMPS.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, nan
from typing import Any, Literal

from pystamps.parameters.info import (
    ParameterInfo,
    flag_field,
    index_list_field,
    integer_field,
    number_field,
    pair_field,
    text_field,
)
from pystamps.processors.names import DEFAULT, MODULES
from pystamps.stage_table import PRODUCTS

_POSITIVE = {"minimum": 0.0, "is_minimum_excluded": True}
_UNWRAP_METHODS = ("2D", "3D", "3D_NEW", "3D_FULL", "3D_QUICK", "3D_SMALL_DEF", "3D_NO_DEF")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The effective value of every StaMPS parameter of one data set (spec of StaMPS 4.0b6).

    The defaults are those of a single-master set; :func:`default_parameters` gives those
    of a small-baseline set.
    """

    small_baseline_flag: bool = flag_field(
        False,
        "small-baseline processing",
        default_sb=True,
        stages=(1, 2, 3, 4, 5, 6, 7, 8),
        is_of_dataset=True,
    )
    insar_processor: str = text_field(
        DEFAULT,
        "program that made the stack",
        choices=tuple(MODULES),
        stages=(1,),
        from_headers=True,
    )
    lambda_: float = number_field(
        nan,
        "radar wavelength",
        unit="m",
        stages=(2, 6, 8, PRODUCTS),
        from_headers=True,
        **_POSITIVE,
    )
    heading: float = number_field(
        nan,
        "satellite heading, clockwise from north",
        unit="deg",
        stages=(1, 5, PRODUCTS),
        minimum=-360.0,
        maximum=360.0,
        from_headers=True,
    )
    platform: str = text_field(
        "",
        "satellite; of ENVISAT the drift of the oscillator is taken off",
        optional=True,
        from_headers=True,
        stages=(PRODUCTS,),
    )
    max_topo_err: float = number_field(
        20.0, "largest uncorrelated DEM error searched", unit="m", stages=(2, 6, 8), **_POSITIVE
    )
    quick_est_gamma_flag: bool = flag_field(
        True,
        "quick estimate of gamma; n = against a neighbourhood without the own cell, in every "
        "iteration",
        stages=(2, 3),
    )
    select_reest_gamma_flag: bool = flag_field(
        True, "estimate gamma again for the selected pixels", stages=(3,)
    )
    filter_grid_size: float = number_field(
        50.0, "grid spacing of the spatial phase filter", unit="m", stages=(2,), **_POSITIVE
    )
    filter_weighting: str = text_field(
        "P-square",
        "weighting of candidates in the filter",
        choices=("P-square", "SNR"),
        stages=(2,),
    )
    gamma_change_convergence: float = number_field(
        0.005,
        "change of the rms change of gamma at which the iteration stops",
        stages=(2,),
        minimum=0.0,
    )
    gamma_max_iterations: int = integer_field(
        3, "largest number of iterations", stages=(2,), minimum=1
    )
    slc_osf: float = number_field(
        1.0, "SLC oversampling factor", stages=(3,), minimum=1.0, from_headers=True
    )
    clap_win: int = integer_field(
        32,
        "filter window (inner window 75 %)",
        unit="grid cells",
        stages=(2, 3),
        minimum=8,
        multiple_of=8,
    )
    clap_low_pass_wavelength: float = number_field(
        800.0, "cut-off wavelength of the low-pass", unit="m", stages=(2,), **_POSITIVE
    )
    clap_alpha: float = number_field(
        1.0, "exponent of the adaptive term", stages=(2, 3), minimum=0.0
    )
    clap_beta: float = number_field(
        0.3, "weight of the adaptive term against the low-pass", stages=(2, 3), minimum=0.0
    )
    select_method: str = text_field(
        "DENSITY", "how the threshold on gamma is set", choices=("DENSITY", "PERCENT"), stages=(3,)
    )
    density_rand: float = number_field(
        20.0,
        "accepted density of pixels with random phase",
        unit="per km2",
        default_sb=2.0,
        stages=(3,),
        **_POSITIVE,
    )
    percent_rand: float = number_field(
        20.0,
        "accepted percentage of pixels with random phase",
        unit="%",
        default_sb=1.0,
        stages=(3,),
        minimum=0.0,
        is_minimum_excluded=True,
        maximum=100.0,
    )
    gamma_stdev_reject: float = number_field(
        0.0,
        "reject pixels whose bootstrap std of gamma reaches this; 0 = off",
        stages=(3,),
        minimum=0.0,
    )
    weed_time_win: float = number_field(
        730.0, "std of the smoothing of arcs in time", unit="days", stages=(4,), **_POSITIVE
    )
    weed_max_noise: float = number_field(
        inf, "largest noise of the best arc of a pixel", unit="rad", stages=(4,), minimum=0.0
    )
    weed_standard_dev: float = number_field(
        1.0,
        "largest noise std of the best arc of a pixel",
        unit="rad",
        default_sb=inf,
        stages=(4,),
        minimum=0.0,
    )
    weed_zero_elevation: bool = flag_field(False, "drop pixels at height 0 and below", stages=(4,))
    weed_neighbours: bool = flag_field(
        False, "of touching pixels keep the most coherent", stages=(4,)
    )
    unwrap_method: str = text_field(
        "3D", "unwrapping method", default_sb="3D_QUICK", choices=_UNWRAP_METHODS, stages=(6, 8)
    )
    unwrap_patch_phase: bool = flag_field(
        False, "unwrap the filtered patch phase instead of the pixel phase", stages=(6,)
    )
    unwrap_la_error_flag: bool = flag_field(
        True, "estimate the look-angle error per arc", stages=(6, 8)
    )
    unwrap_spatial_cost_func_flag: bool = flag_field(
        False, "use local phase gradients in the costs", stages=(6, 8)
    )
    unwrap_prefilter_flag: bool = flag_field(
        True, "Goldstein filter on the gridded phase before unwrapping", stages=(6,)
    )
    unwrap_grid_size: float = number_field(
        200.0,
        "grid spacing of the unwrapping; 0 = xy is an integer grid",
        unit="m",
        stages=(6,),
        minimum=0.0,
    )
    unwrap_gold_n_win: int = integer_field(
        32, "Goldstein window", unit="grid cells", stages=(6, 8), minimum=2, multiple_of=2
    )
    unwrap_gold_alpha: float = number_field(0.8, "Goldstein exponent", stages=(6,), minimum=0.0)
    unwrap_alpha: float = number_field(8.0, "not used (relic of StaMPS)")
    unwrap_time_win: float = number_field(
        730.0, "std of the smoothing of arcs in time", unit="days", stages=(6, 8), **_POSITIVE
    )
    unwrap_hold_good_values: bool = flag_field(
        False,
        "in a second pass, hold the phase of pixels whose loops close (small baselines)",
        stages=(6,),
    )
    drop_ifg_index: tuple[int, ...] = index_list_field(
        "interferograms left out (numbers with the master counted)",
        stages=(3, 4, 6, 7, 8, PRODUCTS),
    )
    scla_drop_index: tuple[int, ...] = index_list_field(
        "interferograms left out of the look-angle error estimate only", stages=(7,)
    )
    sb_scla_drop_index: tuple[int, ...] = index_list_field(
        "small-baseline interferograms left out of the look-angle error estimate",
        stages=(7,),
        optional=True,
    )
    scla_method: str = text_field(
        "L2", "norm of the look-angle error estimate", choices=("L1", "L2"), stages=(7,)
    )
    scla_deramp: bool = flag_field(
        False, "remove a plane per interferogram before the estimate", stages=(6, 7)
    )
    scn_wavelength: float = number_field(
        100.0, "std of the spatial Gaussian", unit="m", stages=(8,), **_POSITIVE
    )
    scn_time_win: float = number_field(
        365.0, "std of the temporal Gaussian", unit="days", stages=(8,), **_POSITIVE
    )
    scn_deramp_ifg: tuple[int, ...] | Literal["all"] = index_list_field(
        "interferograms whose plane counts as spatially correlated noise",
        stages=(8,),
        keyword="all",
    )
    scn_kriging_flag: bool = flag_field(
        False,
        "filter stage 8 by kriging, with variograms of the data in place of scn_time_win and "
        "scn_wavelength",
        stages=(8,),
    )
    ref_lon: tuple[float, float] = pair_field(
        (-inf, inf), "reference area, longitudes (exclusive)", unit="deg", stages=(7, PRODUCTS)
    )
    ref_lat: tuple[float, float] = pair_field(
        (-inf, inf), "reference area, latitudes (exclusive)", unit="deg", stages=(7, PRODUCTS)
    )
    ref_centre_lonlat: tuple[float, float] = pair_field(
        (0.0, 0.0), "centre of the reference circle", unit="deg", stages=(7, PRODUCTS)
    )
    ref_radius: float = number_field(
        inf,
        "radius of the reference circle; Inf = none, -Inf = no reference",
        unit="m",
        stages=(7, PRODUCTS),
    )
    ref_x: tuple[float, float] | tuple[()] = pair_field(
        (),
        "reference area in local x (exclusive); replaces ref_lon and the circle",
        unit="m",
        stages=(7, PRODUCTS),
        optional=True,
    )
    ref_y: tuple[float, float] | tuple[()] = pair_field(
        (),
        "reference area in local y (exclusive); used with ref_x",
        unit="m",
        stages=(7, PRODUCTS),
        optional=True,
    )
    ref_velocity: float = number_field(
        0.0,
        "velocity of the reference area toward the satellite, added in exports",
        unit="m/yr",
        used_by=("export",),
    )
    n_cores: int = integer_field(1, "processes of the MATLAB driver (not used here)", minimum=1)
    plot_dem_posting: float = number_field(
        90.0, "posting of the DEM behind plots of StaMPS (not used here)", unit="m", **_POSITIVE
    )
    plot_scatterer_size: float = number_field(
        120.0,
        "drawn size of a pixel on maps, where it is not the default",
        unit="m",
        used_by=("plot",),
        **_POSITIVE,
    )
    plot_pixels_scatterer: float = number_field(
        3.0, "raster cells per drawn pixel in plots of StaMPS (not used here)", **_POSITIVE
    )
    plot_color_scheme: str = text_field(
        "inflation",
        "colour scheme of maps; inflation = toward the satellite is blue, deflation = red",
        choices=("inflation", "deflation", "gray", "GMT_relief", "GMT_globe"),
        used_by=("plot",),
    )
    shade_rel_angle: tuple[float, float] = pair_field(
        (90.0, 45.0),
        "azimuth and elevation of the light of relief maps, where it is not the default",
        unit="deg",
        used_by=("plot",),
    )
    lonlat_offset: tuple[float, float] = pair_field(
        (0.0, 0.0),
        "shift of the pixels against the ground when drawing, longitude and latitude",
        unit="deg",
        used_by=("plot",),
    )
    merge_resample_size: float = number_field(
        0.0, "grid to which pixels are resampled when merging; 0 = keep all", unit="m",
        default_sb=100.0, stages=(5,), minimum=0.0,
    )  # fmt: skip
    merge_standard_dev: float = number_field(
        inf, "drop resampled pixels noisier than this", unit="rad", stages=(5,), **_POSITIVE
    )
    subtr_tropo: bool = flag_field(
        False,
        "subtract the tropospheric estimate before unwrapping and in stage 7",
        stages=(6, 7),
    )
    tropo_method: str = text_field("a_l", "which tropospheric estimate", stages=(6, 7))


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
