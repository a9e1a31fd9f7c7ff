"""A simulated data set has the layout of stage 0 and the physics that was asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from pystamps.config import RunConfig
from pystamps.dates import calendar_date
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.io.par_file import read_par
from pystamps.io.parms import effective_parameters
from pystamps.model import Baselines, LookAngle, Pixels
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.simulate import Bowl, Scene, preset, read_truth, simulate_dataset
from pystamps.simulate.fields import power_law_field
from pystamps.simulate.geometry import make_baselines, make_geometry
from pystamps.simulate.scatterers import Clutter
from pystamps.simulate.stack import Stack, make_stack

QUIET = Scene(
    interferograms=12,
    lines=40,
    samples=50,
    overlap=(5, 5),
    atmosphere_rms_rad=0.0,
    stratified_rad_per_km=0.0,
    ramp_rad=0.0,
    ps_phase_noise_rad=0.0,
    ps_density_per_km2=5000.0,
    ps_signal_to_clutter_db=80.0,
    ps_signal_to_clutter_std_db=0.0,
    bowls=(),
    dem_error_std_m=0.0,
    dem_error_correlated_m=0.0,
)
"""Nothing but bright scatterers: what a test switches on is all there is."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_dataset(tmp_path_factory.mktemp("tiny") / "tiny", preset("tiny")).root


