"""The doctor on raw exports: valid ones have no error, broken ones are recognised by code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from raw_exports import EXPORTS, LENGTH, MASTER, SECONDARIES, WIDTH, small_baseline_export

from pystamps.config import RunConfig
from pystamps.doctor import Examination, examine

FIRST, SECOND = SECONDARIES[:2]
Damage = Callable[[Path], object]


def codes(found: Examination) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity != "info"}


def pair(root: Path, date: str = FIRST) -> Path:
    return root / "diff0" / f"{MASTER}_{date}.diff"


def image(root: Path, date: str = FIRST) -> Path:
    return root / "rslc" / f"{date}.rslc"


def header(root: Path, date: str = MASTER) -> Path:
    return root / "rslc" / f"{date}.rslc.par"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def swap_bytes(path: Path) -> None:
    np.fromfile(path, "u4").byteswap().tofile(path)


def fill(path: Path, value: float, *, part: float = 1.0) -> None:
    values = np.fromfile(path, ">f4")
    values[: int(part * values.size)] = value
    values.tofile(path)


def cut(path: Path, n_bytes: int = 8) -> None:
    path.write_bytes(path.read_bytes()[:-n_bytes])


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def rename_reference(root: Path) -> None:
    for path in sorted((root / "diff0").glob(f"{MASTER}_201901*")):
        path.rename(path.with_name(path.name.replace(MASTER, "20180702")))


def link_to_nothing(root: Path) -> None:
    image(root).unlink()
    image(root).symlink_to("/nowhere/20180115.rslc")


SNAP: dict[str, tuple[Damage, str]] = {
    "image cut off": (lambda r: cut(image(r)), "raster-size"),
    "interferogram cut off": (lambda r: cut(pair(r)), "raster-size"),
    "longitudes of another subset": (
        lambda r: cut(r / "geo" / f"{MASTER}.lon", 4 * WIDTH), "raster-size"),
    "image in the other byte order": (lambda r: swap_bytes(image(r)), "byte-order"),
    "interferogram in the other byte order": (lambda r: swap_bytes(pair(r)), "byte-order"),
    "latitudes in the other byte order": (
        lambda r: swap_bytes(r / "geo" / f"{MASTER}.lat"), "byte-order"),
    "heights in the other byte order": (
        lambda r: swap_bytes(r / "geo" / "elevation_dem.rdc"), "byte-order"),
    "image of zeros": (lambda r: fill(image(r), 0), "raster-zero"),
    "interferogram of zeros": (lambda r: fill(pair(r), 0), "raster-zero"),
    "writing of an image interrupted": (
        lambda r: fill(image(r), 0, part=0.5), "raster-partly-zero"),
    "interferogram of not-a-numbers": (lambda r: fill(pair(r), np.nan), "raster-nan"),
    "geocoding with gaps": (
        lambda r: fill(r / "geo" / f"{MASTER}.lon", np.nan, part=0.2), "raster-nan"),
    "positions of zero": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 0, part=0.2), "positions-zero"),
    "latitude everywhere the same": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 40.8), "positions-wrong"),
    "latitudes in metres": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 4.5e6, part=0.5), "positions-wrong"),
    "no-data heights": (
        lambda r: fill(r / "geo" / "elevation_dem.rdc", -32768, part=0.2), "heights-wrong"),
    "image a thousand times brighter": (
        lambda r: (np.fromfile(image(r), ">f4") * 1000).astype(">f4").tofile(image(r)),
        "amplitude-implausible"),
    "one interferogram copied over another": (
        lambda r: shutil.copy(pair(r), pair(r, SECOND)), "rasters-equal"),
    "no longitudes": (lambda r: (r / "geo" / f"{MASTER}.lon").unlink(), "geometry-missing"),
    "no heights": (
        lambda r: (r / "geo" / "elevation_dem.rdc").unlink(), "geometry-missing"),
    "two rasters of heights": (
        lambda r: shutil.copy(r / "geo" / "elevation_dem.rdc", r / "geo" / "old_dem.rdc"),
        "geometry-ambiguous"),
    "parameter file missing": (lambda r: header(r, FIRST).unlink(), "header-missing"),
    "baseline file missing": (
        lambda r: pair(r).with_suffix(".base").unlink(), "baseline-missing"),
    "image without interferogram": (
        lambda r: [pair(r).unlink(), pair(r).with_suffix(".base").unlink()],
        "interferogram-missing"),
    "baseline file without interferogram": (
        lambda r: pair(r).unlink(), "interferogram-missing"),
    "interferogram without image": (
        lambda r: [image(r).unlink(), header(r, FIRST).unlink()], "image-missing"),
    "reference image missing": (
        lambda r: [image(r, MASTER).unlink(), header(r).unlink()], "image-missing"),
    "folder of images empty": (lambda r: empty(r / "rslc"), "no-images"),
    "folder of interferograms empty": (lambda r: empty(r / "diff0"), "no-interferograms"),
    "two folders of images": (
        lambda r: shutil.copytree(r / "rslc", r / "slc"), "several-image-folders"),
    "image twice": (
        lambda r: shutil.copy(image(r), image(r).with_suffix(".slc")), "duplicate-date"),
    "two reference images": (rename_reference, "several-masters"),
    "geometry of another reference": (
        lambda r: [p.rename(p.with_name(p.name.replace(MASTER, "20180713")))
                   for p in sorted((r / "geo").glob(f"{MASTER}.*"))], "master-differs"),
    "interferogram of the reference with itself": (
        lambda r: [shutil.copy(pair(r).with_suffix(s), pair(r, MASTER).with_suffix(s))
                   for s in (".diff", ".base")], "null-interferogram"),
    "name without date": (
        lambda r: pair(r).rename(r / "diff0" / "first.diff"), "name-without-date"),
    "impossible date": (
        lambda r: image(r).rename(image(r, "20181399")), "name-without-date"),
    "few interferograms": (
        lambda r: [p.unlink() for date in SECONDARIES[4:]
                   for p in (pair(r, date), pair(r, date).with_suffix(".base"),
                             image(r, date), header(r, date))], "few-interferograms"),
    "range spacing without decimals": (
        lambda r: replace(header(r), "30.759838", "30"), "integer-range-spacing"),
    "near range as centre range": (
        lambda r: replace(header(r), "845907.4152", "845000.0000"),
        "near-range-is-centre-range"),
    "Earth radius of a rough formula": (
        lambda r: replace(header(r), "6370000.0", "6391000.0"), "earth-radius-rough"),
    "no heading": (lambda r: replace(header(r), "heading:", "course:"), "header-value"),
    "range that is not a number": (
        lambda r: replace(header(r), "845000.0000", "nan"), "header-value"),
    "frequency in GHz": (
        lambda r: replace(header(r), "5.4050005e+09", "5.405"), "header-impossible"),
    "range in km": (
        lambda r: replace(header(r), "845000.0000", "845.0"), "header-impossible"),
    "no size": (
        lambda r: [replace(p, f"range_samples:      {WIDTH}", "range_samples:   many")
                   for p in sorted((r / "rslc").glob("*.par"))], "size-unknown"),
    "image of another subset": (
        lambda r: replace(header(r, FIRST), f"azimuth_lines:      {LENGTH}",
                          f"azimuth_lines:      {LENGTH - 1}"), "image-size-differs"),
    "images as real numbers": (
        lambda r: replace(header(r, FIRST), "FCOMPLEX", "FLOAT"), "image-format"),
    "size twice": (
        lambda r: replace(header(r), "range_samples:", "dem_range_samples: 7\nrange_samples:"),
        "header-repeated-key"),
    "parameter file of another image": (
        lambda r: shutil.copy(header(r, SECOND), header(r, FIRST)), "header-date-differs"),
    "baseline file without numbers": (
        lambda r: pair(r).with_suffix(".base").write_text("initial_baseline(TCN): a b c\n"),
        "header-value"),
    "baseline zero": (
        lambda r: pair(r).with_suffix(".base").write_text(
            "initial_baseline(TCN): 0 0 0\ninitial_baseline_rate: 0 0 0\n"), "baseline-zero"),
    "all baselines equal": (
        lambda r: [shutil.copy(pair(r).with_suffix(".base"), pair(r, d).with_suffix(".base"))
                   for d in SECONDARIES[1:]], "baselines-equal"),
    "gap of years": (
        lambda r: [p.rename(p.with_name(p.name.replace("20190715", "20220715")))
                   for p in sorted(r.rglob("*20190715*"))], "long-gap"),
    "Windows line ends": (
        lambda r: header(r).write_bytes(header(r).read_bytes().replace(b"\n", b"\r\n")),
        "windows-text"),
    "parameter file in UTF-16": (
        lambda r: header(r, FIRST).write_text(header(r, FIRST).read_text(), encoding="utf-16"),
        "text-encoding"),
    "link to nothing": (link_to_nothing, "broken-link"),
    "scene of a few cells": (
        lambda r: [(np.fromfile(p, ">f4") * 0.01 + 40).astype(">f4").tofile(p)
                   for p in sorted((r / "geo").glob(f"{MASTER}.l*"))], "scene-too-small"),
    "nothing but speckle": (
        lambda r: [np.random.default_rng(k).normal(size=2 * WIDTH * LENGTH).astype(">f4")
                   .tofile(p) for k, p in enumerate(sorted((r / "rslc").glob("*.rslc")))],
        "few-candidates"),
    "raster is a folder": (
        lambda r: [pair(r).unlink(), pair(r).mkdir()], "interferogram-missing"),
    "wrong folder": (lambda r: shutil.rmtree(r / "rslc") or shutil.rmtree(r / "diff0"),
                     "not-recognised"),
}  # fmt: skip

DORIS: dict[str, tuple[Damage, str]] = {
    "interferogram missing": (
        lambda r: (r / FIRST / "cint.minrefdem.raw").unlink(), "interferogram-missing"),
    "image missing": (lambda r: (r / FIRST / "slave_res.slc").unlink(), "image-missing"),
    "reference image missing": (lambda r: (r / f"{MASTER}_crop.slc").unlink(), "image-missing"),
    "folder of a date empty": (lambda r: empty(r / FIRST), "interferogram-missing"),
    "image cut off": (lambda r: cut(r / FIRST / "slave_res.slc"), "raster-size"),
    "big-endian heights": (lambda r: swap_bytes(r / "dem_radar_i.raw"), "byte-order"),
    "no heights": (lambda r: (r / "dem_radar_i.raw").unlink(), "geometry-missing"),
    "no master.res": (lambda r: (r / "master.res").unlink(), "header-missing"),
    "no log with the baseline": (
        lambda r: (r / FIRST / "interferogram.out").unlink(), "baseline-missing"),
    "width is no number": (lambda r: (r / "width.txt").write_text("wide\n"), "file-unreadable"),
    "size not known": (
        lambda r: [(r / "width.txt").unlink(), (r / "master.res").write_text("Radar\n")],
        "size-unknown"),
    "folder of another reference": (
        lambda r: (r / "master_day.1.in").write_text("20180713\n"), "master-differs"),
    "baseline log without baseline": (
        lambda r: (r / FIRST / "interferogram.out").write_text("\n"), "preparation-refuses"),
}  # fmt: skip

ISCE: dict[str, tuple[Damage, str]] = {
    "interferogram missing": (
        lambda r: (r / FIRST / "isce_minrefdem.int").unlink(), "interferogram-missing"),
    "image missing": (lambda r: (r / FIRST / "secondary.slc").unlink(), "image-missing"),
    "reference image missing": (
        lambda r: (r / "reference" / "reference.slc").unlink(), "image-missing"),
    "no baseline": (lambda r: (r / FIRST / "baseline").unlink(), "baseline-missing"),
    "no description": (lambda r: (r / "lon.raw.xml").unlink(), "header-missing"),
    "description is not XML": (
        lambda r: (r / "lon.raw.xml").write_text("<imageFile>"), "file-unreadable"),
    "descriptions of different sizes": (
        lambda r: replace(r / "lat.raw.xml", f"<value>{WIDTH}<", f"<value>{WIDTH + 1}<"),
        "size-unknown"),
    "no latitudes": (lambda r: (r / "lat.raw").unlink(), "geometry-missing"),
    "interferogram cut off": (
        lambda r: cut(r / FIRST / "isce_minrefdem.int"), "raster-size"),
    "no wavelength": (lambda r: (r / "input_file").unlink(), "preparation-refuses"),
}  # fmt: skip

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
