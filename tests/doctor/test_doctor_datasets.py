"""The doctor on prepared data sets: valid ones have no error, broken ones are recognised."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from raw_exports import MASTER, SECONDARIES, doris_export, isce_export

from pystamps.config import RawExport, RunConfig, Tools
from pystamps.doctor.checks_machine import check_resources
from pystamps.doctor.examine import Examination, examine
from pystamps.doctor.prepared import take_stock_prepared
from pystamps.doctor.scene_extents import cells_of_unwrapping, scene_extents
from pystamps.io.mat import read_mat, write_mat
from pystamps.parameters import Parameters
from pystamps.prep.prepare import prepare_dataset
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import MODES, STAGES

FIRST = SECONDARIES[0]
Damage = Callable[[Path], object]


def codes(found: Examination) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity != "info"}


def cut(path: Path, n_bytes: int = 8) -> None:
    path.write_bytes(path.read_bytes()[:-n_bytes])


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))


def parameter(name: str, value: object) -> Damage:
    return parameters(**{name: value})


def parameters(**values: object) -> Damage:
    def change(root: Path) -> None:
        write_mat(root / "parms.mat", read_mat(root / "parms.mat") | values)

    return change


def fill(path: Path, value: float, *, part: slice = slice(None)) -> None:
    values = np.fromfile(path, ">f4")
    values[part] = value
    values.tofile(path)


def bounds(root: Path, patch: str, name: str, text: str) -> None:
    (root / patch / name).write_text("\n".join(text.split()) + "\n")


def empty_all_patches(root: Path) -> None:
    for patch in root.glob("PATCH_*"):
        for path in patch.glob("pscands.1.*"):
            path.write_bytes(b"")


def first_phase_of_zeros(root: Path) -> None:
    path = root / "PATCH_1" / "pscands.1.ph"
    n = (root / "PATCH_1" / "pscands.1.ij.int").stat().st_size // 8
    fill(path, 0, part=slice(0, 2 * n))


def header(root: Path) -> Path:
    return root / (root / "rsc.txt").read_text().strip()


SNAP: dict[str, tuple[Damage, str]] = {
    "patch deleted": (lambda r: shutil.rmtree(r / "PATCH_2"), "patch-list-wrong"),
    "patch twice in the list": (
        lambda r: edit(r / "patch.list", lambda lines: [*lines, "PATCH_1"]), "patch-list-wrong"),
    "patch not in the list": (
        lambda r: (r / "patch.list").write_text("PATCH_1\n"), "patch-not-listed"),
    "parms.mat missing": (lambda r: (r / "parms.mat").unlink(), "parms-missing"),
    "parms.mat damaged": (lambda r: (r / "parms.mat").write_bytes(b"xx"), "file-unreadable"),
    "parameter not allowed": (parameter("clap_win", 31.0), "parameter-wrong"),
    "an option that is not there": (
        parameters(insar_processor="gsar", small_baseline_flag="y"), "unsupported-option"),
    "processors disagree": (
        lambda r: (r / "processor.txt").write_text("gamma\n"), "processor-differs"),
    "wavelength not known": (lambda r: header(r).unlink(), "constant-missing"),
    "bounds are no numbers": (
        lambda r: (r / "PATCH_1" / "patch_noover.in").write_text("a b\n"), "patch-bounds-wrong"),
    "bounds the wrong way round": (
        lambda r: bounds(r, "PATCH_1", "patch.in", "90 1 1 70"), "patch-bounds-wrong"),
    "bounds outside the image": (
        lambda r: bounds(r, "PATCH_1", "patch.in", "1 900 1 75"), "patch-bounds-wrong"),
    "no bounds": (
        lambda r: (r / "PATCH_2" / "patch_noover.in").unlink(), "patch-bounds-missing"),
    "patches overlap": (
        lambda r: shutil.copy(r / "PATCH_1" / "patch_noover.in",
                              r / "PATCH_2" / "patch_noover.in"), "patches-overlap"),
    "columns in no patch": (
        lambda r: [bounds(r, "PATCH_1", "patch_noover.in", "1 120 1 63"),
                   bounds(r, "PATCH_2", "patch_noover.in", "1 120 64 126")],
        "columns-unassigned"),
    "phases cut off": (lambda r: cut(r / "PATCH_1" / "pscands.1.ph"), "candidate-size"),
    "positions cut off": (lambda r: cut(r / "PATCH_1" / "pscands.1.ll"), "candidate-size"),
    "dispersions cut off": (
        lambda r: edit(r / "PATCH_1" / "pscands.1.da", lambda lines: lines[:-3]),
        "candidate-size"),
    "an interferogram less": (
        lambda r: edit(r / "pscphase.in", lambda lines: lines[:-1]), "candidate-size"),
    "phases missing": (
        lambda r: (r / "PATCH_1" / "pscands.1.ph").unlink(), "candidate-file-missing"),
    "candidates outside the patch": (
        lambda r: [bounds(r, "PATCH_1", name, "1 126 1 30")
                   for name in ("patch.in", "patch_noover.in")], "candidates-outside"),
    "positions of zero": (
        lambda r: fill(r / "PATCH_1" / "pscands.1.ll", 0, part=slice(0, 40)), "positions-zero"),
    "positions in the other byte order": (
        lambda r: np.fromfile(r / "PATCH_1" / "pscands.1.ll", "u4").byteswap()
        .tofile(r / "PATCH_1" / "pscands.1.ll"), "byte-order"),
    "phases in the other byte order": (
        lambda r: np.fromfile(r / "PATCH_1" / "pscands.1.ph", "u4").byteswap()
        .tofile(r / "PATCH_1" / "pscands.1.ph"), "byte-order"),
    "phases that are not numbers": (
        lambda r: fill(r / "PATCH_1" / "pscands.1.ph", np.nan, part=slice(0, 40)), "raster-nan"),
    "heights that are not numbers": (
        lambda r: fill(r / "PATCH_1" / "pscands.1.hgt", np.nan, part=slice(0, 40)), "raster-nan"),
    "interferogram of zeros": (first_phase_of_zeros, "interferogram-empty"),
    "no candidate": (empty_all_patches, "no-candidates"),
    "list of interferograms missing": (
        lambda r: (r / "pscphase.in").unlink(), "list-missing"),
    "an interferogram twice": (
        lambda r: edit(r / "pscphase.in", lambda lines: [*lines[:-1], lines[1]]), "dates-wrong"),
    "amplitudes of other dates": (
        lambda r: edit(r / "calamp.out", lambda lines: lines[1:]), "dates-differ"),
    "reference image of another date": (
        lambda r: [shutil.copy(header(r), r / "20190909.rslc.par"),
                   (r / "rsc.txt").write_text("20190909.rslc.par\n")], "dates-differ"),
    "amplitude of zero": (
        lambda r: edit(r / "calamp.out", lambda lines: [
            lines[0].split()[0] + " 0", *lines[1:]]), "calibration-wrong"),
    "amplitude of a wrong byte order": (
        lambda r: edit(r / "calamp.out", lambda lines: [
            lines[0].split()[0] + " 3e36", *lines[1:]]), "amplitude-implausible"),
    "width of another preparation": (
        lambda r: (r / "width.txt").write_text("127\n"), "size-differs"),
    "width that is no number": (
        lambda r: (r / "width.txt").write_text("\n"), "file-unreadable"),
    "raw export moved": (
        lambda r: (r / "raw").rename(r.parent / "elsewhere"), "raw-missing"),
    "baseline file missing": (
        lambda r: next((r / "raw").rglob("*.base")).unlink(), "raw-missing"),
    "Windows line ends": (
        lambda r: (r / "patch.list").write_bytes(b"PATCH_1\r\nPATCH_2\r\n"), "windows-text"),
    "blank in a path": (
        lambda r: edit(r / "pscphase.in", lambda lines: [
            lines[0], *(line.replace("raw/", "raw data/../raw/") for line in lines[1:])]),
        "path-with-blank"),
    "window larger than the scene": (parameter("unwrap_grid_size", 900.0), "scene-too-small"),
    "result of an earlier run damaged": (
        lambda r: (r / "PATCH_1" / "pm1.mat").write_bytes(b"xx"), "result-unreadable"),
}  # fmt: skip

DORIS: dict[str, tuple[Damage, str]] = {
    "a baseline less": (
        lambda r: edit(r / "bperp.1.in", lambda lines: lines[1:]), "line-count"),
    "a date twice": (
        lambda r: edit(r / "day.1.in", lambda lines: [lines[0], lines[0], *lines[2:]]),
        "dates-wrong"),
    "reference among the dates": (
        lambda r: edit(r / "day.1.in", lambda lines: [MASTER, *lines[1:]]), "dates-wrong"),
    "amplitudes of other dates": (
        lambda r: edit(r / "calamp.out", lambda lines: lines[:-1]), "dates-differ"),
    "no dates": (lambda r: (r / "day.1.in").unlink(), "list-missing"),
    "heading empty": (lambda r: (r / "heading.1.in").write_text(""), "file-unreadable"),
    "baselines on nodes for one date only": (
        lambda r: (r / f"bperp_{FIRST}.1.in").write_text("1\n" * 5000), "line-count"),
    "too few nodes": (lambda r: (r / "look_angle.1.in").write_text("30\n" * 4999), "line-count"),
    "not the byte order of the processor": (
        lambda r: [parameter("insar_processor", "snap")(r)], "byte-order"),
}  # fmt: skip

CASES = [
    (processor, name) for processor, broken in (("snap", SNAP), ("doris", DORIS)) for name in broken
]


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    roots = {name: tmp_path_factory.mktemp(name) for name in ("snap", "doris", "isce")}
    simulate_dataset(roots["snap"] / "dataset", PRESETS["tiny"])
    for name, write in (("doris", doris_export), ("isce", isce_export)):
        export = write(roots[name])
        prepare_dataset(roots[name] / "dataset", RawExport(processor=name, export=export))
    return {name: root / "dataset" for name, root in roots.items()}


@pytest.mark.parametrize("processor", ["snap", "doris", "isce"])
def test_a_valid_data_set_has_neither_errors_nor_warnings(
    valid: dict[str, Path], processor: str
) -> None:
    found = examine(valid[processor])
    assert (found.kind, found.processor) == ("data set", processor)
    assert not codes(found), found.findings
    assert {"temporal-summary", "baseline-summary", "expected-candidates"} <= {
        finding.code for finding in found.findings
    }


@pytest.mark.parametrize(("processor", "case"), CASES)
def test_a_broken_data_set_is_recognised_by_its_code(
    valid: dict[str, Path], tmp_path: Path, processor: str, case: str
) -> None:
    root = Path(shutil.copytree(valid[processor], tmp_path / "dataset"))
    damage, code = {"snap": SNAP, "doris": DORIS}[processor][case]
    damage(root)
    found = examine(root)
    assert code in codes(found), [finding.message for finding in found.findings]
    if code != "file-unreadable" and case != "wavelength not known":
        assert "file-unreadable" not in codes(found), "a check stumbled instead of looking"


@pytest.mark.golden
@pytest.mark.parametrize("name", ["tiny", "tiny_doris", "tiny_isce", "small"])
def test_the_trees_of_the_original_have_no_errors(shared_data: Path, name: str) -> None:
    found = examine(shared_data / name / "run")
    assert found.can_succeed, found.of("error")


def test_the_quick_part_takes_a_fraction_of_a_second(valid: dict[str, Path]) -> None:
    examine(valid["snap"], quick=True)
    start = time.perf_counter()
    examine(valid["snap"], quick=True)
    assert time.perf_counter() - start < 1.0  # 0.05 s measured; a loaded machine is slow


def test_finished_patches_need_no_candidate_files(valid: dict[str, Path], tmp_path: Path) -> None:
    root = Path(shutil.copytree(valid["snap"], tmp_path / "dataset"))
    for patch in root.glob("PATCH_*"):
        write_mat(patch / "ps1.mat", {"n_ps": 1.0})
        for path in patch.glob("pscands.1.*"):
            path.unlink()
    shutil.rmtree(root / "raw")
    parameter("lambda", 0.0555)(root)
    parameter("heading", -12.6)(root)
    assert examine(root).can_succeed


def test_a_folder_that_is_data_set_and_export_is_examined_as_asked(tmp_path: Path) -> None:
    root = doris_export(tmp_path)
    prepare_dataset(root, RawExport(processor="doris", export=root))
    assert examine(root).kind == "data set"
    assert examine(root, what="export").kind == "raw export"


def test_missing_programs_are_errors(valid: dict[str, Path]) -> None:
    config = RunConfig(tools=Tools(snaphu="/nowhere/snaphu"))
    assert "snaphu-missing" in codes(examine(valid["snap"], config))
    assert "snaphu-missing" not in codes(examine(valid["snap"], config, quick=True))


def test_a_folder_without_rights_is_an_error(
    valid: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The account of the tests may be one that may write everywhere.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "not-writable" in codes(examine(valid["snap"], quick=True))


def test_memory_and_disk_that_do_not_suffice_are_warnings(tmp_path: Path) -> None:
    found = check_resources(
        tmp_path, largest_patch=10**11, candidates=10**12, interferograms=100, mode=MODES[0]
    )
    assert {"memory-short", "disk-short"} <= {finding.code for finding in found}


def test_the_estimate_names_every_stage_of_the_largest_sets(tmp_path: Path) -> None:
    found = check_resources(
        tmp_path, largest_patch=10**6, candidates=5 * 10**7, interferograms=1000, mode=MODES[0]
    )
    (line,) = (finding.found for finding in found if finding.code == "resource-estimate")
    assert [stage.name for stage in STAGES if stage.name not in line] == []
    assert not line.endswith("...")
    assert "stage5_merge 117.1 + 2000.0" in line  # GB


def test_unwrapping_asks_for_the_cells_of_the_scene_not_one_per_candidate(tmp_path: Path) -> None:
    def memory_gb(cells: int | None) -> float:
        (line, *_) = check_resources(
            tmp_path, largest_patch=10**6, candidates=10**7, interferograms=30, mode=MODES[0],
            cells=cells,
        )  # fmt: skip
        return float(line.found.split("stage6_unwrap ")[1].split()[0])

    assert memory_gb(None) == pytest.approx(memory_gb(10**7), abs=0.1)
    assert memory_gb(10**7) - memory_gb(10**6) == pytest.approx(9e6 * 600 / 1e9, abs=0.1)


def test_the_grid_of_stage_6_follows_from_the_scene_and_the_size_of_cells(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    def cells(unwrap_grid_size: float) -> int:
        root = Path(shutil.copytree(valid["snap"], tmp_path / f"{unwrap_grid_size}"))
        parameters(unwrap_grid_size=unwrap_grid_size)(root)
        prepared = take_stock_prepared(root, RunConfig(dataset=root), range(1, 9))
        extent = scene_extents(prepared).whole
        assert extent is not None
        return cells_of_unwrapping(extent, prepared.settings)

    assert cells(50.0) == pytest.approx(4 * cells(100.0), rel=0.2)
    x, y = 1000.0, 2500.0
    assert cells_of_unwrapping((x, y), Parameters(unwrap_grid_size=100.0)) == 12 * 27


def test_content_that_is_no_content_never_stops_the_doctor(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    junk = (b"", b"\0\xff\xfe" * 56, b"-1e999 nan\n", b"1 2 3\n4 5 6\n", "\u0662\n".encode())
    for processor in ("snap", "doris", "isce"):
        source = valid[processor]
        root = Path(shutil.copytree(source, tmp_path / processor / "dataset"))
        paths = [p for p in sorted(root.glob("*")) if p.is_file() and p.suffix != ".h5"]
        paths += [p for p in sorted((root / "PATCH_1").iterdir()) if p.is_file()]
        for path in paths:
            before = path.read_bytes()
            for content in junk:
                path.write_bytes(content)
                assert examine(root, quick=len(before) % 2 == 0).kind == "data set", path
            path.write_bytes(before)
