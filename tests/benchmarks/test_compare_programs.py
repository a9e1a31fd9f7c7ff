"""The comparison of whole programs: what it runs, measures, prints and refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import compare_programs
from compare_programs import (
    Cost,
    Program,
    ProgramError,
    cost_of,
    cost_of_stage,
    measured_stages,
    our_command,
)

MEGABYTES = 60


def test_every_stage_of_ours_is_one_process_for_all_directories(tmp_path: Path) -> None:
    for name in ("PATCH_1", "PATCH_2"):
        (tmp_path / name).mkdir()
    (tmp_path / "patch.list").write_text("PATCH_1\nPATCH_2\n")
    given = [our_command(tmp_path, step)[4:] for step in (2, 5, 8)]
    patches = [
        word for name in ("PATCH_1", "PATCH_2") for word in ("--patch", str(tmp_path / name))
    ]
    assert given[0] == ["2", *patches]
    assert given[1] == ["5", *patches, "--dataset", str(tmp_path)]
    assert given[2] == ["8", "--dataset", str(tmp_path)]


def test_python_keeps_its_bytecode_as_for_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    cost_of(
        [sys.executable, "-c", "import sys; sys.exit(sys.dont_write_bytecode)"], tmp_path / "log"
    )


def test_what_a_program_is_started_through_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = {"stage": Cost(3.0, 2.0, 70.0), "idle": Cost(1.0, 0.5, 20.0)}
    monkeypatch.setattr(compare_programs, "cost_of", lambda command, log: costs[command[0]])
    program = Program("x", lambda root, step: ["stage"], lambda root: ["idle"])
    assert cost_of_stage(program, tmp_path, 1, tmp_path / "log") == Cost(2.0, 1.5, 70.0)


def test_the_cost_of_a_program_is_its_own_and_that_of_what_it_starts(tmp_path: Path) -> None:
    child = f"import time; a = bytes({MEGABYTES} * 2**20); t = time.process_time()\n"
    child += "while time.process_time() < t + 0.2: pass"
    command = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, "
               f"'-c', {child!r}], check=True)"]  # fmt: skip
    cost = cost_of(command, tmp_path / "log")
    assert cost.processor > 0.2 and cost.clock > 0.2 and cost.peak_mb > MEGABYTES


def test_a_program_that_fails_is_named_with_its_last_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('no licence'); sys.exit(7)"]
    with pytest.raises(ProgramError, match=r"exit status 7; .*log:\nno licence"):
        cost_of(command, tmp_path / "log")


def test_programs_take_turns_on_copies_and_the_table_has_their_ratios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "width.txt").write_text("7\n")
    (data / "width.txt").chmod(0o444)

    def writing(root: Path, step: int) -> list[str]:
        return [sys.executable, "-c", f"open({str(root / 'made')!r}, 'a').write('{step}')"]

    programs = [Program("pySTAMPS", writing), Program("the original", writing)]
    roots = {p.name: compare_programs.copied(data, tmp_path / "copies", p.name) for p in programs}
    found = dict(measured_stages(programs, roots, (3, 4), tmp_path))
    assert [(root / "made").read_text() for root in roots.values()] == ["34", "34"]
    assert sorted(path.name for path in data.iterdir()) == ["width.txt"]
    said = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert said == [f"stage {step}, {p.name}" for step in (3, 4) for p in programs]
    assert set(found) == {3, 4}


def test_ratios_are_the_clock_of_the_other_over_ours() -> None:
    found = {1: {"pySTAMPS": Cost(1, 2, 100), "x": Cost(3, 3, 50)},
             2: {"pySTAMPS": Cost(3, 1, 80), "x": Cost(1.5, 1, 900)}}  # fmt: skip
    lines = compare_programs.table(found, ["x"])
    assert lines[2:] == [
        "| 1 | 1.00, 2.00, 100 | 3.00, 3.00, 50 | 3.0 |",
        "| 2 | 3.00, 1.00, 80 | 1.50, 1.00, 900 | 0.5 |",
        "| all | 4.00, 3.00, 100 | 4.50, 4.00, 900 | 1.1 |",
    ]
