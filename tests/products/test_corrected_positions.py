"""Heights and positions of scatterers above the elevation model, against what is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pystamps.geo import llh2local
from pystamps.products.point_storage import read_point_table
from pystamps.products.view_geometry import height_above_dem_m, scatterer_lonlat
from pystamps.simulate import PRESETS
from pystamps.simulate.geometry import Geometry, make_geometry
from pystamps.simulate.truth import read_truth


def ground_range_of(geometry: Geometry, sample: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Give where a slant range meets a height above the model, from the law of cosines alone.

    Metres along the ground from where it meets the model, positive away from the satellite.
    """
    sensor, earth = geometry.sar_to_earth_centre_m, geometry.earth_radius_m
    slant = geometry.slant_range_m[sample]

    def angle_at_the_centre(radius: np.ndarray | float) -> np.ndarray:
        return np.arccos((sensor**2 + radius**2 - slant**2) / (2 * sensor * radius))

    return earth * (angle_at_the_centre(earth + height) - angle_at_the_centre(earth))


@pytest.mark.parametrize("orbit", ["ascending", "descending"])
def test_a_scatterer_above_the_model_lies_where_its_slant_range_meets_its_height(orbit):
    scene = PRESETS["tiny"]
    geometry = make_geometry(replace(scene, view=replace(scene.view, orbit=orbit)))
    sample = np.arange(0, scene.samples, 5)
    line = np.full(sample.size, scene.lines // 2)
    height = np.resize([-40.0, 15.0, 60.0, 200.0], sample.size)
    lonlat = np.column_stack(geometry.lonlat(line, sample))
    found = scatterer_lonlat(lonlat, height, geometry.incidence[sample], geometry.heading_deg)
    moved = ground_range_of(geometry, sample, height)
    expected_line, expected_sample = geometry.line_sample_of(*found.T)
    np.testing.assert_allclose(expected_line, line, atol=0.02)
    ground = np.interp(expected_sample, np.arange(scene.samples), geometry.ground_range_m)
    inside = (expected_sample > 0) & (expected_sample < scene.samples - 1)
    assert inside.sum() > 10
    shift = (ground - geometry.ground_range_m[sample])[inside]
    np.testing.assert_allclose(shift, moved[inside], atol=0.25)  # the circle leaves its tangent
    assert (np.sign(shift) == np.sign(height[inside])).all()
    east, north = (found - lonlat).T * np.sign(height)
    to_the_right = {"ascending": (1, -1), "descending": (-1, 1)}[orbit]
    assert (np.sign(east) == to_the_right[0]).all()
    assert np.abs(east * np.cos(np.radians(lonlat[:, 1]))).min() > 2 * np.abs(north).min()


def test_what_is_not_known_moves_nothing_to_a_wrong_place():
    lonlat = np.array([[10.0, 45.0], [10.0, 45.0]])
    height, incidence = np.array([np.nan, 20.0]), np.array([0.6, np.nan])
    assert np.isnan(scatterer_lonlat(lonlat, height, incidence, -12.0)).all()
    known = np.full(2, 20.0)
    assert np.isnan(scatterer_lonlat(lonlat, known, np.full(2, 0.6), np.nan)).all()


def test_heights_and_positions_of_a_run_follow_the_truth(finished_once):
    """Sign and size of the DEM error, as the simulator put it into the phase.

    Fourteen interferograms with baselines of 60 m tell a height to 7 m, atmosphere included; so
    the run shows sign and scale over thousands of scatterers, and the phase of the truth the rest.
    """
    table = read_point_table(finished_once / "products" / "ps.h5")
    columns = table.columns
    truth = read_truth(finished_once / "truth.h5")
    line, sample = columns["azimuth"].astype(int), columns["range"].astype(int)
    is_scatterer = truth.at("ps_mask", line, sample).astype(bool)
    line, sample = line[is_scatterer], sample[is_scatterer]
    true = truth.at("dem_error", line, sample).astype(float)
    assert is_scatterer.sum() > 1000 and true.std() > 2
    geometry = make_geometry(PRESETS["tiny"])
    exact = scatterer_places(geometry, line, sample, true)
    uncorrected = places(columns, "", is_scatterer)

    found = columns["dem_error"][is_scatterer].astype(float)
    assert 0.7 < scale_of(found, true) < 1.4 and np.corrcoef(found, true)[0, 1] > 0.5
    raised = (columns["height_corrected"] - columns["height"])[is_scatterer]
    np.testing.assert_allclose(raised, found, atol=1e-3)
    moved = metres_between(uncorrected, places(columns, "_corrected", is_scatterer))
    expected = metres_between(uncorrected, exact)
    assert 0.7 < scale_of(moved.ravel(), expected.ravel()) < 1.4

    incidence = np.radians(columns["incidence_angle"][is_scatterer])
    height = height_above_dem_m(
        truth.header.phase_per_height[sample] * true, incidence,
        wavelength=truth.header.wavelength_m, slant_range_m=table.about["slant_range_m"],
    )  # fmt: skip
    np.testing.assert_allclose(height, true, rtol=0.01, atol=0.01)
    heading = float(table.about["heading_deg"])
    corrected = scatterer_lonlat(uncorrected, height, incidence, heading)
    before, after = (np.hypot(*metres_between(p, exact).T) for p in (uncorrected, corrected))
    assert before.max() > 20 and after.max() < 0.5


def scale_of(found: np.ndarray, true: np.ndarray) -> float:
    """Give the slope of a straight line through what was found over what is true."""
    return float(np.polyfit(true, found, 1)[0])


def scatterer_places(
    geometry: Geometry, line: np.ndarray, sample: np.ndarray, height: np.ndarray
) -> np.ndarray:
    """Give longitude and latitude of scatterers of the simulator."""
    moved = ground_range_of(geometry, sample, height)
    heading = np.radians(geometry.heading_deg)
    lonlat = np.column_stack(geometry.lonlat(line, sample))
    metres_per_degree = np.array([np.cos(np.radians(lonlat[:, 1].mean())), 1.0]) * 111_320.0
    shift = np.column_stack([moved * np.cos(heading), -moved * np.sin(heading)])
    return lonlat + shift / metres_per_degree


def places(columns, ending: str, rows: np.ndarray) -> np.ndarray:
    """Give longitude and latitude of some points."""
    return np.column_stack([columns[f"{n}{ending}"][rows] for n in ("longitude", "latitude")])


def metres_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give metres east and north from some positions to others."""
    return (llh2local(second, first[0]) - llh2local(first, first[0])) * 1000
