"""Every stage opens the files and asks for the settings that its record names, and no others.

All stages run on small trees, in variants that make each of them open and ask for everything.
"""

from __future__ import annotations

import fnmatch
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from prepared_stacks import STACKS, gsar_stack
from traced_stages import Touched, traced

from pystamps.config import Accuracy, MethodSettings, RunConfig
from pystamps.io.mat import read_mat, write_mat
from pystamps.parameters import stamps_names_of_stage
from pystamps.processors import PROCESSORS
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import (
    ACCURATE,
    BOOKKEEPING,
    DELAYS,
    FIGURES,
    FIRST_PASS,
    PAIR_DELAYS,
    PATCH,
    PRODUCTS,
    STAGES,
    Stage,
    is_bookkeeping,
    stage_named,
    with_angles,
)

BOOKKEEPERS = (
    "pystamps.parameters.files.",
    "pystamps.pipeline.job.__init__",
    "pystamps.pipeline.provenance.",
    "pystamps.config.accuracy_settings.",
    "pystamps.io.stage_records.",
    "pystamps.parameters.checks.refuse_unsupported",
    "pystamps.pipeline.stage_settings.is_estimated_from_phase",
    "pystamps.parameters.checks.<dictcomp>",
    "pystamps.parameters.checks.<genexpr>",
    "dataclasses.",
)
"""Who asks for all parameters without making a result of them."""

WITH_DELAYS = "read where subtr_tropo is y, which needs a file of the user beside the data set"
OF_PAIRS = "numbers interferograms of small baselines"
NEVER_READ = {
    "stage4_weed": {"compat.arc_error_of_phasors": "asked for in small baselines"},
    "stage6_unwrap": {
        "tropo_method": WITH_DELAYS,
        "compat.one_reference_pixel_over_interferograms": "asked for in small baselines",
    },
    "stage7_scla": {
        "sb_scla_drop_index": OF_PAIRS,
        "tropo_method": WITH_DELAYS,
    },
    "product_accurate_phase": {"sb_scla_drop_index": OF_PAIRS},
}
"""Parameters that are listed for a stage that does not ask for them, and why."""

VARIANTS: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
    ("stage2_gamma", {"filter_weighting": "SNR"}, {}),
    ("stage3_select", {"select_method": "PERCENT"}, {}),
    ("stage3_select", {"select_reest_gamma_flag": "n"}, {}),
    ("stage3_select", {"gamma_stdev_reject": 0.5}, {}),
    ("stage4_weed", {"weed_zero_elevation": "y", "weed_neighbours": "y"}, {}),
    ("stage5_merge", {"merge_resample_size": 60.0}, {}),
    ("stage6_unwrap", {"unwrap_patch_phase": "y"}, {}),
    ("stage6_unwrap", {"unwrap_prefilter_flag": "n"}, {}),
    ("stage6_unwrap", {"unwrap_method": "3D_FULL"}, {}),
    ("stage6_unwrap", {"unwrap_spatial_cost_func_flag": "y"}, {}),
    ("stage6_unwrap", {"scla_deramp": "y"}, {"scla": "scla_smooth2.mat"}),
    ("stage6_unwrap", {}, {"passes": 2}),
    ("stage7_scla", {"scla_deramp": "y", "scla_method": "L1"}, {}),
    ("stage7_scla", {"ref_radius": 1e9}, {}),
    ("stage7_scla", {"ref_x": [-1e6, 1e6], "ref_y": [-1e6, 1e6]}, {}),
    ("stage8_filter", {"scn_deramp_ifg": [1, 2]}, {}),
    ("stage8_filter", {"scn_deramp_ifg": "all"}, {}),
    ("stage8_filter", {"unwrap_spatial_cost_func_flag": "y"}, {}),
    ("product_arc_cycles", {"unwrap_spatial_cost_func_flag": "y"}, {}),
    ("product_mean_velocity", {}, {"value_type": "v-dso"}),
    ("product_mean_velocity", {"ref_radius": 1e9}, {}),
    ("product_mean_velocity", {"ref_x": [-1e6, 1e6], "ref_y": [-1e6, 1e6]}, {}),
    ("product_points", {"ref_radius": 1e9}, {}),
    ("product_points", {"ref_x": [-1e6, 1e6], "ref_y": [-1e6, 1e6]}, {}),
)
"""Runs beside the one with the defaults: stage, parameters, options of the entry point."""


