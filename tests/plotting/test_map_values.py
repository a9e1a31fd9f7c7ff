"""Values of maps: those of the original on a golden tree, and what follows from known motion."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from plotted_trees import DROPPED, example_velocities, unwrapped_of, write_plotted_tree
from point_tables import example_table
from processed_tree import DAYS, MASTER

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.points import product_points
from pystamps.plotting.map_values import MapRequest, map_values, velocity_without_each
from pystamps.plotting.source import PlotSource, open_plot_source
from pystamps.plotting.stack_columns import wanted_interferograms
from pystamps.plotting.value_types import value_type_named
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.products.line_fit import fit_lines

VELOCITY_TOLERANCE = 1e-4
"""mm/yr, as in the test of the table of points."""
PHASE_TOLERANCE = 2e-5
"""rad: phases of up to 30 rad go through millimetres in single precision."""


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> PlotSource:
    return open_plot_source(write_plotted_tree(tmp_path_factory.mktemp("plotted") / "D"))


def shown(source: PlotSource, name: str, **more):
    choice = PointChoice(reference=more.pop("reference", ""))
    return map_values(source, value_type_named(name), MapRequest(choice, **more))


@pytest.mark.golden
def test_values_are_those_of_the_original(tree_before, shared_data):
    root = tree_before("tiny", 8)
    golden = shared_data / "tiny"
    shutil.copyfile(golden / "stages" / "stage8" / "scn2.mat", root / "scn2.mat")
    product_points(root, RunConfig(root))
    source = open_plot_source(root)
    names = ["d", "m", "s", "u", "u-d", "u-m", "u-dm", "u-o", "u-do", "u-s", "v", "v-d", "v-do",
             "v-dso"]  # fmt: skip
    for name in names:
        stored = read_mat(golden / "products" / f"ps_plot_{name}.mat")
        expected, found = stored["ph_disp"], shown(source, name)
        if found.labels:
            listed = stored["ifg_list"].ravel().astype(int).tolist()
            expected = expected[:, [listed.index(label.number) for label in found.labels]]
        tolerance = VELOCITY_TOLERANCE if name[0] == "v" else PHASE_TOLERANCE
        np.testing.assert_allclose(
            np.asarray(found.values), expected, rtol=0, atol=tolerance, err_msg=name
        )
    grid, wrapped = read_mat(root / "uw_grid.mat"), shown(source, "wf")
    nodes = np.zeros(grid["nzix"].shape, int)
    nodes.T[grid["nzix"].T.astype(bool)] = np.arange(int(grid["nzix"].sum()))  # as MATLAB counts
    cells = grid["grid_ij"].astype(int) - 1
    phase = np.angle(grid["ph"][nodes[cells[:, 0], cells[:, 1]]])
    assert len(wrapped.labels) == phase.shape[1]
    np.testing.assert_allclose(np.asarray(wrapped.values), phase, atol=1e-6)


def test_velocities_are_relative_to_the_area_asked_for(source):
    everywhere = example_velocities() - example_velocities().mean()
    np.testing.assert_allclose(shown(source, "v").column(0), everywhere, atol=1e-4)
    corner = shown(source, "v-do", reference="10,45,10")
    assert len(corner.reference_lonlat) == 1
    assert corner.column(0)[0] == pytest.approx(0, abs=1e-4)
    assert shown(source, "v", reference="none").reference_lonlat is None


def test_a_velocity_of_some_interferograms_is_fitted_to_them(source):
    all_of_them = shown(source, "v").column(0)
    some = shown(source, "v", interferograms="1-4").column(0)
    np.testing.assert_allclose(some, all_of_them, atol=1e-3)  # the motion is linear
    assert not np.array_equal(some, all_of_them)


def test_the_unwrapped_phase_is_that_of_the_tree_and_dropped_ones_have_none(source):
    found = shown(source, "u", reference="none", is_complete=True)
    assert [label.number for label in found.labels] == [1, 2, 4, 5, 6]
    values, stored = np.asarray(found.values), unwrapped_of(source.root)
    for place, label in enumerate(found.labels):
        if label.number == DROPPED:
            assert label.flag == "dropped (drop_ifg_index)"
            assert np.isnan(values[:, place]).all()
        else:
            np.testing.assert_allclose(values[:, place], stored[:, label.number - 1], atol=1e-5)
    assert DROPPED not in [label.number for label in shown(source, "u").labels]


def test_wrapped_phase_is_turned_back_by_what_is_taken_off(source):
    plain, without = (np.asarray(shown(source, name).values) for name in ("w", "w-dm"))
    turn = np.angle(np.exp(1j * (plain - without)))
    np.testing.assert_allclose(turn, 0.25 + 0.5, atol=1e-5)
    expected = np.angle(np.exp(1j * unwrapped_of(source.root)))
    columns = [label.number - 1 for label in shown(source, "w").labels]
    np.testing.assert_allclose(plain, expected[:, columns], atol=1e-5)


def test_wrapped_phase_relative_to_an_area_is_0_there(source):
    values = np.asarray(shown(source, "w", reference="10,45,10").values)
    np.testing.assert_allclose(values[0], 0, atol=1e-6)
    assert np.abs(values).max() > 0.1


def test_filtered_phase_has_no_value_at_the_reference_image(source):
    found = shown(source, "p", interferograms="2-4")
    values = np.asarray(found.values)
    assert [label.flag for label in found.labels] == ["", "reference image", ""]
    assert np.isnan(values[:, 1]).all() and (values[:, [0, 2]] == 0).all()


def test_velocities_without_each_are_those_of_single_fits():
    table = example_table()
    points = choose_points(table, PointChoice())
    places = np.array([0, 2, 5])
    found = np.asarray(velocity_without_each(points, places))
    series = np.asarray(points.displacement)
    for number, place in enumerate(places):
        kept = np.flatnonzero(np.arange(points.day.size) != place)
        reference = int(np.flatnonzero(kept == points.reference_column)[0])
        line = fit_lines(series[:, kept], points.day[kept], reference)
        np.testing.assert_allclose(found[:, number], line.velocity, atol=1e-5)


def test_vdrop_has_a_map_for_every_interferogram_that_is_used(source):
    found = shown(source, "vdrop")
    assert [label.number for label in found.labels] == [1, 2, 4, 6]
    velocity = shown(source, "v").column(0)
    np.testing.assert_allclose(np.asarray(found.values), velocity[:, None].repeat(4, 1), atol=1e-3)


def test_planes_and_the_grid_are_refused_where_no_stage_has_made_them(source):
    with pytest.raises(ArtifactError, match=r"no planes.*scla_deramp to y.*stage 7"):
        shown(source, "o").column(0)
    with pytest.raises(ArtifactError, match=r"uw_grid\.mat.*missing"):
        shown(source, "wf").column(0)


def test_interferograms_are_chosen_by_number_and_date(source):
    dates = [label.date for label in source.labels]
    assert wanted_interferograms(source.interferograms, "", "") is None
    assert wanted_interferograms(source.interferograms, "6,1-2", "").tolist() == [0, 1, 5]
    assert wanted_interferograms(source.interferograms, "", dates[3]).tolist() == [3]
    stretch = f"{dates[0]}:{dates[1].replace('-', '')}"
    assert wanted_interferograms(source.interferograms, "4", stretch).tolist() == [0, 1, 3]
    for numbers, words in (("7", "interferograms 1 to 6"), ("0", "1 to 6"), ("x", "no number"),
                           ("3-2", "does not exist")):  # fmt: skip
        with pytest.raises(ParameterError, match=words):
            wanted_interferograms(source.interferograms, numbers, "")
    with pytest.raises(ParameterError, match=rf"nearest are.*{dates[0]}"):
        wanted_interferograms(source.interferograms, "", "2017-12-31")
    with pytest.raises(ParameterError, match="is no date"):
        wanted_interferograms(source.interferograms, "", "soon")
    with pytest.raises(ParameterError, match="one value for all"):
        shown(source, "coh", interferograms="1")


def test_labels_count_as_drop_ifg_index_does(source):
    assert [label.number for label in source.labels] == list(range(1, DAYS.size + 1))
    assert source.labels[MASTER].flag == "reference image"
    assert source.labels[0].noise_deg == pytest.approx(20)


def test_a_table_that_lies_alone_is_enough_for_its_own_values(source, tmp_path):
    target = tmp_path / "products" / "ps.h5"
    target.parent.mkdir()
    shutil.copyfile(source.root / "products" / "ps.h5", target)
    alone = open_plot_source(tmp_path)
    for name in ("v-d", "coh", "std"):
        np.testing.assert_array_equal(shown(alone, name).column(0), shown(source, name).column(0))
    with pytest.raises(ArtifactError, match=r"ps2\.mat: file is missing"):
        shown(alone, "u")
