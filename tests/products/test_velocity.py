from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from unwrapped_examples import DAY, MASTER_IX, example_pixels, parts_of_tiny

from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.model import InterferogramNoise
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import (
    displacement_series_mm,
    mean_velocity,
    relative_to_area,
    velocity_mm_per_year,
)
from pystamps.stages.reference_area import reference_pixels

WAVELENGTH = 0.0555
TINY_WAVELENGTH = 0.055465759531382094
TYPES = ["v", "v-d", "v-o", "v-do", "v-s", "v-ds", "v-so", "v-dso"]
UNREFERENCED = Parameters(ref_radius=-inf)

# The original computes in single precision: phases to 30 rad, constants to 6 rad, slopes to
# 0.02 rad/day, which differ by 1e-8 rad/day = 2e-5 mm/yr.
M_TOLERANCE = np.array([[4e-6], [2e-8]])
MM_TOLERANCE = 4e-5


def tiny_velocity(shared_data, value_type, parameters):
    path = shared_data / "tiny" / "stages" / "stage5" / "ifgstd2.mat"
    std = read_artifact(InterferogramNoise, path).ifg_std_deg
    parts = parts_of_tiny(shared_data)
    return parts.pixels, mean_velocity(parts, parameters, value_type=value_type, ifg_std_deg=std).m


def moving_pixels(n_ps=30, *, offset=0.0):
    """Give phases of pixels that move away at 0, 1, 2 ... mrad/day."""
    pixels = example_pixels(n_ps)
    slope = 1e-3 * np.arange(n_ps)
    ph_uw = slope[:, None] * (DAY - pixels.master_day) + offset
    ph_uw[:, MASTER_IX] = 0
    return PhaseParts(pixels, ph_uw.astype(np.float32)), slope


@pytest.mark.golden
@pytest.mark.parametrize(
    ("prefix", "value_type"),
    [("", name) for name in TYPES] + [("refcircle_", "v-d"), ("refcircle_", "v-do")],
)
def test_velocities_of_the_original_are_reproduced(shared_data, prefix, value_type):
    products = shared_data / "tiny" / "products"
    parameters = Parameters()
    if prefix:
        centre = read_mat(products / "setref_circle.mat")["ref_centre_lonlat"].ravel().tolist()
        parameters = Parameters(ref_centre_lonlat=tuple(centre), ref_radius=700.0)
    pixels, m = tiny_velocity(shared_data, value_type, parameters)
    golden = read_mat(products / f"{prefix}mean_v_{value_type}.mat")["m"]
    assert (m.dtype, m.shape) == (golden.dtype, golden.shape)
    assert (np.abs(m - golden) <= M_TOLERANCE).all()
    shown = relative_to_area(
        velocity_mm_per_year(m, TINY_WAVELENGTH), reference_pixels(pixels, parameters)
    )
    plotted = read_mat(products / f"{prefix}ps_plot_{value_type}.mat")["ph_disp"].ravel()
    np.testing.assert_allclose(shown, plotted, rtol=0, atol=MM_TOLERANCE)
    assert shown.dtype == plotted.dtype


@pytest.mark.golden
@pytest.mark.parametrize(
    ("switches", "value_type"), [("", "v"), ("d", "v-d"), ("o", "v-o"), ("do", "v-do")]
)
def test_the_other_velocity_of_the_original_has_the_opposite_sign(
    shared_data, switches, value_type
):
    golden = read_mat(shared_data / "tiny" / "products" / f"mv2_sub_{switches}_usb0.mat")["mean_v"]
    m = tiny_velocity(shared_data, value_type, Parameters())[1]
    np.testing.assert_allclose(
        velocity_mm_per_year(m, TINY_WAVELENGTH), -golden.ravel(), rtol=0, atol=MM_TOLERANCE
    )


def test_a_made_up_velocity_is_found_with_its_sign():
    parts, slope = moving_pixels()
    m = mean_velocity(parts, UNREFERENCED, value_type="v").m
    np.testing.assert_allclose(m[1], slope, atol=1e-8)
    np.testing.assert_allclose(m[0], 0, atol=1e-6)
    toward = velocity_mm_per_year(m, WAVELENGTH)
    expected = -slope * 365.25 * WAVELENGTH * 1000 / (4 * np.pi)
    np.testing.assert_allclose(toward, expected, rtol=1e-5, atol=1e-5)
    assert toward[-1] < 0  # range increases: away from the satellite


def test_the_velocity_is_relative_to_the_reference_area():
    parts, slope = moving_pixels()
    found = mean_velocity(parts, Parameters(), value_type="v").m[1]
    np.testing.assert_allclose(found, slope - slope.mean(), atol=1e-8)


