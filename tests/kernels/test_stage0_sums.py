"""Kernels of the preparation: both backends against each other and against plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage0_amplitude_sums import PixelSums, stage0_amplitude_sums
from pystamps_kernels.stage0_difference_sums import stage0_difference_sums
from pystamps_kernels.stage0_line_sums import stage0_line_sums

BACKENDS = ("python", "native")


def images(n: int, shape=(37, 53)) -> list[np.ndarray]:
    """Random images with zeros, tiny values and NaN."""
    rng = np.random.default_rng(3)
    found = []
    for k in range(n):
        values = rng.normal(size=(*shape, 2)).astype(np.float32).view(np.complex64)[..., 0] * 30
        values[k % shape[0], ::7] = 0
        values[:, k % shape[1]] *= np.float32(1e-6)
        values[-1, k] = np.nan
        found.append(values)
    return found


def amplitude_sums(backend: str) -> PixelSums:
    sums = PixelSums.zeros((37, 53))
    for k, image in enumerate(images(6)):
        stage0_amplitude_sums(image, 20.0 + k, sums=sums, choice=KernelChoice(backend))
    return sums


def difference_sums(backend: str) -> PixelSums:
    sums, found = PixelSums.zeros((37, 53)), images(6)
    for k in range(0, 6, 2):
        pair = found[k], found[k + 1]
        stage0_difference_sums(pair, (20.0 + k, 19.5), sums=sums, choice=KernelChoice(backend))
    return sums


@pytest.mark.parametrize("make", [amplitude_sums, difference_sums])
def test_the_sums_of_both_backends_are_equal_to_the_last_bit(make):
    """Candidates next to the threshold depend on the rounding: no tolerance."""
    one, two = make("python"), make("native")
    for name in ("total", "squares", "has_zero"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_zero_restarts_the_sum_but_not_the_squares(backend):
    sums = PixelSums.zeros((1, 1))
    for value in (1, 1, 0, 2):
        image = np.full((1, 1), value, np.complex64)
        stage0_amplitude_sums(image, 1.0, sums=sums, choice=KernelChoice(backend))
    assert (sums.total[0, 0], sums.squares[0, 0], sums.has_zero[0, 0]) == (2, 6, True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_amplitude_differences_are_summed_over_pairs(backend):
    sums = PixelSums.zeros((1, 1))
    for values in ((1, 1.5), (2, 2)):
        pair = tuple(np.full((1, 1), value, np.complex64) for value in values)
        stage0_difference_sums(pair, (1.0, 1.0), sums=sums, choice=KernelChoice(backend))
    assert (sums.total[0, 0], sums.squares[0, 0], sums.has_zero[0, 0]) == (6.5, 0.25, False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_line_sums_leave_out_dark_nan_and_masked_samples(backend):
    image = np.array([[3 + 4j, 1e-4, np.nan, 100], [0, 0, 0, 1]], np.complex64)
    mask = np.array([[0, 0, 0, 1], [0, 0, 0, 0]], np.uint8)
    sums, counts = stage0_line_sums(image, mask, choice=KernelChoice(backend))
    assert (sums.tolist(), counts.tolist()) == ([5, 1], [1, 1])


def test_line_sums_of_both_backends_differ_by_rounding_only():
    """Six digits are used of a sum of thousands of doubles."""
    for image in images(2):
        one, two = (stage0_line_sums(image, choice=KernelChoice(name)) for name in BACKENDS)
        np.testing.assert_allclose(one[0], two[0], rtol=1e-14)
        np.testing.assert_array_equal(one[1], two[1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_images_without_lines_or_samples_are_no_error(backend):
    for shape in ((0, 5), (5, 0)):
        image, sums = np.zeros(shape, np.complex64), PixelSums.zeros(shape)
        stage0_amplitude_sums(image, 1.0, sums=sums, choice=KernelChoice(backend))
        found, counts = stage0_line_sums(image, choice=KernelChoice(backend))
        assert found.shape == counts.shape == (shape[0],)
        assert not found.any()


def test_arrays_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="shape"):
        stage0_amplitude_sums(images(1)[0], 1.0, sums=PixelSums.zeros((2, 2)))
    with pytest.raises(ValueError, match="shape"):
        stage0_line_sums(images(1)[0], np.zeros((1, 1), np.uint8))
