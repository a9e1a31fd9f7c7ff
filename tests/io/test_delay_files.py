from __future__ import annotations

import numpy as np
import pytest

from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.delay_files import (
    DELAY_METHODS,
    columns_without_delay,
    methods_of_file,
    read_delays,
)
from pystamps.io.mat import write_mat

SHAPE = (4, 3)


def values(seed):
    return np.random.default_rng(seed).normal(0, 1, SHAPE)


@pytest.mark.parametrize("version", ["5", "7.3"])
@pytest.mark.parametrize(
    ("method", "variable"),
    [
        ("a_l", "ph_tropo_linear"),
        ("a_linear", "ph_tropo_linear"),
        ("a_p", "ph_tropo_powerlaw"),
        ("a_m", "ph_tropo_meris"),
        ("a_M", "ph_tropo_modis"),
        ("a_MI", "ph_tropo_modis_no_interp"),
        ("a_RMI", "ph_tropo_modis_no_interp_recal"),
        ("a_eh", "ph_tropo_era_hydro"),
        ("a_era5", "ph_tropo_era5"),
        ("a_merra2-w", "ph_tropo_merra2_wet"),
        ("a_narr-h", "ph_tropo_narr_hydro"),
        ("a_ww", "ph_tropo_wrf_wet"),
        ("a_gacos", "ph_tropo_gacos"),
        ("a_lman", "strat_corr"),
    ],
)
def test_a_method_reads_its_variable(tmp_path, method, variable, version):
    path = tmp_path / "tca2.mat"
    write_mat(path, {variable: values(1), "other": values(2)}, version=version)
    np.testing.assert_array_equal(read_delays(path, method, SHAPE)[slice(0, 4)], values(1))


def test_methods_of_a_file_are_told_by_its_variables(tmp_path):
    path = tmp_path / "tca2.mat"
    names = ("ph_tropo_gacos", "K_tropo_powerlaw", "ph_tropo_linear", "ph_tropo_era5_wet")
    write_mat(path, {name: values(1) for name in names})
    assert set(methods_of_file(path)) == {"a_gacos", "a_linear", "a_era5-w"}


def test_of_two_parts_the_sum_is_meant_and_nothing_where_the_spectrometer_saw_nothing(tmp_path):
    wet, dry = values(1), values(2)
    wet[:, 1] = 0
    held = {"ph_tropo_meris": wet, "ph_tropo_meris_no_interp": wet, "ph_tropo_era_hydro": dry}
    write_mat(tmp_path / "tca2.mat", held)
    found = read_delays(tmp_path / "tca2.mat", "a_m+a_eh", SHAPE)[slice(0, 4)]
    np.testing.assert_allclose(found[:, [0, 2]], (wet + dry)[:, [0, 2]])
    assert not found[:, 1].any()
    found = read_delays(tmp_path / "tca2.mat", "a_mi+a_eh", SHAPE)[slice(0, 4)]
    np.testing.assert_allclose(found, wet + dry)


def test_what_is_missing_or_of_another_selection_is_refused_by_name(tmp_path):
    path = tmp_path / "tca2.mat"
    with pytest.raises(ArtifactError, match=r"tca2\.mat: file is missing.*subtr_tropo"):
        read_delays(path, "a_l", SHAPE)
    write_mat(path, {"ph_tropo_linear": values(1)})
    with pytest.raises(ArtifactError, match=r"ph_tropo_gacos is missing; found ph_tropo_linear"):
        read_delays(path, "a_gacos", SHAPE)
    with pytest.raises(ArtifactError, match=r"of shape \(4, 3\), expected .* \(5, 3\)"):
        read_delays(path, "a_l", (5, 3))
    with pytest.raises(ParameterError, match=r"tropo_method 'a_x' is unknown; use one of"):
        read_delays(path, "a_x", SHAPE)
    assert len(DELAY_METHODS) > 50


def test_an_interferogram_without_delay_is_one_of_zeros_or_without_any_value():
    delays = values(1)
    delays[:, 0], delays[:, 1] = 0, np.nan
    delays[0, 2] = np.nan
    assert columns_without_delay(delays).tolist() == [True, True, False]