def test_noisy_interferograms_weigh_less():
    parts, slope = moving_pixels()
    parts.ph_uw[:, 0] += 3
    std = np.full(8, 10.0, dtype=np.float32)
    std[0] = 1e4
    equal = mean_velocity(parts, UNREFERENCED, value_type="v").m[1]
    weighted = mean_velocity(parts, UNREFERENCED, value_type="v", ifg_std_deg=std).m[1]
    assert np.abs(equal - slope).max() > 1e-3
    np.testing.assert_allclose(weighted, slope, atol=1e-7)


def test_dropped_interferograms_and_their_missing_phase_do_not_count():
    parts, slope = moving_pixels()
    parts.ph_uw[:, 0] = np.nan
    found = mean_velocity(parts, replace(UNREFERENCED, drop_ifg_index=(1,)), value_type="v").m
    np.testing.assert_allclose(found[1], slope, atol=1e-8)


def test_a_pixel_without_phase_has_no_velocity():
    parts, _ = moving_pixels()
    parts.ph_uw[3, 5] = np.nan
    m = mean_velocity(parts, Parameters(), value_type="v-o").m
    assert np.flatnonzero(np.isnan(m[1])).tolist() == [3]
    assert np.isfinite(relative_to_area(m[1], np.arange(30))).sum() == 29


def test_one_date_is_too_few():
    parts, _ = moving_pixels()
    with pytest.raises(ParameterError, match="leaves 1 interferograms"):
        mean_velocity(parts, Parameters(drop_ifg_index=(1, 2, 3, 5, 6, 7)), value_type="v")


@pytest.mark.parametrize("n_ps", [0, 1])
def test_few_pixels_are_data(n_ps):
    parts, _ = moving_pixels(n_ps)
    m = mean_velocity(parts, Parameters(), value_type="v-o").m
    assert m.shape == (2, n_ps)
    assert not m.any()  # relative to itself
    assert velocity_mm_per_year(m, WAVELENGTH).shape == (n_ps,)


@pytest.mark.parametrize("wavelength", [nan, 0.0])
def test_millimetres_need_a_wavelength(wavelength):
    with pytest.raises(ParameterError, match="no radar wavelength"):
        velocity_mm_per_year(np.zeros((2, 3)), wavelength)


def test_series_are_relative_to_the_reference_image_and_positive_toward_the_satellite():
    parts, slope = moving_pixels()
    series = displacement_series_mm(
        parts, replace(UNREFERENCED, drop_ifg_index=(2,)), value_type="u", wavelength=WAVELENGTH
    )
    np.testing.assert_array_equal(series.day, np.delete(DAY, 1))
    assert series.displacement_mm.dtype == np.float32
    assert not series.displacement_mm[:, MASTER_IX - 1].any()
    days = np.delete(DAY, 1) - DAY[MASTER_IX]
    expected = -slope[:, None] * days * WAVELENGTH * 1000 / (4 * np.pi)
    np.testing.assert_allclose(series.displacement_mm, expected, rtol=1e-5, atol=1e-4)


def test_the_reference_image_is_the_origin_whatever_stands_in_its_column():
    parts, _ = moving_pixels()
    parts.ph_uw[:, MASTER_IX] = 2
    series = displacement_series_mm(parts, UNREFERENCED, value_type="u", wavelength=WAVELENGTH)
    assert not series.displacement_mm[:, MASTER_IX].any()
    assert series.displacement_mm[:, MASTER_IX + 1].any()


def test_series_take_the_contribution_of_the_reference_image_off_once():
    parts, _ = moving_pixels(offset=1.5)
    parts = replace(parts, c_ps_uw=np.full(30, 1.5), ph_scla=np.zeros((30, 8)))
    series = displacement_series_mm(parts, UNREFERENCED, value_type="u-dm", wavelength=WAVELENGTH)
    np.testing.assert_allclose(series.displacement_mm[0], 0, atol=1e-5)


def test_an_interferogram_that_decides_alone_is_refused():
    parts, parameters = moving_pixels()[0], Parameters(ref_radius=-np.inf)
    std = np.full(parts.pixels.n_ifg, 30.0)
    std[1] = 0.01
    with pytest.raises(ParameterError, match=r"mean velocity .*one decides alone"):
        mean_velocity(parts, parameters, value_type="v", ifg_std_deg=std)


def test_few_interferograms_are_a_warning(caplog):
    parts = moving_pixels()[0]
    used = [1, 2, parts.pixels.master_ix + 1, parts.pixels.n_ifg]
    drop = tuple(k for k in range(1, parts.pixels.n_ifg + 1) if k not in used)
    mean_velocity(parts, Parameters(ref_radius=-np.inf, drop_ifg_index=drop), value_type="v")
    assert "3 interferograms for the 2 unknowns of the velocity" in caplog.text