OTHER_SETTINGS = {
    "tools.snaphu": "where the program is, not what it computes",
    "tools.snaphu_tile_overlap": "recorded with tools.snaphu_tiles, and without tiles no matter",
    "tools.snaphu_tile_processes": "tiles at a time, each the same",
}
"""Settings of a group with results that change none of them by themselves."""

HANDED_OVER = {"stage6_unwrap": {"scla_smooth2.mat"}}
"""Files that a stage reads only when they are named in the call (``pystamps stage 6 --scla``)."""

MARKERS = {"figure_run_times": {"mean_v.mat", "uw_space_time.mat", "products/ps.h5"}}
"""Inputs that only say that everything has run."""

OF_THE_DAY = {"figure_baseline_plot"}
"""Their words follow the settings of the day on which they are drawn; the picture does not."""

BENCHMARK = "s\th:m:s\tmax_rss\n1.0\t0:00:01\t100.0\n"


@dataclass
class Seen:
    """What all runs of one stage touched.

    Attributes
    ----------
    read, made, other : set of str
        Names relative to the root, patches as ``{patch}``; other = read beside the work.
    settings : dict of str to set of str
        Setting to who asked for it.
    """

    read: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    other: set[str] = field(default_factory=set)
    settings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, touched: Touched, root: Path) -> None:
        patches = (root / "patch.list").read_text().split()
        self.read |= names(touched.read, root, patches)
        self.made |= names(touched.made, root, patches)
        self.other |= names(touched.read_beside, root, patches)
        for setting, asked in touched.settings:
            if not asked.startswith(BOOKKEEPERS):
                self.settings[setting].add(asked)


def names(paths: set[Path], root: Path, patches: list[str]) -> set[str]:
    """Give names relative to the root; folders, temporary files and other places left out."""
    found = set()
    for path in paths:
        if path.is_relative_to(root) and not path.is_dir() and path.suffix != ".part":
            folder, _, name = path.relative_to(root).as_posix().rpartition("/")
            found.add(PATCH + name if folder in patches else f"{folder}/{name}".lstrip("/"))
    return found


