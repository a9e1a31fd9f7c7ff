"""Bad input: one message that says what is wrong, exit code 2, and the tree as it was."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.io.mat import read_mat, write_mat
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
    def change(root: Path) -> None:
        write_mat(root / "parms.mat", read_mat(root / "parms.mat") | {name: value})

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
    "small baselines": (parameter("small_baseline_flag", "y"), ("small_baseline_flag",)),
    "kriging": (parameter("scn_kriging_flag", "y"), ("scn_kriging_flag",)),
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
