"""Errors of the displacement, image by image."""

from __future__ import annotations

import numpy as np

from pystamps.products.agreement import rms, without_plane
from pystamps.products.image_agreement import series_agreement

DATES = (20180101, 20180113, 20180125, 20180206)


def test_every_image_is_freed_of_the_plane_of_its_own_known_points():
    rng = np.random.default_rng(3)
    place = rng.uniform(0, 5000, (200, 2))
    error = rng.normal(0, 2, (200, 4)) + place @ rng.normal(0, 1e-3, (2, 4))
    error[:50, 1] = np.nan
    error[:, 3] = np.nan
    found = series_agreement(error, place, DATES, DATES[0])
    expected = [
        rms(without_plane(error[first:, column], place[first:]))
        for column, first in enumerate([0, 50, 0])
    ]
    np.testing.assert_allclose(found.rms_mm[:3], expected, rtol=1e-12)
    assert np.isnan(found.rms_mm[3])
    assert found.median_rms_mm == np.median(found.rms_mm[1:3])  # the reference image is left out


def test_of_no_points_nothing_is_known():
    found = series_agreement(np.zeros((0, 4)), np.zeros((0, 2)), DATES, DATES[0])
    assert np.isnan([*found.rms_mm, found.median_rms_mm]).all()
