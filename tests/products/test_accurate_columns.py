"""Velocity of the accuracy modes at the points of a table, and in the viewer."""

from __future__ import annotations

import base64
import dataclasses
import logging
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from plotted_trees import write_plotted_tree

from pystamps.cli import main
from pystamps.config import Accuracy, RunConfig
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import AccurateVelocity
from pystamps.pipeline.entry.accurate_velocity import product_accurate_velocity
from pystamps.pipeline.job import stage_job
from pystamps.products.accurate_columns import (
    AccurateColumns,
    accurate_columns,
    with_accurate_columns,
    with_modes_of,
)
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.progress import silent
from pystamps.viewer.large_table import LargeTable
from pystamps.viewer.page import payload_of_dataset, payload_of_table

NAMES = ["accurate_velocity", "accurate_velocity_std"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A finished data set of 180 points with the velocity of the accuracy modes."""
    root = write_plotted_tree(tmp_path / "data")
    config = RunConfig(root, accuracy=Accuracy(orbit_plane="combined"))
    product_accurate_velocity(root, config)
    return root


def test_the_columns_are_the_velocity_of_the_modes_at_the_chosen_points(root):
    stored = read_artifact(AccurateVelocity, root / "accurate_v.mat")
    found = accurate_columns(root, 180)
    assert isinstance(found, AccurateColumns) and [*found.columns] == NAMES
    assert found.modes == "orbit_plane combined"
    table = read_point_table(root / POINT_FILE)
    points = with_accurate_columns(choose_points(table, PointChoice(min_coherence=0.8)), found)
    rows = points.columns["point_id"] - 1
    assert 0 < rows.size < 180
    expected = stored.v[rows] - stored.v.mean()
    np.testing.assert_allclose(points.columns[NAMES[0]], expected, atol=1e-4)
    np.testing.assert_allclose(points.columns[NAMES[1]], stored.v_std[rows], rtol=1e-6)
    assert points.about["accuracy_modes"] == found.modes


def test_drawn_values_have_their_gain_and_what_they_were_before(root):
    config = RunConfig(root, accuracy=Accuracy(orbit_plane="combined"))
    stored = read_artifact(AccurateVelocity, root / "accurate_v.mat")
    with stage_job("product_accurate_velocity", root, config) as job:
        job.write(dataclasses.replace(stored, gain=np.full(180, 0.5), v_unshrunk=2 * stored.v))
    found = accurate_columns(root, 180)
    assert [*found.columns][2:] == ["accurate_velocity_unshrunk", "accurate_gain"]
    assert set(found.columns["accurate_gain"]) == {0.5}


@pytest.mark.parametrize("is_large", [False, True])
def test_the_viewer_offers_them_among_its_values(root, is_large):
    points = with_modes_of(root, choose_points(read_point_table(root / POINT_FILE), PointChoice()))
    payload = (
        payload_of_table(LargeTable(points), root)
        if is_large
        else payload_of_dataset(points, root, silent)
    )
    assert b'"name": "accurate_velocity", "unit": "mm/year"' in payload
    assert b'"accuracy_modes": "orbit_plane combined"' in payload


def test_what_belongs_to_other_results_is_not_in_the_viewer_and_the_reason_is_told(root, caplog):
    path = root / "scla2.mat"
    write_mat(path, read_mat(path) | {"left_by_a_test": np.ones(3)})
    points = choose_points(read_point_table(root / POINT_FILE), PointChoice())
    with caplog.at_level(logging.WARNING, "pystamps"):
        assert with_modes_of(root, points) is points
    assert "made from another scla2.mat" in caplog.text


def test_without_modes_points_stay_as_they_are(root):
    (root / "accurate_v.mat").unlink()
    points = choose_points(read_point_table(root / POINT_FILE), PointChoice())
    assert with_modes_of(root, points) is points
    assert with_modes_of(None, points) is points


def test_the_exported_viewer_holds_them(root, tmp_path):
    page = tmp_path / "viewer.html"
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(page)])
    assert done.exit_code == 0, done.output
    block = re.search(r'id="points">([^<]*)<', page.read_text(encoding="utf-8"))
    assert b'"name": "accurate_velocity_std"' in base64.b64decode(block.group(1))
