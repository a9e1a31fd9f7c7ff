"""Exports as the real programs write them: read without a finding, and to the same stage 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chain import run_chain
from written_exports import FORMS, SMALL, loaded, written_export

from pystamps.config import RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.io.par_file import read_par
from pystamps.model import Baselines, Incidence, LookAngle, Pixels
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.processors.names import LOADED_ONLY, MODULES
from pystamps.simulate import WriteOptions, changed_scene, simulate_dataset
from pystamps.simulate.exporters import EXPORTERS
from pystamps.simulate.snap_export import java_number
from pystamps.simulate.stack import make_stack


@pytest.fixture(scope="module")
def clean_patch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stage 1 of the clean form."""
    parent = tmp_path_factory.mktemp("clean")
    return loaded(written_export(parent), parent / "dataset", "clean")


def test_every_processor_has_an_exporter() -> None:
    assert set(EXPORTERS) == set(MODULES) - set(LOADED_ONLY)


@pytest.mark.parametrize(("exporter", "form"), FORMS)
def test_the_doctor_finds_nothing_on_a_clean_export(
    tmp_path: Path, exporter: str, form: str
) -> None:
    found = examine(written_export(tmp_path, exporter, form))
    assert (found.kind, found.processor) == ("raw export", exporter)
    assert not [finding for finding in found.findings if finding.severity != "info"]


@pytest.mark.parametrize(("exporter", "form"), FORMS)
def test_stage_1_is_that_of_the_clean_form_within_the_digits_of_the_format(
    clean_patch: Path, tmp_path: Path, exporter: str, form: str
) -> None:
    patch = loaded(written_export(tmp_path, exporter, form), tmp_path / "dataset", exporter)
    clean, found = (read_artifact(Pixels, p / "ps1.mat") for p in (clean_patch, patch))
    rows, own = _common_pixels(clean, found, exact=form not in _ROUNDED)
    assert np.array_equal(found.day, clean.day)
    assert found.master_ix == clean.master_ix
    assert np.array_equal(found.lonlat[own], clean.lonlat[rows])
    heights = [read_mat(p / "hgt1.mat", ["hgt"])["hgt"] for p in (clean_patch, patch)]
    assert np.array_equal(heights[1][own], heights[0][rows])
    baselines = [read_artifact(Baselines, p / "bp1.mat").bperp_mat for p in (clean_patch, patch)]
    nearest = _ONE_BASELINE_M if "stripmap" in form else _BASELINE_M[exporter]
    assert np.allclose(baselines[1][own], baselines[0][rows], atol=nearest)
    assert np.allclose(found.bperp, clean.bperp, atol=_BASELINE_M[exporter])
    constants = [read_mat(p.parent / "parms.mat") for p in (clean_patch, patch)]
    turn = np.asarray(constants[1]["heading"]).item() - np.asarray(constants[0]["heading"]).item()
    assert abs((turn + 180) % 360 - 180) < 1e-4
    assert np.asarray(constants[1]["lambda"]).item() == pytest.approx(
        np.asarray(constants[0]["lambda"]).item(), rel=1e-6
    )
    angles = [_angles(p) for p in (clean_patch, patch)]
    if exporter == "doris":  # the look angle, for a height
        angles[0] = _look_angles(clean)
    worst = 1.5 if exporter == "snap" else 0.1
    assert np.abs(angles[1][own] - angles[0][rows]).max() < np.radians(worst)


def _angles(patch: Path) -> np.ndarray:
    """Give the angle of every pixel, rad, under the name that its processor has for it."""
    if (patch / "inc1.mat").exists():
        return read_artifact(Incidence, patch / "inc1.mat").inc
    return read_artifact(LookAngle, patch / "la1.mat").la


def _look_angles(pixels: Pixels) -> np.ndarray:
    return make_stack(SMALL).geometry.look[pixels.ij[:, 2].astype(int)]


