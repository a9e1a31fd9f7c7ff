"""A picture of the workflow is used again where it shows the results as they are, only there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from processed_tree import SIZE, write_processed_tree, write_truth_of_tree

from pystamps.figures import kept_pictures
from pystamps.figures.draw import draw_figure
from pystamps.figures.kept_pictures import kept_picture
from pystamps.io.mat import read_mat, write_mat
from pystamps.products.assessment import assess_dataset

STAMPS = {"unwrap_grid_size": 100.0}
MUCH = 10**7


@pytest.fixture
def tree(drawn: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(drawn, tmp_path / "data"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A processed data set of 40 pixels with two figures of the workflow."""
    root = tmp_path_factory.mktemp("drawn") / "data"
    root.mkdir()
    generator = np.random.default_rng(3)
    line, sample = generator.integers(0, SIZE[0], 40), generator.integers(0, SIZE[1], 40)
    write_processed_tree(root, np.linspace(-20.0, 8.0, 40), line, sample)
    write_truth_of_tree(root / "truth.h5")
    for name in ("coherence_histogram", "assessment"):
        draw_figure(name, root, root / "figures" / f"{name}.png", stamps=STAMPS)
    return root


def test_a_picture_of_the_same_results_is_used_again_with_what_was_found(tree: Path):
    for name in ("coherence_histogram", "assessment"):
        kept = kept_picture(name, tree, STAMPS, most=MUCH)
        assert kept is not None
        assert kept.content == (tree / "figures" / f"{name}.png").read_bytes()
    assert kept.lines == tuple(assess_dataset(tree, tree / "truth.h5").lines())
    written_again = (tree / "parms.mat").read_bytes()
    (tree / "parms.mat").write_bytes(written_again)  # as every job may
    assert kept_picture("assessment", tree, STAMPS, most=MUCH) == kept


def _other_values(path: Path, name: str) -> None:
    found = read_mat(path)
    write_mat(path, found | {name: np.asarray(found[name]) * 0.5})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("coherence_histogram", lambda root: _other_values(root / "pm2.mat", "coh_ps")),
        ("coherence_histogram", lambda root: _other_values(root / "PATCH_1/pm1.mat", "coh_ps")),
        ("assessment", lambda root: _other_values(root / "parms.mat", "lambda")),
        ("assessment", lambda root: write_mat(root / "scn2.mat", {"ph_scn_slave": np.zeros(3)})),
        ("assessment", lambda root: (root / "truth.h5").unlink()),
        ("coherence_histogram", lambda root: (root / "figures/coherence_histogram.png").unlink()),
    ],
)
def test_a_picture_of_other_results_is_not_used(
    tree: Path, name: str, change: Callable[[Path], None]
):
    change(tree)
    assert kept_picture(name, tree, STAMPS, most=MUCH) is None


def test_a_picture_of_other_settings_another_version_or_too_many_bytes_is_not_used(
    tree: Path, monkeypatch: pytest.MonkeyPatch
):
    assert kept_picture("assessment", tree, {"unwrap_grid_size": 50.0}, most=MUCH) is None
    size = (tree / "figures" / "assessment.png").stat().st_size
    assert kept_picture("assessment", tree, STAMPS, most=size) is not None
    assert kept_picture("assessment", tree, STAMPS, most=size - 1) is None
    monkeypatch.setattr(kept_pictures, "__version__", "0.0.1")
    assert kept_picture("assessment", tree, STAMPS, most=MUCH) is None


def test_a_large_file_that_was_written_again_makes_a_picture_one_of_other_results(
    tree: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept_pictures, "_SMALL", 0)
    picture = tree / "figures" / "coherence_histogram.png"
    draw_figure("coherence_histogram", tree, picture, stamps=STAMPS)
    assert kept_picture("coherence_histogram", tree, STAMPS, most=MUCH) is not None
    state = (tree / "pm2.mat").stat()
    os.utime(tree / "pm2.mat", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert kept_picture("coherence_histogram", tree, STAMPS, most=MUCH) is None


@pytest.mark.parametrize("kept_bytes", [0, 8, 60, 400, -1])
def test_a_part_of_a_picture_or_one_without_a_note_is_not_used(tree: Path, kept_bytes: int):
    path = tree / "figures" / "coherence_histogram.png"
    content = path.read_bytes()
    path.write_bytes(content[:kept_bytes])
    assert kept_picture("coherence_histogram", tree, STAMPS, most=MUCH) is None
    path.write_bytes(content.replace(b"pystamps\0", b"somebody\0", 1))
    assert kept_picture("coherence_histogram", tree, STAMPS, most=MUCH) is None


def test_the_picture_of_run_times_is_never_used_again(tree: Path):
    (tree / "benchmarks").mkdir()
    (tree / "benchmarks" / "stage7_scla.tsv").write_text("s\th:m:s\tmax_rss\n1.0\t0:00:01\t9.0\n")
    draw_figure("run_times", tree, tree / "figures" / "run_times.png", stamps=STAMPS)
    assert kept_picture("run_times", tree, STAMPS, most=MUCH) is None
