"""Amplitude calibration, candidate selection and patches against vectors and golden data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pystamps.prep.candidates import amplitude_statistics, mean_amplitude, select_candidates
from pystamps.prep.patches import divide


def _stack(*amplitudes: float) -> list[np.ndarray]:
    return [np.full((1, 1), value, np.complex64) for value in amplitudes]


def test_one_bright_image_of_four_gives_the_dispersion_of_the_text_book():
    found = select_candidates(amplitude_statistics(_stack(1, 1, 1, 2), [1.0] * 4), 0.4)
    assert f"{found.dispersion[0]:g}" == "0.34641"


def test_a_zero_image_restarts_the_sum_but_not_the_squares():
    statistics = amplitude_statistics(_stack(1, 1, 0, 2), [1.0] * 4)
    assert statistics.amplitude_sum[0, 0] == 2
    assert statistics.dispersion_squared[0, 0] == 5
    assert select_candidates(statistics, 0.4).line.size == 0
    high = select_candidates(statistics, -0.4)
    assert (high.line.size, high.zero_line.size, high.zero_after[0]) == (0, 1, 0)


def test_masked_and_nan_pixels_are_no_candidates():
    images = [np.array([[1, 2, np.nan]], np.complex64) for _ in range(3)]
    found = select_candidates(
        amplitude_statistics(images, [1.0] * 3), 0.4, np.array([[1, 0, 0]], np.uint8)
    )
    assert found.sample.tolist() == [1]
    assert found.dispersion.tolist() == [0]


def test_the_mean_amplitude_leaves_out_dark_nan_and_masked_samples():
    image = np.array([[3 + 4j, 1e-4, np.nan, 100]], np.complex64)
    assert mean_amplitude(image, np.array([[0, 0, 0, 1]], np.uint8)) == 5
    assert mean_amplitude(np.zeros((2, 2), np.complex64)) == 0


def test_a_single_image_has_no_dispersion():
    with pytest.raises(ValueError, match="at least two"):
        amplitude_statistics(_stack(1), [1.0])


def test_the_remainder_of_the_division_belongs_to_no_patch_unless_asked():
    patches = divide((100, 60), (3, 1), overlap=(50, 50))
    assert [patch.own_bounds[:2] for patch in patches] == [(1, 33), (34, 66), (67, 99)]
    assert [patch.bounds[:2] for patch in patches] == [(1, 83), (1, 100), (17, 100)]
    assert divide((100, 60), (3, 1), extend_edge=True)[-1].own_bounds[:2] == (67, 100)


def test_patches_count_along_azimuth_first():
    patches = divide((10, 20), (2, 2), overlap=(0, 0))
    assert [patch.own_bounds for patch in patches] == [
        (1, 5, 1, 10), (1, 5, 11, 20), (6, 10, 1, 10), (6, 10, 11, 20),
    ]  # fmt: skip


@pytest.mark.golden
def test_the_tiny_export_gives_the_candidates_of_the_original_programs(shared_data: Path):
    raw, run = shared_data / "tiny" / "raw", shared_data / "tiny" / "run"
    images = [
        np.fromfile(path, ">c8").reshape(164, 160).astype(np.complex64)
        for path in sorted((raw / "rslc").glob("*.rslc"))
    ]
    lines = (run / "calamp.out").read_text().split()[1::2]
    constants = [mean_amplitude(image) for image in images]
    assert [f"{constant:g}" for constant in constants] == lines
    statistics = amplitude_statistics(images, constants)
    for patch in divide((160, 164), (1, 2), overlap=(12, 12)):
        folder = run / patch.name
        bounds = tuple(int(word) for word in (folder / "patch.in").read_text().split())
        assert patch.bounds == bounds
        part = type(statistics)(
            *(getattr(statistics, name)[patch.window] for name in statistics.__slots__)
        )
        mean = np.fromfile(folder / "mean_amp.flt", "<f4")
        assert np.array_equal(part.amplitude_sum.ravel(), mean)
        found = select_candidates(part, 0.4)
        ij = np.loadtxt(folder / "pscands.1.ij", dtype=int)
        assert np.array_equal(found.line + patch.bounds[2] - 1, ij[:, 1])
        assert np.array_equal(found.sample + patch.bounds[0] - 1, ij[:, 2])
        text = [f"{value:g}" for value in found.dispersion]
        assert text == (folder / "pscands.1.da").read_text().split()
