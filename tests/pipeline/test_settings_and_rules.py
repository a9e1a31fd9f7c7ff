"""Every setting that changes results reruns exactly its rules, and no other setting any.

The table is written by hand: it is what a user may expect, not what the code says about itself.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import raw_exports
from prepared_stacks import STACKS

from pystamps.config import (
    Accuracy,
    Compat,
    KernelSettings,
    MethodSettings,
    Products,
    RawExport,
    RunConfig,
    Runtime,
    Storage,
    Tolerance,
    Tools,
    Troposphere,
)
from pystamps.io.mat import write_mat
from pystamps.parameters import ParameterInfo, parameter_table
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.stage_table import ACCURATE, PREPARATION, STAGES, TROPOSPHERE

RULES = {
    "1": "stage1_load",
    "2": "stage2_gamma",
    "3": "stage3_select",
    "4": "stage4_weed",
    "5": "stage5_correct",
    "m": "stage5_merge",
    "6": "stage6_unwrap",
    "7": "stage7_scla",
    "8": "stage8_filter",
    "v": "product_mean_velocity",
    "p": "product_points",
    "t": "correct_troposphere",
    "a": "product_arc_cycles",
    "u": "product_accurate_phase",
    "w": "product_accurate_velocity",
    "x": "product_accurate_series",
}
EXPECTED = {
    name: {RULES[key] for key in keys}
    for name, *keys in map(
        str.split,
        """
        small_baseline_flag 1 2 3 4 5 m 6 7 8 v p t w x u a
        insar_processor 1 p t
        lambda 2 6 8 v p t w x u a
        heading 1 m v p w x
        platform v p w x
        max_topo_err 2 6 8 a
        quick_est_gamma_flag 2 3
        select_reest_gamma_flag 3
        filter_grid_size 2
        filter_weighting 2
        gamma_change_convergence 2
        gamma_max_iterations 2
        slc_osf 3
        clap_win 2 3
        clap_low_pass_wavelength 2
        clap_alpha 2 3
        clap_beta 2 3
        select_method 3
        density_rand 3
        percent_rand 3
        gamma_stdev_reject 3
        weed_time_win 4
        weed_max_noise 4
        weed_standard_dev 4
        weed_zero_elevation 4
        weed_neighbours 4
        unwrap_method 6 8 a
        unwrap_patch_phase 6 a
        unwrap_la_error_flag 6 8 a
        unwrap_spatial_cost_func_flag 6 8 a
        unwrap_prefilter_flag 6 a
        unwrap_grid_size 6 a
        unwrap_gold_n_win 6 8 a
        unwrap_gold_alpha 6 a
        unwrap_alpha
        unwrap_time_win 6 8 a
        unwrap_hold_good_values 6
        drop_ifg_index 3 4 6 7 8 v p t w x u a
        scla_drop_index 7 u
        sb_scla_drop_index 7 u
        scla_method 7 u
        scla_deramp 6 7 u
        scn_wavelength 8 x
        scn_time_win 8 x
        scn_deramp_ifg 8 x
        scn_kriging_flag 8 x
        ref_lon 7 v p w x u
        ref_lat 7 v p w x u
        ref_centre_lonlat 7 v p w x u
        ref_radius 7 v p w x u
        ref_x 7 v p w x u
        ref_y 7 v p w x u
        ref_velocity
        n_cores
        plot_dem_posting
        plot_scatterer_size
        plot_pixels_scatterer
        plot_color_scheme
        shade_rel_angle
        lonlat_offset
        merge_resample_size m
        merge_standard_dev m
        subtr_tropo 6 7 p w x u a
        tropo_method 6 7 p w x u a
        compat.wild_positions_kept 1
        compat.mean_baseline_in_single 1
        compat.null_candidate_clears_cell 2
        compat.small_patch_loses_pixels 2 3
        compat.empty_low_bins_as_zero 2 3
        compat.slc_osf_first_interferogram_only 3
        compat.adjacent_by_lowest_neighbour 4
        compat.arc_error_of_phasors 4
        compat.merged_metadata_of_last_patch m
        compat.merge_grid_origin_one_metre m
        compat.column_fringe_sign_reversed 6 8 a
        compat.scla_l1_by_simplex 7 u
        compat.one_reference_pixel_over_interferograms 6
        compat.scn_full_list_master_position 8 x
        compat.scn_missing_phase_as_zero 8 x
        compat.delays_by_look_angle t
        compat.strict_reference_replay
        method.unwrap_iterations 6
        storage.keep 2 6 m
        products.value_type p
        products.mean_velocity_type v
        products.slant_range_m p
        products.satellite_height_m p t
        troposphere.method t
        troposphere.source t
        troposphere.stored_as t
        troposphere.quantity t
        troposphere.unit t
        troposphere.is_relative t
        troposphere.missing_dates t
        troposphere.deforming_area t
        troposphere.without_dem_error t
        troposphere.plane t
        troposphere.h0_km t
        troposphere.alpha t
        troposphere.soundings t
        troposphere.bands_km t
        troposphere.windows t
        troposphere.window_overlap t
        troposphere.cell_m t
        troposphere.kept_band t
        tools.delaunay 4 7
        tools.unwrapper 6 a
        tools.snaphu
        tools.snaphu_tiles 6 a
        tools.snaphu_tile_overlap
        tools.snaphu_tile_processes
        accuracy.preset w x u a
        accuracy.unwrap_model w x u a
        accuracy.orbit_plane w
        accuracy.estimation w
        accuracy.scn_trend x
        accuracy.series x
        accuracy.uncertainty w x
        accuracy.long_wave_motion w
        """.strip().splitlines(),
    )
}
"""Setting and the rules that it concerns; what depends on these follows through the files.

