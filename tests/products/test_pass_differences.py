"""What a second unwrapping has changed, counted and told."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from stage6_trees import made_up_phase, write_tree

from pystamps.cli import main
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.model import LookAngleError, Unwrapped
from pystamps.products.pass_differences import UNKNOWN_CYCLES, cycles_between, read_pass_differences

TWO_PI = 2 * np.pi
CHANGED = {(3, 2): 1, (4, 2): 1, (7, 5): -2}
"""Pixel and interferogram, and cycles that the second pass has more."""


@pytest.fixture(scope="module")
def root_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with two passes that differ by known cycles and slopes."""
    pixels, truth = made_up_phase(n_ps=400)
    root = write_tree(tmp_path_factory.mktemp("passes") / "D", pixels, np.exp(1j * truth))
    null = int(np.flatnonzero(pixels.interferograms.is_null)[0])
    first = truth.astype(np.float32)
    first[:, null] = 0
    second = first.copy()
    second[:, 1] += np.float32(3 * TWO_PI)  # where snaphu has begun
    for (row, column), cycles in CHANGED.items():
        second[row, column] += np.float32(cycles * TWO_PI)
    nothing = np.zeros((0, 0))
    (root / "first_pass").mkdir()
    for folder, phase, slope in ((root / "first_pass", first, 0.01), (root, second, 0.013)):
        k = np.full(pixels.n_ps, slope)
        scla = LookAngleError(np.zeros(first.shape), k, 0 * k, nothing, np.eye(pixels.n_ifg))
        write_artifact(folder / "phuw2.mat", Unwrapped(phase, np.ones(pixels.n_ifg, np.float32)))
        write_artifact(folder / "scla2.mat", scla)
    return root


@pytest.fixture
def root(root_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(root_once, tmp_path / "D"))


def compared(*words: object):
    return CliRunner().invoke(main, ["compare", *map(str, words)])


def test_cycles_are_counted_without_the_constant_of_an_interferogram(root: Path) -> None:
    found = read_pass_differences(root)
    columns = [name.number - 1 for name in found.names]
    assert len(columns) == found.cycles.shape[1] == 8  # the reference image has no phase
    there = {
        (int(row), columns[at]): int(found.cycles[row, at])
        for row, at in np.argwhere(found.is_changed)
    }
    assert there == CHANGED
    assert found.level[columns.index(1)] == 3 and np.count_nonzero(found.level) == 1
    assert found.changed_pixels.tolist() == [2 if c == 2 else int(c == 5) for c in columns]
    assert found.k_rms == pytest.approx(0.003)


def test_a_pixel_without_phase_is_no_change() -> None:
    first = np.zeros((3, 2), np.float32)
    second = np.array([[np.nan, 0], [TWO_PI, 0], [TWO_PI, 200 * TWO_PI]], np.float32)
    cycles, level = cycles_between(first, second, np.arange(2))
    assert cycles.tolist() == [[UNKNOWN_CYCLES, 0], [0, 0], [0, 100]]
    assert level.tolist() == [1, 0]


def test_the_command_says_it_in_lines_in_json_and_as_a_map(root: Path) -> None:
    picture = root.parent / "passes.png"
    done = compared(root, "--passes", "--map", picture)
    assert done.exit_code == 0, done.output
    assert "two passes, 400 pixels, 8 interferograms" in done.stdout
    assert "interferogram 3 (" in done.stdout and "2 pixels" in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = compared(root, "--passes", "--map", picture)
    assert refused.exit_code == 2 and "is there already" in refused.stderr
    told = json.loads(compared(root, "--passes", "--json").stdout)
    assert (told["changed_phases"], told["pixels_with_changes"]) == (3, 3)


def test_what_cannot_be_compared_is_refused_by_name(root: Path) -> None:
    assert "give two data sets" in compared(root).stderr
    assert "give A alone" in compared(root, root, "--passes").stderr
    other = read_artifact(Unwrapped, root / "phuw2.mat")
    cut = replace(other, ph_uw=other.ph_uw[:-1])
    write_artifact(root / "first_pass" / "phuw2.mat", cut)
    done = compared(root, "--passes")
    assert done.exit_code == 2 and "first_pass/phuw2.mat" in done.stderr
    shutil.rmtree(root / "first_pass")
    done = compared(root, "--passes")
    assert done.exit_code == 2 and "was not unwrapped twice" in done.stderr