def _common_pixels(clean: Pixels, found: Pixels, *, exact: bool) -> tuple[np.ndarray, np.ndarray]:
    """Give rows of the pixels that both have: all of them, or all but a few rounded ones."""
    numbers = [pixels.ij[:, 1] * SMALL.samples + pixels.ij[:, 2] for pixels in (clean, found)]
    _, rows, own = np.intersect1d(*numbers, return_indices=True)
    most = max(clean.n_ps, found.n_ps)
    assert rows.size == most if exact else rows.size > 0.98 * most
    assert most > 800
    return rows, own


_ROUNDED = ("scomplex", "4-short", "5")
"""Forms with images, or the reference image, of 16-bit integers."""

_BASELINE_M = {"snap": 2.0, "gamma": 1e-4, "isce": 0.1, "doris": 0.1}
_ONE_BASELINE_M = 2.0
"""SNAP: its radius of the Earth is ten kilometres off, and its spacing has no decimals. ISCE: two
decimals, grids of the tops processor, one value per image of the stripmap processor. Doris: one
decimal, and nodes of six digits."""


def test_stage_1_of_snap_is_what_its_own_header_says(tmp_path: Path) -> None:
    export = written_export(tmp_path, "snap")
    pixels_of = loaded(export, tmp_path / "dataset", "snap")
    pixels = read_artifact(Pixels, pixels_of / "ps1.mat")
    stack = make_stack(SMALL)
    par = read_par(next(export.glob("rslc/*.par")))
    orbit, earth = (par.number(k) for k in ("sar_to_earth_center", "earth_radius_below_sensor"))
    slant = par.number("near_range_slc") + pixels.ij[:, 2] * int(stack.geometry.range_spacing_m)
    look = np.arccos((orbit**2 + slant**2 - earth**2) / (2 * orbit * slant))
    seconds = stack.geometry.azimuth_s[pixels.ij[:, 1].astype(int)]
    expected = [stack.baselines[k].at(seconds, look) for k in stack.secondaries]
    found = read_artifact(Baselines, pixels_of / "bp1.mat").bperp_mat
    assert np.allclose(found, np.stack(expected).T, atol=1e-4)


def test_an_unknown_exporter_or_form_is_refused_before_anything_is_made() -> None:
    with pytest.raises(ParameterError, match=r"exporter 'roipac' is unknown; use one of clean"):
        WriteOptions(exporter="roipac")
    with pytest.raises(ParameterError, match=r"form 'double' is unknown; use one of fcomplex"):
        WriteOptions(exporter="gamma", exporter_form="double")


def test_numbers_of_snap_are_those_of_java() -> None:
    written = [java_number(v) for v in (0.0, 845000.0, 5.4050005e9, 0.0005, -12.5, 1e7, 0.001)]
    assert written == ["0.0", "845000.0", "5.4050005E9", "5.0E-4", "-12.5", "1.0E7", "0.001"]


def test_snap_describes_every_file_by_the_one_of_the_reference(tmp_path: Path) -> None:
    root, stack = written_export(tmp_path, "snap"), make_stack(SMALL)
    texts = {path.read_text() for path in root.glob("*/*.par") if "dem" not in path.name}
    assert len(texts) == 1
    par = read_par(next(root.glob("rslc/*.par")))
    day = stack.dates[stack.master]
    assert par.words["date"] == [str(day.year), str(day.month), str(day.day)]
    assert par.word("range_pixel_spacing") == str(int(stack.geometry.range_spacing_m))
    ranges = {par.word(f"{place}_range_slc") for place in ("near", "center", "far")}
    assert len(ranges) == 1
    assert 0 <= par.number("heading") < 360
    assert {path.name.split(".", 1)[1] for path in (root / "diff0").iterdir()} == {
        "diff", "diff.par", "base",
    }  # fmt: skip


def test_images_of_gamma_are_rounded_to_integers_where_the_header_says_so(tmp_path: Path) -> None:
    short = written_export(tmp_path / "short", "gamma", "scomplex")
    exact = written_export(tmp_path / "exact", "gamma", "fcomplex")
    for path in sorted((short / "rslc").glob("*.rslc")):
        values = np.fromfile(path, ">i2")
        expected = np.fromfile(exact / "rslc" / path.name, ">f4")
        assert np.array_equal(values, np.rint(expected))
        assert read_par(path.with_name(f"{path.name}.par")).word("image_format") == "SCOMPLEX"


