"""Stage 1 refuses, or leaves out, what texts and rasters of a stack say and what cannot be."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from broken_exports import write_nodes, write_raster
from raw_exports import LENGTH, MASTER, SECONDARIES, WIDTH

from pystamps.config import RawExport, RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import ArtifactError, PystampsError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors import read_raw_patch
from pystamps.processors.value_limits import BASELINE, HEADING, RAY_ANGLE, WAVELENGTH
from pystamps.stages.stage2_gamma import mean_incidence


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a sound data set of every processor, beside its export."""
    found = {}
    for name, make in raw_exports.EXPORTS.items():
        folder = tmp_path_factory.mktemp(name)
        root = make(folder / "export")
        prepare_dataset(folder / "run", RawExport(name, export=root))
        found[name] = folder
    return found


def copy_of(prepared: dict[str, Path], name: str, where: Path) -> Path:
    return Path(shutil.copytree(prepared[name], where / "all", symlinks=True)) / "run"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 9999, -9999, 99999, -32768, 1e30])
def test_markers_and_numbers_beyond_all_limits_are_none(value: float) -> None:
    for limits in (BASELINE, HEADING, RAY_ANGLE, WAVELENGTH):
        assert limits.fault_of(value)
        assert not limits.are_possible([value, value]).any()


def test_usual_numbers_can_be() -> None:
    for limits, values in {
        BASELINE: [0.0, -131.2, 7000.0], HEADING: [-12.6, 347.4, 0], RAY_ANGLE: [0.01, 20.5, 89.0],
        WAVELENGTH: [0.0311, 0.0555, 0.2424],
    }.items():  # fmt: skip
        assert limits.are_possible(values).all()
    assert WAVELENGTH.fault_of(0.0) and RAY_ANGLE.fault_of(0.0)


DAMAGES = {
    "isce": [("bperp.1.in", "nan"), ("bperp.1.in", "99999"), ("lambda.1.in", "0"),
             ("heading.1.in", "nan"), ("lambda.1.in", "-9999")],
    "doris": [("bperp.1.in", "inf"), ("bperp.1.in", "-9999"), ("heading.1.in", "99999"),
              ("slc_osfactor.1.in", "nan")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "file", "word"), [(n, f, w) for n, cases in DAMAGES.items() for f, w in cases]
)
def test_a_number_that_cannot_be_is_refused_with_its_file(
    prepared: dict[str, Path], tmp_path: Path, name: str, file: str, word: str
) -> None:
    root = copy_of(prepared, name, tmp_path)
    words = (root / file).read_text().split()
    words[min(2, len(words) - 1)] = word
    (root / file).write_text("\n".join(words) + "\n")
    with pytest.raises(PystampsError, match=re.escape(f"{file}: ")) as refused:
        stage1_load_initial(root / "PATCH_1", RunConfig())
    if file == "bperp.1.in":
        assert SECONDARIES[2] in str(refused.value)
    errors = [f for f in examine(root, quick=True).of("error") if f.file == file or file in f.found]
    assert errors
    assert not (root / "PATCH_1" / "ps1.mat").exists()


@pytest.mark.parametrize("key", ["prf", "range_pixel_spacing", "near_range_slc"])
@pytest.mark.parametrize("word", ["0", "nan", "99999999999"])
def test_stage_1_refuses_a_header_as_the_preparation_does(
    prepared: dict[str, Path], tmp_path: Path, key: str, word: str
) -> None:
    root = copy_of(prepared, "snap", tmp_path)
    path = root.parent / "export" / "rslc" / f"{MASTER}.rslc.par"
    path.write_text(re.sub(rf"{key}: *\S+", f"{key}: {word}", path.read_text()))
    messages = []
    for refuse in (
        lambda: read_raw_patch(root / "PATCH_1", "snap"),
        lambda: prepare_dataset(tmp_path / "again", RawExport("snap", export=path.parents[1])),
    ):
        with pytest.raises(ArtifactError, match=r"20180701.rslc.par: ") as refused:
            refuse()
        messages.append(str(refused.value))
    assert messages[0] == messages[1]


def test_a_node_that_cannot_be_is_refused_with_its_file_and_number(
    prepared: dict[str, Path], tmp_path: Path
) -> None:
    root = copy_of(prepared, "doris", tmp_path)
    write_nodes(root, baseline="99999")
    with pytest.raises(ArtifactError, match=rf"bperp_{SECONDARIES[0]}.1.in: 99999 stands for no"):
        read_raw_patch(root / "PATCH_1", "doris")


