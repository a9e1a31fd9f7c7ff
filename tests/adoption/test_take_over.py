"""``pystamps import``: what is verified, proven, trusted, accepted, made again or set aside."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from click.testing import CliRunner, Result
from product_names import PRODUCTS

from pystamps.adoption import adoption_records
from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.io.atomic import temporary_beside
from pystamps.io.mat import read_mat
from pystamps.io.stage_records import record_path, stage_record
from pystamps.io.tree_integrity import tree_integrity
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.status import dataset_status


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def taken_over(root: Path) -> dict[str, Any]:
    found = run("import", "-d", str(root), "--json")
    assert found.exit_code == 0, found.output
    said: dict[str, Any] = json.loads(found.stdout)
    return said


def states(root: Path) -> dict[str, str]:
    return {e.label: e.state for e in dataset_status(root).entries}


def forget_everything(root: Path) -> None:
    """Make a tree that might be of StaMPS: no record of anybody."""
    shutil.rmtree(root / ".pystamps")
    shutil.rmtree(root / ".snakemake")


def edit_in_matlab(path: Path, variable: str) -> None:
    """Change one value and save the file as Octave does (version 5, compressed); the time stays."""
    before = path.stat()
    content = read_mat(path)
    content[variable] = content[variable].copy()
    content[variable][3, 2] += 0.5
    scipy.io.savemat(path, content, do_compression=True, oned_as="column")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_edited_file_is_accepted_and_what_was_made_from_it_is_made_again(
    finished: Path,
) -> None:
    velocity = read_mat(finished / "mean_v.mat")["m"]
    edit_in_matlab(finished / "phuw2.mat", "ph_uw")
    assert run("run", "-d", str(finished)).exit_code == 2
    edited = (finished / "phuw2.mat").read_bytes()
    said = taken_over(finished)
    assert said["accepted"] == ["phuw2.mat"] and said["trusted"] == []
    assert said["remade"].keys() == {"stage7_scla", "stage8_filter", *PRODUCTS}
    assert "made from another phuw2.mat" in said["remade"]["stage7_scla"]
    assert said["stages_taken_over"][-1] == "stage6_unwrap" and "uw_grid.mat" in said["verified"]
    found = states(finished)
    assert found["stage6_unwrap"] == "done" and found["stage7_scla"] == "stale"
    assert found["product_mean_velocity"] == "blocked"
    record = stage_record(finished, "stage6_unwrap", "")
    assert record is not None and record.accepted.keys() == {"phuw2.mat"}
    assert record.maker_of("phuw2.mat") == "unknown" != record.maker_of("uw_grid.mat")
    done = run("run", "-d", str(finished), "--cores", "2")
    assert done.exit_code == 0, done.output
    assert set(states(finished).values()) == {"done"}
    assert run("verify", "-r", str(finished), "--self").exit_code == 0
    assert (finished / "phuw2.mat").read_bytes() == edited
    assert not np.array_equal(read_mat(finished / "mean_v.mat")["m"], velocity)


def test_an_edited_input_of_a_patch_makes_all_behind_it_again(finished: Path) -> None:
    edit_in_matlab(finished / "PATCH_1" / "bp1.mat", "bperp_mat")
    said = taken_over(finished)
    assert said["accepted"] == ["PATCH_1/bp1.mat"]
    assert "stage2_gamma of PATCH_2" not in said["remade"]
    assert {"stage2_gamma of PATCH_1", "stage5_merge", "stage8_filter"} <= said["remade"].keys()
    found = states(finished)
    assert found["stage2_gamma of PATCH_1"] == "stale" and found["stage5_merge"] == "blocked"
    assert found["stage1_load of PATCH_1"] == found["stage5_correct of PATCH_2"] == "done"


def test_a_tree_that_nobody_has_recorded_is_trusted_and_the_velocity_proven(
    finished: Path,
) -> None:
    forget_everything(finished)
    found = run("run", "-d", str(finished), "-n")
    assert found.exit_code == 2 and "mean_v.mat: no record says how it was made" in found.stderr
    said = taken_over(finished)
    assert said["proven"] == ["mean_v.mat", "products/ps.h5"]
    assert said["verified"] == said["accepted"] == []
    assert "PATCH_1/ps1.mat" in said["trusted"] and "phuw2.mat" in said["trusted"]
    assert not said["remade"] and not said["set_aside"]
    assert set(states(finished).values()) == {"done"}
    entries = dataset_status(finished).entries
    assert {v for entry in entries for v in entry.versions.values()} == {"unknown"}
    again = taken_over(finished)
    assert again["trusted"] == [] and "mean_v.mat" in again["verified"]
    edit_in_matlab(finished / "scla2.mat", "ph_scla")  # known from now on
    assert [item.name for item in tree_integrity(finished).changed] == ["scla2.mat"]
    shown = run("run", "-d", str(finished), "-n")
    assert shown.exit_code == 2 and "scla2.mat: has changed since `pystamps import`" in shown.stderr


@pytest.mark.parametrize("value_type", ["v", "v-d", "v-ds"])
@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_velocity_of_another_value_type_is_told_apart_and_made_again(
    finished: Path, tmp_path: Path, value_type: str, is_recorded: bool
) -> None:
    other = Path(shutil.copytree(finished, tmp_path / "plotted"))
    product_mean_velocity(other, RunConfig(other), value_type=value_type)
    expected = (finished / "mean_v.mat").read_bytes()
    plotted = (other / "mean_v.mat").read_bytes()
    assert plotted != expected
    if not is_recorded:
        forget_everything(finished)
    shutil.copyfile(other / "mean_v.mat", finished / "mean_v.mat")
    assert run("run", "-d", str(finished)).exit_code == 2
    said = taken_over(finished)
    aside = f"mean_v.{value_type}.mat"
    assert said["set_aside"] == {"mean_v.mat": aside} and "mean_v.mat" not in said["proven"]
    assert (finished / aside).read_bytes() == plotted
    assert states(finished)["product_mean_velocity"] == "missing"
    product_mean_velocity(finished, RunConfig(finished))
    assert (finished / "mean_v.mat").read_bytes() == expected


def test_a_table_of_points_is_proven_or_set_aside(finished: Path) -> None:
    table = finished / "products" / "ps.h5"
    record = finished / ".pystamps" / "provenance" / "product_points.json"
    record.unlink()
    said = taken_over(finished)
    assert said["proven"] == ["products/ps.h5"] and not said["set_aside"]
    with table.open("ab") as stream:
        stream.write(b"of somebody else")
    other = table.read_bytes()
    said = taken_over(finished)
    assert said["set_aside"] == {"products/ps.h5": "products/ps.unproven.h5"}
    assert (finished / "products" / "ps.unproven.h5").read_bytes() == other
    assert states(finished)["product_points"] == "missing"
    assert sorted(path.name for path in table.parent.iterdir()) == ["ps.unproven.h5"]


def test_a_velocity_of_nothing_known_is_set_aside_beside_what_has_that_name(
    finished: Path,
) -> None:
    (finished / "mean_v.unproven.mat").write_text("of the user")
    doubled = {"m": read_mat(finished / "mean_v.mat")["m"] * 2}
    scipy.io.savemat(finished / "mean_v.mat", doubled)
    said = taken_over(finished)
    assert said["set_aside"] == {"mean_v.mat": "mean_v.unproven.1.mat"}
    assert (finished / "mean_v.unproven.mat").read_text() == "of the user"


def test_a_copy_without_times_and_records_of_snakemake_is_verified(
    finished: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy, copy_function=shutil.copyfile)
    shutil.rmtree(copy / ".snakemake")
    said = taken_over(copy)
    assert said["trusted"] == said["accepted"] == [] and not said["remade"]
    assert "mean_v.mat" in said["verified"] and len(said["verified"]) > 45
    assert set(states(copy).values()) == {"done"}


def test_what_no_stage_would_read_is_not_accepted_and_nothing_is_written(finished: Path) -> None:
    content = read_mat(finished / "phuw2.mat")
    scipy.io.savemat(finished / "phuw2.mat", content | {"ph_uw": content["ph_uw"][:-1]})
    before = {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()}
    found = run("import", "-d", str(finished))
    assert found.exit_code == 2 and "phuw2.mat: ph_uw has" in found.stderr, found.output
    after = {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()}
    assert {p.name for p in after if after[p] != before.get(p)} <= {"run.lock"}


def test_files_of_a_damaged_record_are_taken_on_trust(finished: Path) -> None:
    (finished / record_path("stage6_unwrap", "")).write_bytes(b"\0" * 300)
    assert run("run", "-d", str(finished), "-n").exit_code == 2
    said = taken_over(finished)
    assert said["trusted"] == ["uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat", "phuw2.mat"]
    assert set(states(finished).values()) == {"done"}


def test_an_import_that_fails_in_its_middle_has_taken_nothing_over(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by failing calls: some stages had the record of the import, others that of the run."""
    edit_in_matlab(finished / "phuw2.mat", "ph_uw")
    records = sorted((finished / ".pystamps" / "provenance").glob("*.json"))
    before = {path: path.read_bytes() for path in records}
    written = []

    def fail_late(path: Path) -> Any:
        written.append(path)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return temporary_beside(path)

    with monkeypatch.context() as patch:
        patch.setattr(adoption_records, "temporary_beside", fail_late)
        found = run("import", "-d", str(finished))
    assert found.exit_code == 2 and "no space is left" in found.output
    assert {path: path.read_bytes() for path in records} == before
    assert taken_over(finished)["accepted"] == ["phuw2.mat"]
    assert not (finished / ".pystamps" / "previous").exists()


def test_changed_candidates_are_accepted_and_loaded_again(finished: Path) -> None:
    path = finished / "PATCH_2" / "pscands.1.hgt"
    content = bytearray(path.read_bytes())
    content[:4] = content[4:8]
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    said = taken_over(finished)
    assert "stage1_load of PATCH_2" in said["remade"]
    assert "stage1_load of PATCH_1" not in said["remade"]
    assert states(finished)["stage1_load of PATCH_2"] == "stale"


def test_what_was_taken_over_is_said_kind_by_kind(finished: Path) -> None:
    forget_everything(finished)
    (finished / "mean_v.mat").unlink()
    shown = run("import", "-d", str(finished)).stdout
    assert "taken on trust" in shown and "*/ps1.mat (2 patches)" in shown and "phuw2.mat" in shown
