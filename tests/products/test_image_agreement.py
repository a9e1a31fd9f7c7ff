"""Errors of the displacement, image by image."""

from __future__ import annotations

import numpy as np

from pystamps.products.agreement import rms, without_plane
from pystamps.products.image_agreement import series_agreement, unwrapping_errors, wrong_cycles
from pystamps.rows import Rows

DATES = (20180101, 20180113, 20180125, 20180206)
ENDS = (DATES, DATES[0])


def test_every_image_is_freed_of_the_plane_of_its_own_known_points():
    rng = np.random.default_rng(3)
    place = rng.uniform(0, 5000, (200, 2))
    error = rng.normal(0, 2, (200, 4)) + place @ rng.normal(0, 1e-3, (2, 4))
    error[:50, 1] = np.nan
    error[:, 3] = np.nan
    found = series_agreement(error, np.full(200, True), place, *ENDS)
    expected = [
        rms(without_plane(error[first:, column], place[first:]))
        for column, first in enumerate([0, 50, 0])
    ]
    np.testing.assert_allclose(found.rms_mm[:3], expected, rtol=1e-12)
    assert np.isnan(found.rms_mm[3])
    assert found.median_rms_mm == np.median(found.rms_mm[1:3])  # the reference image is left out


def test_of_no_points_nothing_is_known():
    found = series_agreement(np.zeros((0, 4)), np.zeros(0, bool), np.zeros((0, 2)), *ENDS)
    assert np.isnan([*found.rms_mm, found.median_rms_mm]).all()


def test_errors_that_are_read_by_rows_or_images_count_at_the_chosen_pixels_only():
    """Orbits far larger than what is left of them, more rows than are read at once, a line."""
    rng = np.random.default_rng(4)
    n = 200_000
    place = np.column_stack([rng.uniform(0, 5000, n), np.zeros(n)])  # one term too many
    error = rng.normal(0, 2, (n, 4)) + place @ rng.normal(0, 0.05, (2, 4))
    chosen = rng.uniform(size=n) < 0.9
    error[~chosen] = 1e6
    by_rows = Rows(
        error.shape, error.dtype, error.__getitem__, give_columns=lambda ix: error[:, ix]
    )
    found = series_agreement(by_rows, chosen, place, *ENDS)
    left = without_plane(error[chosen], place[chosen])
    np.testing.assert_allclose(found.rms_mm, np.sqrt(np.mean(left**2, axis=0)), rtol=1e-9)
    cycles = unwrapping_errors(by_rows, chosen, DATES).wrong_cycles
    assert cycles == tuple(np.mean(wrong_cycles(error[chosen]) != 0, axis=0))
