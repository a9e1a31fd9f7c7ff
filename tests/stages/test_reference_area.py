from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from unwrapped_examples import example_pixels

from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.stages.reference_area import reference_means, reference_pixels

PIXELS = example_pixels()


@pytest.mark.golden
@pytest.mark.parametrize("area", ["default", "box", "circle"])
def test_the_area_holds_the_pixels_of_the_original(shared_data, area):
    golden = read_mat(shared_data / "tiny" / "products" / f"setref_{area}.mat")
    pixels = read_artifact(Pixels, shared_data / "tiny" / "stages" / "stage5" / "ps2.mat")
    settings = {name: value.ravel() for name, value in golden.items() if name != "ref_ps"}
    settings = {n: v.item() if v.size == 1 else tuple(v.tolist()) for n, v in settings.items()}
    found = reference_pixels(pixels, Parameters(**settings))
    np.testing.assert_array_equal(found + 1, golden["ref_ps"].ravel())


def test_all_pixels_are_the_default():
    np.testing.assert_array_equal(reference_pixels(PIXELS, Parameters()), np.arange(30))


def test_minus_infinite_radius_means_no_reference():
    assert reference_pixels(PIXELS, Parameters(ref_radius=-inf)) is None


def test_a_local_box_replaces_everything_else_and_its_edges_are_outside():
    x, y = PIXELS.xy[4, 1:]
    parameters = Parameters(
        ref_x=(float(x) - 1, float(x) + 1), ref_y=(float(y) - 1, float(y) + 1), ref_radius=-inf
    )
    np.testing.assert_array_equal(reference_pixels(PIXELS, parameters), [4])
    with pytest.raises(ParameterError, match="holds no pixel"):
        reference_pixels(PIXELS, replace(parameters, ref_x=(float(x), float(x) + 0.001)))


def test_half_a_local_box_is_refused():
    with pytest.raises(ParameterError, match="ref_y is not"):
        reference_pixels(PIXELS, Parameters(ref_x=(0.0, 1.0)))


def test_a_circle_is_measured_in_metres_and_its_rim_is_inside():
    centre = tuple(PIXELS.lonlat[7])
    offset = 1000 * (
        llh2local(PIXELS.lonlat, PIXELS.ll0) - llh2local(PIXELS.lonlat[7:8], PIXELS.ll0)
    )
    radius = float(np.sort(np.hypot(*offset.T))[3]) + 1e-6
    found = reference_pixels(PIXELS, Parameters(ref_centre_lonlat=centre, ref_radius=radius))
    assert len(found) == 4
    assert 7 in found


def test_an_empty_area_is_an_error_that_shows_the_area():
    with pytest.raises(ParameterError, match=r"holds no pixel .*ref_radius=10"):
        reference_pixels(PIXELS, Parameters(ref_radius=10.0))


def test_an_empty_data_set_has_an_empty_area():
    empty = replace(PIXELS, xy=PIXELS.xy[:0], lonlat=PIXELS.lonlat[:0], ij=PIXELS.ij[:0])
    assert reference_pixels(empty, Parameters(ref_radius=10.0)).size == 0
    assert not reference_means(np.zeros((0, 3)), np.zeros(0, dtype=int)).any()


def test_means_leave_missing_values_out():
    phase = np.array([[1.0, 5], [3, np.nan], [100, 100]])
    np.testing.assert_array_equal(reference_means(phase, np.array([0, 1])), [2, 5])
    np.testing.assert_array_equal(reference_means(phase, None), [0, 0])


def test_means_of_single_precision_are_added_in_double():
    phase = np.full((200_000, 1), 0.1, dtype=np.float32)
    assert reference_means(phase, np.arange(200_000))[0] == pytest.approx(
        np.float32(0.1), abs=1e-15
    )


def test_a_column_without_phase_in_the_area_is_named():
    phase = np.array([[1.0, np.nan], [3, np.nan], [1, 2]])
    with pytest.raises(ParameterError, match="interferogram 2 has no phase"):
        reference_means(phase, np.array([0, 1]))
    means = reference_means(phase, np.array([0, 1]), columns=np.array([0]))
    np.testing.assert_array_equal(means, [2, 0])
