"""Defects of the original preparation that must not come back."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from raw_exports import LENGTH, MASTER, SECONDARIES, WIDTH

from pystamps.config import RawExport, RunConfig
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors import read_raw_patch
from pystamps.processors.rasters import Raster
from pystamps.processors.scan import find_export


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return raw_exports.snap_export(tmp_path / "raw")


def candidates(run: Path, patch: str = "PATCH_1") -> np.ndarray:
    """Give line and sample of the candidates of a patch."""
    return np.loadtxt(run / patch / "pscands.1.ij", dtype=int, ndmin=2)[:, 1:]


def test_offsets_beyond_four_gigabytes_are_right(tmp_path):
    path, width, line = tmp_path / "wide.lon", 63000, 34100
    raster = Raster(path, (width, line + 1), "float", ">")
    with path.open("wb") as stream:
        stream.truncate(raster.n_bytes)
        stream.seek(8593200024)
        stream.write(np.array([14.25], ">f4").tobytes())
    assert raster.lines(line, line + 1)[0, 6] == np.float32(14.25)
    assert raster.lines(line, line + 1)[0, 5] == 0


def test_paths_of_any_length_are_prepared(tmp_path, export):
    folder = tmp_path / ("d" * 120) / ("e" * 120) / ("f" * 120)
    folder.parent.mkdir(parents=True)
    export.rename(folder)
    prepare_dataset(tmp_path / "run", RawExport(export=folder))
    line = (tmp_path / "run" / "calamp.in").read_text().splitlines()[0]
    assert len(line) > 360
    assert read_raw_patch(tmp_path / "run" / "PATCH_1", "snap").candidates.n


def test_a_relative_data_directory_is_found_from_anywhere(tmp_path, export, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prepare_dataset(Path("run"), RawExport(export=Path("raw")))
    monkeypatch.chdir("/")
    assert read_raw_patch(tmp_path / "run" / "PATCH_1", "snap").candidates.n


def test_more_images_than_file_handles_are_prepared(tmp_path, export):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_open = len(list(Path("/dev/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (is_open + 8, limits[1]))
    try:
        summary = prepare_dataset(tmp_path / "run", RawExport(export=export, patches="3x3"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert summary.images == 15


def test_a_mask_counts_in_calibration_and_selection(tmp_path, export):
    mask = np.zeros((LENGTH, WIDTH), np.uint8)
    mask[10:20] = 1
    mask.tofile(tmp_path / "mask.raw")
    image = export / "rslc" / f"{MASTER}.rslc"
    values = np.fromfile(image, ">c8").reshape(LENGTH, WIDTH)
    values[10:20] *= 1000
    values.tofile(image)
    prepare_dataset(tmp_path / "masked", RawExport(export=export, mask=tmp_path / "mask.raw"))
    prepare_dataset(tmp_path / "whole", RawExport(export=export))
    lines = candidates(tmp_path / "masked")[:, 0]
    assert lines.size and not ((lines >= 10) & (lines < 20)).any()
    constant = [
        float(line.split()[1])
        for name in ("masked", "whole")
        for line in (tmp_path / name / "calamp.out").read_text().splitlines()
        if MASTER in line
    ]
    assert constant[0] < constant[1] / 100


@pytest.mark.parametrize("date", ["20180702", "2018", "20181301"])
def test_an_unknown_reference_date_is_an_error_that_lists_the_dates(export, date):
    with pytest.raises(
        ParameterError, match=rf"reference date '{date}'; the 15 dates are 20180115"
    ):
        find_export("snap", export, master=date)


def test_a_reference_image_later_than_all_others_is_loaded(tmp_path, export):
    late = "20200101"
    for suffix in ("rslc", "rslc.par"):
        path = export / "rslc" / f"{MASTER}.{suffix}"
        path.rename(path.with_name(f"{late}.{suffix}"))
    for path in [*export.glob("diff0/*"), *export.glob("geo/*")]:
        path.rename(path.with_name(path.name.replace(MASTER, late)))
    run = tmp_path / "run"
    prepare_dataset(run, RawExport(export=export))
    stage1_load_initial(run / "PATCH_1", RunConfig())
    loaded = read_mat(run / "PATCH_1" / "ps1.mat")
    assert int(loaded["master_ix"].item()) == 15 == int(loaded["n_image"].item())


def test_an_interferogram_of_the_reference_image_with_itself_is_left_out(tmp_path, export):
    null = export / "diff0" / f"{MASTER}_{MASTER}.diff"
    null.write_bytes((export / "diff0" / f"{MASTER}_{SECONDARIES[0]}.diff").read_bytes())
    null.with_suffix(".base").write_text("initial_baseline(TCN): 0 0 0\n")
    run = tmp_path / "run"
    summary = prepare_dataset(run, RawExport(export=export))
    assert summary.interferograms == len(SECONDARIES)
    assert "the reference image with itself" in summary.notes[0]
    stage1_load_initial(run / "PATCH_1", RunConfig())
    assert int(read_mat(run / "PATCH_1" / "ps1.mat")["n_ifg"].item()) == len(SECONDARIES) + 1


def test_remaining_columns_and_lines_belong_to_the_last_patches(tmp_path, export):
    settings = {"export": export, "patches": "7x3", "overlap": "0x0"}
    whole = prepare_dataset(tmp_path / "one", RawExport(export=export))
    ours = prepare_dataset(tmp_path / "ours", RawExport(**settings))
    original = RawExport(**settings, is_remainder_dropped=True)
    theirs = prepare_dataset(tmp_path / "theirs", original)
    assert sum(ours.patches.values()) == ours.candidates == whole.candidates
    assert theirs.candidates < whole.candidates
    bounds = (tmp_path / "ours" / "PATCH_21" / "patch_noover.in").read_text().split()
    assert bounds == ["49", "60", "33", "50"]
    bounds = (tmp_path / "theirs" / "PATCH_21" / "patch_noover.in").read_text().split()
    assert bounds == ["49", "56", "33", "48"]


def spoil(path: Path, pixels: np.ndarray, value: float) -> None:
    """Overwrite some pixels of a raster."""
    values = np.fromfile(path, ">f4").reshape(LENGTH, WIDTH)
    values[tuple(pixels.T)] = value
    values.tofile(path)


def test_candidates_without_position_or_height_are_dropped_counted_and_warned_of(
    tmp_path, export, caplog
):
    prepare_dataset(tmp_path / "whole", RawExport(export=export))
    pixels = candidates(tmp_path / "whole")
    geo = export / "geo"
    spoil(geo / f"{MASTER}.lon", pixels[:3], np.nan)
    spoil(geo / f"{MASTER}.lat", pixels[10:12], np.inf)
    spoil(geo / "elevation_dem.rdc", pixels[20:21], np.nan)
    for name in ("lon", "lat"):
        spoil(geo / f"{MASTER}.{name}", pixels[30:34], 0)
    spoil(geo / f"{MASTER}.lon", pixels[40:45], 0)  # Greenwich is a place
    with caplog.at_level("WARNING"):
        found = prepare_dataset(tmp_path / "run", RawExport(export=export))
    assert found.dropped_invalid == 10
    assert "10 candidates dropped" in caplog.text
    dropped = {*range(3), 10, 11, 20, *range(30, 34)}
    kept = [row for number, row in enumerate(pixels.tolist()) if number not in dropped]
    ij = np.loadtxt(tmp_path / "run" / "PATCH_1" / "pscands.1.ij", dtype=int)
    assert ij[:, 1:].tolist() == kept
    assert ij[:, 0].tolist() == list(range(1, len(kept) + 1))
    assert read_raw_patch(tmp_path / "run" / "PATCH_1", "snap").candidates.n == len(kept)
    original = RawExport(export=export, are_invalid_positions_kept=True)
    assert prepare_dataset(tmp_path / "original", original).candidates == len(pixels)


@pytest.mark.parametrize("make", [raw_exports.snap_export, raw_exports.small_baseline_export])
def test_a_patch_shorter_than_ten_lines_ends_where_it_should(tmp_path, make):
    folder = make(tmp_path / "stack")
    raw = RawExport(export=folder, patches="1x10", overlap="0x1")
    prepare_dataset(tmp_path / "run", raw)
    lines = candidates(tmp_path / "run", "PATCH_5")[:, 0]
    assert (lines.min(), lines.max()) == (19, 25)
    assert (tmp_path / "run" / "PATCH_5" / "mean_amp.flt").stat().st_size == 7 * WIDTH * 4


def test_the_mean_amplitude_of_int16_images_has_no_stripes(tmp_path):
    folder = raw_exports.gamma_export(tmp_path / "stack")
    prepare_dataset(tmp_path / "run", RawExport("gamma", export=folder))
    amplitude = np.fromfile(tmp_path / "run" / "PATCH_1" / "mean_amp.flt", "<f4")
    means = amplitude.reshape(LENGTH, WIDTH).mean(axis=1)
    assert means.max() / means.min() < 2  # every second line was divided by 256


def test_zero_amplitudes_disqualify_in_small_baselines_unless_asked_otherwise(tmp_path):
    folder = raw_exports.small_baseline_export(tmp_path / "stack")
    prepare_dataset(tmp_path / "whole", RawExport(export=folder))
    line, sample = candidates(tmp_path / "whole")[7]
    path = sorted((folder / "SMALL_BASELINES").glob("*/*.rslc"))[5]
    values = np.fromfile(path, ">c8").reshape(LENGTH, WIDTH)
    values[line, sample] = 0
    values.tofile(path)
    ours = prepare_dataset(tmp_path / "ours", RawExport(export=folder))
    original = RawExport(export=folder, are_zero_amplitudes_kept=True)
    theirs = prepare_dataset(tmp_path / "theirs", original)
    assert [int(line), int(sample)] not in candidates(tmp_path / "ours").tolist()
    assert [int(line), int(sample)] in candidates(tmp_path / "theirs").tolist()
    assert ours.candidates == theirs.candidates - 1


def test_a_pair_with_a_wrong_image_is_an_error(tmp_path):
    folder = raw_exports.small_baseline_export(tmp_path / "stack")
    pair = sorted((folder / "SMALL_BASELINES").iterdir())[2]
    first = sorted(pair.glob("*.rslc"))[0]
    first.rename(first.with_name("20170101.rslc"))
    with pytest.raises(ArtifactError, match=f"{pair.name}: holds images of 20170101"):
        find_export("snap", folder)


def test_several_keys_with_the_same_word_in_a_header_do_no_harm(export):
    for path in export.glob("rslc/*.par"):
        path.write_text("slave_range_samples: 7\nazimuth_lines_total: 9\n" + path.read_text())
    assert find_export("snap", export).size == (WIDTH, LENGTH)


def test_a_truncated_raster_is_refused_before_anything_is_written(tmp_path, export):
    path = export / "diff0" / f"{MASTER}_{SECONDARIES[4]}.diff"
    os.truncate(path, path.stat().st_size - 8)
    with pytest.raises(ArtifactError, match=rf"{SECONDARIES[4]}\.diff: found 23992 bytes"):
        prepare_dataset(tmp_path / "run", RawExport(export=export))
    assert not list((tmp_path / "run").glob("[!.]*"))


def test_images_in_the_other_byte_order_are_recognised(tmp_path, export):
    for path in export.glob("rslc/*.rslc"):
        np.fromfile(path, ">c8").astype("<c8").tofile(path)
    with pytest.raises(ArtifactError, match=r"mean amplitude is .* byte order"):
        prepare_dataset(tmp_path / "run", RawExport(export=export))


def test_an_empty_image_is_an_error_that_names_it(tmp_path, export):
    path = export / "rslc" / f"{SECONDARIES[2]}.rslc"
    np.zeros(LENGTH * WIDTH, ">c8").tofile(path)
    with pytest.raises(ArtifactError, match=rf"{SECONDARIES[2]}\.rslc: no sample is good"):
        prepare_dataset(tmp_path / "run", RawExport(export=export))


def test_a_stack_without_candidates_is_prepared_as_an_empty_one(tmp_path, export, caplog):
    summary = prepare_dataset(tmp_path / "run", RawExport(export=export, threshold=1e-6))
    assert summary.candidates == 0
    assert "no candidate" in caplog.text
    assert stage1_load_initial(tmp_path / "run" / "PATCH_1", RunConfig()).is_empty


def test_gamma_without_coordinates_in_radar_geometry_says_what_to_make(tmp_path):
    folder = raw_exports.gamma_export(tmp_path / "stack")
    (folder / "geo" / f"{MASTER}.lon").unlink()
    with pytest.raises(ArtifactError, match=r"holds no \*\.lon; export longitude"):
        find_export("gamma", folder)


def test_a_folder_that_is_no_export_is_refused(tmp_path):
    for processor in raw_exports.EXPORTS:
        with pytest.raises(DatasetError):
            find_export(processor, tmp_path)
    with pytest.raises(DatasetError, match="no such directory"):
        find_export("snap", tmp_path / "nowhere")


@pytest.mark.parametrize("processor", ["doris", "isce"])
def test_the_reference_image_among_the_others_is_refused(tmp_path, processor):
    folder = raw_exports.EXPORTS[processor](tmp_path)
    (folder / MASTER).mkdir()
    for path in (folder / SECONDARIES[0]).iterdir():
        (folder / MASTER / path.name).write_bytes(path.read_bytes())
    (folder / "master_day.1.in").write_text(f"{MASTER}\n")
    with pytest.raises(ParameterError, match=f"is the reference date {MASTER}"):
        find_export(processor, folder)
