"""Products of small baselines: velocities of pairs and of images, as the original has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sb_small_examples import PARAMETERS, parts_of_images, parts_of_pairs

from pystamps.io.mat import read_mat
from pystamps.products.velocity import mean_velocity

pytestmark = pytest.mark.golden

# The original adds the phases of the reference area in single precision, which moves all pixels by
# up to 4.5e-8 rad/day (2.5e-9 are left when they are added in its order), and estimates planes in
# single precision (up to 8.7e-8 rad/day, 1.4e-4 mm/yr).
SLOPE, CONSTANT = 1e-7, 3e-6


def assert_velocity(found, golden: Path) -> None:
    expected = read_mat(golden)["m"]
    assert found.m.shape == expected.shape
    assert found.m.dtype == expected.dtype
    for row, tolerance in ((0, CONSTANT), (1, SLOPE)):
        np.testing.assert_allclose(found.m[row], expected[row], rtol=0, atol=tolerance)


@pytest.mark.parametrize("value_type", ["v", "v-d", "v-o", "v-do"])
@pytest.mark.parametrize("kind", ["images", "pairs"])
def test_velocities_are_those_of_the_original(shared_data, kind, value_type):
    parts = parts_of_images() if kind == "images" else parts_of_pairs()
    name = value_type.replace("v", "SM_V") if kind == "images" else value_type
    found = mean_velocity(parts, PARAMETERS, value_type=value_type)
    assert_velocity(found, shared_data / "sb_small" / "products" / f"mean_v_{name}.mat")


def test_a_velocity_uses_the_correlation_of_the_images():
    parts = parts_of_images()
    diagonal = replace(parts, covariance=np.diag(np.diag(parts.covariance)))
    weighted, alone = (mean_velocity(p, PARAMETERS).m[1] for p in (parts, diagonal))
    assert np.abs(weighted - alone).max() > 100 * SLOPE