def _bytes(root: Path) -> dict[str, bytes]:
    """Contents of all files but those that hold the time of writing."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.suffix not in (".mat", ".h5")
    }


def _phase(scene: Scene) -> tuple[np.ndarray, Stack]:
    """Interferometric phase (images, lines, samples) of all pixels, and the stack."""
    stack = make_stack(scene)
    images = list(stack.images())
    reference = images[stack.master]
    return np.stack([np.angle(reference * np.conj(image)) for image in images]), stack


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
        pairs = np.fromfile(patch / "pscands.1.ij.int", ">i4").reshape(-1, 2)
        assert np.array_equal(pairs, ij[:, [2, 1]])
        lines, samples = last_line - first_line + 1, last_sample - first_sample + 1
        assert (patch / "mean_amp.flt").stat().st_size == 4 * lines * samples


def test_binary_candidate_files_are_big_endian(tiny: Path):
    lonlat = np.fromfile(tiny / "PATCH_1" / "pscands.1.ll", ">f4").reshape(-1, 2)
    assert np.allclose(lonlat, Scene().centre_lonlat, atol=0.1)
    height = np.fromfile(tiny / "PATCH_1" / "pscands.1.hgt", ">f4")
    assert 0 < height.min() < height.max() < 1000
    phase = np.fromfile(tiny / "PATCH_1" / "pscands.1.ph", ">c8")
    assert np.isfinite(phase).all()
    assert 1 < np.median(np.abs(phase)) < 1e9


def test_parms_hold_the_defaults_of_stamps_and_the_headers_the_rest(tiny: Path):
    stored = read_mat(tiny / "parms.mat")
    assert stored["insar_processor"] == "snap"
    assert stored["clap_win"].item() == 32
    assert len(stored["Created"]) == 11
    effective = effective_parameters(tiny, tiny, {})
    assert effective.lambda_ == pytest.approx(0.0554658, abs=1e-6)
    assert effective.heading == -12.6231


def test_equal_scenes_give_equal_files_and_another_seed_others(tmp_path: Path):
    scene = dataclasses.replace(QUIET, atmosphere_rms_rad=1.0, ps_density_per_km2=200.0)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate_dataset(tmp_path / name, dataclasses.replace(scene, seed=seed))
    a, b, c = (_bytes(tmp_path / name) for name in "abc")
    assert a == b
    assert a["PATCH_1/pscands.1.da"] != c["PATCH_1/pscands.1.da"]
    truth = [read_truth(tmp_path / name / "truth.h5") for name in "ab"]
    assert np.array_equal(truth[0].atmosphere, truth[1].atmosphere)


def test_the_phase_of_a_height_error_is_proportional_to_the_baseline():
    phase, stack = _phase(dataclasses.replace(QUIET, dem_error_std_m=3.0))
    ps = stack.scatterers.ps_mask
    baselines = np.stack([b.perpendicular(stack.geometry)[ps] for b in stack.baselines])
    wrapped = phase[:, ps]
    slope = stack.geometry.phase_per_height[np.nonzero(ps)[1]]
    residual = wrapped - slope * baselines * stack.scatterers.height_m[ps]
    # clutter 80 dB below the scatterers leaves 1e-4 rad
    assert np.abs(np.angle(np.exp(1j * residual))).max() < 1e-3
    # positive height, positive baseline: negative phase
    assert (slope < 0).all()


def test_motion_toward_the_satellite_gives_negative_phase_of_later_images():
    bowl = Bowl((0.5, 0.5), (1e6, 1e6), velocity_mm_yr=6.0)
    phase, stack = _phase(dataclasses.replace(QUIET, bowls=(bowl,)))
    ps = stack.scatterers.ps_mask
    expected = -4 * np.pi / stack.geometry.wavelength_m * 6e-3 * stack.years
    assert np.abs(phase[:, ps] - expected[:, None]).max() < 2e-3
    assert expected[-1] < 0


def test_the_seasonal_term_returns_after_a_year():
    bowl = Bowl((0.5, 0.5), (1e6, 1e6), velocity_mm_yr=0.0, seasonal_mm=5.0)
    stack = make_stack(dataclasses.replace(QUIET, bowls=(bowl,)))
    expected = 5.0 * np.sin(2 * np.pi * stack.years)
    assert np.allclose(stack.displacement()[:, 20, 25], expected, atol=1e-3)


def test_the_atmosphere_has_the_spectrum_and_strength_asked_for():
    generator = np.random.default_rng(5)
    size, spacing, exponent = 256, 50.0, 11 / 3
    window = np.outer(np.hanning(size), np.hanning(size))
    frequency = np.fft.fftfreq(size, spacing)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    power = np.zeros((size, size))
    for _ in range(20):
        field = power_law_field((size, size), (spacing, spacing), exponent, generator=generator)
        assert field.std() == pytest.approx(1)
        assert field.mean() == pytest.approx(0, abs=1e-9)
        power += np.abs(np.fft.fft2(field * window)) ** 2
    inside = (radius > 6 / (size * spacing)) & (radius < 0.25 / spacing)
    slope, _ = np.polyfit(np.log(radius[inside]), np.log(power[inside]), 1)
    # the scatter of the mean of 20 periodograms over 10 000 wavenumbers is below 0.01; leakage
    # of the taper accounts for the rest
    assert slope == pytest.approx(-exponent, abs=0.1)


def test_clutter_is_circular_and_forgets_exponentially():
    scene = dataclasses.replace(QUIET, lines=100, samples=100, clutter_memory_days=10.0)
    clutter = Clutter(scene)
    first = clutter.advance(0, 0)
    second = clutter.advance(1, 5)
    assert np.mean(np.abs(second) ** 2) == pytest.approx(1, abs=0.05)
    assert np.mean(second**2) == pytest.approx(0, abs=0.05)
    assert np.mean(first * np.conj(second)).real == pytest.approx(np.exp(-0.5), abs=0.05)


def test_bright_scatterers_have_the_dispersion_of_their_signal_to_clutter_ratio(tmp_path: Path):
    scene = Scene(interferograms=28, lines=80, samples=80, ps_density_per_km2=600.0,
                  ps_signal_to_clutter_db=15.0, ps_signal_to_clutter_std_db=0.0,
                  patches=(1, 1))  # fmt: skip
    root = simulate_dataset(tmp_path / "bright", scene).root
    dispersion = np.loadtxt(root / "PATCH_1" / "pscands.1.da")
    ij = np.loadtxt(root / "PATCH_1" / "pscands.1.ij", dtype=int)
    is_ps = read_truth(root / "truth.h5").ps_mask[ij[:, 1], ij[:, 2]]
    # amplitude of a constant in complex noise: std / mean = sqrt(1 / (2 SCR)), plus the error
    # of the calibration by the mean amplitude
    assert np.median(dispersion[is_ps]) == pytest.approx(np.sqrt(0.5 / 10**1.5), rel=0.1)
    assert np.median(dispersion[~is_ps]) > 0.33


def test_most_candidates_of_the_presets_are_persistent_scatterers(tmp_path: Path):
    summary = simulate_dataset(tmp_path / "tiny", preset("tiny"))
    assert summary.true_candidates > 0.7 * summary.candidate_pixels
    assert summary.true_candidates > 0.95 * summary.persistent_scatterers
    assert 3000 < summary.candidates < 10000


def test_text_files_give_back_the_geometry_and_baselines_that_were_simulated(tiny: Path):
    scene = preset("tiny")
    geometry = make_geometry(scene)
    par = read_par(tiny / (tiny / "rsc.txt").read_text().strip())
    assert par.number("near_range_slc") == geometry.near_range_m
    assert par.number("range_pixel_spacing") == geometry.range_spacing_m
    assert par.number("prf") == geometry.prf_hz
    stack = make_stack(scene)
    baselines = make_baselines(scene, geometry, stack.master)
    paths = (tiny / "pscphase.in").read_text().split()[1:]
    assert len(paths) == scene.interferograms
    for path, k in zip(paths, stack.secondaries, strict=True):
        base = read_par(tiny / path.replace(".diff", ".base"))
        assert base.numbers("initial_baseline(TCN)", 3)[1:] == (
            baselines[k].cross_m,
            baselines[k].normal_m,
        )
        assert path.endswith(f"{stack.dates[stack.master]:%Y%m%d}_{stack.dates[k]:%Y%m%d}.diff")


def test_the_presets_fill_the_windows_of_stages_two_and_six():
    for name in ("demo", "tiny"):
        geometry = make_geometry(preset(name))
        assert min(geometry.ground_range_m[-1], geometry.azimuth_m[-1]) > 7200


def test_a_directory_with_files_and_an_impossible_scene_are_refused(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(DatasetError, match="not an empty directory"):
        simulate_dataset(tmp_path, preset("tiny"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(ParameterError, match="interferograms=0"):
        Scene(interferograms=0)
    with pytest.raises(ParameterError, match="unknown"):
        preset("huge")


def test_a_file_that_is_no_truth_is_refused(tmp_path: Path):
    with pytest.raises(ArtifactError, match="missing"):
        read_truth(tmp_path / "truth.h5")
    (tmp_path / "truth.h5").write_text("no HDF5")
    with pytest.raises(ArtifactError, match="HDF5"):
        read_truth(tmp_path / "truth.h5")


def test_stage_one_reads_back_the_baselines_and_angles_that_were_simulated(tmp_path: Path):
    root = simulate_dataset(tmp_path / "tiny", preset("tiny")).root
    stage1_load_initial(root / "PATCH_2", RunConfig(dataset=root))
    pixels = read_artifact(Pixels, root / "PATCH_2" / "ps1.mat")
    baselines = read_artifact(Baselines, root / "PATCH_2" / "bp1.mat").bperp_mat
    angles = read_artifact(LookAngle, root / "PATCH_2" / "la1.mat").la
    stack = make_stack(preset("tiny"))
    line, sample = (pixels.ij[:, k].astype(int) for k in (1, 2))
    expected = [stack.baselines[k].perpendicular(stack.geometry) for k in stack.secondaries]
    # stored in single precision
    assert np.allclose(baselines, np.stack(expected)[:, line, sample].T, atol=1e-4)
    assert np.allclose(angles, stack.geometry.incidence[sample], atol=1e-12)
    assert [calendar_date(day) for day in pixels.day] == list(stack.dates)
    assert pixels.master_ix == stack.master
    # the local coordinates are those of the radar: rotated back by the heading
    across = np.ptp(stack.geometry.ground_range_m[sample])
    assert np.ptp(pixels.xy[:, 1]) == pytest.approx(across, rel=2e-3)
