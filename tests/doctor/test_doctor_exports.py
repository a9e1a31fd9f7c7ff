"""The doctor on raw exports: valid ones have no error, broken ones are recognised by code."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from broken_exports import DORIS, FIRST, ISCE, SECOND, SNAP, cut, fill, header, image, pair
from raw_exports import EXPORTS, MASTER, SECONDARIES, small_baseline_export

from pystamps.config import RunConfig
from pystamps.doctor.examine import Examination, examine
from pystamps.io.par_file import read_par
from pystamps.processors.header_checks import header_findings


def codes(found: Examination) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity != "info"}


CASES = [
    (processor, name)
    for processor, broken in (("snap", SNAP), ("doris", DORIS), ("isce", ISCE))
    for name in broken
]


HABITS_OF_SNAP = ("range spacing without decimals", "near range as centre range")


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
    every = {finding.code for finding in found.findings}
    assert code in (every if case in HABITS_OF_SNAP else codes(found)), found.findings
    if code not in ("file-unreadable", "text-encoding"):
        assert "file-unreadable" not in codes(found), "a check stumbled instead of looking"


def test_habits_of_the_snap_exporter_are_no_warning(valid: dict[str, Path], tmp_path: Path) -> None:
    root = Path(shutil.copytree(valid["snap"], tmp_path / "export"))
    text = header(root).read_text()
    text = text.replace("30.759838", "30").replace("845907.4152", "845000.0000")
    text = text.replace("2018 07 01", "2018  7  1").replace("846814.8304", "845000.0000")
    for date in (MASTER, *SECONDARIES):
        header(root, date).write_text(text)
    found = examine(root)
    assert not codes(found), found.findings
    notes = {finding.code: finding for finding in found.of("info")}
    assert "write the true spacing" in notes["integer-range-spacing"].action
    assert "near-range-is-centre-range" in notes


def test_a_header_of_another_image_is_reported_among_headers_of_one_product(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(valid["snap"], tmp_path / "export"))
    other = header(root, SECOND).read_text()
    for date in SECONDARIES:
        shutil.copy(header(root), header(root, date))
    assert "header-date-differs" not in codes(examine(root, quick=True))
    header(root, FIRST).write_text(other)
    found = [f for f in examine(root, quick=True).findings if f.code == "header-date-differs"]
    assert [(f.file, f.found) for f in found] == [(f"rslc/{FIRST}.rslc.par", SECOND)]


def test_headers_with_their_own_dates_keep_the_warning_of_a_copied_one(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(valid["snap"], tmp_path / "export"))
    shutil.copy(header(root), header(root, FIRST))
    found = [f for f in examine(root, quick=True).findings if f.code == "header-date-differs"]
    assert [(f.file, f.found) for f in found] == [(f"rslc/{FIRST}.rslc.par", MASTER)]


@pytest.mark.parametrize(("width", "severity"), [(60, "info"), (24_000, "warning")])
def test_missing_decimals_are_a_warning_where_they_turn_the_look_angle_by_a_degree(
    valid: dict[str, Path], tmp_path: Path, width: int, severity: str
) -> None:
    path = Path(shutil.copy(header(valid["snap"]), tmp_path / "x.par"))
    path.write_text(path.read_text().replace("30.759838", "2"))
    found = list(header_findings(read_par(path), width=width, are_ranges_rough=True))
    assert [(f.code, f.severity) for f in found] == [("integer-range-spacing", severity)]
    of_others = list(header_findings(read_par(path), width=width))
    assert [f.severity for f in of_others] == ["warning"]


def test_a_link_to_nothing_is_named_with_target_and_what_to_do(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(valid["isce"], tmp_path / valid["isce"].name))
    path = root / "reference" / "reference.slc"
    path.unlink()
    path.symlink_to("/disk/merged/20180701.slc.full")
    (root / "reference" / "20180701.slc.full.vrt").write_text("<VRTDataset/>\n")
    [found] = examine(root).of("error")
    assert (found.code, found.file) == ("broken-link", "reference/reference.slc")
    assert "/disk/merged/20180701.slc.full" in found.found
    assert "gdal_translate -of ENVI" in found.action
    assert "20180701.slc.full.vrt" in found.action


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
    assert codes(found) == {"network-without-loops"}, found.findings  # a chain of images
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