def run_traced(seen: dict[str, Seen], stage: Stage, root: Path, **more: Any) -> None:
    """Run a stage on its patches or the root and note what it touches."""
    patches = (root / "patch.list").read_text().split()
    stamps, options = more.get("stamps", {}), dict(more.get("options", {}))
    if "scla" in options:
        options["scla"] = root / options["scla"]
    passes = 2 if stage in FIRST_PASS else options.pop("passes", 1)
    accuracy = more.get("accuracy", Accuracy("accurate" if stage in ACCURATE else "none"))
    config = RunConfig(
        dataset=root, stamps=stamps, method=MethodSettings(passes), accuracy=accuracy
    )
    for directory in [root / name for name in patches] if stage.scope == "patch" else [root]:
        with traced() as touched:
            stage.load()(directory, config, **options)
        seen[stage.name].add(touched, root)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """What every stage touched, by name."""
    found: dict[str, Seen] = defaultdict(Seen)
    root = tmp_path_factory.mktemp("touched") / "run"
    simulate_dataset(root, PRESETS["tiny"])
    write_mat(root / "localparms.mat", {"scn_time_win": 300.0})
    write_mat(root / "deramp_degree.mat", {"degree": 1.0})
    (root / "benchmarks").mkdir()
    (root / "benchmarks" / "stage7_scla.tsv").write_text(BENCHMARK)
    for stage in (*STAGES, *FIRST_PASS, *ACCURATE):
        run_traced(found, stage, root)
    for stage in ACCURATE[2:]:
        run_traced(found, stage, root, accuracy=Accuracy(scn_trend="remove"))
    for stage in ACCURATE[:2]:
        run_traced(found, stage, root, accuracy=Accuracy(unwrap_model="arcs"))
    for name, stamps, options in VARIANTS:
        copy = Path(shutil.copytree(root, root.parent / "copy"))
        run_traced(found, stage_named(name), copy, stamps=stamps, options=options)
        shutil.rmtree(copy)
    for figure in FIGURES:
        with traced() as touched:
            figure.load()(figure.name.removeprefix("figure_"), root, root / figure.outputs[0])
        found[figure.name].add(touched, root)
    without_mean_incidence(root)
    for name in ("stage6_unwrap", "stage8_filter", "product_arc_cycles"):
        run_traced(found, stage_named(name), root)
    with_incidence(root)
    for name in ("stage2_gamma", "stage5_correct", "stage5_merge"):
        run_traced(found, stage_named(name), root)
    for processor, make in (STACKS | {"gsar": gsar_stack}).items():
        for has_angle in (True, False):
            stack = make(tmp_path_factory.mktemp(processor)).parent
            if processor == "doris":
                (stack / "master.res").write_text("Product type specifier: ASAR\n")
            if processor == "isce" and not has_angle:
                for path in stack.glob("inc_angle.raw*"):
                    path.rename(stack / path.name.replace("inc_angle", "look_angle"))
                (stack / "master_day.1.in").rename(stack / "reference_day.1.in")
                write_mat(stack / "parms.mat", {"small_baseline_flag": "n"})
            run_traced(found, stage_named("stage1_load"), stack)
    return found


def without_mean_incidence(root: Path) -> None:
    """Make the tree one of a stack with look angles on nodes: their mean is not known."""
    variables = read_mat(root / "ps2.mat")
    del variables["mean_incidence"]
    write_mat(root / "ps2.mat", variables)
    shutil.rmtree(root / ".pystamps")


def with_incidence(root: Path) -> None:
    """Make the tree one of a stack with incidence in place of look angles."""
    for patch in (root / "patch.list").read_text().split():
        write_mat(root / patch / "inc1.mat", {"inc": read_mat(root / patch / "la1.mat")["la"]})
        for name in ("la1.mat", "la2.mat"):
            (root / patch / name).unlink()


def declared(items: tuple[str, ...]) -> set[str]:
    return {shown for item in items for shown in with_angles(item)}


def stack_files_of(stage: Stage) -> set[str]:
    """Names and patterns of the files of the stack that a stage reads: stage 1."""
    if not stage.reads_stack:
        return set()
    files = {file.name for maker in PROCESSORS.values() for file in maker.input_files}
    return {name for name in files if not is_bookkeeping(name)}


def inputs_of(stage: Stage) -> set[str]:
    """Names and patterns of all inputs of a record."""
    return stack_files_of(stage) | declared((*stage.inputs, *stage.optional_inputs))


@pytest.mark.parametrize("stage", (*STAGES, *FIRST_PASS, *ACCURATE), ids=lambda stage: stage.name)
def test_a_stage_opens_no_file_that_its_record_does_not_name(
    seen: dict[str, Seen], stage: Stage
) -> None:
    inputs = inputs_of(stage)
    opened = {name for name in seen[stage.name].read if not is_bookkeeping(name)}
    opened -= HANDED_OVER.get(stage.name, set())
    assert not {name for name in opened if not any(fnmatchcase(name, i) for i in inputs)}


@pytest.mark.parametrize("stage", (*STAGES, *ACCURATE), ids=lambda stage: stage.name)
def test_a_stage_opens_every_input_of_its_record(seen: dict[str, Seen], stage: Stage) -> None:
    opened = seen[stage.name].read
    for item in (*stage.inputs, *stage.optional_inputs, *stack_files_of(stage)):
        if item in (DELAYS, PAIR_DELAYS):  # no data set of these tests has them
            continue
        assert any(fnmatchcase(name, shown) for name in opened for shown in with_angles(item)), item


