"""Projects of StaMPS as people bring them: thinned out, half finished, copied about, old."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pystamps.adoption.foreign_project import (
    files_left_alone,
    refuse_other_names,
    take_parameters_of_patches,
)
from pystamps.adoption.proven_velocity import held_value_type
from pystamps.cli import main
from pystamps.errors import DatasetError, ParameterError
from pystamps.io.mat import describe_mat, read_mat, write_mat
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.targets import targets_of

TreeBefore = Callable[[str, int], Path]


@pytest.fixture
def project(finished: Path) -> Path:
    """A finished data set that might be of StaMPS: no record of anybody, no product."""
    for name in (".pystamps", ".snakemake", "products"):
        shutil.rmtree(finished / name)
    (finished / "mean_v.mat").unlink()
    return finished


def imported(root: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["import", str(root), *options])


def said_of(root: Path) -> dict[str, Any]:
    done = imported(root, "--json")
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_an_untidy_project_is_taken_over_whole(project: Path) -> None:
    """Version 7.3 beside version 5, parameters of an old StaMPS, plots and earlier estimates."""
    paths = sorted(project.glob("PATCH_*/*.mat")) + sorted(project.glob("*2.mat"))
    for path in paths[::2]:
        write_mat(path, read_mat(path), version="7.3")
    parameters = read_mat(project / "parms.mat")
    del parameters["scla_drop_index"]
    n_image = int(read_mat(project / "ps2.mat")["n_image"].item())
    old = {"recalc_index": np.arange(1.0, n_image + 1)[None], "weed_alpha": 3.0,
           "unwrap_ifg_index": "all", "plot_pixel_size": 3.0}  # fmt: skip
    write_mat(project / "parms.mat", parameters | old)
    for name in ("ps_plot_v-do.mat", "tmp_scla2_20200101_101010.mat", "PATCH_1/pm1.mat_original"):
        (project / name).write_bytes(b"of the user")
    said = said_of(project)
    assert not said["remade"] and len(said["trusted"]) > 40
    assert said["stages_taken_over"][-1] == "stage8_filter"
    assert said["project"] == "snap, single reference, 2 patches"
    assert said["left_alone"] == [
        "ps_plot_v-do.mat", "tmp_scla2_20200101_101010.mat", "PATCH_1/pm1.mat_original",
    ]  # fmt: skip
    assert said["next"] == {
        "product_mean_velocity": ["mean_v.mat"], "product_points": ["products/ps.h5"],
    }  # fmt: skip
    states = {e.state for e in dataset_status(project).entries if not e.stage.startswith("product")}
    assert states == {"done"}
    assert (project / "ps_plot_v-do.mat").read_bytes() == b"of the user"


def test_a_stage_that_one_patch_has_not_finished_is_named_and_made_next(project: Path) -> None:
    for name in ("select1", "weed1", "ps2", "rc2"):
        (project / "PATCH_2" / f"{name}.mat").unlink()
    for path in project.glob("*2.mat"):
        path.unlink()
    said = said_of(project)
    assert said["stages_taken_over"] == [
        "stage1_load", "stage2_gamma", "stage3_select of PATCH_1", "stage4_weed of PATCH_1",
        "stage5_correct of PATCH_1",
    ]  # fmt: skip
    assert said["next"] == {"stage3_select of PATCH_2": ["PATCH_2/select1.mat"]}
    shown = imported(project).stdout
    assert "the next run goes on with: stage3_select of PATCH_2 (select1.mat)" in shown


def test_files_that_were_cut_off_or_are_of_other_pixels_are_refused_together(
    project: Path,
) -> None:
    cut, other = project / "PATCH_2" / "pm1.mat", project / "phuw2.mat"
    cut.write_bytes(cut.read_bytes()[:5000])
    phase = read_mat(other)
    write_mat(other, phase | {"ph_uw": phase["ph_uw"][:-5]})
    refused = imported(project)
    assert refused.exit_code == 2
    assert "PATCH_2/pm1.mat: cannot be read as a MAT file" in refused.stderr
    assert "(like it: phuw2.mat)" in refused.stderr
    assert "the next run makes what is not there" in refused.stderr
    assert not list((project / ".pystamps").glob("provenance/*.json"))
    cut.unlink()
    other.unlink()
    assert said_of(project)["next"].keys() == {"stage2_gamma of PATCH_2", "stage6_unwrap"}


def test_parameters_that_only_the_patches_hold_are_taken_from_there(project: Path) -> None:
    parameters = project / "parms.mat"
    content = parameters.read_bytes()
    for patch in ("PATCH_1", "PATCH_2"):
        (project / patch / "parms.mat").write_bytes(content)
    parameters.unlink()
    said = said_of(project)
    assert said["parameters_from"] == "PATCH_1/parms.mat"
    assert parameters.read_bytes() == content
    assert not said["remade"] and said["stages_taken_over"][-1] == "stage8_filter"


def test_copies_of_the_parameters_that_differ_are_refused_by_name(project: Path) -> None:
    parameters = read_mat(project / "parms.mat")
    write_mat(project / "PATCH_1" / "parms.mat", parameters | {"Created": "01-Jan-2010"})
    write_mat(project / "PATCH_2" / "parms.mat", parameters | {"clap_win": 16.0})
    (project / "parms.mat").unlink()
    with pytest.raises(ParameterError, match=r"differ in clap_win \(PATCH_1/parms.mat, PATCH_2"):
        take_parameters_of_patches(project)
    assert not (project / "parms.mat").exists()
    write_mat(project / "PATCH_2" / "parms.mat", parameters)
    assert take_parameters_of_patches(project) == "PATCH_1/parms.mat"
    assert take_parameters_of_patches(project) == ""


def test_constants_that_stage_1_has_stored_in_the_patches_alone_are_those_of_the_root(
    project: Path,
) -> None:
    """With patches side by side each has a copy of its own, and the root never sees them."""
    parameters = read_mat(project / "parms.mat")
    wavelength = float(np.squeeze(parameters["lambda"]))
    for patch in ("PATCH_1", "PATCH_2"):
        write_mat(project / patch / "parms.mat", parameters | {"clap_win": 64.0})
    del parameters["lambda"]
    write_mat(project / "parms.mat", parameters)
    for path in project.glob("*.txt"):
        path.unlink()  # the headers of the stack would know it too
    found = effective_parameters(project, project, {})
    assert found.lambda_ == wavelength and found.clap_win == 32


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("PATCH_1/ps1.mat", "PATCH_1/PS1.MAT", r"PATCH_1/PS1.MAT \(ps1.mat\)"),
        ("PATCH_2/pscands.1.ij", "PATCH_2/PSCANDS.1.IJ", r"PSCANDS.1.IJ \(pscands.1.ij\)"),
        ("PATCH_1", "patch_1", r"patch_1 \(PATCH_1\)"),
        ("parms.mat", "Parms.mat", r"Parms.mat \(parms.mat\)"),
        ("parms.mat", "parms", r": parms \(parms.mat\)"),
        ("patch.list", "PATCH.LIST", r"PATCH.LIST \(patch.list\)"),
    ],
)
def test_names_in_another_case_are_refused_with_the_right_ones(
    simulated: Path, old: str, new: str, words: str
) -> None:
    if old.endswith("ps1.mat"):
        write_mat(simulated / old, {"n_ps": 1.0})
    refuse_other_names(simulated)
    (simulated / old).rename(simulated / new)
    with pytest.raises(DatasetError, match=words):
        refuse_other_names(simulated)
    assert imported(simulated).exit_code == 2


def test_a_right_name_beside_one_in_another_case_is_no_reason_to_refuse(simulated: Path) -> None:
    (simulated / "PARMS.MAT").write_bytes(b"of the user")
    refuse_other_names(simulated)
    assert "PARMS.MAT" not in files_left_alone(simulated)


def test_merged_files_alone_go_on_with_stage_6(project: Path) -> None:
    """Patches are large; people delete them, or parts of them, when they are merged."""
    for path in project.glob("PATCH_*/pm1.mat"):
        path.unlink()
    shown = imported(project)
    assert "go on from the merged files alone, move patch.list" in shown.stdout
    for path in project.glob("PATCH_*"):
        shutil.rmtree(path)
    refused = imported(project)
    assert refused.exit_code == 2 and "with stage 6: delete the list" in refused.stderr
    (project / "patch.list").unlink()
    said = said_of(project)
    assert said["project"] == "snap, single reference, merged, without patches"
    assert said["stages_taken_over"] == ["stage6_unwrap", "stage7_scla", "stage8_filter"]
    states = {e.label: e.state for e in dataset_status(project).entries}
    assert states["stage8_filter"] == "done" and states["product_mean_velocity"] == "missing"


@pytest.mark.golden
@pytest.mark.parametrize("name", ["tiny_doris", "tiny_isce"])
def test_projects_of_other_processors_are_taken_over_after_stage_1(
    tree_before: TreeBefore, name: str
) -> None:
    root = tree_before(name, 2)
    said = said_of(root)
    assert said["project"] == f"{name.removeprefix('tiny_')}, single reference, 2 patches"
    assert said["stages_taken_over"] == ["stage1_load"]
    assert len(said["next"]) == 2 and not said["remade"] and not said["left_alone"]


@pytest.mark.golden
def test_a_project_of_another_machine_needs_neither_its_paths_nor_its_export(
    tree_before: TreeBefore,
) -> None:
    root = tree_before("tiny", 4)
    shutil.rmtree(root.parent / "raw")
    for path in [*root.glob("*.in"), root / "rsc.txt"]:
        path.write_text(path.read_text().replace("../raw/", "/home/of/somebody/else/raw/"))
    said = said_of(root)
    assert said["stages_taken_over"] == ["stage1_load", "stage2_gamma", "stage3_select"]
    assert said["next"].keys() == {"stage4_weed of PATCH_1", "stage4_weed of PATCH_2"}


@pytest.mark.golden
def test_a_velocity_of_small_baselines_is_told_apart_by_images_and_pairs(
    tree_before: TreeBefore, shared_data: Path
) -> None:
    """``v`` of ``ps_plot`` is of the pairs there, ``V`` of the images: one file for both."""
    root = tree_before("sb_small", 9)
    plan = WorkflowPlan.from_mapping({"dataset": str(root)})
    velocity = next(t for t in targets_of(plan) if t.stage == "product_mean_velocity")
    products = shared_data / "sb_small" / "products"
    for plotted, held in {
        "SM_V-do": "v-do", "SM_V": "v", "SM_V-o": "v-o",
        "v": "vsb", "v-d": "vsb-d", "v-o": "vsb-o", "v-do": "vsb-do",
    }.items():  # fmt: skip
        shutil.copyfile(products / f"mean_v_{plotted}.mat", root / "mean_v.mat")
        assert held_value_type(plan, velocity) == held, plotted
    assert describe_mat(root / "mean_v.mat")["m"][0][0] == 2


def test_a_folder_is_named_once(simulated: Path) -> None:
    refused = CliRunner().invoke(main, ["import", str(simulated), "-d", str(simulated.parent)])
    assert refused.exit_code == 2 and "give one data set" in refused.stderr
