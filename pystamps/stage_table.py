"""The stage table: one record per stage, product and figure says everything that others need.

Rules, plan, status, driver, verification, the doctor and the documentation ask this table. A new
product is one record here, its function, its rule and its test.

File names are relative to the root of the data set, as in the rules. ``{patch}`` is the patch of
the job, or every patch for a job on the merged data set; ``{angle}`` is la, or inc for ISCE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import Any, Literal

Scope = Literal["patch", "merged"]
Mode = Literal["single reference", "small baselines"]

MODES: tuple[Mode, ...] = ("single reference", "small baselines")
"""What interferograms a data set may hold: all with one reference image, or pairs."""


PRODUCTS = 9
"""Number that stands for products and figures where parameters name the stages that use them."""

TABLE_OF_POINTS = "product_points"
UNWRAP = "stage6_unwrap"
"""The stage before which tropospheric phase is made, or after which."""

PATCH, ANGLE = "{patch}/", "{angle}"
ROOT_PATCH = "."
"""The root as the only patch of a data set, as StaMPS calls it."""
FIRST_PASS_FOLDER = "first_pass"
"""Folder of the data set with the results of a first pass of stages 6 and 7."""
DELAYS, PAIR_DELAYS = "tca2.mat", "tca_sb2.mat"
"""Tropospheric phase, made or brought along; stages read it where ``subtr_tropo`` is y, products
where they take it off.

