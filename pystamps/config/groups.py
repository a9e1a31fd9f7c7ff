"""The groups of settings: every field states default, meaning, unit and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pystamps.config.accuracy_settings import Accuracy
from pystamps.config.setting import Setting, TextForm, setting, setting_by_name, settings_of_class
from pystamps.processors.names import LOADED_ONLY, MODULES
from pystamps.troposphere_methods import NO_METHOD, TROPOSPHERE_METHODS
from pystamps_kernels import KERNELS, backend_settings

_PREPARED = tuple(name for name in MODULES if name not in LOADED_ONLY)
SCHEDULES = ("auto", "threads", "processes", "gpu", "native")
KERNELS_OF_SCHEDULE = {"gpu": "cuda", "native": "native"}
"""Values of ``runtime.backend`` that decide about the kernels, and the backend that they mean."""

PAIR_OF_NUMBERS = r"\s*(\d+)\s*[xX,]\s*(\d+)\s*"
_BAND = r"\s*\d+(\.\d+)?\s*-\s*\d+(\.\d+)?\s*"
_PAIR_WORDS = "RANGExAZIMUTH, for example 2x3 (in YAML in quotes)"


@dataclass(frozen=True, slots=True)
class RawExport:
    """Settings of the preparation (stage 0)."""

    processor: str = setting(
        "snap",
        "Program that made the export.",
        choices=_PREPARED,
    )
    export: Path | None = setting(
        None, "Folder of the export; none = the data set is prepared already."
    )
    master: str = setting(
        "",
        "Date of the reference image, YYYYMMDD; needed only where the export leaves a choice.",
        form=TextForm(r"\d{8}", "YYYYMMDD"),
        may_be_empty=True,
    )
    threshold: float = setting(
        0.0,
        "Amplitude dispersion (small baselines: of the differences) below which a pixel is a "
        "candidate; 0 = 0.4 (small baselines 0.6), negative = at or above its modulus.",
    )
    patches: str = setting(
        "1x1",
        "Patches in range x azimuth, for example 2x3, or auto = from the memory budget.",
        form=TextForm(rf"{PAIR_OF_NUMBERS}|auto", f"{_PAIR_WORDS}, or auto"),
    )
    overlap: str = setting(
        "50x50",
        "Overlap of the patches in samples x lines.",
        form=TextForm(PAIR_OF_NUMBERS, _PAIR_WORDS),
    )
    mask: Path | None = setting(
        None, "Raster of bytes of the size of the image; pixels other than 0 are left out."
    )
    water_mask: Path | None = setting(
        None, "Raster of bytes of the size of the image; 1 = water, left out."
    )
    area: str = setting(
        "",
        "WEST,SOUTH,EAST,NORTH in degrees, or a GeoJSON or GeoPackage file; candidates outside are "
        "left out.",
        may_be_empty=True,
        never_a_path=r"[-+\d.eE,\s]+",
    )
    paths: str = setting(
        "auto",
        "How text files name the export; auto = relative when it lies in, beside or just above the "
        "data set.",
        choices=("auto", "relative", "absolute"),
    )
    is_remainder_dropped: bool = setting(
        False,
        "As StaMPS: columns and lines that the division into patches leaves over belong to no "
        "patch.",
    )
    are_invalid_positions_kept: bool = setting(
        False, "As StaMPS: candidates with NaN or zero position or NaN height are kept."
    )
    are_zero_amplitudes_kept: bool = setting(
        False,
        "As StaMPS, small baselines only: pixels that are zero in some image can be candidates.",
    )


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings of the machine."""

    memory_budget_mb: int = setting(
        2000,
        "Workspace that a stage may use beyond the artifacts it reads and writes.",
        unit="MB",
        minimum=100,
    )
    unwrap_workers: int = setting(
        0,
        "Interferograms that are unwrapped at a time, a process each; 0 = threads of the job.",
        minimum=0,
    )
    unwrap_jobs: int = setting(
        0,
        "Jobs among which pystamps run divides the interferograms of stage 6; results are the "
        "same. 0 = on a cluster (--profile) one for every full hour that the stage is expected to "
        "take on the cores of one job, on one machine 1.",
        unit="jobs",
        minimum=0,
        maximum=500,
    )
    mat_version: str = setting(
        "5",
        '"5" (v7.3 only where a variable exceeds the v5 limit) or "7.3".',
        choices=("5", "7.3"),
    )
    passing_parameters: str = setting(
        "",
        "Names of those parameters of stamps that are not written into parms.mat, separated by "
        "commas; --set adds its own.",
        form=TextForm(r"\w+(\s*,\s*\w+)*", "names, separated by commas"),
        may_be_empty=True,
    )
    raw_root: Path | None = setting(
        None,
        "Folder searched for the raw export when the paths in the text files are stale.",
    )
    backend: str = setting(
        "auto",
        "How jobs share the machine: processes = patches side by side, the cores shared among "
        "them; threads = one job at a time with all cores; gpu = as processes, kernels that have "
        "versions for a GPU run on it and nothing starts without one; native = as auto, every "
        "kernel native; auto = as processes, kernels as kernels.backend says.",
        choices=SCHEDULES,
    )
    io_workers: int = setting(
        0,
        "Jobs at a time of those that mostly read and write (preparation, load, correction, "
        "merge); 0 = no limit.",
        unit="jobs",
        minimum=0,
    )
    cpu_workers: int = setting(
        0,
        "Cores that all jobs together may use, whatever --cores allows; 0 = those.",
        unit="cores",
        minimum=0,
    )
    stage7_chunk_ps: int = setting(
        0,
        "Pixels that stage 7 works on at a time; 0 = 4 MB of them. Results are the same.",
        unit="pixels",
        minimum=0,
    )
    stage8_chunk_edges: int = setting(
        0,
        "Arcs whose expected differences are computed at a time (stages 6 and 8); 0 = as many as "
        "runtime.memory_budget_mb allows. Results are the same.",
        unit="arcs",
        minimum=0,
    )
    tool_silence_minutes: float = setting(
        60.0,
        "An external program (snaphu, triangle) that has said nothing for so long is ended, and "
        "the stage fails; 0 = it is waited for.",
        unit="minutes",
        minimum=0,
    )