@pytest.mark.parametrize("stage", (*STAGES, *FIRST_PASS, *ACCURATE), ids=lambda stage: stage.name)
def test_a_stage_makes_the_outputs_of_its_record_and_no_others(
    seen: dict[str, Seen], stage: Stage
) -> None:
    made = {name for name in seen[stage.name].made if not is_bookkeeping(name)}
    assert made == declared(stage.all_outputs)


def test_no_bookkeeping_file_is_named_for_nothing(seen: dict[str, Seen]) -> None:
    opened = set().union(*(stage.read | stage.made | stage.other for stage in seen.values()))
    opened |= {name.rpartition("/")[2] for name in opened}
    assert not {pattern for pattern in BOOKKEEPING if not fnmatch.filter(opened, pattern)}


@pytest.mark.parametrize("stage", (*STAGES, *FIRST_PASS, *ACCURATE), ids=lambda stage: stage.name)
def test_a_stage_asks_for_no_setting_that_its_record_does_not_list(
    seen: dict[str, Seen], stage: Stage
) -> None:
    asked = set(seen[stage.name].settings) - OTHER_SETTINGS.keys()
    assert asked <= listed_settings(stage)


@pytest.mark.parametrize("stage", (*STAGES, *ACCURATE), ids=lambda stage: stage.name)
def test_a_stage_asks_for_every_setting_of_its_record(seen: dict[str, Seen], stage: Stage) -> None:
    asked = set(seen[stage.name].settings)
    if stage.is_product:
        shown = [
            item.name
            for item in (*FIGURES, *STAGES, *ACCURATE)
            if item in FIGURES or item.is_product
        ]
        asked = asked.union(*(seen[name].settings for name in shown))
    never = listed_settings(stage) - asked - {"small_baseline_flag"}
    assert never == NEVER_READ.get(stage.name, {}).keys()


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_opens_the_files_of_its_record(seen: dict[str, Seen], figure: Stage) -> None:
    opened = {name for name in seen[figure.name].read if not is_bookkeeping(name)}
    assert opened == set(figure.inputs) - MARKERS.get(figure.name, set())


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_that_asks_for_settings_is_drawn_after_the_velocity(
    seen: dict[str, Seen], figure: Stage
) -> None:
    """Rules of figures have no settings of their own; that of the velocity has them all."""
    asked = set(seen[figure.name].settings)
    before = {*stamps_names_of_stage(7), *stamps_names_of_stage(8)}  # it is made again after these
    assert asked <= {*stamps_names_of_stage(PRODUCTS), *before}
    assert not asked or "mean_v.mat" in figure.inputs or figure.name in OF_THE_DAY


def listed_settings(stage: Stage) -> set[str]:
    """Names of the settings that the rule of a stage depends on, as the plan spells them."""
    found = {"small_baseline_flag"}
    if stage.parameter_stage is not None:
        found |= set(stamps_names_of_stage(stage.parameter_stage))
    found |= {*stage.parameters, *(f"compat.{name}" for name in stage.compat)}
    found |= {f"products.{name}" for name in stage.products}
    found |= {f"troposphere.{name}" for name in stage.troposphere}
    found |= {f"method.{name}" for name in stage.method}
    found |= {f"accuracy.{name}" for name in stage.accuracy}
    return found | {f"tools.{name}" for name in stage.tools}


@pytest.mark.parametrize("stage", (*STAGES, *FIRST_PASS, *ACCURATE), ids=lambda stage: stage.name)
def test_the_record_says_which_stages_remove_a_surface(seen: dict[str, Seen], stage: Stage) -> None:
    assert ("deramp_degree.mat" in seen[stage.name].read) == stage.is_deramped