Replay concerns the rules whose files the reference holds (``test_replay.py``).
"""

PARAMETERS = {name: info for name, _, info, _ in parameter_table()}
GROUPS: dict[str, type] = {
    "accuracy": Accuracy, "compat": Compat, "method": MethodSettings, "products": Products,
    "storage": Storage, "tools": Tools, "troposphere": Troposphere,
}  # fmt: skip
WITHOUT_RESULT: dict[str, Any] = {
    "runtime": Runtime(
        *(1234, 3, "7.3", "scn_time_win", Path("/elsewhere"), "threads", 2, 3, 100, 200, 7, 5.0)
    ),
    "kernels": KernelSettings("python", {"stage2_topofit": "native"}, 7),
    "tolerance": Tolerance(0.5, 0.5, 0.5),
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> WorkflowPlan:
    """The plan of a small data set with a reference area in local coordinates."""
    root = STACKS["snap"](tmp_path_factory.mktemp("settings")).parent
    stamps = {"ref_x": [-5.0, 5.0], "ref_y": [-5.0, 5.0]}
    return WorkflowPlan.from_mapping({"dataset": str(root), "stamps": stamps})


def settings_of_rules(plan: WorkflowPlan) -> dict[str, dict[str, str]]:
    stages = (*STAGES, TROPOSPHERE, *ACCURATE)
    return {s.name: plan.settings(s.name, "PATCH_1" * (s.scope == "patch")) for s in stages}


def changed_rules(before: WorkflowPlan, after: WorkflowPlan) -> set[str]:
    """Give the rules that would run again."""
    old, new = settings_of_rules(before), settings_of_rules(after)
    return {name for name in old if old[name] != new[name]}


def with_config(plan: WorkflowPlan, **groups: Any) -> WorkflowPlan:
    """Give the plan with other settings, those too that no stage would accept."""
    return dataclasses.replace(plan, config=dataclasses.replace(plan.config, **groups))


def another_value(info: ParameterInfo, default: Any) -> Any:
    """Give an allowed value that is not the default."""
    if info.kind == "flag":
        return "n" if default else "y"
    if info.kind == "text":
        return next((c for c in info.choices if c.lower() != str(default).lower()), "other")
    if info.kind == "index_list":
        return [1]
    if info.kind == "vector":
        return [1.0, 2.0]
    if info.kind == "integer":
        return default + info.multiple_of
    return 1.5 if default != 1.5 else 2.5


def test_the_table_has_every_setting() -> None:
    groups = {
        f"{name}.{item.name}" for name, kind in GROUPS.items() for item in dataclasses.fields(kind)
    }
    assert EXPECTED.keys() == PARAMETERS.keys() | groups
    known = {*GROUPS, *WITHOUT_RESULT, "dataset", "raw", "stamps"}
    assert {item.name for item in dataclasses.fields(RunConfig)} == known


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_concerns_exactly_its_rules(plan: WorkflowPlan, name: str) -> None:
    default = next(value for known, _, _, value in parameter_table() if known == name)
    value = "gamma" if name == "insar_processor" else another_value(PARAMETERS[name], default)
    after = with_config(plan, stamps={**plan.config.stamps, name: value})
    assert changed_rules(plan, after) == EXPECTED[name]


@pytest.mark.parametrize(
    "name", [name for name in EXPECTED if "." in name and "replay" not in name]
)
def test_a_switch_concerns_exactly_its_rules(plan: WorkflowPlan, name: str) -> None:
    group, field = name.split(".")
    before = getattr(plan.config, group)
    others = {
        "delaunay": "triangle",
        "unwrapper": "graph",
        "snaphu": "/opt/snaphu",
        "value_type": "v-do",
    }
    others |= {"slant_range_m": 9e5, "satellite_height_m": 8e5, "missing_dates": "uncorrected"}
    others |= {"method": "gacos", "source": Path("/elsewhere"), "stored_as": "a_era5"}
    others |= {"unwrap_iterations": 2, "keep": "needed"}
    others |= {"snaphu_tiles": "2x2", "snaphu_tile_overlap": 50, "snaphu_tile_processes": 2}
    others |= {"quantity": "slant", "unit": "cm"}
    others |= {"preset": "accurate", "unwrap_model": "cycles", "orbit_plane": "none"}
    others |= {"estimation": "joint", "scn_trend": "remove", "series": "collocation"}
    others |= {"uncertainty": "posterior", "long_wave_motion": "absent"}
    value = others.get(field, not getattr(before, field))
    after = with_config(plan, **{group: dataclasses.replace(before, **{field: value})})
    assert changed_rules(plan, after) == EXPECTED[name]


@pytest.mark.parametrize("group", WITHOUT_RESULT)
def test_a_setting_that_changes_no_result_concerns_no_rule(plan: WorkflowPlan, group: str) -> None:
    default, other = getattr(plan.config, group), WITHOUT_RESULT[group]
    same = [
        item.name
        for item in dataclasses.fields(other)
        if getattr(default, item.name) == getattr(other, item.name)
    ]
    assert not same  # every field is tried
    assert changed_rules(plan, with_config(plan, **{group: other})) == set()


REMOVE_A_SURFACE = {"stage7_scla", "product_mean_velocity", "product_points"}


def test_the_degree_of_the_surface_concerns_the_rules_that_remove_it(plan: WorkflowPlan) -> None:
    before = settings_of_rules(plan)
    path = plan.root / "deramp_degree.mat"
    for degree, expected in ((1.0, set()), (2.0, REMOVE_A_SURFACE)):
        write_mat(path, {"degree": degree})
        after = settings_of_rules(plan)
        assert {name for name in before if before[name] != after[name]} == expected
    path.unlink()


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw export, a raster of its size and a second export beside it."""
    folder = tmp_path_factory.mktemp("export")
    for name in ("raw", "other"):
        raw_exports.snap_export(folder / name)
    (folder / "mask").write_bytes(bytes(raw_exports.WIDTH * raw_exports.LENGTH))
    return folder / "raw"


