"""Mean velocity and table of points of small baselines, from the files of the stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sb_small_examples import PARAMETERS, parts_of_images
from trees import copy_writable

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_variable
from pystamps.io.mat import read_mat
from pystamps.model import MeanVelocity
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.entry.points import product_points
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.velocity import mean_velocity, mm_per_radian, velocity_mm_per_year

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def finished(shared_data, tmp_path_factory):
    root = tmp_path_factory.mktemp("sb") / "run"
    source = shared_data / "sb_small"
    copy_writable(source / "run", root)
    copy_writable(source / "raw", root.parent / "raw")
    for stage in (5, 6, 7, 8):
        copy_writable(source / "stages" / f"stage{stage}", root)
    config = RunConfig(dataset=root)
    product_mean_velocity(root, config)
    product_points(root, config)
    return root


def test_the_mean_velocity_is_that_of_the_images(finished, shared_data):
    found = read_variable(MeanVelocity, "m", finished / "mean_v.mat")
    golden = read_mat(shared_data / "sb_small" / "products" / "mean_v_SM_V-do.mat")["m"]
    np.testing.assert_allclose(found[1], golden[1], rtol=0, atol=1e-8)


def test_the_table_of_points_holds_the_images(finished, shared_data):
    table = read_point_table(finished / POINT_FILE)
    pixels = read_mat(finished / "ps2.mat")
    golden = read_mat(shared_data / "sb_small" / "products" / "ps_plot_SM_D.mat")
    assert golden["ph_disp"].size == table.columns["velocity"].size
    assert table.layers.day.tolist() == pixels["day"].ravel().tolist()
    assert table.layers.reference_column == int(pixels["master_ix"].item()) - 1
    plain = read_mat(shared_data / "sb_small" / "products" / "ps_plot_u.mat")["ph_disp"]
    series = np.asarray(table.layers.series("")[:])
    relative = series - series.mean(axis=0)
    wavelength = float(table.about["wavelength_m"])
    np.testing.assert_allclose(relative, -plain * mm_per_radian(wavelength), atol=2e-4)
    deviation = np.rad2deg(np.sqrt(np.diag(read_mat(finished / "phuw_sb_res2.mat")["sm_cov"])))
    np.testing.assert_allclose(table.noise_deg, deviation)
    assert table.bperp[table.layers.reference_column] == 0
    assert np.ptp(table.bperp) > 100


def test_the_table_weighs_images_by_their_own_noise_and_mean_v_by_the_whole_covariance(finished):
    table = read_point_table(finished / POINT_FILE)
    parts = parts_of_images()
    letters = table.letters
    wavelength = float(table.about["wavelength_m"])
    own = replace(parts, covariance=np.diag(np.diag(parts.covariance)))
    m = mean_velocity(own, PARAMETERS, value_type=f"v-{letters}").m
    velocity = velocity_mm_per_year(m, wavelength)
    np.testing.assert_allclose(table.columns["velocity"], velocity, atol=2e-3)
