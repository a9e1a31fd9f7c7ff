from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact, read_variable
from pystamps.io.mat import read_mat
from pystamps.model import Pixels, Unwrapped
from pystamps.stages.deramp import deramp

RNG = np.random.default_rng(90)
XY = RNG.uniform(-5000, 5000, (60, 2))


@pytest.mark.golden
@pytest.mark.parametrize(("key", "degree"), [("1", 1), ("15", 1.5), ("2", 2), ("3", 3)])
def test_surfaces_are_those_of_the_original(vectors, key, degree):
    vector = load_vector(vectors / "s7_deramp.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    deramped, ramp = deramp(inputs["ph"], inputs["xy"][:, 1:], degree=degree)
    # 5e-6: the original solves in single precision
    np.testing.assert_allclose(deramped, outputs[f"o{key}"], rtol=0, atol=5e-6)
    np.testing.assert_allclose(ramp, outputs[f"r{key}"], rtol=0, atol=5e-6)


@pytest.mark.golden
@pytest.mark.parametrize("degree", [1, 2])
def test_tiny_is_deramped_as_by_the_original(shared_data, degree):
    stages, products = shared_data / "tiny" / "stages", shared_data / "tiny" / "products"
    pixels = read_artifact(Pixels, stages / "stage5" / "ps2.mat")
    ph_uw = read_variable(Unwrapped, "ph_uw", stages / "stage6" / "phuw2.mat")
    golden = read_mat(products / f"deramp_deg{degree}.mat")
    deramped, ramp = deramp(ph_uw, pixels.xy[:, 1:], degree=degree)
    # single precision least squares over 3133 pixels with phases up to 30 rad
    np.testing.assert_allclose(deramped, golden["ph_all"], rtol=0, atol=2e-5)
    np.testing.assert_allclose(ramp, golden["ph_ramp"], rtol=0, atol=2e-5)
    assert deramped.dtype == golden["ph_all"].dtype


def test_a_plane_is_removed_and_given_back():
    plane = 0.3 + 2e-4 * XY[:, 0] - 1e-4 * XY[:, 1]
    deramped, ramp = deramp(np.column_stack([plane, 2 * plane]), XY)
    np.testing.assert_allclose(deramped, 0, atol=1e-6)  # coordinates are single precision
    np.testing.assert_allclose(ramp[:, 0], plane, atol=1e-6)


def test_degree_two_leaves_a_plane_standing_as_in_the_original():
    plane = 1e-3 * XY[:, 0]
    assert np.abs(deramp(plane[:, None], XY, degree=2)[0]).max() > 1


def test_missing_pixels_take_no_part_and_stay_missing():
    plane = 0.3 + 2e-4 * XY[:, 0]
    phase = np.column_stack([plane, plane])
    phase[4, 1] = np.nan
    deramped, ramp = deramp(phase, XY)
    assert np.isnan(deramped).sum() == 1
    assert np.isnan(deramped[4, 1])
    np.testing.assert_allclose(ramp[4, 1], plane[4], atol=1e-6)


def test_a_column_with_five_values_is_left_as_it_is():
    phase = np.full((60, 2), np.nan)
    phase[:5, 0] = phase[:6, 1] = 3.0
    deramped, ramp = deramp(phase, XY)
    np.testing.assert_array_equal(deramped[:5, 0], 3)
    assert np.isnan(ramp[:, 0]).all()
    np.testing.assert_allclose(deramped[:6, 1], 0, atol=1e-12)


@pytest.mark.parametrize("n_ps", [0, 1])
def test_few_pixels_are_left_as_they_are(n_ps):
    phase = np.ones((n_ps, 3), dtype=np.float32)
    deramped, ramp = deramp(phase, XY[:n_ps])
    np.testing.assert_array_equal(deramped, phase)
    assert deramped.dtype == np.float32
    assert ramp.shape == (n_ps, 3)


def test_an_impossible_degree_is_refused():
    with pytest.raises(ParameterError, match=r"use 1, 1\.5, 2 or 3"):
        deramp(np.zeros((60, 1)), XY, degree=4)


@pytest.mark.parametrize("degree", [1.0, 3.0])
def test_pixels_on_a_line_and_no_more_pixels_than_terms_are_refused(degree):
    rng = np.random.default_rng(9)
    xy = rng.uniform(-5000, 5000, (40, 2)).astype(np.float32)
    phase = rng.normal(0, 1, (40, 3)).astype(np.float32)
    deramp(phase, xy, degree=degree)
    line = np.column_stack([xy[:, 0], 2 * xy[:, 0]])
    with pytest.raises(ParameterError, match=r"surfaces of 3 interferograms.*almost on a line"):
        deramp(phase, line, degree=degree)
    if degree == 3.0:
        with pytest.raises(ParameterError, match="7 pixels for the 8 terms"):
            deramp(phase[:7], xy[:7], degree=degree)
