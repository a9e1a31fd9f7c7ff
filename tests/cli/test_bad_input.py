"""Bad input: one message that says what is wrong, exit code 2, and the tree as it was."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.io.mat import read_mat, write_mat
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset


def cut(path: Path, n_bytes: int) -> None:
    """Take bytes off the end of a file."""
    path.write_bytes(path.read_bytes()[:-n_bytes])


def all_nan(root: Path) -> None:
    ll = root / "PATCH_1" / "pscands.1.ll"
    ll.write_bytes(np.full(ll.stat().st_size // 4, np.nan, ">f4").tobytes())


def one_interferogram_less(root: Path) -> None:
    listed = (root / "pscphase.in").read_text().split()
    (root / "pscphase.in").write_text("\n".join(listed[:-1]) + "\n")


def nan_in_header(root: Path) -> None:
    header = root / (root / "rsc.txt").read_text().strip()
    lines = header.read_text().splitlines()
    changed = ["near_range_slc: nan m" if "near_range_slc" in line else line for line in lines]
    header.write_text("\n".join(changed) + "\n")


def parameter(name: str, value: object) -> Callable[[Path], None]:
    return parameters(**{name: value})


def parameters(**values: object) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        write_mat(root / "parms.mat", read_mat(root / "parms.mat") | values)

    return change


BROKEN: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "truncated phase": (
        lambda root: cut(root / "PATCH_1" / "pscands.1.ph", 8),
        ("PATCH_1/pscands.1.ph", "expected", "found"),
    ),
    "truncated positions": (
        lambda root: cut(root / "PATCH_2" / "pscands.1.ll", 4),
        ("PATCH_2/pscands.1.ll", "expected", "found"),
    ),
    "wrong number of interferograms": (
        one_interferogram_less,
        ("pscands.1.ph", "13 interferograms"),
    ),
    "no valid position": (all_nan, ("PATCH_1/pscands.1.ll", "none of")),
    "not-a-number geometry in the header": (nan_in_header, ("near_range_slc",)),
    "missing baseline file": (
        lambda root: next((root / "raw").rglob("*.base")).unlink(),
        (".base",),
    ),
    "missing parms.mat": (lambda root: (root / "parms.mat").unlink(), ("parms.mat",)),
    "unreadable parms.mat": (
        lambda root: (root / "parms.mat").write_bytes(b"not a MAT file at all"),
        ("parms.mat", "MAT"),
    ),
    "unreadable artifact": (
        lambda root: (root / "PATCH_1" / "pm1.mat").write_bytes(b"not a MAT file at all"),
        ("PATCH_1/pm1.mat", "MAT"),
    ),
    "missing patch": (lambda root: shutil.rmtree(root / "PATCH_2"), ("patch.list", "PATCH_2")),
    "value out of range": (parameter("clap_win", 31.0), ("clap_win", "31")),
    "small baselines that nothing reads": (
        parameters(insar_processor="gsar", small_baseline_flag="y"),
        ("insar_processor=gsar", "small_baseline_flag"),
    ),
    "no data set": (
        lambda root: [
            shutil.rmtree(root / "PATCH_1"),
            shutil.rmtree(root / "PATCH_2"),
            (root / "patch.list").unlink(),
        ],
        ("not a data set",),
    ),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("prepared") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.fixture
def dataset(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "dataset"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def content(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_data_set_is_refused_before_anything_is_written(dataset: Path, case: str) -> None:
    damage, words = BROKEN[case]
    damage(dataset)
    before = content(dataset)
    found = run("run", "--dataset", str(dataset))
    assert found.exit_code == 2, found.output
    assert found.stderr.startswith("error: ") and found.stderr.count("\n") == 1, found.stderr
    for word in words:
        assert word in found.stderr
    assert content(dataset) == before


BEFORE_JOBS = {
    "drop_ifg_index=[99]": "99 does not exist",
    "ref_radius=500": "reference-area-empty",
    "clap_win=4096": "clap_win of at most",
    "unwrap_grid_size=0.001": "grid-too-large",
}


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize("assignment", BEFORE_JOBS)
def test_what_a_late_stage_would_refuse_is_refused_before_the_first(
    dataset: Path, assignment: str, options: tuple[str, ...]
) -> None:
    before = content(dataset)
    found = run("run", "--dataset", str(dataset), "--set", assignment, *options)
    assert found.exit_code == 2 and found.stderr.count("\n") == 1, found.output
    assert found.stderr.startswith(f"error: {dataset}") and BEFORE_JOBS[assignment] in found.stderr
    assert content(dataset) == before


@pytest.mark.workflow
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_missing_snaphu_is_told_at_once_where_stage_6_is_planned(
    dataset: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("tools: {snaphu: /nowhere/snaphu}\n")
    arguments = ("run", "-d", str(dataset), "--config", str(settings))
    found = run(*arguments, *options)
    assert found.exit_code == 2 and found.stderr.startswith("error: tools.snaphu: "), found.output
    assert "snaphu-missing" in found.stderr and not list(dataset.rglob("*1.mat"))
    assert "tools.unwrapper: graph" in found.stderr and found.stderr.count("\n") == 1
    assert run(*arguments, "--dry-run", "--end-step", "5").exit_code == 0


@pytest.mark.workflow
def test_a_time_in_the_future_is_named_before_work_is_done(dataset: Path) -> None:
    late = dataset / "PATCH_1" / "pscands.1.ph"
    os.utime(late, (time.time() + 2 * 86400,) * 2)
    for options in ((), ("--dry-run",)):
        found = run("run", "--dataset", str(dataset), *options)
        assert found.exit_code == 2 and f"touch {late} [time-in-future]" in found.stderr
    assert not list(dataset.rglob("*1.mat"))
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", "--config"]
    command += [f"dataset={dataset}", "--snakefile", str(workflow_directory() / "Snakefile")]
    bare = subprocess.run(command, cwd=dataset.parent, capture_output=True, text=True, check=False)
    assert bare.returncode and f"touch {late} [time-in-future]" in bare.stdout + bare.stderr
    late.touch()
    assert run("run", "-n", "--dataset", str(dataset), "--end-step", "1").exit_code == 0


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("unwrap_grid_sise=100", ("unwrap_grid_sise", "unwrap_grid_size")),
        ("max_topo_err=-3", ("max_topo_err", "-3")),
        ("filter_weighting=cubic", ("filter_weighting", "P-square", "SNR")),
        ("unwrap_", ("NAME=VALUE",)),
    ],
)
def test_a_wrong_assignment_names_the_right_one(
    dataset: Path, assignment: str, words: tuple[str, ...]
) -> None:
    before = content(dataset)
    found = run("run", "--dataset", str(dataset), "--set", assignment)
    assert found.exit_code == 2
    for word in words:
        assert word in found.stderr
    assert content(dataset) == before


def test_a_stage_in_the_wrong_scope_is_refused(dataset: Path) -> None:
    found = run("stage", "6", "--patch", str(dataset / "PATCH_1"))
    assert found.exit_code == 2 and "--dataset" in found.stderr
    found = run("stage", "2", "--dataset", str(dataset))
    assert found.exit_code == 2 and "--patch" in found.stderr
    before = content(dataset)
    found = run("stage", "1", "--patch", str(dataset / "PATCH_1"), "--dataset", str(dataset))
    assert found.exit_code == 2 and "--patch" in found.stderr
    assert content(dataset) == before  # neither half has been run


def test_a_stage_takes_patches_of_one_data_set(dataset: Path, tmp_path: Path) -> None:
    patches = ("--patch", str(dataset / "PATCH_1"), "--patch", str(tmp_path / "else" / "PATCH_1"))
    found = run("stage", "1", *patches)
    assert found.exit_code == 2 and "one data set" in found.stderr and "else" in found.stderr
    assert run("stage", "1").exit_code == 2


def test_a_stage_without_its_input_says_what_is_missing(dataset: Path) -> None:
    found = run("stage", "2", "--patch", str(dataset / "PATCH_1"))
    assert found.exit_code == 2 and "ps1.mat" in found.stderr


def test_a_start_beyond_what_is_done_is_refused(dataset: Path) -> None:
    found = run("run", "--dataset", str(dataset), "--start-step", "3")
    assert found.exit_code == 2 and "stage2_gamma" in found.stderr


def commands() -> Iterator[tuple[str, ...]]:
    """Words of every command, those of groups included."""
    for name in main.list_commands(None):  # type: ignore[arg-type]
        command = main.get_command(None, name)  # type: ignore[arg-type]
        subcommands = command.commands if isinstance(command, click.Group) else None
        yield from ((name, sub) for sub in subcommands) if subcommands else [(name,)]


def test_every_command_explains_itself_with_an_example() -> None:
    overview = run("--help")
    assert overview.exit_code == 0
    for words in commands():
        assert words[0] in overview.output
        page, name = run(*words, "--help"), " ".join(words)
        assert page.exit_code == 0 and "--json" in page.output, name
        pages = page.output + run(words[0], "--help").output
        example = rf"^    .*pystamps {words[0]}\b"
        assert re.search(example, pages, re.MULTILINE), f"{name} has no example"
