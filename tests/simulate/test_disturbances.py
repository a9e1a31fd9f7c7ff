"""Delays that are not white in time, drifting orbits, scatterers that move alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simulated_scenes import phase_of, quiet

from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.hdf5_files import opened_hdf5
from pystamps.simulate import Scene, read_truth
from pystamps.simulate.export import truth_header
from pystamps.simulate.families import FAMILIES, family_scene
from pystamps.simulate.scatterer_motion import SINGLE_MOVERS, THERMAL
from pystamps.simulate.stack import make_stack
from pystamps.simulate.truth_writing import truth_writer
from pystamps.simulate.writer import simulate_dataset

MANY = {"acquisitions.interferograms": 59, "acquisitions.cycles": (1.0,)}
"""Two years of images every 12 days."""


def _yearly(dates: tuple, values: np.ndarray) -> np.ndarray:
    """Fit a constant and a year to values: constant, cosine of the hottest week, sine."""
    day = np.array([each.toordinal() for each in dates], float)
    hottest = np.array([each.timetuple().tm_yday for each in dates]) - 201.0
    angle = 2 * np.pi * hottest / 365.25
    design = np.stack([np.ones(day.size), np.cos(angle), np.sin(angle)], axis=1)
    return np.linalg.lstsq(design, values, rcond=None)[0]


def test_a_plain_scene_has_no_disturbance_and_its_delays_are_those_of_before():
    stack = make_stack(quiet({"atmosphere.rms_rad": 1.0, "atmosphere.ramp_rad": 1.0}))
    parts = stack.delays.parts
    assert (parts.front, parts.seasonal_stratified, parts.ramp_drift) == (None, None, None)
    assert stack.own_motion.names == ()
    assert len(stack.displacement_time) == 0
    # numbers of the generator as they were before there were disturbances
    assert stack.delays.ramp[0] == pytest.approx(np.array([1.85357025, -0.02215686]), abs=1e-8)
    assert stack.delays.turbulent[3, 5, 7] == pytest.approx(-0.34481895, abs=1e-6)


def test_the_seasonal_delay_follows_height_and_season_with_the_amplitude_asked_for():
    scene = quiet({**MANY, "disturbances.seasonal_stratified_rad_per_km": 3.0})
    stack = make_stack(scene)
    constant, warm, later = _yearly(stack.dates, stack.delays.stratified)
    assert (constant, warm, later) == pytest.approx((0.0, 3.0, 0.0), abs=1e-9)
    assert np.array_equal(stack.delays.parts.seasonal_stratified, stack.delays.stratified)
    places = stack.everything()
    summer = int(np.argmax(stack.delays.stratified))
    slope = np.polyfit(places.height.ravel() / 1000, places.atmosphere(summer).ravel(), 1)[0]
    assert slope == pytest.approx(stack.delays.stratified[summer], rel=1e-3)


def test_south_of_the_equator_the_hottest_week_is_in_january():
    south = {**MANY, "view.centre_lonlat": (150.0, -33.0)}
    stack = make_stack(quiet({**south, "disturbances.seasonal_stratified_rad_per_km": 1.0}))
    assert _yearly(stack.dates, stack.delays.stratified)[1] == pytest.approx(-1.0, abs=1e-9)


def test_turbulence_with_memory_is_correlated_over_that_time_and_keeps_its_strength():
    changes = {**MANY, "atmosphere.rms_rad": 1.0, "atmosphere.spread": 0.0, "lines": 48,
               "samples": 48, "acquisitions.interferograms": 239}  # fmt: skip
    stack = make_stack(quiet({**changes, "disturbances.turbulence_memory_days": 40.0}))
    field = stack.delays.turbulent.reshape(240, -1).astype(float)
    assert field.std() == pytest.approx(1.0, rel=0.1)
    for lag, days in ((1, 12), (3, 36), (20, 240)):
        found = np.mean(field[lag:] * field[:-lag]) / np.mean(field**2)
        # 48 km of turbulence at a few scales in 240 images: some hundred independent values
        assert found == pytest.approx(np.exp(-days / 40.0), abs=0.15)
    white = make_stack(quiet(changes)).delays.turbulent.reshape(240, -1)
    assert abs(np.mean(white[1:] * white[:-1])) < 0.15


def test_fronts_are_steps_in_the_share_of_images_asked_for():
    changes = {**MANY, "disturbances.front_share": 0.4, "disturbances.front_rad": 2.0,
               "disturbances.front_width_m": 200.0, "acquisitions.interferograms": 199}  # fmt: skip
    front = make_stack(quiet(changes)).delays.parts.front
    assert front is not None
    has_front = np.abs(front).max(axis=(1, 2)) > 0
    assert has_front.mean() == pytest.approx(0.4, abs=0.1)
    steps = np.ptp(front[has_front], axis=(1, 2))
    # rms of a normal step; a front near a corner shows a part of it
    assert 1.2 < np.sqrt(np.mean(steps**2)) < 2.4
    assert np.abs(front.mean(axis=(1, 2))).max() < 1e-5


def test_orbits_drift_in_proportion_to_time_and_not_at_the_reference_image():
    stack = make_stack(quiet({**MANY, "disturbances.ramp_drift_rad_yr": 2.0}))
    ramp = stack.delays.ramp
    assert ramp[stack.master].tolist() == [0.0, 0.0]
    others = list(stack.secondaries)
    rate = ramp[others] / stack.years[others, None]
    assert np.allclose(rate, rate[0])
    many = [make_stack(quiet({"seed": seed, "disturbances.ramp_drift_rad_yr": 2.0}))
            for seed in range(40)]  # fmt: skip
    drawn = np.array([each.delays.ramp[0] / each.years[0] for each in many])
    assert drawn.std() == pytest.approx(2.0, rel=0.3)


def test_single_movers_move_alone_at_their_velocity():
    changes = {"disturbances.movers_share": 0.1, "disturbances.mover_mm_yr": 8.0}
    phase, stack = phase_of(quiet(changes))
    assert stack.own_motion.names == (SINGLE_MOVERS,)
    speed = stack.own_motion.pattern[0]
    assert set(np.unique(speed)) == {-8.0, 0.0, 8.0}
    assert np.mean(speed != 0) == pytest.approx(0.1, abs=0.04)
    expected = -4 * np.pi / stack.geometry.wavelength_m * 1e-3 * np.outer(stack.years, speed)
    assert np.abs(np.angle(np.exp(1j * (phase - expected)))).max() < 2e-3


def test_buildings_grow_with_the_temperature_and_what_is_below_the_model_does_not():
    changes = {"dem_error.uncorrelated_m": 10.0, "disturbances.thermal_expansion_ppm_k": 12.0,
               "disturbances.temperature_std_k": 0.0}  # fmt: skip
    stack = make_stack(quiet({**MANY, **changes}))
    assert stack.own_motion.names == (THERMAL,)
    pattern, height = stack.own_motion.pattern[0], stack.scatterers.height_m
    assert (pattern[height <= 0] == 0).all()
    # 20 m in the line of sight of about 40 degrees: 0.18 mm per kelvin
    tall = height > 15
    vertical = pattern[tall] / np.cos(stack.geometry.incidence[stack.scatterers.sample[tall]])
    assert vertical == pytest.approx(0.012 * height[tall], rel=1e-5)
    _, warm, _ = _yearly(stack.dates, stack.own_motion.time[0])
    assert warm == pytest.approx(10.0, abs=1e-6)
    assert stack.own_motion.time[0, stack.master] == 0.0


def test_the_truth_holds_every_part_and_its_phase_is_that_of_the_images(tmp_path: Path):
    changes = {
        "disturbances.movers_share": 0.2, "disturbances.thermal_expansion_ppm_k": 12.0,
        "disturbances.front_share": 0.5, "disturbances.ramp_drift_rad_yr": 1.0,
        "disturbances.seasonal_stratified_rad_per_km": 2.0, "dem_error.uncorrelated_m": 5.0,
        "disturbances.turbulence_memory_days": 50.0, "atmosphere.rms_rad": 0.5,
    }  # fmt: skip
    scene = quiet(changes)
    simulate_dataset(tmp_path / "d", scene)
    phase, stack = phase_of(scene)
    truth = read_truth(tmp_path / "d" / "truth.h5")
    line, sample = stack.scatterers.line, stack.scatterers.sample
    difference = phase.T - truth.phase(line, sample)
    assert np.abs(np.angle(np.exp(1j * difference))).max() < 5e-3
    header = truth.header
    assert header.own_motions == (SINGLE_MOVERS, THERMAL)
    assert len(header.displacement_time) == len(header.own_motions)
    parts = stack.delays.parts
    assert np.array_equal(header.front_nodes, parts.front)
    assert np.array_equal(header.seasonal_stratified, parts.seasonal_stratified)
    assert np.array_equal(header.ramp_drift, parts.ramp_drift)
    own = stack.own_rates @ stack.own_motion.pattern
    assert truth.at("velocity", line, sample) == pytest.approx(own, abs=1e-4)
    assert truth.plane("displacement")[0, line, sample] == pytest.approx(
        truth.displacement(line, sample)[:, 0], abs=1e-4
    )


def test_the_truth_of_a_plain_scene_names_no_parts(tmp_path: Path):
    stack = make_stack(quiet({}))
    with truth_writer(tmp_path / "truth.h5", truth_header(stack), cubes=False):
        pass
    with opened_hdf5(tmp_path / "truth.h5") as file:
        assert "own_motions" not in file.attrs
        assert not {"front_nodes", "seasonal_stratified", "ramp_drift"} & set(file)
    assert read_truth(tmp_path / "truth.h5").header.own_motions == ()


def test_a_part_of_another_size_is_refused(tmp_path: Path):
    import h5py

    stack = make_stack(quiet({"disturbances.ramp_drift_rad_yr": 1.0}))
    path = tmp_path / "truth.h5"
    with truth_writer(path, truth_header(stack), cubes=False):
        pass
    with h5py.File(path, "r+") as file:
        del file["ramp_drift"]
        file["ramp_drift"] = np.zeros((3, 2))
    with pytest.raises(ArtifactError, match="ramp_drift has the size"):
        read_truth(path)


def test_every_family_gives_another_scene_for_every_seed_and_the_same_for_the_same():
    for name in FAMILIES:
        first, second = family_scene(name, 11), family_scene(name, 12)
        assert first == family_scene(name, 11)
        assert first.seed == 11
        assert first.acquisitions != second.acquisitions or first.atmosphere != second.atmosphere
    assert sum(not family.is_stress for family in FAMILIES.values()) == 7


def test_families_of_stress_ask_for_what_plain_ones_do_not_have():
    plain = Scene().disturbances
    for name, family in FAMILIES.items():
        scene = family_scene(name, 4)
        assert family.is_stress or scene.disturbances == plain
    assert family_scene("drift", 4).disturbances.ramp_drift_rad_yr >= 1
    assert family_scene("fronts", 4).disturbances.front_share > 0
    assert family_scene("still", 4).deformation == ()


def test_an_unknown_family_is_refused_with_those_there_are():
    with pytest.raises(ParameterError, match="family 'fast' is unknown; use one of sentinel, ers"):
        family_scene("fast", 1)
