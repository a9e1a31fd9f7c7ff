"""What is known before the first job is found before it: parameters, positions, times, machine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli.status import status
from pystamps.config import Compat, RunConfig, Tools
from pystamps.dates import datenum
from pystamps.doctor import checks_machine, checks_scene
from pystamps.doctor.checks_machine import check_programs, check_space
from pystamps.doctor.checks_parameters import FEWEST
from pystamps.doctor.examine import Examination, examine
from pystamps.errors import ExternalProgramError
from pystamps.io.mat import write_mat
from pystamps.io.snaphu import find_snaphu
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stages import stage2_gamma, stage4_weed


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tiny") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


def found_with(root: Path, stamps: Mapping[str, Any], *, steps: range = range(1, 9)) -> Examination:
    return examine(root, RunConfig(dataset=root, stamps=dict(stamps)), quick=True, steps=steps)


def messages(found: Examination, severity: str) -> dict[str, str]:
    return {f.code: f.message for f in found.findings if f.severity == severity}


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "an interferogram that does not exist": (
        {"drop_ifg_index": [99]}, "drop-list-wrong", "99 does not exist; this data set"),
    "all interferograms": (
        {"drop_ifg_index": list(range(1, 12))}, "drop-list-wrong", "drop_ifg_index"),
    "an image of stage 7 that does not exist": (
        {"scla_drop_index": [99]}, "drop-list-wrong", "scla_drop_index: 99 does not exist"),
    "a plane of an interferogram that does not exist": (
        {"scn_deramp_ifg": [77]}, "drop-list-wrong", "scn_deramp_ifg: 77 does not exist"),
    "a reference area elsewhere": (
        {"ref_lon": [10, 11]}, "reference-area-empty", "ref_lon (10.0, 11.0)"),
    "a circle without centre": ({"ref_radius": 500}, "reference-area-empty", "ref_centre_lonlat"),
    "a box far away": (
        {"ref_x": [1e6, 2e6], "ref_y": [0, 10]}, "reference-area-empty", "ref_x"),
    "longitudes exchanged": (
        {"ref_lon": [11, 10]}, "parameters-contradict", "smaller than the second: [10 11]"),
    "an absurd window": ({"clap_win": 4096}, "scene-too-small", "clap_win of at most "),
    "a coarse grid": ({"filter_grid_size": 2000}, "scene-too-small", "is at most "),
    "a window of the unwrapping": (
        {"unwrap_gold_n_win": 4096}, "scene-too-small", "unwrap_gold_n_win of at most "),
    "cells of a millimetre": ({"filter_grid_size": 0.001}, "grid-too-large", "filter_grid_size"),
    "cells of a millimetre in stage 6": (
        {"unwrap_grid_size": 0.001}, "grid-too-large", "unwrap_grid_size"),
    "a DEM error of a planet": ({"max_topo_err": 1e7}, "parameters-contradict", "10000 m"),
    "a window in time of an hour": (
        {"weed_time_win": 0.04}, "parameters-contradict", "no image has a weight"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_a_stage_would_stumble_over_is_an_error_of_the_quick_checks(
    valid: Path, case: str
) -> None:
    stamps, code, words = WRONG[case]
    errors = [f for f in found_with(valid, stamps).findings if f.severity == "error"]
    assert any(f.code == code and words in f.message for f in errors), errors


@pytest.mark.parametrize("case", WRONG)
def test_stages_that_do_not_use_a_parameter_do_not_mind_it(valid: Path, case: str) -> None:
    assert not messages(found_with(valid, WRONG[case][0], steps=range(1, 2)), "error")


def reference_number(root: Path) -> int:
    dates = sorted(path.name[:8] for path in (root / "raw" / "rslc").glob("*.rslc.par"))
    return dates.index((root / "rsc.txt").read_text().split("/")[-1][:8]) + 1


def test_the_reference_image_may_be_dropped_where_the_original_goes_on(valid: Path) -> None:
    number = reference_number(valid)
    for name in ("scla_drop_index", "scn_deramp_ifg"):
        found = found_with(valid, {name: [number]})
        assert found.can_succeed
        assert "reference-image-dropped" not in messages(found, "warning")
    found = found_with(valid, {"drop_ifg_index": [number]})
    assert found.can_succeed
    words = messages(found, "warning")["reference-image-dropped"]
    assert f"drop_ifg_index holds interferogram {number} (" in words
    assert f"stage 8 leaves interferogram {number + 1} (" in words
    words = messages(found_with(valid, {"drop_ifg_index": [number]}, steps=range(1, 8)), "warning")
    assert "stage 8 leaves" not in words["reference-image-dropped"]


def test_the_reference_image_is_refused_where_the_original_stops(valid: Path) -> None:
    number = reference_number(valid)
    later = range(number, len(list((valid / "raw" / "rslc").glob("*.par"))) + 1)
    stamps = {"drop_ifg_index": list(later)}
    errors = messages(found_with(valid, stamps), "error")
    assert f"{number} is the reference image, and no later image" in errors["drop-list-wrong"]
    assert found_with(valid, stamps, steps=range(1, 8)).can_succeed
    corrected = Compat(scn_full_list_master_position=False)
    config = RunConfig(dataset=valid, stamps=stamps, compat=corrected)
    assert examine(valid, config, quick=True).can_succeed


def test_stages_need_as_many_interferograms_as_they_say() -> None:
    assert FEWEST[3] == stage2_gamma.FEWEST_INTERFEROGRAMS
    assert FEWEST[4] == stage4_weed.FEWEST_IMAGES - 1


def candidates(root: Path) -> np.ndarray:
    parts = [np.fromfile(p / "pscands.1.ll", ">f4") for p in sorted(root.glob("PATCH_*"))]
    return np.concatenate(parts).reshape(-1, 2).astype(np.float64)


def test_an_area_around_a_single_candidate_is_none_that_is_empty(valid: Path) -> None:
    lon, lat = candidates(valid)[-1]
    box = {"ref_lon": [lon - 1e-6, lon + 1e-6], "ref_lat": [lat - 1e-6, lat + 1e-6]}
    circle = {"ref_centre_lonlat": [lon, lat], "ref_radius": 5}
    assert found_with(valid, box).can_succeed and found_with(valid, circle).can_succeed
    beside = {"ref_centre_lonlat": [lon, lat + 1], "ref_radius": 5}
    assert not found_with(valid, beside).can_succeed
    assert found_with(valid, {**beside, "ref_radius": -np.inf}).can_succeed


def test_the_bound_that_is_named_is_accepted(valid: Path) -> None:
    error = messages(found_with(valid, {"clap_win": 4096}), "error")["scene-too-small"]
    most = int(error.split("clap_win of at most ")[1].split()[0])
    assert most >= 32 and "scene-too-small" not in messages(
        found_with(valid, {"clap_win": most}), "error"
    )
    assert "scene-too-small" in messages(found_with(valid, {"clap_win": most + 16}), "error")


def test_a_small_patch_beside_a_large_one_is_a_warning(valid: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(valid, tmp_path / "dataset"))
    path = root / "PATCH_2" / "pscands.1.ll"
    lonlat = np.fromfile(path, ">f4").reshape(-1, 2)
    np.ascontiguousarray(lonlat[0] + (lonlat - lonlat[0]) / 50, dtype=">f4").tofile(path)
    found = found_with(root, {}, steps=range(1, 6))
    assert found.can_succeed, found.findings
    assert "PATCH_2" in messages(found, "warning")["patch-too-small"]


def test_the_verdict_is_the_same_when_stage_1_has_run(valid: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(valid, tmp_path / "dataset"))
    for patch in sorted(root.glob("PATCH_*")):
        lonlat = np.fromfile(patch / "pscands.1.ll", ">f4").reshape(-1, 2).astype(np.float64)
        write_mat(patch / "ps1.mat", {"lonlat": lonlat})
    for case, (stamps, code, _) in WRONG.items():
        assert code in messages(found_with(root, stamps), "error"), case
        for path in root.glob("PATCH_*/pscands.1.ll"):
            path.unlink(missing_ok=True)  # from the second case on as after cleaning up
    assert not messages(found_with(root, {}), "error")


def test_heights_that_are_needed_and_missing_are_found(valid: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(valid, tmp_path / "dataset"))
    (root / "PATCH_2" / "pscands.1.hgt").unlink()
    assert found_with(root, {}).can_succeed
    errors = messages(found_with(root, {"weed_zero_elevation": "y"}), "error")
    assert "no heights" in errors["parameters-contradict"]
    assert "PATCH_2" in errors["parameters-contradict"]


def test_parameters_without_effect_are_warnings(valid: Path) -> None:
    for stamps in (
        {"clap_low_pass_wavelength": 60},
        {"merge_standard_dev": 1},
        {"ref_radius": -1e9},
        {"plot_dem_posting": 30},
    ):
        stamps = {"ref_centre_lonlat": candidates(valid)[0].tolist(), **stamps}
        found = found_with(valid, stamps)
        assert found.can_succeed and "parameter-without-effect" in messages(found, "warning")


MERGED = ("ps2", "ph2", "pm2", "bp2", "rc2")


def in_the_future(path: Path, seconds: float = 2 * 86400) -> None:
    os.utime(path, (time.time() + seconds,) * 2)


@pytest.mark.parametrize("name", ["PATCH_1/pscands.1.ph", "pscphase.in", "PATCH_2/pm1.mat"])
def test_an_input_with_a_time_in_the_future_is_named_with_the_cure(
    valid: Path, tmp_path: Path, name: str
) -> None:
    root = Path(shutil.copytree(valid, tmp_path / "dataset"))
    (root / name).touch()
    if name.endswith(".mat"):
        write_mat(root / name, {"a": 1.0})
    in_the_future(root / name)
    errors = messages(found_with(root, {}), "error")
    assert errors["time-in-future"].startswith(f"{name}: time ")
    assert f"touch {root / name}" in errors["time-in-future"]
    os.utime(root / name)
    assert "time-in-future" not in messages(found_with(root, {}), "error")


def test_what_is_made_already_may_be_as_late_as_its_input(valid: Path, tmp_path: Path) -> None:
    """A whole tree from a machine whose clock is ahead: nothing has to run."""
    root = Path(shutil.copytree(valid, tmp_path / "dataset"))
    for path in root.rglob("*"):
        in_the_future(path, 3600)
    for patch in root.glob("PATCH_*"):
        for name in (
            "ps1",
            "ph1",
            "bp1",
            "pm1",
            "select1",
            "weed1",
            "ps2",
            "ph2",
            "pm2",
            "bp2",
            "rc2",
        ):
            (patch / f"{name}.mat").touch()
            in_the_future(patch / f"{name}.mat", 7200)
    assert "time-in-future" not in messages(found_with(root, {}, steps=range(1, 5)), "error")
    assert "time-in-future" in messages(found_with(root, {}), "error")  # the merge has to run


def test_programs_are_asked_for_where_stages_need_them() -> None:
    tools = Tools(snaphu="/nowhere/snaphu", delaunay="triangle")
    wanted = {
        step: {f.code for f in check_programs(tools, [step]) if f.severity == "error"}
        for step in range(1, 9)
    }
    assert [step for step, found in wanted.items() if "snaphu-missing" in found] == [6]
    has_triangle = any("triangle " in f.found for f in check_programs(tools, [1]))
    triangulating = [step for step, found in wanted.items() if "triangle-missing" in found]
    assert triangulating == ([] if has_triangle else [4, 7])


@pytest.mark.parametrize(("method", "steps"), [("cdt", [4, 7]), ("auto", []), ("qhull", [])])
def test_the_package_for_triangulations_is_asked_for_where_it_is_named(
    method: str, steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_machine, "version_of", lambda _: "")
    wanted = [
        step
        for step in range(1, 9)
        if "cdt-missing" in {f.code for f in check_programs(Tools(delaunay=method), [step])}
    ]
    assert wanted == steps


@pytest.mark.parametrize(
    ("version", "is_usable"), [("1.2.0", False), ("1.4.2", True), ("2.0.7", True)]
)
def test_a_program_that_is_too_old_is_refused(
    tmp_path: Path, version: str, is_usable: bool
) -> None:
    program = tmp_path / "snaphu"
    program.write_text(f"#!/bin/sh\necho 'snaphu v{version}'\n")
    program.chmod(0o755)
    if version != "1.2.0":
        assert find_snaphu(str(program)).version == version
        return
    with pytest.raises(ExternalProgramError, match=r"snaphu 1\.2\.0, expected 1\.4 or newer"):
        find_snaphu(str(program))


def test_a_disk_without_room_is_an_error_only_where_that_is_certain(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free

    def severities(**samples: int) -> list[str]:
        return [finding.severity for finding in check_space(tmp_path, samples)]

    assert severities(stage2_gamma=10, stage6_unwrap=10) == []
    assert severities(stage2_gamma=free) == ["error"]
    assert severities(stage6_unwrap=free) == ["warning"]  # so many pixels may not be left


def test_memory_that_is_not_known_refuses_no_grid(
    valid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_scene, "physical_memory_mb", lambda: 0)
    assert found_with(valid, {"unwrap_grid_size": 0.001}).can_succeed


@pytest.mark.golden
@pytest.mark.parametrize("name", ["tiny", "small", "tiny_doris", "tiny_isce"])
def test_clean_trees_of_the_original_give_no_alarm(shared_data: Path, name: str) -> None:
    found = examine(shared_data / name / "run", quick=True)
    new = {"patch-too-small", "parameter-without-effect", "drop-list-wrong", "time-in-future"}
    assert found.can_succeed and not new & {finding.code for finding in found.findings}


@pytest.fixture
def own(valid: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may damage."""
    return Path(shutil.copytree(valid, tmp_path / "own"))