def test_isce_links_images_by_absolute_paths_and_ends_sizes_without_a_newline(
    tmp_path: Path,
) -> None:
    folder = written_export(tmp_path, "isce", "tops")
    master = folder.name.partition("_")[2]
    image = folder / "reference" / "reference.slc"
    assert image.readlink() == folder.parent / "merged" / "SLC" / master / f"{master}.slc.full"
    assert (folder / "width.txt").read_text() == str(SMALL.samples)
    assert (folder / "reference" / "baseline").read_text() == f"{master} 0.00 \n"
    assert {p.name for p in folder.glob("lon.raw*")} == {"lon.raw", "lon.raw.xml", "lon.raw.vrt"}


@pytest.mark.parametrize(("form", "said"), [("tops", "reference"), ("tops-2.3", "master")])
def test_isce_names_everything_by_one_generation(tmp_path: Path, form: str, said: str) -> None:
    folder = written_export(tmp_path, "isce", form)
    other = {"reference": ("master", "slave"), "master": ("reference", "secondary")}[said]
    assert (folder / said / f"{said}.slc").exists()
    assert f"slc_stack_{said}" in (folder / "input_file").read_text()
    names = [path.name for path in folder.rglob("*")]
    assert not [name for name in names if name.startswith(other)]


@pytest.mark.parametrize("form", ["4", "4-oversampled", "5"])
def test_doris_says_the_window_in_sections_that_other_sections_exceed(
    tmp_path: Path, form: str
) -> None:
    folder = written_export(tmp_path, "doris", form)
    text = (folder / "master.res").read_text()
    name = "oversample" if form == "4-oversampled" else "crop"
    section = text.split(f"*_Start_{name}:")[1].split("* End_")[0]
    window = [int(line.rsplit(None, 1)[1]) for line in section.splitlines()
              if line.startswith(("First_", "Last_"))]  # fmt: skip
    assert window[1] - window[0] + 1 == SMALL.lines
    assert window[3] - window[2] + 1 == SMALL.samples
    logs = {path.name for path in folder.glob("20*/*") if path.is_file()}
    assert ("ifgs.res" in logs) == (form == "5")
    assert ("step_coarse.log" in logs) == (form != "5")


def test_an_oversampled_image_with_odd_sides_is_refused(tmp_path: Path) -> None:
    odd = changed_scene(SMALL, {"samples": SMALL.samples - 1})
    options = WriteOptions(layout="raw", exporter="doris", exporter_form="4-oversampled")
    with pytest.raises(ParameterError, match=r"samples=63, expected even numbers"):
        simulate_dataset(tmp_path / "odd", odd, options=options)


@pytest.mark.slow
@pytest.mark.parametrize("exporter", EXPORTERS)
def test_an_export_of_every_program_goes_through_all_stages(tmp_path: Path, exporter: str) -> None:
    root = tmp_path / "dataset"
    simulate_dataset(root, SMALL, options=WriteOptions(exporter=exporter, truth_cubes=False))
    run_chain(root).require(8)
    selected = read_artifact(Pixels, root / "ps2.mat").n_ps
    assert selected > 100
    unwrapped = read_mat(root / "phuw2.mat", ["ph_uw"])["ph_uw"]
    assert unwrapped.shape == (selected, SMALL.acquisitions.interferograms + 1)
    assert np.isfinite(unwrapped).all()


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_a_prepared_data_set_keeps_what_stage_1_reads_of_an_export(
    tmp_path: Path, exporter: str
) -> None:
    root = tmp_path / "dataset"
    simulate_dataset(root, SMALL, options=WriteOptions(exporter=exporter, truth_cubes=False))
    stage1_load_initial(root / "PATCH_1", RunConfig(dataset=root))
    assert read_artifact(Pixels, root / "PATCH_1" / "ps1.mat").n_ps > 800
    dangling = [path for path in root.rglob("*") if path.is_symlink() and not path.exists()]
    assert not dangling
    assert not list(root.glob("raw/**/*.rslc")) + list(root.glob("raw/**/*.int"))
