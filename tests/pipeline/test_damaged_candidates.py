"""Damaged candidate files: stage 1, the checks before a run and the doctor say the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from prepared_stacks import STACKS

from pystamps.config import Compat, RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import ArtifactError
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.preflight import check_input_of_patch
from pystamps.processors import read_raw_patch

Damage = Callable[[Path, str], None]
N = 4000
"""Candidates: more than the checks before a run look at."""


def swapped(suffix: str) -> Damage:
    def change(patch: Path, _: str) -> None:
        path = patch / f"pscands.1.{suffix}"
        np.fromfile(path, "u4").byteswap().tofile(path)

    return change


def filled(suffix: str, record: int | slice, value: complex, dtype: str = "f4") -> Damage:
    def change(patch: Path, order: str) -> None:
        path = patch / f"pscands.1.{suffix}"
        values = np.fromfile(path, order + dtype)
        values[record] = value
        values.tofile(path)

    return change


def negative_dispersion(patch: Path, _: str) -> None:
    path = patch / "pscands.1.da"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:9], "-0.3", *lines[10:]]) + "\n")


SEEN_BY_ALL: dict[str, tuple[Damage, str]] = {
    "positions in the other byte order": (swapped("ll"), "record 1"),
    "heights in the other byte order": (swapped("hgt"), "record 1"),
    "phases in the other byte order": (swapped("ph"), "interferogram 1, candidate 1"),
    "a height of stray bits": (filled("hgt", 2222, 1e-38), "record 2223"),
    "a phase of stray bits": (
        filled("ph", N + 3, 1e33, "c8"), "interferogram 2, candidate 4"),
    "a negative dispersion": (negative_dispersion, "line 10"),
}  # fmt: skip
SEEN_BY_READING_ALL: dict[str, tuple[Damage, str]] = {
    "a phase of stray bits between the samples": (
        filled("ph", N + 1200, 1e33, "c8"), "interferogram 2, candidate 1201"),
    "an interferogram without numbers": (
        filled("ph", slice(N, 2 * N), np.nan, "c8"), "interferogram 2"),
}  # fmt: skip


def number_lost(patch: Path, _: str) -> None:
    path = patch / "pscands.1.ij"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:1199], "1200 7", *lines[1200:]]) + "\n")


def wild_dispersion(patch: Path, _: str) -> None:
    path = patch / "pscands.1.da"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:1199], "1e6", *lines[1200:]]) + "\n")


SEEN_BY_STAGE_1_ONLY: dict[str, tuple[Damage, str]] = {
    "a height of stray bits between the samples": (
        filled("hgt", 1199, 1e-38), "record 1200"),
    "a wild dispersion between the samples": (wild_dispersion, "line 1200"),
    "a number lost between the samples": (number_lost, "11999 numbers in 4000 lines"),
    **SEEN_BY_READING_ALL,
}  # fmt: skip


def place_each_for_itself(patch: Path) -> None:
    """Give every candidate a pixel of its own; two in one are worth a note, hence a full look."""
    lines = (f"{k + 1} {k // 60} {k % 60}\n" for k in range(N))
    (patch / "pscands.1.ij").write_text("".join(lines))


ORDERS = {"snap": ">", "doris": "<", "isce": "<"}


def stage1_says(patch: Path, compat: Compat = Compat()) -> str:
    try:
        stage1_load_initial(patch, RunConfig(dataset=patch.parent, compat=compat))
    except ArtifactError as error:
        assert not (patch / "ps1.mat").exists()
        return str(error)
    return ""


@pytest.mark.parametrize("processor", STACKS)
@pytest.mark.parametrize("case", [*SEEN_BY_ALL, *SEEN_BY_READING_ALL])
def test_damaged_candidates_are_refused_by_stage_1_whatever_was_checked_before(
    tmp_path: Path, processor: str, case: str
) -> None:
    patch = STACKS[processor](tmp_path, N)
    damage, record = (SEEN_BY_ALL | SEEN_BY_READING_ALL)[case]
    damage(patch, ORDERS[processor])
    refusal = stage1_says(patch)
    for words in ("pscands.1.", record, "expected", "preparation"):
        assert words in refusal, refusal
    errors = examine(patch.parent, RunConfig(dataset=patch.parent)).of("error")
    assert any("pscands.1." in finding.message for finding in errors), errors
    if case in SEEN_BY_ALL:
        plan = WorkflowPlan.from_mapping({"dataset": {"path": str(patch.parent)}})
        with pytest.raises(ArtifactError) as before_a_run:
            check_input_of_patch(plan, patch.name)
        assert str(before_a_run.value) == refusal


@pytest.mark.parametrize("processor", STACKS)
def test_sound_candidates_of_every_processor_are_no_fault(tmp_path: Path, processor: str) -> None:
    patch = STACKS[processor](tmp_path, N)
    found = examine(patch.parent, RunConfig(dataset=patch.parent))
    assert not [f for f in found.of("error") if "pscands" in f.message]
    assert stage1_says(patch) == ""


@pytest.mark.parametrize("processor", ["doris", "isce"])
def test_gaps_that_a_loader_keeps_are_refused_and_can_be_left_out(
    tmp_path: Path, processor: str
) -> None:
    patch = STACKS[processor](tmp_path, 40)
    filled("ll", slice(8, 10), np.nan)(patch, "<")
    assert "record 5 holds [nan, nan]" in stage1_says(patch)
    assert stage1_says(patch, Compat(wild_positions_kept=False)) == ""
    filled("ph", 47, np.nan, "c8")(patch, "<")
    (patch / "ps1.mat").unlink()
    refusal = stage1_says(patch, Compat(wild_positions_kept=False))
    assert "interferogram 2, candidate 8 holds nan" in refusal


def test_phases_that_are_not_numbers_are_left_out_of_stacks_of_snap(tmp_path: Path) -> None:
    patch = STACKS["snap"](tmp_path, 40)
    filled("ph", 47, np.nan, "c8")(patch, ">")
    filled("ph", 7, np.inf, "c8")(patch, ">")
    result = stage1_load_initial(patch, RunConfig(dataset=patch.parent))
    assert result.counts["pixels"] == 39


@pytest.mark.parametrize("processor", STACKS)
@pytest.mark.parametrize("case", SEEN_BY_STAGE_1_ONLY)
def test_what_the_checks_before_a_run_skip_is_refused_by_stage_1_as_by_the_doctor(
    tmp_path: Path, processor: str, case: str
) -> None:
    patch = STACKS[processor](tmp_path, N)
    place_each_for_itself(patch)
    damage, record = SEEN_BY_STAGE_1_ONLY[case]
    damage(patch, ORDERS[processor])
    plan = WorkflowPlan.from_mapping({"dataset": {"path": str(patch.parent)}})
    if "without numbers" not in case:
        check_input_of_patch(plan, patch.name)
    refusal = stage1_says(patch)
    assert record in refusal
    errors = examine(patch.parent, RunConfig(dataset=patch.parent)).of("error")
    assert any(record in finding.message for finding in errors), errors


@pytest.mark.parametrize("suffix", ["ij", "da", "ll", "hgt", "ph"])
def test_a_file_that_lost_its_end_is_refused_before_a_run(tmp_path: Path, suffix: str) -> None:
    patch = STACKS["snap"](tmp_path, N)
    path = patch / f"pscands.1.{suffix}"
    whole = path.read_bytes()
    end = len(whole) - 8 if suffix in ("ll", "hgt", "ph") else whole[:-1].rfind(b"\n") + 1
    path.write_bytes(whole[:end])
    plan = WorkflowPlan.from_mapping({"dataset": {"path": str(patch.parent)}})
    with pytest.raises(ArtifactError) as before_a_run:
        check_input_of_patch(plan, patch.name)
    assert str(before_a_run.value) == stage1_says(patch)


def test_a_sample_holds_the_rows_of_all_files_that_belong_together(tmp_path: Path) -> None:
    patch = STACKS["snap"](tmp_path, N)
    place_each_for_itself(patch)
    every = read_raw_patch(patch, "snap").candidates
    some = read_raw_patch(patch, "snap", is_sampled=True).candidates
    rows = some.ij[:, 0].astype(int) - 1
    assert len(rows) == 3 * 1024 < N and rows[0] == 0 and rows[-1] == N - 1
    np.testing.assert_array_equal(some.ij, every.ij[rows])
    np.testing.assert_array_equal(some.lonlat, every.lonlat[rows])
    np.testing.assert_array_equal(some.hgt, every.hgt[rows])
    np.testing.assert_array_equal(some.d_a, every.d_a[rows])
    np.testing.assert_array_equal(some.ph, np.asarray(every.ph[:])[:, rows])