def damage_position(root: Path, patch: str, values: list[float], row: int = 3) -> None:
    path = root / patch / "pscands.1.ll"
    lonlat = np.fromfile(path, ">f4").reshape(-1, 2)
    lonlat[row] = values
    lonlat.tofile(path)


@pytest.mark.parametrize("values", [[-168.0, 41.0], [12.0, -80.0], [0.0, 0.0]])
def test_a_candidate_on_another_continent_is_an_error_before_the_first_stage(
    own: Path, values: list[float]
) -> None:
    damage_position(own, "PATCH_1", values)
    error = messages(found_with(own, {}), "error")["pixel-far-away"]
    assert "candidate 4 of " in error and f"longitude {values[0]:g}" in error
    assert "pixel-far-away" not in messages(found_with(own, {}, steps=range(1, 2)), "error")
    corrected = RunConfig(dataset=own, compat=Compat(wild_positions_kept=False))
    found = messages(examine(own, corrected, quick=True), "error")
    assert ("pixel-far-away" in found) == any(values)


def test_a_patch_on_another_continent_is_an_error(own: Path) -> None:
    path = sorted(own.glob("PATCH_*"))[-1] / "pscands.1.ll"
    lonlat = np.fromfile(path, ">f4").reshape(-1, 2)
    lonlat[:, 1] -= 60
    lonlat.tofile(path)
    error = messages(found_with(own, {}), "error")["pixel-far-away"]
    assert "the patch, at longitude" in error