The table of points holds it wherever it is there.
"""

ACCURATE_PHASE = "accurate_uw.mat"
"""Unwrapped phase of the accuracy modes; without ``accuracy.unwrap_model`` nothing reads it."""

ARC_CYCLES = "accurate_arcs.mat"
"""Cycles of a second unwrapping; without ``accuracy.unwrap_model: arcs`` nothing reads it."""

_FILES_OF_MODEL = {"off": (), "cycles": (ACCURATE_PHASE,), "arcs": (ARC_CYCLES, ACCURATE_PHASE)}
"""Files that come with each value of ``accuracy.unwrap_model``."""


def _files_without(unwrap_model: str) -> set[str]:
    """Give the files of other values of ``accuracy.unwrap_model`` than this one."""
    return {name for names in _FILES_OF_MODEL.values() for name in names} - {
        *_FILES_OF_MODEL[unwrap_model]
    }


_ANGLES = ("la", "inc")
_BASE_MB = 600
_BASE_MINUTES = 10
_MEGABYTE = 1_000_000


def mode_of(*, is_small_baseline: bool) -> Mode:
    """Give what a data set holds, by its ``small_baseline_flag``."""
    return MODES[int(is_small_baseline)]


@dataclass(frozen=True, slots=True)
class StageCost:
    """What a stage needs per sample, that is per candidate and interferogram, and per candidate.

    Attributes
    ----------
    bytes_in_memory : int
        At the peak, of stages on patches 1.3 to 1.5 times what half a million candidates in 30
        interferograms took beyond what 100 000 did (a test has the numbers).
    bytes_on_disk : int
        Of what it writes, rounded up. From the merge on the number of pixels is smaller than that
        of the candidates; how much smaller is not known beforehand.
    microseconds : float
        At most, on one core.
    bytes_per_pixel : int
        At the peak beside that of the samples, of stages that take blocks of all pixels: what a
        pixel needs whatever the number of interferograms. Both are at least a seventh above what
        was measured with 1e7 pixels in 30 interferograms and with 2e7 in 10, beside the 600 MB that
        every job gets (``docs/performance.md``).
    bytes_per_cell : int
        Of the grid that is unwrapped, of stages that unwrap.
    """

    bytes_in_memory: int
    bytes_on_disk: int
    microseconds: float = 10.0
    bytes_per_pixel: int = 0
    bytes_per_cell: int = 0

    def memory_mb(self, samples: int, pixels: int, cells: int | None = None) -> int:
        """Give the memory that a stage needs.

        Parameters
        ----------
        samples : int
            Candidates times interferograms.
        pixels : int
            Candidates.
        cells : int, optional
            Of the grid that is unwrapped; as many as candidates where it is not known.
        """
        needed = samples * self.bytes_in_memory + pixels * self.bytes_per_pixel
        needed += (pixels if cells is None else cells) * self.bytes_per_cell
        return _BASE_MB + needed // _MEGABYTE

    def seconds(self, samples: int) -> float:
        """Give how long it works at most."""
        return samples * self.microseconds / 1e6

    def minutes(self, samples: int) -> int:
        """Give a generous time limit."""
        return _BASE_MINUTES + int(self.seconds(samples) / 60)


@dataclass(frozen=True, slots=True)
class StageFiles:
    """What a stage reads and writes for data sets of one mode.

    Attributes
    ----------
    inputs, optional_inputs, outputs, optional_outputs : tuple of str
        As in :class:`Stage`.
    parameters : tuple of str
        StaMPS parameters that change its result beside those of the stage in every mode.
    cost : StageCost or None
        Where it is another one than that of the stage.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    optional_inputs: tuple[str, ...] = ()
    optional_outputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    cost: StageCost | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, product or figure.

    Attributes
    ----------
    name : str
        Name of its rule.
    step : int
        Number of the stage in StaMPS, 0 (preparation) to 8; products belong to step 8 for users.
    scope : str
        patch, or merged (root of the data set).
    title : str
        What it does, for people.
    entry_point : str
        ``module:function``; called with the directory and the configuration.
    inputs, optional_inputs : tuple of str
        Files that it reads; a stack may lack the optional ones.
    outputs, optional_outputs : tuple of str
        Files that it writes.
    marker : str
        The output that shows that the stage is done, relative to the patch or the root.
    cost : StageCost
    reads_stack : bool
        It also reads the files of the stack in the root, which the record of the processor lists
        (:attr:`pystamps.processors.processor.Processor.input_files`).
    parameter_stage : int or None
        Number under which the StaMPS parameters list it; None = it uses none of them.
    parameters : tuple of str
        StaMPS parameters that change its result beside those listed under that number.
    compat, tools, products, troposphere : tuple of str
        Settings of these groups that change its result.
    accuracy : tuple of str
        Options of the accuracy modes that change its result.
    method : tuple of str
        The same; only values that are not the default are settings of its rule.
    storage : tuple of str
        The same of the group storage.
    unread_outputs : tuple of str
        Outputs that no stage reads, and that it does not write where only what is needed is kept.
    unread_variables : tuple of str
        Variables of its outputs that no stage reads; they are empty then.
    is_passed_on : bool
        The next stage takes all that it has written over into files of its own.
    folder : str
        Folder of the data set that it writes into; empty = the root or the patch.
    first_of : str
        Name of the stage of which it is the first of two passes; empty for all others.
    is_deramped : bool
        ``deramp_degree.mat`` changes its result.
    has_device_kernels : bool
        Its loops have versions for a GPU.
    modes : tuple of str
        What it processes; the other modes of StaMPS are refused.
    small_baselines : StageFiles or None
        Its files for small baselines, where they are not those above (:meth:`in_mode`).
    one_patch : StageFiles or None
        Its files where the root is the only patch, if they are not those above without the folder
        of the patch (:meth:`in_root`).
    is_mostly_io : bool
        Reading and writing files takes it longer than computing.
    """

    name: str
    step: int
    scope: Scope
    title: str
    entry_point: str
    outputs: tuple[str, ...]
    marker: str
    cost: StageCost
    inputs: tuple[str, ...] = ()
    optional_inputs: tuple[str, ...] = ()
    optional_outputs: tuple[str, ...] = ()
    reads_stack: bool = False
    parameter_stage: int | None = None
    parameters: tuple[str, ...] = ()
    compat: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    troposphere: tuple[str, ...] = ()
    is_deramped: bool = False
    has_device_kernels: bool = False
    modes: tuple[Mode, ...] = MODES[:1]
    small_baselines: StageFiles | None = None
    one_patch: StageFiles | None = None
    is_mostly_io: bool = False
    method: tuple[str, ...] = ()
    accuracy: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    unread_outputs: tuple[str, ...] = ()
    unread_variables: tuple[str, ...] = ()
    is_passed_on: bool = False
    folder: str = ""
    first_of: str = ""

    def in_mode(self, mode: Mode) -> Stage:
        """Give the record with the files of a data set of that mode."""
        files = self.small_baselines if mode == MODES[1] else None
        if files is None:
            return self
        return replace(
            self,
            inputs=files.inputs,
            optional_inputs=files.optional_inputs,
            outputs=files.outputs,
            optional_outputs=files.optional_outputs,
            parameters=(*self.parameters, *files.parameters),
            cost=files.cost or self.cost,
        )

    def in_root(self) -> Stage:
        """Give the record for a data set whose root is its only patch: it works in the root."""
        files = self.one_patch or self
        return replace(
            self,
            scope="merged",
            inputs=_without_patch(files.inputs),
            optional_inputs=_without_patch(files.optional_inputs),
            outputs=_without_patch(files.outputs),
            optional_outputs=_without_patch(files.optional_outputs),
        )

    def without_inputs(self, names: Iterable[str]) -> Stage:
        """Give the record without some of the optional inputs."""
        left = tuple(name for name in self.optional_inputs if name not in {*names})
        return replace(self, optional_inputs=left)

    def without_unread(self) -> Stage:
        """Give the record of a data set that keeps what later stages read, and nothing else."""
        if not self.unread_outputs:
            return self
        read = tuple(name for name in self.outputs if name not in self.unread_outputs)
        return replace(self, outputs=read)

    def in_accuracy(self, unwrap_model: str) -> Stage:
        """Give the record of a data set whose accuracy modes unwrap that way."""
        absent = _files_without(unwrap_model)
        return self.without_inputs(absent) if absent & {*self.optional_inputs} else self

    def in_passes(self, passes: int) -> Stage:
        """Give the record with the files of a data set that is unwrapped once, or twice."""
        if passes > 1 or not any(map(_is_of_first_pass, self.optional_inputs)):
            return self
        optional = (name for name in self.optional_inputs if not _is_of_first_pass(name))
        return replace(self, optional_inputs=tuple(optional))

    def place_of(self, name: str) -> str:
        """Give where a file that it reads or writes lies: beside the others, or in its folder."""
        own = f"{self.folder}/{name}" if self.folder else name
        return own if own in (*self.inputs, *self.optional_inputs, *self.all_outputs) else name

    @property
    def is_before_phase(self) -> bool:
        """Whether it works before the phase is unwrapped for good, or unwraps it."""
        return self.name == UNWRAP or bool(self.folder)

    @property
    def all_outputs(self) -> tuple[str, ...]:
        """Everything that it writes, the optional files last."""
        return (*self.outputs, *self.optional_outputs)

    @property
    def outputs_of_all_modes(self) -> tuple[str, ...]:
        """Everything that it writes for some data set, each file once."""
        return tuple(dict.fromkeys(f for mode in MODES for f in self.in_mode(mode).all_outputs))

    @property
    def is_product(self) -> bool:
        """Whether nothing in the chain of stages needs it: people take it away."""
        return self.name.startswith("product_")

    def makes(self, name: str) -> bool:
        """Tell whether it writes a file; name relative to the root, whatever patch and angle."""
        made = self.names_made
        return name in made or _in_any_patch(name) in made

    @property
    def names_made(self) -> set[str]:
        """Names of everything that it writes for some data set, whatever the angle."""
        return {shown for item in self.outputs_of_all_modes for shown in with_angles(item)}

    def load(self) -> Callable[..., Any]:
        """Give the function of the entry point."""
        module, function = self.entry_point.split(":")
        loaded: Callable[..., Any] = getattr(import_module(module), function)
        return loaded


def with_angles(name: str) -> tuple[str, ...]:
    """Give the names that a name of the table stands for, one for each angle."""
    return tuple(dict.fromkeys(name.replace(ANGLE, angle) for angle in _ANGLES))


def expanded(names: Iterable[str], *, patches: Sequence[str], angle: str) -> list[str]:
    """Give file names for the patches and the angle of a data set: name by name, all patches.

    The root as the only patch has no name, or is called ``.``.
    """
    found = []
    for name in names:
        here = patches if PATCH in name else ("",)
        folders = ["" if patch in ("", ROOT_PATCH) else f"{patch}/" for patch in here]
        found += [name.replace(PATCH, folder).replace(ANGLE, angle) for folder in folders]
    return found


BOOKKEEPING = {
    "parms.mat": "its values are settings of the rules; any job may write it, all the same content",
    "localparms.mat": "its values are settings of the rules",
    "processor.txt": "its value is a setting of the rules",
    "master.res": "its value (platform) is a setting of the rules",
    "lambda.1.in": "its value is a setting of the rules",
    "heading.1.in": "its value is a setting of the rules",
    "slc_osfactor.1.in": "its value is a setting of the rules",
    "deramp_degree.mat": "its value is a setting of the rules",
    ".parms.mat.lock": "held while parms.mat is written",
    "patch.list": "the rules of all patches follow from it",
    "psver.mat": "generation of the files, for StaMPS",
    "no_ps_info.mat": "which stages left no pixel, for StaMPS and for messages",
    "pscands.*.ij.int": "the same places for programs of StaMPS; compared with pscands.1.ij",
    "patch.in": "bounds with overlap: the own bounds have to lie inside, no result depends on them",
    "*.par": "headers of the raw export, which may be gone when the data set is loaded",
    "*.base": "headers of the raw export, which may be gone when the data set is loaded",
    "*.xml": "size and kind of the raster beside it",
    "*.tsv": "time and memory of the jobs, written by Snakemake beside the results",
    ".pystamps/*": "scratch: what is there without belonging to the inputs is made again",
}
"""Files that jobs open although no rule declares them, by name or pattern, and why."""


def is_bookkeeping(name: str) -> bool:
    """Tell whether a file is one that no rule declares; ``name`` relative to the root."""
    shown = (name, name.rpartition("/")[2])
    return any(fnmatchcase(item, pattern) for item in shown for pattern in BOOKKEEPING)


_ENTRY = "pystamps.pipeline.entry"
_CANDIDATES = ("{patch}/pscands.1.ij", "{patch}/pscands.1.ll", "{patch}/pscands.1.ph")
_OPTIONAL_2 = ("hgt2.mat", "{angle}2.mat")
_SELECTED = ("ps2.mat", "ph2.mat", "pm2.mat", "bp2.mat", "rc2.mat")
_REFERENCE_AREA = ("ref_lon", "ref_lat", "ref_centre_lonlat", "ref_radius", "ref_x", "ref_y")
_UNWRAPPED = ("uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat")
_INVERTED = ("ps2.mat", "phuw2.mat", "scla2.mat", "scn2.mat", "phuw_sb_res2.mat")
"""Series of the images of small baselines; their noise stands with the inversion."""


def _without_patch(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.removeprefix(PATCH) for name in names)


def _of_patch(*names: str) -> tuple[str, ...]:
    return tuple(f"{PATCH}{name}" for name in names)


def _of_first_pass(*names: str) -> tuple[str, ...]:
    return tuple(f"{FIRST_PASS_FOLDER}/{name}" for name in names)


def _is_of_first_pass(name: str) -> bool:
    return name.startswith(f"{FIRST_PASS_FOLDER}/")


PREPARATION = Stage(
    "stage0_prep", 0, "merged", "prepare the data set from a raw export",
    f"{_ENTRY}.stage0:stage0_prepare",
    outputs=(), marker="patch.list", cost=StageCost(0, 0), modes=MODES, is_mostly_io=True,
)  # fmt: skip
"""Its files and costs follow from the export: :mod:`pystamps.pipeline.preparation`."""

STAGES = (
    Stage(
        "stage1_load", 1, "patch", "load the candidates",
        f"{_ENTRY}.stage1:stage1_load_initial",
        inputs=_CANDIDATES,
        optional_inputs=_of_patch(
            *("pscands.1.hgt", "pscands.1.da", "pscands.1.lon", "pscands.1.lat", "pscands.1.inc")
        ),
        reads_stack=True,
        outputs=_of_patch("ps1.mat", "ph1.mat", "bp1.mat"),
        optional_outputs=_of_patch("da1.mat", "hgt1.mat", "{angle}1.mat"),
        marker="ps1.mat",
        cost=StageCost(24, 16),
        modes=MODES,
        parameter_stage=1,
        compat=("wild_positions_kept", "mean_baseline_in_single"),
        is_mostly_io=True,
    ),
    Stage(
        "stage2_gamma", 2, "patch", "estimate the phase noise",
        f"{_ENTRY}.stage2:stage2_estimate_gamma",
        inputs=_of_patch("ps1.mat", "ph1.mat", "bp1.mat"),
        optional_inputs=_of_patch("da1.mat", "{angle}1.mat"),
        outputs=_of_patch("pm1.mat"),
        marker="pm1.mat",
        cost=StageCost(64, 40, 60.0),
        modes=MODES,
        parameter_stage=2,
        compat=(
            *("null_candidate_clears_cell", "small_patch_loses_pixels"),
            "empty_low_bins_as_zero",
        ),
        storage=("keep",),
        unread_variables=("ph_weight", "ph_res"),
        has_device_kernels=True,
    ),
    Stage(
        "stage3_select", 3, "patch", "select stable pixels",
        f"{_ENTRY}.stage3:stage3_select_ps",
        inputs=_of_patch("ps1.mat", "ph1.mat", "bp1.mat", "pm1.mat"),
        optional_inputs=_of_patch("da1.mat"),
        outputs=_of_patch("select1.mat"),
        marker="select1.mat",
        cost=StageCost(28, 24, 60.0),
        modes=MODES,
        parameter_stage=3,
        compat=(
            *("slc_osf_first_interferogram_only", "small_patch_loses_pixels"),
            "empty_low_bins_as_zero",
        ),
        has_device_kernels=True,
    ),
    Stage(
        "stage4_weed", 4, "patch", "weed noisy pixels",
        f"{_ENTRY}.stage4:stage4_weed_ps",
        inputs=_of_patch("ps1.mat", "ph1.mat", "select1.mat"),
        optional_inputs=_of_patch("hgt1.mat"),
        outputs=_of_patch("weed1.mat"),
        marker="weed1.mat",
        cost=StageCost(44, 2, 30.0),
        modes=MODES,
        parameter_stage=4,
        compat=("adjacent_by_lowest_neighbour", "arc_error_of_phasors"),
        tools=("delaunay",),
        has_device_kernels=True,
    ),
    Stage(
        "stage5_correct", 5, "patch", "correct the phase of a patch",
        f"{_ENTRY}.stage5:stage5_correct_and_promote",
        inputs=_of_patch("ps1.mat", "ph1.mat", "bp1.mat", "pm1.mat", "select1.mat", "weed1.mat"),
        optional_inputs=_of_patch("hgt1.mat", "{angle}1.mat"),
        outputs=_of_patch(*_SELECTED),
        optional_outputs=_of_patch(*_OPTIONAL_2),
        marker="rc2.mat",
        cost=StageCost(60, 40),
        modes=MODES,
        is_mostly_io=True,
        is_passed_on=True,
    ),
    Stage(
        "stage5_merge", 5, "merged", "merge the patches",
        f"{_ENTRY}.stage5:stage5_merge_and_ifgstd",
        inputs=_of_patch(*_SELECTED),
        optional_inputs=_of_patch(*_OPTIONAL_2, "patch_noover.in"),
        outputs=(*_SELECTED, "ifgstd2.mat"),
        optional_outputs=_OPTIONAL_2,
        one_patch=StageFiles(
            inputs=("ps2.mat", "ph2.mat", "pm2.mat", "bp2.mat"), outputs=("ifgstd2.mat",)
        ),
        marker="ifgstd2.mat",
        cost=StageCost(2, 40, bytes_per_pixel=330),
        modes=MODES,
        parameter_stage=5,
        compat=("merged_metadata_of_last_patch", "merge_grid_origin_one_metre"),
        storage=("keep",),
        unread_outputs=("ph2.mat",),
        unread_variables=("ph_reref",),
        is_mostly_io=True,
    ),
    Stage(
        UNWRAP, 6, "merged", "unwrap the phase",
        f"{_ENTRY}.stage6:stage6_unwrap",
        inputs=("ps2.mat", "rc2.mat", "pm2.mat", "bp2.mat"),
        optional_inputs=("la2.mat", DELAYS, *_of_first_pass("scla_smooth2.mat")),
        outputs=(*_UNWRAPPED, "phuw2.mat"),
        small_baselines=StageFiles(
            inputs=("ps2.mat", "rc2.mat", "pm2.mat", "bp2.mat"),
            optional_inputs=(
                *("la2.mat", PAIR_DELAYS),
                *_of_first_pass("scla_smooth_sb2.mat", "phuw_sb2.mat"),
            ),
            outputs=(*_UNWRAPPED, "phuw2.mat", "phuw_sb2.mat", "phuw_sb_res2.mat"),
            optional_outputs=("phuw_loops2.mat", "phuw_good2.mat"),
            parameters=_REFERENCE_AREA,
            cost=StageCost(80, 24, 300.0),  # the inversion holds whole matrices
        ),
        marker="phuw2.mat",
        cost=StageCost(1, 24, 300.0, bytes_per_pixel=100, bytes_per_cell=600),  # cells: snaphu
        parameter_stage=6,
        compat=("column_fringe_sign_reversed", "one_reference_pixel_over_interferograms"),
        method=("unwrap_iterations",),
        tools=("unwrapper", "snaphu_tiles"),
        storage=("keep",),
        unread_variables=("ph_in",),
        modes=MODES,
        has_device_kernels=True,
    ),
    Stage(
        "stage7_scla", 7, "merged", "estimate the look-angle error",
        f"{_ENTRY}.stage7:stage7_calc_scla",
        inputs=("ps2.mat", "bp2.mat", "phuw2.mat", "ifgstd2.mat"),
        optional_inputs=(DELAYS,),
        outputs=("scla2.mat", "scla_smooth2.mat"),
        small_baselines=StageFiles(
            inputs=("ps2.mat", "bp2.mat", "phuw2.mat", "phuw_sb2.mat", "phuw_sb_res2.mat"),
            optional_inputs=(PAIR_DELAYS,),
            outputs=("scla2.mat", "scla_sb2.mat", "scla_smooth_sb2.mat"),
            cost=StageCost(80, 16),
        ),
        marker="scla2.mat",
        cost=StageCost(4, 16, bytes_per_pixel=280),
        parameter_stage=7,
        modes=MODES,
        compat=("scla_l1_by_simplex",),
        tools=("delaunay",),
        is_deramped=True,
        has_device_kernels=True,
    ),
    Stage(
        "stage8_filter", 8, "merged", "filter spatially correlated noise",
        f"{_ENTRY}.stage8:stage8_filter_scn",
        inputs=("ps2.mat", "phuw2.mat", "scla2.mat", "uw_grid.mat", "uw_interp.mat"),
        optional_inputs=("la2.mat",),
        outputs=("scn2.mat", "uw_space_time.mat"),
        modes=MODES,
        marker="uw_space_time.mat",
        cost=StageCost(4, 24, bytes_per_pixel=220),
        parameter_stage=8,
        compat=(
            *("scn_full_list_master_position", "scn_missing_phase_as_zero"),
            "column_fringe_sign_reversed",
        ),
        has_device_kernels=True,
    ),
    Stage(
        "product_mean_velocity", 8, "merged", "mean velocity per pixel",
        f"{_ENTRY}.mean_velocity:product_mean_velocity",
        inputs=("ps2.mat", "phuw2.mat", "scla2.mat", "scn2.mat", "ifgstd2.mat"),
        optional_inputs=(DELAYS,),
        outputs=("mean_v.mat",),
        small_baselines=StageFiles(
            inputs=_INVERTED, optional_inputs=(PAIR_DELAYS,), outputs=("mean_v.mat",),
            cost=StageCost(60, 2),
        ),
        modes=MODES,
        marker="mean_v.mat",
        cost=StageCost(4, 2, bytes_per_pixel=240),
        parameter_stage=PRODUCTS,
        products=("mean_velocity_type",),
        is_deramped=True,
    ),
    Stage(
        TABLE_OF_POINTS, 8, "merged", "table of points: displacement, its parts, quality",
        f"{_ENTRY}.points:product_points",
        inputs=("ps2.mat", "pm2.mat", "phuw2.mat", "scla2.mat", "scn2.mat", "ifgstd2.mat"),
        optional_inputs=(*_OPTIONAL_2, *_of_patch("ps1.mat", "da1.mat"), DELAYS),
        outputs=("products/ps.h5",),
        small_baselines=StageFiles(
            inputs=(*_INVERTED, "pm2.mat"),
            optional_inputs=(*_OPTIONAL_2, *_of_patch("ps1.mat", "da1.mat"), PAIR_DELAYS),
            outputs=("products/ps.h5",),
            cost=StageCost(40, 16),
        ),
        modes=MODES,
        marker="products/ps.h5",
        cost=StageCost(10, 16, bytes_per_pixel=300),
        parameter_stage=PRODUCTS,
        parameters=("insar_processor", "subtr_tropo", "tropo_method"),
        products=("value_type", "slant_range_m", "satellite_height_m"),
        is_deramped=True,
        is_mostly_io=True,
    ),
)  # fmt: skip
"""All stages and products in the order of the work."""


_OF_PHASE = ("phuw2.mat", "phuw_sb2.mat")

TROPOSPHERE = Stage(
    "correct_troposphere", 6, "merged", "make the tropospheric phase",
    f"{_ENTRY}.troposphere:correct_troposphere",
    inputs=("ps2.mat",),
    optional_inputs=(*_OPTIONAL_2, "phuw2.mat"),
    outputs=(DELAYS,),
    small_baselines=StageFiles(
        inputs=("ps2.mat",),
        optional_inputs=(*_OPTIONAL_2, "phuw_sb2.mat"),
        outputs=(PAIR_DELAYS,),
    ),
    modes=MODES,
    marker=DELAYS,
    cost=StageCost(40, 4),
    parameters=("lambda", "insar_processor", "drop_ifg_index"),
    compat=("delays_by_look_angle",),
    products=("satellite_height_m",),
    troposphere=(
        *("method", "source", "stored_as", "missing_dates", "deforming_area", "without_dem_error"),
        *("plane", "h0_km", "alpha", "soundings", "bands_km", "windows", "window_overlap"),
        *("cell_m", "kept_band", "quantity", "unit", "is_relative"),
    ),
)  # fmt: skip
"""Runs where ``troposphere.method`` names a method: before stage 6, or after it."""


def in_order(stage: Stage, *, is_from_phase: bool) -> Stage:
    """Give a record with the inputs that it has where tropospheric phase is made before or after.

    What is estimated from the unwrapped phase cannot be taken off before the phase is unwrapped.
    """
    if stage.name == TROPOSPHERE.name and not is_from_phase:
        return stage.without_inputs(_OF_PHASE)
    if is_from_phase and stage.is_before_phase:
        return stage.without_inputs((DELAYS, PAIR_DELAYS))
    return stage


def place_of_correction(names: Sequence[str], *, is_from_phase: bool) -> int:
    """Give where among the stages of a data set tropospheric phase is made."""
    if is_from_phase:
        return names.index(UNWRAP) + 1
    return next(at for at, name in enumerate(names) if name in (FIRST_PASS[0].name, UNWRAP))


def _in_first_pass(stage: Stage, rule: str, title: str) -> Stage:
    """Give the record of a stage in a first pass: what it makes lies in a folder of its own.

    It belongs to step 6, as everything before the phase is unwrapped for good.
    """

    def placed(names: tuple[str, ...]) -> tuple[str, ...]:
        kept = (name for name in names if not _is_of_first_pass(name))
        return tuple(_of_first_pass(name)[0] if name in _REPEATED else name for name in kept)

    pairs = stage.small_baselines
    return replace(
        stage,
        name=rule,
        step=6,
        title=title,
        entry_point=f"{_ENTRY}.first_pass:{rule}",
        inputs=placed(stage.inputs),
        optional_inputs=placed(stage.optional_inputs),
        outputs=placed(stage.outputs),
        optional_outputs=placed(stage.optional_outputs),
        marker=placed((stage.marker,))[0],
        method=(),
        folder=FIRST_PASS_FOLDER,
        first_of=stage.name,
        small_baselines=pairs
        and replace(
            pairs,
            inputs=placed(pairs.inputs),
            optional_inputs=placed(pairs.optional_inputs),
            outputs=placed(pairs.outputs),
            optional_outputs=placed(pairs.optional_outputs),
        ),
    )


_STAGE_6, _STAGE_7 = (stage for stage in STAGES if stage.step in (6, 7))
_REPEATED = frozenset((*_STAGE_6.outputs_of_all_modes, *_STAGE_7.outputs_of_all_modes))

FIRST_PASS = (
    _in_first_pass(_STAGE_6, "stage6_first_unwrap", "unwrap the phase for the first time"),
    _in_first_pass(
        _STAGE_7, "stage6_first_scla", "estimate the look-angle error of the first pass"
    ),
)
"""What comes before stage 6 in a data set that is unwrapped twice (``unwrap_iterations: 2``)."""


_OF_VELOCITY = ("ps2.mat", "phuw2.mat", "scla2.mat")

_ARC_CYCLES = Stage(
    "product_arc_cycles", 8, "merged", "cycles of the accuracy modes by a model of arcs",
    f"{_ENTRY}.arc_cycles:product_arc_cycles",
    inputs=("ps2.mat", "rc2.mat", "pm2.mat", "bp2.mat", "phuw2.mat"),
    optional_inputs=("la2.mat", DELAYS),
    outputs=(ARC_CYCLES,),
    small_baselines=StageFiles(
        inputs=("ps2.mat", "rc2.mat", "pm2.mat", "bp2.mat", "phuw_sb2.mat"),
        optional_inputs=("la2.mat", PAIR_DELAYS),
        outputs=(ARC_CYCLES,),
    ),
    modes=MODES,
    marker=ARC_CYCLES,
    cost=StageCost(200, 8, 400.0),
    parameters=(
        *("unwrap_method", "unwrap_patch_phase", "unwrap_grid_size", "unwrap_time_win"),
        *("unwrap_prefilter_flag", "unwrap_gold_n_win", "unwrap_gold_alpha", "max_topo_err"),
        *("unwrap_la_error_flag", "unwrap_spatial_cost_func_flag", "drop_ifg_index", "lambda"),
        *("subtr_tropo", "tropo_method"),
    ),
    accuracy=("unwrap_model",),
    compat=("column_fringe_sign_reversed",),
    tools=("unwrapper", "snaphu_tiles"),
    has_device_kernels=True,
)  # fmt: skip

_ACCURATE_PHASE = Stage(
    "product_accurate_phase", 8, "merged", "unwrapped phase of the accuracy modes",
    f"{_ENTRY}.accurate_phase:product_accurate_phase",
    inputs=("ps2.mat", "bp2.mat", "phuw2.mat", "ifgstd2.mat"),
    optional_inputs=(ARC_CYCLES, DELAYS),
    outputs=(ACCURATE_PHASE,),
    small_baselines=StageFiles(
        inputs=("ps2.mat", "bp2.mat", "phuw2.mat", "phuw_sb2.mat", "phuw_sb_res2.mat"),
        optional_inputs=(ARC_CYCLES, PAIR_DELAYS),
        outputs=(ACCURATE_PHASE,),
    ),
    modes=MODES,
    marker=ACCURATE_PHASE,
    cost=StageCost(120, 16, 60.0),
    parameter_stage=7,
    parameters=("lambda",),
    accuracy=("unwrap_model",),
    has_device_kernels=True,
    compat=("scla_l1_by_simplex",),
)  # fmt: skip

ACCURATE = (
    _ARC_CYCLES,
    _ACCURATE_PHASE,
    Stage(
        "product_accurate_velocity", 8, "merged", "velocity of the accuracy modes",
        f"{_ENTRY}.accurate_velocity:product_accurate_velocity",
        inputs=(*_OF_VELOCITY, "ifgstd2.mat"),
        optional_inputs=("bp2.mat", ACCURATE_PHASE, DELAYS),
        outputs=("accurate_v.mat",),
        small_baselines=StageFiles(
            inputs=(*_OF_VELOCITY, "phuw_sb_res2.mat"),
            optional_inputs=("bp2.mat", ACCURATE_PHASE, PAIR_DELAYS),
            outputs=("accurate_v.mat",),
        ),
        modes=MODES,
        marker="accurate_v.mat",
        cost=StageCost(100, 2, 30.0),
        parameter_stage=PRODUCTS,
        parameters=("subtr_tropo", "tropo_method"),
        accuracy=("unwrap_model", "orbit_plane", "estimation", "uncertainty", "long_wave_motion"),
        has_device_kernels=True,
    ),
    Stage(
        "product_accurate_series", 8, "merged", "displacement of the accuracy modes",
        f"{_ENTRY}.accurate_series:product_accurate_series",
        inputs=(*_OF_VELOCITY, "accurate_v.mat"),
        optional_inputs=("bp2.mat", ACCURATE_PHASE, DELAYS),
        outputs=("accurate_series.mat",),
        small_baselines=StageFiles(
            inputs=(*_OF_VELOCITY, "accurate_v.mat", "phuw_sb_res2.mat"),
            optional_inputs=("bp2.mat", ACCURATE_PHASE, PAIR_DELAYS),
            outputs=("accurate_series.mat",),
        ),
        modes=MODES,
        marker="accurate_series.mat",
        cost=StageCost(120, 16, 30.0),
        parameter_stage=PRODUCTS,
        parameters=(
            *("scn_wavelength", "scn_time_win", "scn_deramp_ifg", "scn_kriging_flag"),
            *("subtr_tropo", "tropo_method"),
        ),
        accuracy=("unwrap_model", "scn_trend", "series", "uncertainty"),
        compat=("scn_full_list_master_position", "scn_missing_phase_as_zero"),
        has_device_kernels=True,
    ),
)  # fmt: skip
"""What the accuracy modes make beside the results of StaMPS, where one of them is on."""


def chain_of_stages() -> tuple[Stage, ...]:
    """Give all that some data set may have, in the order of the work: of stages, and products."""
    at = [stage.name for stage in STAGES].index(UNWRAP)
    chain = (*STAGES[:at], TROPOSPHERE, *FIRST_PASS, *STAGES[at:])
    return with_accurate(chain)


def with_accurate(stages: Sequence[Stage], *, unwrap_model: str = "arcs") -> tuple[Stage, ...]:
    """Put the products of the accuracy modes before the table of points, which holds them."""
    at = [stage.name for stage in stages].index(TABLE_OF_POINTS)
    absent = _files_without(unwrap_model)
    found = [stage for stage in ACCURATE if stage.marker not in absent]
    return (*stages[:at], *found, *stages[at:])


def _figure(name: str, title: str, *inputs: str, of_pairs: tuple[str, ...] = ()) -> Stage:
    """Give the record of a figure; its outputs have no marker but themselves."""
    file = f"{name}.png"
    outputs = (f"figures/{file}",)
    return Stage(
        f"figure_{name}", PRODUCTS, "merged", title, "pystamps.figures.draw:draw_figure",
        inputs=inputs, outputs=outputs, marker=file, cost=StageCost(10, 0, bytes_per_pixel=450),
        small_baselines=StageFiles(of_pairs, outputs) if of_pairs else None,
    )  # fmt: skip


FIGURES = (
    _figure("velocity_map", "map of the mean velocity", "products/ps.h5"),
    _figure("time_series", "displacement in time", "products/ps.h5"),
    _figure("coherence_histogram", "coherence before and after", "{patch}/pm1.mat", "pm2.mat"),
    _figure("dispersion_histogram", "amplitude dispersion", "{patch}/da1.mat"),
    _figure("baseline_plot", "baselines and dates", "ps2.mat"),
    _figure("interferogram_noise", "noise of the interferograms", "ps2.mat", "ifgstd2.mat"),
    _figure("wrapped_panel", "wrapped phase", "ps2.mat", "rc2.mat"),
    _figure("unwrapped_panel", "unwrapped phase", "ps2.mat", "phuw2.mat",
            of_pairs=("ps2.mat", "phuw_sb2.mat")),
    _figure(
        "assessment", "results against the truth of a simulation",
        *("truth.h5", "ps2.mat", "pm2.mat", "phuw2.mat", "scla2.mat", "scn2.mat", "ifgstd2.mat"),
        "mean_v.mat",
    ),
    _figure(
        "run_times", "time and memory of the jobs",
        "mean_v.mat", "uw_space_time.mat", "products/ps.h5",
    ),
)  # fmt: skip
"""The figures of the report; each has a rule of its name and a caption."""


def every_stage() -> tuple[Stage, ...]:
    """Give all stages, products and figures that some data set may have."""
    return (PREPARATION, *chain_of_stages(), *FIGURES)


def stage_named(name: str) -> Stage:
    """Give the record of a stage, product or figure by the name of its rule.

    Raises
    ------
    ValueError
        There is no such stage.
    """
    for stage in every_stage():
        if stage.name == name:
            return stage
    known = ", ".join(stage.name for stage in STAGES)
    raise ValueError(f"stage={name!r} is none of {known}")


def stages_of_step(step: int, scope: Scope | None = None) -> tuple[Stage, ...]:
    """Give the stages of a StaMPS step, in order; step 5 has one per scope, step 8 two."""
    return tuple(s for s in STAGES if s.step == step and scope in (None, s.scope))


def stages_in_mode(mode: Mode, *, passes: int = 1) -> tuple[Stage, ...]:
    """Give all stages and products in the order of the work, with the files of that mode."""
    at = [stage.name for stage in STAGES].index(UNWRAP)
    chain = (*STAGES[:at], *FIRST_PASS, *STAGES[at:]) if passes > 1 else STAGES
    return tuple(stage.in_mode(mode).in_passes(passes) for stage in chain)


def position(name: str) -> int:
    """Give the place of a stage in the order of the work, whether or not a data set has it."""
    return [stage.name for stage in chain_of_stages()].index(name)


def stage_that_makes(name: str, *, in_root: bool = False) -> Stage | None:
    """Give the stage that writes a file (``PATCH_1/pm1.mat``); None for any other file.

    Parameters
    ----------
    name : str
        Relative to the root.
    in_root : bool
        The root is the only patch of the data set.
    """
    made_by = _makers(in_root=in_root)
    places = [made_by[item] for item in (name, _in_any_patch(name)) if item in made_by]
    return _chain(in_root=in_root)[min(places)] if places else None


def _in_any_patch(name: str) -> str:
    """Give a name relative to the root as the table writes it, if it lies in a patch."""
    return PATCH + name.rpartition("/")[2] if "/" in name else name


@cache
def _chain(*, in_root: bool) -> tuple[Stage, ...]:
    chain = chain_of_stages()
    return tuple(stage.in_root() for stage in chain) if in_root else chain


@cache
def _makers(*, in_root: bool) -> dict[str, int]:
    """Give the place in the chain of the first stage that makes a file, by its name."""
    made: dict[str, int] = {}
    for place, stage in enumerate(_chain(in_root=in_root)):
        for name in stage.names_made:
            made.setdefault(name, place)
    return made


def names_of_results() -> set[str]:
    """Give the names of all files that stages write, without directory."""
    made = (name for stage in (*STAGES, *ACCURATE) for name in stage.outputs_of_all_modes)
    return {shown.removeprefix(PATCH) for name in made for shown in with_angles(name)}


def names_of_mat_results() -> set[str]:
    """Give the names of the MAT files among them, without ending."""
    found = names_of_results()
    return {name.removesuffix(".mat") for name in found if name.endswith(".mat")}