@dataclass(frozen=True, slots=True)
class KernelSettings:
    """Settings of the kernels (see :mod:`pystamps_kernels`)."""

    backend: str = setting(
        "auto",
        "auto takes a GPU where one is found and the work is large enough, else native (Numba).",
        choices=backend_settings(),
    )
    kernel_backend_overrides: Mapping[str, str] = setting_by_name(
        "Backend of single kernels, by the kernel's name.",
        names=tuple(KERNELS),
        choices=backend_settings(),
    )
    native_threads: int = setting(
        0, "Threads of a native kernel; 0 = threads of the job.", minimum=0
    )


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What ``pystamps verify`` allows beside the tolerance that its profile has for a variable.

    Positions, indices, masks, counts, dates and texts are never concerned.
    """

    relative: float = setting(
        0.0,
        "Difference of numbers, as a share of the golden value, that is accepted whatever the "
        "profile says; 0 = the profile alone.",
        minimum=0,
    )
    absolute: float = setting(
        0.0,
        "Difference of numbers that is accepted whatever the profile says; 0 = the profile alone.",
        unit="unit of the variable",
        minimum=0,
    )
    phase_rad: float = setting(
        0.0,
        "Difference of phases, and of the arguments of complex values, that is accepted whatever "
        "the profile says; 0 = the profile alone.",
        unit="rad",
        minimum=0,
    )


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """Settings of what StaMPS leaves to the hands of its users."""

    unwrap_iterations: int = setting(
        1,
        "How often the phase is unwrapped: 2 = stages 6 and 7 in a first pass, whose files lie in "
        "first_pass/, then stage 6 without the smooth look-angle error of that pass, and stages 7 "
        "and 8 after it.",
        minimum=1,
        maximum=2,
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """Settings of external programs."""

    unwrapper: str = setting(
        "snaphu",
        "What finds whole cycles in stage 6: snaphu (free for non-commercial use), or graph "
        "(minimum-cost flow on the same costs, without limits of licence; package pylmcf).",
        choices=("snaphu", "graph"),
    )
    snaphu: str = setting(
        "auto",
        '"auto" (PATH, then the binary of the snaphu package) or a path.',
        never_a_path="[^/]+",
    )
    snaphu_tiles: str = setting(
        "1x1",
        "Tiles in which snaphu unwraps an interferogram, rows x columns (2x3), for grids that it "
        "cannot hold in one; cycles may differ between tiles. 1x1 = as StaMPS.",
        form=TextForm(r"[1-9]\d?x[1-9]\d?", "rows x columns, 1x1 to 99x99"),
    )
    snaphu_tile_overlap: int = setting(
        100, "Overlap of the tiles of snaphu, in both directions.", unit="cells", minimum=2
    )
    snaphu_tile_processes: int = setting(
        1,
        "Tiles of an interferogram that snaphu unwraps at a time; interferograms at a time "
        "(runtime.unwrap_workers) come on top. Results are the same.",
        unit="processes",
        minimum=1,
    )
    delaunay: str = setting(
        "auto",
        'Triangulation of stages 4 and 7: "cdt" (package pythoncdt), "qhull" (SciPy), "triangle" '
        '(package triangle), or "auto": cdt, and qhull where that is not installed.',
        choices=("auto", "cdt", "qhull", "triangle"),
    )


@dataclass(frozen=True, slots=True)
class Storage:
    """Settings of what a run leaves on the disk."""

    keep: str = setting(
        "all",
        "all = as StaMPS; needed = what no later stage of pySTAMPS reads is not written (ph2.mat "
        "of the root; ph_weight, ph_res, ph_reref and ph_in are empty), and the files of a patch "
        "after stage 5 go when they are merged. Chosen before the first run: another value has "
        "stages 2 to 8 run again.",
        choices=("all", "needed"),
    )


_VALUE_TYPE = TextForm(
    r"v(-(?!.*a.*[ms])(?!.*[ms].*a)[admos]+)?",
    "v, or v- and letters of a, d, m, o, s; a with neither m nor s",
)


@dataclass(frozen=True, slots=True)
class Products:
    """Settings of the table of points and what is made from it."""

    value_type: str = setting(
        "v-d",
        "Parts taken off velocities and series, as StaMPS names them: d = look-angle (DEM) error, "
        "o = plane of every date, s = spatially correlated noise, a = tropospheric phase (tca2.mat "
        "or tca_sb2.mat; without m and s, which hold it). A plane takes motion of the size of the "
        "scene with it.",
        form=_VALUE_TYPE,
    )
    mean_velocity_type: str = setting(
        "v-do",
        "Parts that the velocity in mean_v.mat is without, as products.value_type; StaMPS keeps "
        "there what ps_plot has shown last.",
        form=_VALUE_TYPE,
    )
    slant_range_m: float = setting(
        0.0,
        "Slant range that turns look-angle errors into heights; 0 = that of the stack (SNAP, "
        "GAMMA), unknown for the others.",
        unit="m",
        minimum=0,
    )
    satellite_height_m: float = setting(
        700_000.0,
        "Height of the satellite above the ground: turns look angles into angles of incidence "
        "where the stack has only those (Doris, ISCE without incidence).",
        unit="m",
        minimum=100_000,
    )


@dataclass(frozen=True, slots=True)
class Troposphere:
    """Settings of the tropospheric phase that is made and taken off (docs/corrections.md)."""

    method: str = setting(
        NO_METHOD,
        "What tropospheric phase is made from; none = nothing is made, and a tca2.mat that lies "
        "there is used where subtr_tropo is y.",
        choices=(NO_METHOD, *TROPOSPHERE_METHODS),
    )
    source: Path | None = setting(
        None, "Folder or file that the delays are read from; none for methods without files."
    )
    stored_as: str = setting(
        "",
        "Value of tropo_method under which the phase is written and read; empty = that of the "
        "method.",
        form=TextForm(r"[\w+-]+", "a value of tropo_method, for example a_era5"),
        may_be_empty=True,
    )
    quantity: str = setting(
        "zenith",
        "Methods csv and hdf5: what the numbers are; zenith = delay towards the zenith, slant = "
        "along the line of sight, displacement = slant with the sign of a displacement (MintPy).",
        choices=("zenith", "slant", "displacement"),
    )
    unit: str = setting(
        "m", "Methods csv and hdf5: unit of the numbers.", choices=("m", "cm", "mm")
    )
    is_relative: bool = setting(
        False,
        "Methods csv and hdf5: the delays are relative to a date or a place, so that their size "
        "says nothing about unit and sign; false = they are whole delays, and others are refused.",
    )
    missing_dates: str = setting(
        "refused",
        "Interferograms that are used and of which no delay is known: refused, by their dates; "
        "uncorrected = nothing is taken off them, and they are named.",
        choices=("refused", "uncorrected"),
    )
    deforming_area: str = setting(
        "",
        "Methods linear and power_law: what moves, and is left out of the estimate: "
        "LON,LAT[,RADIUS in m], WEST,SOUTH,EAST,NORTH in degrees, a file of polygons (GeoJSON, "
        "GeoPackage) or of places (CSV: longitude,latitude[,radius in m]).",
        may_be_empty=True,
        never_a_path=r"[-+\d.eE,\s]+",
    )
    without_dem_error: bool = setting(
        False,
        "Methods linear and power_law: first the part of every pixel that is proportional to the "
        "baseline is taken off, with more than five interferograms (TRAIN: powerlaw_DEM_corr).",
    )
    plane: bool = setting(
        True,
        "Method linear: a plane is estimated with the line and left in the phase, so that an "
        "orbital ramp over a slope is not taken for delay; false = line and constant, as TRAIN.",
    )
    h0_km: float = setting(
        10.0,
        "Method power_law: height from which on the delay is the same everywhere; 0 = from the "
        "soundings.",
        unit="km",
        minimum=0,
        maximum=40,
    )
    alpha: float = setting(
        1.6,
        "Method power_law: exponent of the distance to that height; with soundings theirs.",
        minimum=0.5,
        maximum=5,
    )
    soundings: Path | None = setting(
        None,
        "Method power_law: folder of soundings, one CSV file each, as the University of Wyoming "
        "gives them (pressure_hPa, geopotential height_m, temperature_C, relative humidity_%).",
    )
    bands_km: str = setting(
        "",
        "Method power_law: wavelengths in which phase and height are compared, for example "
        "2-4,4-8,8-16; empty = those from 2 to 128 km that fit into the scene.",
        form=TextForm(rf"{_BAND}(,{_BAND})*", "SHORTEST-LONGEST in km, more of them after commas"),
        may_be_empty=True,
    )
    windows: int = setting(
        50,
        "Method power_law: windows over the scene, each with a size of the delay of its own; 0 = "
        "one, in which the size is a plane.",
        minimum=0,
        maximum=10_000,
    )
    window_overlap: float = setting(
        50.0,
        "Method power_law: overlap of neighbouring windows.",
        unit="percent",
        minimum=0,
        maximum=90,
    )
    cell_m: float = setting(
        0.0,
        "Method power_law: distance of the nodes on which the bands are filtered (TRAIN: 30); 0 = "
        "an eighth of the shortest wavelength.",
        unit="m",
        minimum=0,
    )
    kept_band: int = setting(
        0,
        "Method power_law: band that decides alone, counted from 1 (TRAIN: powerlaw_kept); 0 = "
        "all.",
        minimum=0,
    )


@dataclass(frozen=True, slots=True)
class Compat:
    """Defects of StaMPS that change numbers: True reproduces the original, False corrects it."""

    wild_positions_kept: bool = setting(
        True, "Stage 1: NaN and (0, 0) positions take part in the local origin and rotation."
    )
    mean_baseline_in_single: bool = setting(
        True,
        "Stage 1 of gamma and snap stacks: the mean baseline is summed in single precision, one "
        "candidate after the other; wrong by 1 % for patches of millions of candidates.",
    )
    null_candidate_clears_cell: bool = setting(
        True,
        "Stage 2: a candidate with a null interferogram removes its grid cell from the filter.",
    )
    small_patch_loses_pixels: bool = setting(
        True,
        "Stages 2 and 3: a patch that covers fewer cells of the filter grid than a filter window "
        "(clap_win) loses all its pixels; false = its grid is framed with empty cells.",
    )
    empty_low_bins_as_zero: bool = setting(
        True,
        "Stages 2 and 3: where no candidate has a coherence below 0.31 the random distribution "
        "is scaled to zero, and from the next iteration on it is not a number; false = it is "
        "scaled on the lowest bins that have counts.",
    )
    slc_osf_first_interferogram_only: bool = setting(
        True,
        "Stage 3: with slc_osf > 1 the neighbourhood is zeroed in the first interferogram only.",
    )
    adjacent_by_lowest_neighbour: bool = setting(
        True,
        "Stage 4: groups of touching pixels through the lowest-numbered neighbour, not connected "
        "components.",
    )
    arc_error_of_phasors: bool = setting(
        True,
        "Stage 4 of small baselines: the DEM error of an arc is fitted to its phasors, not to its "
        "phase.",
    )
    merged_metadata_of_last_patch: bool = setting(
        True, "Stage 5: root ps2 keeps ll0, bperp, ... of the last patch merged."
    )
    merge_grid_origin_one_metre: bool = setting(
        True, "Stage 5 with resampling: the grid is anchored at (1 m, 1 m)."
    )
    column_fringe_sign_reversed: bool = setting(
        True, "Stages 6 and 8 with the spatial cost function: sign of the column fringe frequency."
    )
    one_reference_pixel_over_interferograms: bool = setting(
        False,
        "Stage 6 of small baselines: a reference area of one pixel gives one number, its mean over "
        "the interferograms, for all of them; false = its phase in each.",
    )
    scn_full_list_master_position: bool = setting(
        True, "Stage 8: position of the reference image counted in the full list of images."
    )
    scn_missing_phase_as_zero: bool = setting(
        True, "Stage 8: pixels without phase enter the spatial filter as zeros."
    )
    scla_l1_by_simplex: bool = setting(
        False,
        "Stage 7 with scla_method L1: the simplex search, which stops before the optimum and where "
        "rounding leads it; false = the optimum.",
    )
    delays_by_look_angle: bool = setting(
        False,
        "Stage 6, tropospheric phase: zenith delays are divided by the cosine of the angle in "
        "la2.mat, as TRAIN does, also where it is the look angle; false = by that of the angle of "
        "incidence.",
    )
    strict_reference_replay: Path | None = setting(
        None,
        "Finished tree, of StaMPS or pySTAMPS, of the same data: stages whose files it holds copy "
        "them (no certification), the others run; null = all run.",
    )


@dataclass(frozen=True, slots=True)
class Group:
    """A group of settings.

    Attributes
    ----------
    owner : type
        Dataclass of the settings.
    meaning : str
        One sentence for people.
    """

    owner: type
    meaning: str


GROUPS = {
    "dataset.raw": Group(
        RawExport,
        "Raw export that the data set is prepared from; export: null = it is prepared already.",
    ),
    "runtime": Group(Runtime, "How a run uses the machine."),
    "kernels": Group(
        KernelSettings, "Which backend runs the hot loops; results do not depend on it."
    ),
    "tolerance": Group(
        Tolerance,
        "What `pystamps verify` accepts beside the tolerances of its profile (docs/tolerances.md).",
    ),
    "method": Group(
        MethodSettings, "Choices of the method that StaMPS leaves to the hands of its users."
    ),
    "tools": Group(Tools, "External programs."),
    "storage": Group(Storage, "What a run leaves on the disk (docs/howto/disk_space.md)."),
    "products": Group(
        Products, "What the table of points, and maps and exports made from it, show."
    ),
    "troposphere": Group(
        Troposphere, "Tropospheric phase that is made from delays or from the data, and taken off."
    ),
    "accuracy": Group(
        Accuracy,
        "Results better than the original's, in files of their own; all off = StaMPS alone "
        "(docs/accuracy_modes.md).",
    ),
    "compat": Group(
        Compat,
        "Defects of StaMPS that change numbers: true as the original, false corrected; and a tree "
        "whose results stand for them.",
    ),
}
"""Groups by their key in a configuration; its last part is the field of ``RunConfig``."""


@cache
def settings_of_group(key: str) -> tuple[Setting, ...]:
    """Give the settings of one of the :data:`GROUPS`."""
    return settings_of_class(GROUPS[key].owner, group=key)


def named_setting(key: str) -> Setting:
    """Give a setting by its key, for example ``dataset.raw.mask``."""
    group, _, name = key.rpartition(".")
    return next(item for item in settings_of_group(group) if item.name == name)


def all_settings() -> tuple[Setting, ...]:
    """Give the settings of all groups, that is all but ``dataset.path`` and ``stamps``."""
    return tuple(item for key in GROUPS for item in settings_of_group(key))
