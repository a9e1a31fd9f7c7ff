"""Stage 1 on arrays: order, dates, null interferogram, gaps, geometry with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pystamps.dates import datenum
from pystamps.errors import ArtifactError
from pystamps.processors.patch_model import (
    Acquisitions,
    Candidates,
    NodeGrids,
    RasterGeometry,
    SlantRangeGeometry,
)
from pystamps.stages.stage1_geometry import bilinear, look_and_incidence, slant_range_values
from pystamps.stages.stage1_load import load_node_grids, load_rasters, load_slant_range

HEADING = -12.6
DATES = (20180101, 20180301, 20180501)
SENTINEL = SlantRangeGeometry(
    near_range=859450.2440358655,
    center_range=890000.0,
    range_pixel_spacing=2.0,
    sensor_radius=7071759.46602165,
    earth_radius=6375524.1794505315,
    azimuth_lines=4018,
    prf=1717.128973878037,
    baseline=np.array([[37.1, -11.7], [0.0, 0.0], [-80.0, 5.0]]),
    baseline_rate=np.array([[0.01, -0.03], [0.0, 0.0], [0.0, 0.0]]),
)


def candidates(n: int, *, seed: int = 1) -> Candidates:
    rng = np.random.default_rng(seed)
    lonlat = np.array([14.2, 40.8]) + rng.normal(scale=0.02, size=(n, 2))
    ph = rng.normal(size=(3, n)) + 1j * rng.normal(size=(3, n))
    return Candidates(
        ij=np.column_stack([np.arange(n) + 1, rng.integers(0, 90, n), rng.integers(0, 60, n)])
        * 1.0,
        lonlat=lonlat.astype(np.float32).astype(np.float64),
        ph=ph.astype(">c8"),
        hgt=rng.uniform(0, 500, n),
        d_a=rng.uniform(0.1, 0.4, n),
    )


def acquisitions(master: int = 20180401, block=(0, 1, 2)) -> Acquisitions:
    days = np.array([datenum(date) for date in DATES])
    return Acquisitions(datenum(master), days, np.array(block))


def load(stack, dates=None, *, wild_positions_kept=True, geometry=SENTINEL):
    return load_slant_range(
        stack,
        dates or acquisitions(),
        geometry=geometry,
        heading_deg=HEADING,
        wild_positions_kept=wild_positions_kept,
    )


def nodes(**changes) -> NodeGrids:
    azimuth, slant = np.meshgrid(np.linspace(0, 90, 50), np.linspace(0, 60, 50), indexing="ij")
    low = 10 + 0.1 * azimuth - 0.2 * slant
    grid = np.stack([low, low + 3 + 0.05 * slant], axis=-1)
    base = NodeGrids(
        width=60,
        length=90,
        bperp=np.array([10.0, 20.0, 30.0]),
        calconst=np.array([2.0, 3.0, 5.0]),
        bperp_nodes=np.stack([grid, 2 * grid, -grid]),
        look_angle_nodes=grid,
    )
    return replace(base, **changes)


def test_look_and_incidence_angle_have_the_values_of_the_original():
    look, incidence = look_and_incidence(SENTINEL, np.array([859450.2440358655 + 2 * 100]))
    np.testing.assert_allclose(look, 0.590222195120758, rtol=0, atol=2e-15)
    np.testing.assert_allclose(incidence, 0.665335199679026, rtol=0, atol=2e-15)


def test_the_baseline_has_the_value_of_the_original():
    values = slant_range_values(SENTINEL, np.array([[1.0, 500.0, 100.0]]))
    # stored in single precision: half a unit in the last place of 37
    np.testing.assert_allclose(values.bperp_mat[0, 0], 37.312929575165, rtol=0, atol=2e-6)


def test_a_sensor_inside_the_earth_is_refused_instead_of_going_complex():
    wrong = replace(SENTINEL, sensor_radius=5e6)
    with pytest.raises(ArtifactError, match="no triangle of sar_to_earth_center 5000000"):
        load(candidates(5), geometry=wrong)


def test_pixels_come_in_ascending_y_and_keep_their_data():
    stack = candidates(200)
    loaded = load(stack)
    pixels, rows = loaded.pixels, loaded.pixels.sort_ix
    assert (np.diff(pixels.xy[:, 2]) > -2e-3).all()  # sorted before rounding to mm
    assert sorted(rows) == list(range(200))
    np.testing.assert_array_equal(pixels.lonlat, stack.lonlat[rows])
    np.testing.assert_array_equal(pixels.ij[:, 1:], stack.ij[rows, 1:])
    np.testing.assert_array_equal(pixels.ij[:, 0], np.arange(1, 201))
    np.testing.assert_array_equal(pixels.xy[:, 0], np.arange(1, 201))
    np.testing.assert_array_equal(loaded.height.hgt, stack.hgt[rows])
    np.testing.assert_array_equal(loaded.amplitude_dispersion.d_a, stack.d_a[rows])
    np.testing.assert_array_equal(loaded.phase.ph[:, 0], stack.ph[0, rows])


def test_local_coordinates_are_in_single_precision_and_rounded_to_mm():
    xy = load(candidates(50)).pixels.xy
    assert xy.dtype == np.float32
    np.testing.assert_array_equal(xy[:, 1:], np.rint(xy[:, 1:] * 1000) / np.float32(1000))


@pytest.mark.parametrize(("master", "position"), [(20171201, 0), (20180401, 2), (20190101, 3)])
def test_the_null_interferogram_stands_at_the_date_of_the_reference_image(master, position):
    loaded = load(candidates(20), acquisitions(master))
    pixels = loaded.pixels
    assert pixels.master_ix == position and (np.diff(pixels.day) > 0).all()
    assert pixels.day[position] == datenum(master) == pixels.master_day
    assert pixels.bperp[position] == 0 and pixels.n_ifg == pixels.n_image == 4
    np.testing.assert_array_equal(loaded.phase.ph[:, position], 1)
    assert loaded.baselines.bperp_mat.shape == (20, 3)


def test_interferograms_are_put_in_order_of_their_dates():
    stack = candidates(20)
    loaded = load(stack, acquisitions(block=(2, 0, 1)))
    rows = loaded.pixels.sort_ix
    np.testing.assert_array_equal(loaded.phase.ph[:, [0, 1, 3]], stack.ph[[2, 0, 1]][:, rows].T)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_without_position_or_phase_are_left_out_after_sorting(value):
    whole, stack = candidates(30), candidates(30)
    stack.lonlat[4] = np.nan, np.nan
    stack.ph[1, 7] = value
    loaded, complete = load(stack), load(whole)
    assert loaded.n_removed == 2
    kept = loaded.pixels.sort_ix[~np.isin(loaded.pixels.sort_ix, [4, 7])]
    assert loaded.pixels.sort_ix.size == 30  # not adapted, as in the original
    np.testing.assert_array_equal(loaded.pixels.lonlat, stack.lonlat[kept])
    np.testing.assert_array_equal(loaded.height.hgt, stack.hgt[kept])
    np.testing.assert_array_equal(loaded.pixels.ij[:, 0], np.arange(1, 29))
    assert {len(a) for a in (loaded.phase.ph, loaded.baselines.bperp_mat)} == {28}
    assert loaded.pixels.mean_incidence == complete.pixels.mean_incidence


def test_a_wild_position_moves_the_origin_unless_the_correction_is_on():
    stack = candidates(30)
    good = load(replace(stack, lonlat=stack.lonlat.copy()))
    stack.lonlat[3] = 0.0, 0.0
    kept, corrected = load(stack), load(stack, wild_positions_kept=False)
    assert kept.pixels.n_ps == 30 and abs(kept.pixels.ll0[1] - 40.8) > 10
    assert corrected.pixels.n_ps == 29 and corrected.n_removed == 1
    np.testing.assert_allclose(corrected.pixels.ll0, good.pixels.ll0, atol=0.05)
    assert corrected.pixels.sort_ix.size == 29 and 3 not in corrected.pixels.sort_ix


def test_an_infinite_position_counts_as_missing():
    stack = candidates(30)
    stack.lonlat[3] = np.inf, 40.8
    loaded = load(stack)
    assert loaded.n_removed == 1 and np.isfinite(loaded.pixels.xy).all()


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_candidates_are_loaded(n):
    loaded = load(candidates(n))
    assert loaded.pixels.n_ps == n and loaded.phase.ph.shape == (n, 4)
    np.testing.assert_allclose(
        loaded.pixels.bperp[[0, 1, 3]], loaded.baselines.bperp_mat.mean(axis=0), rtol=1e-6
    )


def test_no_candidate_gives_artifacts_without_rows_and_finite_means():
    loaded = load(candidates(0))
    assert loaded.pixels.n_ps == 0 and loaded.phase.ph.shape == (0, 4)
    assert loaded.baselines.bperp_mat.shape == (0, 3)
    assert np.isfinite(loaded.pixels.bperp).all() and np.isfinite(loaded.pixels.mean_incidence)
    assert loaded.look_angle.la.shape == loaded.height.hgt.shape == (0,)


def test_node_values_are_interpolated_in_position_and_height():
    stack = candidates(100)
    loaded = load_node_grids(stack, acquisitions(), geometry=nodes(), heading_deg=HEADING)
    rows = loaded.pixels.sort_ix
    line, sample = stack.ij[rows, 1], stack.ij[rows, 2]
    truth = 10 + 0.1 * line - 0.2 * sample + (3 + 0.05 * sample) * stack.hgt[rows] / 1000
    np.testing.assert_allclose(loaded.look_angle.la, np.deg2rad(truth), atol=1e-14)
    np.testing.assert_allclose(loaded.baselines.bperp_mat[:, 1], 2 * truth, rtol=1e-6)
    assert loaded.baselines.bperp_mat.dtype == np.float32


def test_phases_are_divided_by_the_amplitude_constants_of_their_dates():
    stack, dates = candidates(10), acquisitions(block=(1, 2, 0))
    loaded = load_node_grids(stack, dates, geometry=nodes(), heading_deg=HEADING)
    expected = stack.ph[1, loaded.pixels.sort_ix] / 2
    np.testing.assert_array_equal(loaded.phase.ph[:, 0], expected)
    assert loaded.pixels.day_ix.tolist() == [1, 2, 0]


def test_without_node_files_all_pixels_have_the_nominal_baselines_and_no_angle():
    geometry = nodes(bperp_nodes=None, look_angle_nodes=None)
    loaded = load_node_grids(candidates(4), acquisitions(), geometry=geometry, heading_deg=HEADING)
    assert loaded.look_angle is None
    np.testing.assert_array_equal(loaded.baselines.bperp_mat, [[10, 20, 30]] * 4)
    np.testing.assert_array_equal(loaded.pixels.bperp, [10, 20, 0, 30])


def test_bilinear_interpolation_reaches_the_last_line_and_sample():
    grid = np.arange(12.0).reshape(3, 4)
    ij = np.array([[1, 0, 0], [2, 8, 9], [3, 4, 4.5]])
    at = bilinear(ij, grid.shape, width=9, length=8)
    np.testing.assert_allclose(at(grid), [0, 11, 5.5])


def rasters(**changes) -> RasterGeometry:
    base = RasterGeometry(
        width=60,
        length=90,
        bperp=np.array([10.0, 20.0, 30.0]),
        calconst=np.ones(3),
        incidence=np.arange(5400, dtype=np.float32).reshape(90, 60) / 150,
        look_angle=None,
        bperp_rasters=tuple(np.full((90, 60), k, dtype=np.float32) for k in range(3)),
    )
    return replace(base, **changes)


def load_isce(stack, geometry):
    return load_rasters(stack, acquisitions(), geometry=geometry, heading_deg=HEADING)


def test_rasters_of_the_image_are_read_at_the_pixel():
    stack = candidates(40)
    loaded = load_isce(stack, rasters())
    line, sample = stack.ij[loaded.pixels.sort_ix, 1:].astype(int).T
    degrees = rasters().incidence[line, sample].astype(float)
    np.testing.assert_array_equal(loaded.incidence.inc, degrees * np.pi / 180)
    np.testing.assert_array_equal(loaded.baselines.bperp_mat, [[0, 1, 2]] * 40)
    assert loaded.look_angle is None


def test_coarser_baseline_rasters_are_interpolated():
    line, sample = np.meshgrid(np.linspace(0, 90, 7), np.linspace(0, 60, 5), indexing="ij")
    plane = 100 + line - 2 * sample
    stack = candidates(40)
    loaded = load_isce(stack, rasters(bperp_rasters=(plane, plane, plane)))
    rows = loaded.pixels.sort_ix
    truth = 100 + stack.ij[rows, 1] - 2 * stack.ij[rows, 2]
    np.testing.assert_allclose(loaded.baselines.bperp_mat[:, 1], truth, rtol=1e-6)


def test_without_incidence_the_look_angle_is_taken_and_without_both_none():
    look = np.full((90, 60), 30.0, dtype=np.float32)
    loaded = load_isce(candidates(4), rasters(incidence=None, look_angle=look))
    assert loaded.incidence is None and loaded.look_angle.la.dtype == np.float32
    np.testing.assert_allclose(loaded.look_angle.la, np.pi / 6, rtol=1e-7)
    loaded = load_isce(candidates(4), rasters(incidence=None, bperp_rasters=None))
    assert loaded.incidence is None and loaded.look_angle is None
    np.testing.assert_array_equal(loaded.baselines.bperp_mat, [[10, 20, 30]] * 4)