@pytest.mark.parametrize("gap", [np.nan, np.inf, -9999.0, 99999.0])
def test_gaps_of_the_incidence_count_in_no_mean(
    prepared: dict[str, Path], tmp_path: Path, gap: float
) -> None:
    root = copy_of(prepared, "isce", tmp_path)
    write_raster(root / "inc_angle.raw", gap=gap)
    result = stage1_load_initial(root / "PATCH_1", RunConfig())
    assert "in gaps of the incidence angle" in result.details
    inc = read_mat(root / "PATCH_1" / "inc1.mat", ["inc"])["inc"]
    assert np.unique(inc) == pytest.approx([0, np.radians(35)])
    assert mean_incidence(inc, None) == pytest.approx(np.radians(35))


@pytest.mark.parametrize("is_coarse", [False, True])
def test_candidates_in_gaps_of_the_baselines_are_left_out_and_counted(
    prepared: dict[str, Path], tmp_path: Path, is_coarse: bool
) -> None:
    root = copy_of(prepared, "isce", tmp_path)
    size = {"width": 6, "length": 5} if is_coarse else {}
    for k, date in enumerate(SECONDARIES):
        gap = -9999.0 if k == 3 else 0.0
        write_raster(root / f"baselineGRID_{date}", **size, gap=gap, part=0.2)
    result = stage1_load_initial(root / "PATCH_1", RunConfig())
    pixels = read_mat(root / "PATCH_1" / "ps1.mat", ["ij", "n_ps"])
    assert "without position, phase or baseline left out" in result.details
    last = LENGTH // 4 if is_coarse else LENGTH // 5 - 1  # coarse: up to the second row of nodes
    assert pixels["ij"][:, 1].min() > last - 1
    assert (read_mat(root / "PATCH_1" / "bp1.mat", ["bperp_mat"])["bperp_mat"] == 35).all()
    assert 0 < result.counts["pixels"] < result.counts["candidates"]


def test_rasters_without_any_value_are_refused_with_their_date(
    prepared: dict[str, Path], tmp_path: Path
) -> None:
    root = copy_of(prepared, "isce", tmp_path)
    for date in SECONDARIES:
        write_raster(root / f"baselineGRID_{date}")
    path = root / f"baselineGRID_{SECONDARIES[1]}"
    np.full((LENGTH, WIDTH), np.nan, "<f4").tofile(path)
    with pytest.raises(ArtifactError, match=f"baselineGRID_{SECONDARIES[1]}: holds no value"):
        read_raw_patch(root / "PATCH_1", "isce")
    assert "raster-gaps" in {f.code for f in examine(root).of("error")}


def test_the_reference_date_is_read_under_both_names_and_two_dates_are_refused(
    prepared: dict[str, Path], tmp_path: Path
) -> None:
    root = copy_of(prepared, "isce", tmp_path)
    (root / "master_day.1.in").rename(root / "reference_day.1.in")
    assert not examine(root).of("error")
    stage1_load_initial(root / "PATCH_1", RunConfig())
    assert read_mat(root / "PATCH_1" / "ps1.mat", ["master_day"])["master_day"] == 737242
    shutil.copy(root / "reference_day.1.in", root / "master_day.1.in")
    assert not examine(root).of("error")
    (root / "master_day.1.in").write_text("20180713\n")
    with pytest.raises(ArtifactError, match=r"master_day.1.in: .*20180713.*reference_day.1.in"):
        read_raw_patch(root / "PATCH_1", "isce")
    (root / "PATCH_1" / "ps1.mat").unlink()
    assert examine(root, quick=True).of("error")


def test_stage_1_and_the_doctor_refuse_candidates_with_exchanged_positions(
    prepared: dict[str, Path], tmp_path: Path
) -> None:
    root = copy_of(prepared, "snap", tmp_path)
    path = root / "PATCH_1" / "pscands.1.ll"
    lonlat = np.fromfile(path, ">f4").reshape(-1, 2)
    lonlat[:, ::-1].tofile(path)
    with pytest.raises(ArtifactError, match=r"pscands.1.ll: .*are exchanged, expected longi"):
        read_raw_patch(root / "PATCH_1", "snap")
    assert "positions-wrong" in {f.code for f in examine(root).of("error")}
    (lonlat - np.array([20.0, 0])).astype(">f4").tofile(path)  # another scene is no error
    read_raw_patch(root / "PATCH_1", "snap")
