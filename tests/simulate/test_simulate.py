"""A simulated data set has the layout of an export of SNAP and of stage 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simulated_scenes import file_contents, images_of, quiet

from pystamps.config import RunConfig
from pystamps.dates import calendar_date
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.io.par_file import read_par
from pystamps.model import Baselines, LookAngle, Pixels
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.processors.rasters import check_sizes
from pystamps.processors.scan import find_export
from pystamps.simulate import Scene, WriteOptions, preset_scene, read_truth, simulate_dataset, stack
from pystamps.simulate.export import interferogram_of, usable_workers
from pystamps.simulate.geometry import make_geometry
from pystamps.simulate.stack import make_stack

BUSY = quiet({
    "lines": 300, "samples": 120, "acquisitions.interferograms": 4, "atmosphere.rms_rad": 1.0,
    "atmosphere.ramp_rad": 1.0, "scatterers.density_per_km2": 200.0, "scatterers.side_lobes": 3,
    "scatterers.phase_noise_rad": 0.2, "scatterers.signal_to_clutter_db": 15.0,
    "background.water_fraction": 0.1, "background.distributed_fraction": 0.2,
})  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_dataset(tmp_path_factory.mktemp("tiny") / "tiny", preset_scene("tiny")).root


def _complex(path: Path, scene: Scene) -> np.ndarray:
    return np.fromfile(path, ">c8").reshape(scene.lines, scene.samples)


def test_all_candidate_files_have_the_size_that_their_number_asks_for(tiny: Path):
    width, length = (int((tiny / name).read_text()) for name in ("width.txt", "len.txt"))
    interferograms = len((tiny / "pscphase.in").read_text().split()) - 1
    for name in (tiny / "patch.list").read_text().split():
        patch = tiny / name
        ij = np.loadtxt(patch / "pscands.1.ij", dtype=int)
        first_sample, last_sample, first_line, last_line = (
            int(word) for word in (patch / "patch.in").read_text().split()
        )
        count = len(ij)
        assert count > 1000
        assert np.array_equal(ij[:, 0], np.arange(1, count + 1))
        assert ij[:, 1].min() >= first_line - 1
        assert ij[:, 1].max() <= last_line - 1 < length
        assert ij[:, 2].max() <= last_sample - 1 < width
        sizes = {
            suffix: (patch / f"pscands.1.{suffix}").stat().st_size
            for suffix in ("ij.int", "ll", "hgt", "ph")
        }
        assert sizes == {
            "ij.int": 8 * count, "ll": 8 * count, "hgt": 4 * count,
            "ph": 8 * count * interferograms,
        }  # fmt: skip
        lines, samples = last_line - first_line + 1, last_sample - first_sample + 1
        assert (patch / "mean_amp.flt").stat().st_size == 4 * lines * samples


def test_binary_candidate_files_are_big_endian(tiny: Path):
    lonlat = np.fromfile(tiny / "PATCH_1" / "pscands.1.ll", ">f4").reshape(-1, 2)
    assert np.allclose(lonlat, Scene().view.centre_lonlat, atol=0.1)
    height = np.fromfile(tiny / "PATCH_1" / "pscands.1.hgt", ">f4")
    assert 0 < height.min() < height.max() < 1000
    phase = np.fromfile(tiny / "PATCH_1" / "pscands.1.ph", ">c8")
    assert np.isfinite(phase).all()
    assert 1 < np.median(np.abs(phase)) < 1e9


def test_parms_hold_the_defaults_of_stamps_and_the_headers_the_rest(tiny: Path):
    stored = read_mat(tiny / "parms.mat")
    assert stored["insar_processor"] == "snap"
    assert stored["clap_win"].item() == 32
    effective = effective_parameters(tiny, tiny, {})
    assert effective.lambda_ == pytest.approx(0.0554658, abs=1e-6)
    assert effective.heading == -12.6231


def test_the_raw_layout_is_an_export_that_the_preparation_finds(tmp_path: Path):
    root = simulate_dataset(tmp_path / "raw", BUSY, options=WriteOptions(layout="raw")).root
    export = find_export("snap", root)
    check_sizes(export.rasters)
    assert export.size == (BUSY.samples, BUSY.lines)
    assert (len(export.images), len(export.interferograms)) == (5, 4)
    assert export.notes == ()
    assert sorted(path.name for path in root.iterdir()) == [
        "dem", "diff0", "geo", "rslc", "truth.h5",
    ]  # fmt: skip
    dem = read_par(root / "dem" / "projected_dem_seg.par")
    size = (root / "dem" / "projected_dem_seg").stat().st_size
    assert size == 4 * dem.number("width") * dem.number("nlines")


def test_interferograms_are_those_of_the_images_without_the_topography(tmp_path: Path):
    root = simulate_dataset(tmp_path / "raw", BUSY, options=WriteOptions(layout="raw")).root
    made = make_stack(BUSY)
    images = images_of(made)
    places = made.everything()
    days = [f"{day:%Y%m%d}" for day in made.dates]
    master = days[made.master]
    for k in made.secondaries:
        found = _complex(root / "diff0" / f"{master}_{days[k]}.diff", BUSY)
        assert np.array_equal(found, interferogram_of(images[made.master], images[k]))
        reference, image = (_complex(root / "rslc" / f"{d}.rslc", BUSY) for d in (master, days[k]))
        with_height = np.angle(reference * np.conj(image) * np.conj(found))
        expected = np.angle(np.exp(1j * places.topography(k)))
        assert np.abs(np.angle(np.exp(1j * (with_height - expected)))).max() < 1e-3


def test_both_layouts_in_one_hold_the_same_files(tmp_path: Path):
    for layout in ("raw", "prepared", "both"):
        simulate_dataset(tmp_path / layout, BUSY, options=WriteOptions(layout=layout))
    raw, prepared, both = (file_contents(tmp_path / name) for name in ("raw", "prepared", "both"))
    records = {name for name in both if name.startswith(".")}  # name the folder, or the time
    assert {name for name in both if name not in prepared} - records == {
        f"raw/{name}" for name in raw if not name.endswith((".par", ".base", ".diff_par"))
    }
    assert all(both[f"raw/{name}"] == content for name, content in raw.items())
    assert all(both[name] == prepared[name] for name in prepared if name not in records)


def test_the_number_of_workers_and_the_budget_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stack, "BLOCK_PIXELS", 2000)
    assert len(make_stack(BUSY).spans) == 19
    truths, contents = [], []
    for workers, budget in ((1, 2000), (3, 1000)):
        root = tmp_path / str(workers)
        options = WriteOptions(layout="raw", workers=workers, memory_budget_mb=budget)
        simulate_dataset(root, BUSY, options=options)
        contents.append(file_contents(root))
        truths.append(read_truth(root / "truth.h5"))
    assert contents[0] == contents[1]
    for name in ("velocity", "dem_error", "ps_mask", "atmosphere", "displacement"):
        assert np.array_equal(truths[0].plane(name), truths[1].plane(name)), name


def test_blocks_join_without_a_seam(monkeypatch: pytest.MonkeyPatch):
    scene = quiet({"scatterers.side_lobes": 4, "scatterers.density_per_km2": 100.0,
                   "atmosphere.rms_rad": 1.0})  # fmt: skip
    monkeypatch.setattr(stack, "BLOCK_PIXELS", 350)
    many = make_stack(scene)
    assert len(many.spans) == 6
    monkeypatch.setattr(stack, "BLOCK_PIXELS", 1 << 16)
    one = make_stack(scene)
    # the same scatterers in one block: their responses have to be the same to the clutter
    together = type(one)(**{**_fields(one), "scatterers": many.scatterers})
    whole = images_of(together)
    monkeypatch.setattr(stack, "BLOCK_PIXELS", 350)
    parts = images_of(many)
    brightest = np.abs(whole).max()
    assert np.abs(whole - parts).max() < 1e-3 * brightest


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}


def test_equal_scenes_give_equal_files_and_another_seed_others(tmp_path: Path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate_dataset(tmp_path / name, quiet({"atmosphere.rms_rad": 1.0, "seed": seed}))
    a, b, c = (file_contents(tmp_path / name) for name in "abc")
    assert {k: v for k, v in a.items() if k[0] != "."} == {
        k: v for k, v in b.items() if k[0] != "."
    }
    assert a["PATCH_1/pscands.1.da"] != c["PATCH_1/pscands.1.da"]


def test_the_truth_gives_the_phase_that_scatterers_have(tmp_path: Path):
    scene = quiet({
        "atmosphere.rms_rad": 1.0, "atmosphere.ramp_rad": 1.0, "dem_error.uncorrelated_m": 3.0,
        "atmosphere.stratified_rad_per_km": 1.0, "deformation": Scene().deformation,
        "dem_error.correlated_m": 2.0,
    })  # fmt: skip
    root = simulate_dataset(tmp_path / "d", scene, options=WriteOptions(layout="both")).root
    truth = read_truth(root / "truth.h5")
    line, sample = np.nonzero(truth.plane("ps_mask"))
    phase = truth.phase(line, sample)
    made = make_stack(scene)
    days = [f"{day:%Y%m%d}" for day in made.dates]
    assert not phase[:, made.master].any()
    some, pair = slice(5, 4500), slice(2, 4)  # more pixels than are computed at once
    assert np.array_equal(truth.pixels(line, sample).phase(some, pair), phase[some, pair])
    for k in made.secondaries:
        path = root / "raw" / "diff0" / f"{days[made.master]}_{days[k]}.diff"
        measured = np.angle(_complex(path, scene)[line, sample])
        # clutter 80 dB below
        assert np.abs(np.angle(np.exp(1j * (measured - phase[:, k])))).max() < 2e-3
    cube = truth.plane("displacement")[:, line, sample].T
    assert np.allclose(truth.displacement(line, sample), cube, atol=1e-3)
    height = truth.at("height", line, sample)
    delay = truth.plane("atmosphere")[:, line, sample].T
    assert np.allclose(truth.atmosphere(line, sample, height), delay, atol=1e-4)
    slope = np.polyfit(made.years, cube.T, 1)[0]
    assert np.allclose(truth.at("velocity", line, sample), slope, atol=1e-3)


def test_the_report_has_a_figure_of_the_assessment_where_the_truth_lies(tmp_path: Path):
    root = simulate_dataset(tmp_path / "d", BUSY).root
    figure = "figures/assessment.png"
    assert figure in WorkflowPlan.from_mapping({"dataset": str(root)}).figures
    (root / "truth.h5").unlink()
    assert figure not in WorkflowPlan.from_mapping({"dataset": str(root)}).figures


def test_cubes_are_left_out_of_the_truth_when_not_wanted(tmp_path: Path):
    options = WriteOptions(layout="raw", truth_cubes=False)
    truth = read_truth(simulate_dataset(tmp_path / "d", BUSY, options=options).truth)
    with pytest.raises(ArtifactError, match="truth-cubes"):
        truth.plane("displacement")
    assert truth.displacement(np.array([3]), np.array([4])).shape == (1, 5)


def test_most_candidates_of_the_presets_are_persistent_scatterers(tmp_path: Path):
    summary = simulate_dataset(tmp_path / "tiny", preset_scene("tiny"))
    assert summary.true_candidates > 0.7 * summary.candidate_pixels
    assert summary.true_candidates > 0.95 * summary.persistent_scatterers
    assert 3000 < summary.candidates < 10000


def test_text_files_give_back_the_geometry_and_baselines_that_were_simulated(tiny: Path):
    scene = preset_scene("tiny")
    geometry = make_geometry(scene)
    par = read_par(tiny / (tiny / "rsc.txt").read_text().strip())
    assert par.number("near_range_slc") == geometry.near_range_m
    assert par.number("range_pixel_spacing") == geometry.range_spacing_m
    assert par.number("prf") == geometry.prf_hz
    made = make_stack(scene)
    paths = (tiny / "pscphase.in").read_text().split()[1:]
    assert len(paths) == scene.acquisitions.interferograms
    for path, k in zip(paths, made.secondaries, strict=True):
        base = read_par(tiny / path.replace(".diff", ".base"))
        assert base.numbers("initial_baseline(TCN)", 3)[1:] == (
            made.baselines[k].cross_m,
            made.baselines[k].normal_m,
        )
        assert path.endswith(f"{made.dates[made.master]:%Y%m%d}_{made.dates[k]:%Y%m%d}.diff")


def test_the_presets_fill_the_windows_of_stages_two_and_six():
    for name in ("demo", "tiny"):
        geometry = make_geometry(preset_scene(name))
        assert min(geometry.ground_range_m[-1], geometry.azimuth_m[-1]) > 7200


def test_a_directory_with_files_is_refused(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(DatasetError, match="not an empty directory"):
        simulate_dataset(tmp_path, preset_scene("tiny"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_budget_limits_the_workers_and_is_refused_when_too_small():
    scene = quiet({"lines": 20_000, "samples": 2_000, "acquisitions.interferograms": 30})
    assert usable_workers(scene, 8, 8000) == 8
    assert 1 <= usable_workers(scene, 8, 800) < 8
    with pytest.raises(ParameterError, match="this scene needs"):
        usable_workers(scene, 8, 300)
    with pytest.raises(ParameterError, match="layout"):
        WriteOptions(layout="cooked")


def test_a_file_that_is_no_truth_is_refused(tmp_path: Path):
    with pytest.raises(ArtifactError, match="missing"):
        read_truth(tmp_path / "truth.h5")
    (tmp_path / "truth.h5").write_text("no HDF5")
    with pytest.raises(ArtifactError, match="HDF5"):
        read_truth(tmp_path / "truth.h5")


def test_stage_one_reads_back_the_baselines_and_angles_that_were_simulated(tmp_path: Path):
    root = simulate_dataset(tmp_path / "tiny", preset_scene("tiny")).root
    stage1_load_initial(root / "PATCH_2", RunConfig(dataset=root))
    pixels = read_artifact(Pixels, root / "PATCH_2" / "ps1.mat")
    baselines = read_artifact(Baselines, root / "PATCH_2" / "bp1.mat").bperp_mat
    angles = read_artifact(LookAngle, root / "PATCH_2" / "la1.mat").la
    made = make_stack(preset_scene("tiny"))
    line, sample = (pixels.ij[:, k].astype(int) for k in (1, 2))
    expected = [made.baselines[k].perpendicular(made.geometry) for k in made.secondaries]
    # stored in single precision
    assert np.allclose(baselines, np.stack(expected)[:, line, sample].T, atol=1e-4)
    assert np.allclose(angles, made.geometry.incidence[sample], atol=1e-12)
    assert [calendar_date(day) for day in pixels.day] == list(made.dates)
    assert pixels.master_ix == made.master
    # the local coordinates are those of the radar: rotated back by the heading
    across = np.ptp(made.geometry.ground_range_m[sample])
    assert np.ptp(pixels.xy[:, 1]) == pytest.approx(across, rel=2e-3)
