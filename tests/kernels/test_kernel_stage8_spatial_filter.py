from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage8_spatial_filter import stage8_spatial_filter

BACKENDS = ["python", "native"]
RNG = np.random.default_rng(81)
XY = RNG.uniform(-2000, 2000, (700, 2)).astype(np.float32)
VALUES = RNG.normal(0, 2, (700, 5)).astype(np.float32)
WAVELENGTH = 100.0


def plain(xy, values, wavelength, is_source=None):
    """Weighted mean over all pairs, as the formula says."""
    square = ((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2)
    weight = np.exp(-square.astype(np.float64) / (2 * wavelength**2))
    weight[square >= (4 * wavelength) ** 2] = 0
    if is_source is not None:
        weight[:, ~is_source] = 0
        values = np.where(is_source[:, None], values, 0)
    with np.errstate(invalid="ignore"):
        return weight @ values / weight.sum(axis=1)[:, None]


@pytest.mark.parametrize("wavelength", [3.0, 100.0, 5000.0])
@pytest.mark.parametrize("backend", BACKENDS)
def test_cells_find_the_same_neighbours_as_all_pairs(backend, wavelength):
    found = stage8_spatial_filter(XY, VALUES, wavelength=wavelength, choice=KernelChoice(backend))
    np.testing.assert_allclose(found, plain(XY, VALUES, wavelength), rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_order_of_the_pixels_does_not_matter(backend):
    choice = KernelChoice(backend)
    order = RNG.permutation(len(XY))
    found = stage8_spatial_filter(XY[order], VALUES[order], wavelength=WAVELENGTH, choice=choice)
    straight = stage8_spatial_filter(XY, VALUES, wavelength=WAVELENGTH, choice=choice)
    np.testing.assert_allclose(found, straight[order], rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pixel_at_exactly_four_wavelengths_does_not_take_part(backend):
    xy = np.array([[0, 0], [400, 0], [0, 399.99]], dtype=np.float32)
    values = np.array([[0], [1e6], [1e6]], dtype=np.float32)
    found = stage8_spatial_filter(xy, values, wavelength=WAVELENGTH, choice=KernelChoice(backend))
    weight = np.exp(-(np.float64(np.float32(399.99)) ** 2) / 2e4)
    np.testing.assert_allclose(found[0, 0], 1e6 * weight / (1 + weight), rtol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_isolated_pixel_keeps_its_value_and_a_constant_field_stays_constant(backend):
    xy = np.vstack([XY, [[90000, 90000]]]).astype(np.float32)
    values = np.full((len(xy), 1), 2.5, dtype=np.float32)
    values[-1] = -7
    found = stage8_spatial_filter(xy, values, wavelength=WAVELENGTH, choice=KernelChoice(backend))
    assert found[-1, 0] == -7
    np.testing.assert_allclose(found[:-1], 2.5, rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_pixels_that_are_no_source_get_the_mean_of_the_others(backend):
    is_source = RNG.random(len(XY)) < 0.6
    is_source[XY[:, 0] < -1000] = False
    values = np.where(is_source[:, None], VALUES, np.float32(np.nan))
    found = stage8_spatial_filter(
        XY, values, wavelength=WAVELENGTH, is_source=is_source, choice=KernelChoice(backend)
    )
    expected = plain(XY, VALUES, WAVELENGTH, is_source)
    assert np.isnan(expected).any()  # nothing within reach
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("n_ps", [0, 1, 2])
def test_few_pixels_are_filtered(backend, n_ps):
    found = stage8_spatial_filter(
        XY[:n_ps], VALUES[:n_ps], wavelength=WAVELENGTH, choice=KernelChoice(backend)
    )
    np.testing.assert_allclose(found, plain(XY[:n_ps], VALUES[:n_ps], WAVELENGTH), atol=1e-12)


def test_the_number_of_threads_does_not_change_a_bit():
    one, two = (
        stage8_spatial_filter(
            XY, VALUES, wavelength=WAVELENGTH, choice=KernelChoice("native", threads=n)
        )
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="does not fit"):
        stage8_spatial_filter(XY[:-1], VALUES, wavelength=WAVELENGTH)
    with pytest.raises(ValueError, match="must be positive"):
        stage8_spatial_filter(XY, VALUES, wavelength=0.0)
    with pytest.raises(ValueError, match="is_source"):
        stage8_spatial_filter(XY, VALUES, wavelength=1.0, is_source=np.ones(3, dtype=bool))