def set_baselines(root: Path, scatter_m: float) -> None:
    """Make the baselines follow time, but for some scatter."""
    rng = np.random.default_rng(2)
    for path in sorted((root / "raw" / "diff0").glob("*.base")):
        first, second = (datenum(date) for date in path.stem.split("_"))
        cross = 0.4 * (second - first) + scatter_m * rng.normal()
        path.write_text(
            f"initial_baseline(TCN): 0.0 {cross:.5f} 0.0 m m m\n"
            "initial_baseline_rate: 0.0 0.0 0.0 m/s m/s m/s\n"
        )


def test_baselines_that_follow_time_are_told_before_any_stage(own: Path) -> None:
    assert not {"fit-uncertain", "fit-impossible"} & {f.code for f in found_with(own, {}).findings}
    set_baselines(own, 0.5)
    warning = messages(found_with(own, {}), "warning")["fit-uncertain"]
    assert "correlate" in warning and found_with(own, {}).can_succeed
    assert "fit-uncertain" not in messages(found_with(own, {}, steps=range(1, 7)), "warning")
    set_baselines(own, 0.0)
    error = messages(found_with(own, {}), "error")["fit-impossible"]
    assert "look-angle error (stage 7): steps of the baselines" in error and "limit 1000" in error


def test_few_images_are_told_before_any_stage(own: Path) -> None:
    n_image = len(list((own / "raw" / "rslc").glob("*.par")))
    number = reference_number(own)
    kept = {number, *[k for k in range(1, n_image + 1) if k != number][:3]}
    dropped = [k for k in range(1, n_image + 1) if k not in kept]
    warnings = [
        finding.message
        for finding in found_with(own, {"drop_ifg_index": dropped}).findings
        if finding.code == "fit-uncertain"
    ]
    assert any("4 images for 3 unknowns of the look-angle error" in text for text in warnings)
    assert any("3 interferograms for the 2 unknowns of the velocity" in text for text in warnings)


def test_status_says_the_same_in_a_line_of_its_own(own: Path) -> None:
    set_baselines(own, 0.5)
    found = CliRunner().invoke(status, ["-d", str(own)])
    assert found.exit_code == 0, found.output
    lines = [line for line in found.output.splitlines() if line.startswith("fit: ")]
    assert any("look-angle error (stage 7)" in line and "R = 0.9" in line for line in lines)