def raw_plan(folder: Path, **raw: Any) -> WorkflowPlan:
    settings = {"export": str(folder), "patches": "1x2", "overlap": "5x5", **raw}
    root = folder.parent / "run"
    return WorkflowPlan.from_mapping({"dataset": {"path": str(root), "raw": settings}})


RAW_VALUES = {
    "processor": "gamma",
    "export": "other",
    "master": raw_exports.MASTER,
    "threshold": 0.3,
    "patches": "2x1",
    "overlap": "6x5",
    "mask": "mask",
    "water_mask": "mask",
    "area": "14.2,40.8,14.3,40.9",
    "paths": "absolute",
    "is_remainder_dropped": True,
    "are_invalid_positions_kept": True,
    "are_zero_amplitudes_kept": True,
}


def test_every_setting_of_the_preparation_is_tried() -> None:
    assert {item.name for item in dataclasses.fields(RawExport)} == RAW_VALUES.keys()


@pytest.mark.parametrize("name", RAW_VALUES)
def test_a_setting_of_the_preparation_concerns_the_preparation(export: Path, name: str) -> None:
    value = RAW_VALUES[name]
    if name in ("export", "mask", "water_mask"):
        value = str(export.parent / value)
    before, after = raw_plan(export), raw_plan(export, **{name: value})
    assert before.settings(PREPARATION.name) != after.settings(PREPARATION.name)
    others = (
        {"stage1_load", "product_points", "correct_troposphere"} if name == "processor" else set()
    )
    assert changed_rules(before, after) == others
