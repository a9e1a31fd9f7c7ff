"""The doctor on raw exports: valid ones have no error, broken ones are recognised by code."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from broken_exports import DORIS, FIRST, ISCE, SECOND, SNAP, cut, fill, image, pair
from raw_exports import EXPORTS, MASTER, small_baseline_export

from pystamps.config import RunConfig
from pystamps.doctor import Examination, examine


def codes(found: Examination) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity != "info"}


CASES = [
    (processor, name)
    for processor, broken in (("snap", SNAP), ("doris", DORIS), ("isce", ISCE))
    for name in broken
]


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: write(tmp_path_factory.mktemp(name) / "export") for name, write in EXPORTS.items()
    }


@pytest.mark.parametrize("processor", EXPORTS)
def test_a_valid_export_has_neither_errors_nor_warnings(
    valid: dict[str, Path], processor: str
) -> None:
    found = examine(valid[processor])
    assert (found.kind, found.processor) == ("raw export", processor)
    assert not codes(found), found.findings
    assert {"temporal-summary", "expected-candidates", "resource-estimate", "programs"} <= {
        finding.code for finding in found.findings
    }


@pytest.mark.parametrize(("processor", "case"), CASES)
def test_a_broken_export_is_recognised_by_its_code(
    valid: dict[str, Path], tmp_path: Path, processor: str, case: str
) -> None:
    root = Path(shutil.copytree(valid[processor], tmp_path / valid[processor].name))
    damage, code = {"snap": SNAP, "doris": DORIS, "isce": ISCE}[processor][case]
    damage(root)
    found = examine(root)
    assert code in codes(found), [finding.message for finding in found.findings]
    if code not in ("file-unreadable", "text-encoding"):
        assert "file-unreadable" not in codes(found), "a check stumbled instead of looking"


def test_the_quick_part_leaves_the_rasters_alone(valid: dict[str, Path], tmp_path: Path) -> None:
    root = Path(shutil.copytree(valid["snap"], tmp_path / "export"))
    fill(pair(root), 0)
    cut(image(root))
    assert codes(examine(root, quick=True)) == {"raster-size"}


def test_int16_images_in_the_other_byte_order_are_recognised(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(valid["gamma"], tmp_path / "export"))
    np.fromfile(image(root), "u2").byteswap().tofile(image(root))
    assert "byte-order" in codes(examine(root))


def test_the_difference_between_images_and_interferograms_is_printed(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(valid["snap"], tmp_path / "export"))
    for date in (FIRST, SECOND):
        pair(root, date).unlink()
        pair(root, date).with_suffix(".base").unlink()
    found = [f.file for f in examine(root).findings if f.code == "interferogram-missing"]
    assert found == [f"diff0/{MASTER}_{FIRST}.diff", f"diff0/{MASTER}_{SECOND}.diff"]


def test_small_baselines_are_recognised_and_their_folders_checked(tmp_path: Path) -> None:
    root = small_baseline_export(tmp_path / "export")
    found = examine(root)
    assert not codes(found), found.findings
    assert "small-baseline-export" in {finding.code for finding in found.findings}
    next((root / "SMALL_BASELINES").glob("*/*.rslc")).unlink()
    assert "pair-folder-wrong" in codes(examine(root))


def test_a_project_folder_stands_for_its_only_stack(valid: dict[str, Path]) -> None:
    found = examine(valid["isce"].parent)
    assert found.root == valid["isce"] and found.can_succeed


def test_filter_windows_follow_the_configuration(valid: dict[str, Path]) -> None:
    config = RunConfig(stamps={"unwrap_grid_size": 500.0})
    assert "scene-too-small" in codes(examine(valid["snap"], config))


def test_a_blank_in_the_path_is_a_warning(valid: dict[str, Path], tmp_path: Path) -> None:
    found = examine(Path(shutil.copytree(valid["snap"], tmp_path / "with blank")))
    assert codes(found) == {"path-with-blank"} and found.can_succeed


def test_candidates_are_estimated_from_the_sampled_lines(valid: dict[str, Path]) -> None:
    text = next(f.found for f in examine(valid["snap"]).findings if f.code == "expected-candidates")
    assert 1000 < int(text.split()[1]) < 2000  # half of 3000 pixels are stable, and some speckle


def test_text_that_is_no_text_never_stops_the_doctor(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    junk = (b"", b"\0\xff\xfe" * 50, b"-1e999 nan\n", "\u0662\u0663".encode(), b"20180230\n" * 3)
    for processor in ("snap", "doris", "isce"):
        root = Path(shutil.copytree(valid[processor], tmp_path / processor / valid[processor].name))
        texts = [path for path in sorted(root.rglob("*")) if path.suffix in _TEXT_SUFFIXES]
        for path in dict.fromkeys(path.with_name(path.name) for path in texts[:2] + texts[-6:]):
            before = path.read_bytes()
            for content in junk:
                path.write_bytes(content)
                assert examine(root).kind == "raw export"
            path.unlink()
            path.mkdir()
            examine(root)
            path.rmdir()
            path.write_bytes(before)


_TEXT_SUFFIXES = (".par", ".base", ".txt", ".xml", ".res", ".out")
