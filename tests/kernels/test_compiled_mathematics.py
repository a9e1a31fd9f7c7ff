"""Functions that kernels inline: sine, cosine, arctangent, Fourier transform, median."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels.host.elementary import arctangent, sine_cosine
from pystamps_kernels.host.fourier import circle, transform
from pystamps_kernels.host.spectrum import median


def test_sine_and_cosine_are_those_of_the_library_to_the_last_place():
    angles = np.concatenate([np.random.default_rng(0).uniform(-1e4, 1e4, 3000), [0.0, -0.0]])
    found = np.array([sine_cosine(x) for x in angles])
    np.testing.assert_allclose(found, np.column_stack([np.sin(angles), np.cos(angles)]), atol=3e-16)


def test_the_arctangent_is_that_of_the_library_in_all_quadrants():
    generator = np.random.default_rng(1)
    y, x = generator.standard_normal((2, 3000)) * 10.0 ** generator.integers(-9, 9, (2, 3000))
    found = np.array([arctangent(a, b) for a, b in zip(y, x, strict=True)])
    np.testing.assert_allclose(found, np.arctan2(y, x), rtol=0, atol=9e-16)


@pytest.mark.parametrize("y", [0.0, -0.0, 1.0, -1.0])
@pytest.mark.parametrize("x", [0.0, 1.0, -1.0])
def test_the_arctangent_is_exact_on_the_axes(y, x):
    assert arctangent(y, x) == np.arctan2(y, x)


@pytest.mark.parametrize("n", [8, 16, 24, 32, 40, 56, 64, 72])
def test_the_transform_is_the_discrete_fourier_transform_of_each_lane(n):
    generator = np.random.default_rng(2)
    z = generator.standard_normal((n, 5)) + 1j * generator.standard_normal((n, 5))
    work = np.empty(n * 5), np.empty(n * 5)
    re, im, *_ = transform(z.real.ravel(), z.imag.ravel(), *work, 5, *circle(n))
    np.testing.assert_allclose((re + 1j * im).reshape(n, 5), np.fft.fft(z, axis=0), atol=1e-12)


@pytest.mark.parametrize("kind", ["smooth", "skewed", "few values", "half equal", "one value"])
def test_the_median_by_counting_is_exact(kind):
    generator = np.random.default_rng(3)
    for _ in range(40):
        values = generator.random(1024)
        if kind == "skewed":
            values = values ** generator.integers(5, 60)
        if kind == "few values":
            values = np.round(values * generator.integers(1, 9))
        if kind == "half equal":
            values[generator.permutation(1024)[:512]] = generator.choice([values.min(), 2.0, 0.5])
        if kind == "one value":
            values[:] = 0.25
        assert median(values) == np.median(values)
