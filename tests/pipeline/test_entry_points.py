"""The table of points of a golden tree, as people find it in ``products/ps.h5``."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest

from pystamps.config import Products, RunConfig, Runtime
from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.mat import read_mat
from pystamps.io.point_file import MADE_WITH
from pystamps.pipeline.entry.points import product_points
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.table_of_points import up_to_date_points
from pystamps.products.point_storage import read_point_table

pytestmark = pytest.mark.golden

# constants to 6 rad and slopes to 0.02 rad/day in single precision, as for mean_v.mat: 2e-5 mm/yr,
# and lengths of 130 mm in single precision at every date
VELOCITY_TOLERANCE = 1e-4


@pytest.fixture
def tree(tree_before, shared_data):
    root = tree_before("tiny", 8)
    shutil.copyfile(shared_data / "tiny" / "stages" / "stage8" / "scn2.mat", root / "scn2.mat")
    return root


@pytest.mark.parametrize("value_type", ["v", "v-d", "v-o", "v-do", "v-s", "v-ds", "v-dso"])
def test_the_velocity_is_that_of_the_original(tree, shared_data, value_type):
    config = RunConfig(tree, products=Products(value_type=value_type))
    product_points(tree, config)
    golden = read_mat(shared_data / "tiny" / "products" / f"ps_plot_{value_type}.mat")["ph_disp"]
    table = read_point_table(tree / "products" / "ps.h5")
    np.testing.assert_allclose(
        table.columns["velocity"], golden.ravel(), rtol=0, atol=VELOCITY_TOLERANCE
    )


def test_the_file_holds_what_it_was_made_from(tree):
    product_points(tree, RunConfig(tree))
    table = read_point_table(tree / "products" / "ps.h5")
    ps = read_mat(tree / "ps2.mat")
    assert (table.columns["longitude"] == ps["lonlat"][:, 0]).all()
    assert (table.columns["azimuth"] == ps["ij"][:, 1]).all()
    assert (table.layers.day == ps["day"].ravel()).all()
    assert table.letters == "dm"
    series = np.asarray(table.displacement)
    assert np.abs(series.mean(axis=0)).max() < 1e-4, "the area of reference is at rest"
    again = np.asarray(table.layers.series("dm"))
    again = again - again.mean(axis=0, dtype=np.float64).astype(np.float32)
    assert (series == again).all(), "the layers make the series"


def test_amplitude_dispersion_is_that_of_the_candidates(tree):
    product_points(tree, RunConfig(tree))
    table = read_point_table(tree / "products" / "ps.h5")
    of_place = {}
    for patch in ("PATCH_1", "PATCH_2"):
        ij = read_mat(tree / patch / "ps1.mat")["ij"]
        d_a = read_mat(tree / patch / "da1.mat")["D_A"].ravel()
        of_place |= dict(zip(map(tuple, ij[:, 1:].tolist()), d_a, strict=True))
    places = zip(table.columns["azimuth"], table.columns["range"], strict=True)
    expected = np.array([of_place[place] for place in places], np.float32)
    np.testing.assert_array_equal(table.columns["amplitude_dispersion"], expected)


def test_equal_results_are_equal_files_whatever_the_machine(tree):
    product_points(tree, RunConfig(tree))
    first = (tree / "products" / "ps.h5").read_bytes()
    product_points(tree, RunConfig(tree, runtime=Runtime(memory_budget_mb=700)))
    assert (tree / "products" / "ps.h5").read_bytes() == first


def test_netcdf_finds_dimensions_coordinates_and_units(tree):
    product_points(tree, RunConfig(tree))
    with h5py.File(tree / "products" / "ps.h5") as file:
        shown = file["displacement"]
        assert [scale.dims[0].label or scale.name for scale in (file["point"],)] == ["/point"]
        assert [dim[0].name for dim in shown.dims] == ["/point", "/time"]
        assert file["time"].attrs["units"] == "days since 1970-01-01"
        assert shown.attrs["units"] == "mm" and "toward the satellite" in shown.attrs["long_name"]
        assert file.attrs["featureType"] == "timeSeries"


def test_height_follows_from_the_slant_range(tree):
    product_points(tree, RunConfig(tree))
    near = read_point_table(tree / "products" / "ps.h5").columns["dem_error"]
    range_m = read_mat(tree / "ps2.mat")["mean_range"].item()
    product_points(tree, RunConfig(tree, products=Products(slant_range_m=2 * range_m)))
    far = read_point_table(tree / "products" / "ps.h5").columns["dem_error"]
    np.testing.assert_allclose(far, 2 * near, rtol=1e-6)


def test_dropped_dates_are_not_in_the_table(tree):
    config = RunConfig(tree, stamps={"drop_ifg_index": [2, 5]})
    product_points(tree, config)
    table = read_point_table(tree / "products" / "ps.h5")
    days = read_mat(tree / "ps2.mat")["day"].ravel()
    assert table.layers.day.tolist() == np.delete(days, [1, 4]).tolist()
    assert table.about["dropped_dates"].count("-") == 4


def test_a_file_of_another_kind_is_refused(tree):
    path = tree / "other.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1
    with pytest.raises(ArtifactError, match="is no table of points"):
        read_point_table(path)
    with pytest.raises(ArtifactError, match=r"file is missing.*pystamps export"):
        read_point_table(tree / "products" / "ps.h5")


def test_the_table_is_made_where_it_is_missing_or_not_that_of_the_tree(tree, caplog):
    caplog.set_level("INFO")
    config = RunConfig(tree)

    def reasons(config):
        caplog.clear()
        up_to_date_points(tree, config)
        return [text for text in caplog.messages if "is made" in text]

    assert "it is not there" in reasons(config)[0]
    assert not reasons(config)
    assert "other settings hold" in reasons(replace(config, products=Products("v-do")))[0]
    assert "other settings hold" in reasons(config)[0]
    earlier = (tree / "scla2.mat").stat().st_mtime - 10
    os.utime(tree / "products" / "ps.h5", (earlier, earlier))
    assert "is newer" in reasons(config)[0] and not reasons(config)
    (tree / "products" / "ps.h5").write_bytes(b"damaged")
    assert "ps.h5" in reasons(config)[0] and not reasons(config)


def test_without_a_configuration_the_settings_of_the_table_stay(tree, caplog):
    caplog.set_level("INFO")
    product_points(tree, RunConfig(tree, products=Products("v-do")))
    up_to_date_points(tree)
    assert "is made" not in caplog.text
    later = (tree / "products" / "ps.h5").stat().st_mtime + 10
    os.utime(tree / "scla2.mat", (later, later))
    table = read_point_table(up_to_date_points(tree))
    assert "scla2.mat is newer" in caplog.text
    assert table.about["value_type"] == "v-do" and "o" in table.letters


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[1, 2]",
        '{"products.value_type": "\'w\'"}',
        '{"products.value_type": "7"}',
        '{"products.slant_range_m": "(("}',
    ],
)
def test_a_table_whose_settings_are_damaged_is_made_again(tree, caplog, text):
    caplog.set_level("INFO")
    path = up_to_date_points(tree)
    with h5py.File(path, "r+") as file:
        file.attrs[MADE_WITH] = text
    assert read_point_table(up_to_date_points(tree)).about["value_type"] == "v-d"
    assert "its attribute settings is damaged" in caplog.text


def test_the_next_run_finds_a_table_done_that_an_export_has_made(finished, caplog):
    (finished / "products" / "ps.h5").unlink()
    caplog.set_level("INFO")
    path = up_to_date_points(finished)
    assert "it is not there" in caplog.text and path.is_file()
    (entry,) = (e for e in dataset_status(finished).entries if e.stage == "product_points")
    assert entry.state == "done"
    changed = replace(RunConfig(finished), products=Products("v-do"))
    (entry,) = (e for e in dataset_status(finished, changed).entries if e.is_planned)
    assert entry.stage == "product_points"
    assert [change.name for change in entry.changes] == ["products.value_type"]


def test_a_tree_that_is_not_finished_is_named(tree):
    (tree / "scla2.mat").unlink()
    with pytest.raises(DatasetError, match=r"scla2\.mat is missing.*pystamps run makes it"):
        up_to_date_points(tree, RunConfig(tree))
    assert not (tree / "products").exists()


def test_a_failure_leaves_the_table_of_before(tree, monkeypatch):
    product_points(tree, RunConfig(tree))
    before = (tree / "products" / "ps.h5").read_bytes()
    monkeypatch.setattr("pystamps.products.point_storage._write_planes", None)
    with pytest.raises(TypeError):
        product_points(tree, replace(RunConfig(tree), products=Products(value_type="v")))
    assert (tree / "products" / "ps.h5").read_bytes() == before
    assert [path.name for path in (tree / "products").iterdir()] == ["ps.h5"]
