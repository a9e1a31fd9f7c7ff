"""Interferograms as a value: pairs of images, the null column, and columns that are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.model import Interferograms
from pystamps.rows import Rows

DAY = 737000.0 + 12 * np.arange(6)
BPERP = np.array([-40.0, 110.0, 0.0, -75.0, 62.0, 28.0], dtype=np.float32)
PAIRS = np.array([[0, 1], [0, 2], [1, 2], [1, 3], [2, 4], [3, 4], [4, 5]])


def single_master(reference_ix: int = 2) -> Interferograms:
    return Interferograms.single_master(DAY, BPERP, reference_ix)


def small_baselines(pairs: Any = PAIRS) -> Interferograms:
    bperp = np.arange(float(len(pairs)))
    return Interferograms.small_baselines(pairs, day=DAY, bperp=bperp, reference_ix=2)


def matrix(n_column: int, dtype: Any = np.float32) -> np.ndarray[Any, Any]:
    return np.arange(3 * n_column).reshape(3, n_column).astype(dtype)


def by_rows(values: Any) -> Rows:
    return Rows(values.shape, values.dtype, lambda rows: values[rows].copy())


def test_every_image_is_combined_with_the_reference_image() -> None:
    stack = single_master()
    assert stack.pairs.tolist() == [[2, 0], [2, 1], [2, 2], [2, 3], [2, 4], [2, 5]]
    assert (stack.n_ifg, stack.n_image, stack.n_observed) == (6, 6, 5)
    assert stack.is_single_master and stack.null_columns == slice(2, 3)
    assert stack.observed.tolist() == [0, 1, 3, 4, 5]
    assert stack.observed_bperp.tolist() == [-40, 110, -75, 62, 28]
    assert stack.observed_bperp.dtype == np.float32
    assert stack.temporal_baseline.tolist() == [-24, -12, 0, 12, 24, 36]
    assert stack.reference_day == DAY[2]


@pytest.mark.parametrize("reference_ix", [0, 2, 5])
def test_the_reference_image_is_put_among_the_secondary_images(reference_ix: int) -> None:
    day, bperp = np.delete(DAY, reference_ix), np.delete(BPERP, reference_ix)
    stack = Interferograms.of_secondary_images(day, bperp, DAY[reference_ix])
    assert stack.reference_ix == reference_ix and stack.bperp[reference_ix] == 0
    np.testing.assert_array_equal(stack.day, DAY)
    np.testing.assert_array_equal(stack.observed_bperp, bperp)
    assert stack.bperp.dtype == np.float32


def test_small_baselines_have_no_null_column() -> None:
    network = small_baselines()
    assert (network.n_ifg, network.n_image, network.n_observed) == (7, 6, 7)
    assert not network.is_single_master and network.null_columns == slice(0, 0)
    assert network.observed.tolist() == list(range(7))
    assert network.temporal_baseline.tolist() == [12, 24, 12, 24, 24, 12, 12]


@pytest.mark.parametrize("reference_ix", range(6))
def test_design_turns_phases_of_images_into_those_of_interferograms(reference_ix: int) -> None:
    of_images = np.array([0.3, -1.0, 4.0, 2.5, -7.0, 1.25])
    for stack in (single_master(reference_ix), small_baselines()):
        expected = of_images[stack.second] - of_images[stack.first]
        np.testing.assert_allclose(stack.design() @ of_images, expected, rtol=1e-15)
    # the columns of a single master are the series relative to the reference image
    series = single_master(reference_ix).design() @ of_images
    np.testing.assert_allclose(series, of_images - of_images[reference_ix], rtol=1e-15)


@pytest.mark.parametrize("reference_ix", range(6))
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_the_null_column_goes_in_and_out(reference_ix: int, dtype: Any) -> None:
    stack, without = single_master(reference_ix), matrix(5, dtype)
    filled = stack.with_null_column(without, 1)
    assert filled.shape == (3, 6) and filled.dtype == dtype
    assert (filled[:, reference_ix] == 1).all()
    np.testing.assert_array_equal(np.delete(filled, reference_ix, axis=1), without)
    back = stack.without_null_column(filled)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, without)


def test_the_null_column_of_vectors_and_grids_is_on_the_last_axis() -> None:
    stack = single_master()
    assert stack.without_null_column(BPERP).tolist() == stack.observed_bperp.tolist()
    assert stack.with_null_column(stack.observed_bperp, 0).tolist() == BPERP.tolist()
    assert stack.with_null_column(np.ones((2, 3, 5)), 0).sum() == 30


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_rows_stay_rows_and_are_read_when_asked_for(dtype: Any) -> None:
    stack, without, asked = single_master(), matrix(5, dtype), []

    def give(rows: slice) -> Any:
        asked.append((rows.start, rows.stop))
        return without[rows]

    filled = stack.with_null_column(Rows(without.shape, dtype, give), 1)
    back = stack.without_null_column(filled)
    assert isinstance(filled, Rows) and isinstance(back, Rows) and not asked
    assert (filled.shape, back.shape, filled.dtype, back.dtype) == ((3, 6), (3, 5), dtype, dtype)
    np.testing.assert_array_equal(filled[1:3], stack.with_null_column(without, 1)[1:3])
    np.testing.assert_array_equal(back[0:2], without[:2])
    assert asked == [(1, 3), (0, 2)]


def test_small_baselines_leave_arrays_and_rows_as_they_are() -> None:
    network = small_baselines()
    for values in (matrix(7), by_rows(matrix(7))):
        assert network.with_null_column(values, 0) is values
        assert network.without_null_column(values) is values


def test_a_null_column_that_is_in_or_out_already_is_a_mistake() -> None:
    for stack in (single_master(), small_baselines()):
        with pytest.raises(ValueError, match="columns, expected"):
            stack.with_null_column(matrix(stack.n_observed + 1), 0)
        with pytest.raises(ValueError, match="columns, expected"):
            stack.without_null_column(matrix(stack.n_ifg - 1))


def test_columns_are_counted_with_and_without_the_null_column() -> None:
    used = single_master().used((2, 5))
    assert used.with_null.tolist() == [0, 2, 3, 5]
    assert used.observed.tolist() == [0, 3, 5]
    assert used.without_null.tolist() == [0, 2, 4]
    assert used.null_columns == slice(1, 2)
    assert used.not_observed.tolist() == [1, 2, 4]
    values = matrix(6)
    np.testing.assert_array_equal(
        single_master().without_null_column(values)[:, used.without_null], values[:, used.observed]
    )


def test_without_a_drop_list_everything_is_used() -> None:
    used = single_master(0).used(())
    assert used.with_null.tolist() == [0, 1, 2, 3, 4, 5]
    assert used.without_null.tolist() == [0, 1, 2, 3, 4]
    assert used.without_null.dtype == np.int64


def test_more_columns_can_be_left_out_the_null_column_too() -> None:
    used = single_master().used((2,))
    fewer = used.without(np.array([2, 4]))
    assert fewer.with_null.tolist() == [0, 3, 5] == fewer.observed.tolist()
    assert fewer.without_null.tolist() == [0, 2, 4] and fewer.null_columns == slice(0, 0)
    assert used.with_null.tolist() == [0, 2, 3, 4, 5]


def test_small_baselines_count_all_columns_alike() -> None:
    used = small_baselines().used((1, 7))
    assert used.with_null.tolist() == [1, 2, 3, 4, 5]
    assert used.observed.tolist() == used.without_null.tolist() == used.with_null.tolist()
    assert used.null_columns == slice(0, 0)
    assert small_baselines().used((3,)).with_null.tolist() == [0, 1, 3, 4, 5, 6]


@pytest.mark.parametrize("number", [0, 7, -1])
def test_a_number_outside_the_data_set_is_refused(number: int) -> None:
    message = (
        f"drop_ifg_index: {number} does not exist; this data set has interferograms 1 to 6, the "
        "reference image counted"
    )
    with pytest.raises(ParameterError) as error:
        single_master().used((2, number))
    assert str(error.value) == message
    with pytest.raises(ParameterError, match=r"^list: 8 .* interferograms 1 to 7$"):
        small_baselines().used((8,), name="list")


def test_the_reference_image_may_be_dropped_like_any_other() -> None:
    used = single_master().used((3, 5))
    assert used.is_null_dropped and not single_master().used((5,)).is_null_dropped
    assert used.with_null.tolist() == used.observed.tolist() == [0, 1, 3, 5]
    assert used.without_null.tolist() == [0, 1, 2, 4]
    assert used.null_columns == slice(0, 0)
    assert not small_baselines().used((3,)).is_null_dropped


def test_stamps_looks_for_the_reference_image_at_its_place_among_all() -> None:
    assert single_master().used(()).null_columns_of_stamps() == slice(2, 3)
    assert single_master().used((1,)).null_columns_of_stamps() == slice(2, 3)
    assert single_master().used((3,)).null_columns_of_stamps() == slice(2, 3)
    last = single_master(5)
    assert last.used((1,)).null_columns_of_stamps() == slice(4, 5)  # StaMPS stops
    with pytest.raises(ParameterError, match=r"6 is the reference image, .* StaMPS stops"):
        last.used((6,)).null_columns_of_stamps()
    with pytest.raises(ParameterError, match="5 is the reference image"):
        single_master(4).used((1, 5)).null_columns_of_stamps()


def test_dropping_everything_is_refused() -> None:
    with pytest.raises(ParameterError, match="all 5 interferograms are dropped"):
        single_master().used((1, 2, 4, 5, 6))
    with pytest.raises(ParameterError, match="all 7 interferograms are dropped"):
        small_baselines().used(range(1, 8))
    alone = Interferograms.single_master(DAY[:1], BPERP[:1], 0)
    assert alone.used(()).with_null.tolist() == [0]


def test_numbers_become_columns_sorted_and_unique() -> None:
    assert single_master().numbered((5, 2, 5), name="scn_deramp_ifg").tolist() == [1, 4]
    assert single_master().numbered((), name="scn_deramp_ifg").tolist() == []


def test_places_among_the_used_columns() -> None:
    used = single_master().used((2, 5))
    assert used.places_of(np.array([0, 1, 2, 5])).tolist() == [0, 1, 3]
    assert used.places_of(used.with_null).tolist() == [0, 1, 2, 3]


def test_some_interferograms_of_a_single_master_have_no_null_column() -> None:
    some = single_master().of_columns(np.array([0, 3, 5]))
    assert some.pairs.tolist() == [[2, 0], [2, 3], [2, 5]]
    assert some.bperp.tolist() == [-40, -75, 28]
    assert some.is_single_master and some.null_columns == slice(0, 0) and some.n_image == 6
    assert some.design().tolist() == single_master().design()[[0, 3, 5]].tolist()
    values = matrix(3)
    assert some.with_null_column(values, 0) is values


def test_values_of_some_columns_are_put_among_all() -> None:
    stack = single_master()
    spread = stack.in_all_columns(np.array([[1, 2], [3, 4]], dtype=np.float32), np.array([1, 4]))
    assert spread.tolist() == [[0, 1, 0, 0, 2, 0], [0, 3, 0, 0, 4, 0]]
    assert spread.dtype == np.float32


def test_names_say_number_and_dates() -> None:
    assert str(single_master().name_of(3)) == "interferogram 4 (20171207)"
    assert str(small_baselines().name_of(3)) == "interferogram 4 (20171113_20171207)"


@pytest.mark.parametrize("reference_ix", [-1, 6])
def test_a_reference_image_outside_the_stack_is_refused(reference_ix: int) -> None:
    with pytest.raises(ArtifactError, match=f"master_ix: {reference_ix + 1}"):
        single_master(reference_ix)


def test_a_stack_with_more_baselines_than_dates_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"5 dates .* and 6 baselines"):
        Interferograms.single_master(DAY[1:], BPERP, 2)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ((3, 3), "interferogram 2 combines images 4 and 4"),
        ((1, 6), "interferogram 2 combines images 2 and 7"),
        ((-1, 1), "interferogram 2 combines images 0 and 2"),
    ],
)
def test_pairs_that_are_no_interferograms_are_refused(pair: tuple[int, int], message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        small_baselines(np.array([[0, 1], pair]))


def test_pairs_without_baselines_are_refused() -> None:
    with pytest.raises(ArtifactError, match="7 pairs of images and 2 baselines"):
        Interferograms.small_baselines(PAIRS, day=DAY, bperp=np.ones(2), reference_ix=2)


def test_the_network_of_a_golden_small_baseline_set(shared_data: Path) -> None:
    stages = shared_data / "sb_small" / "stages"
    ps = read_mat(stages / "stage5" / "ps2.mat")
    network = Interferograms.small_baselines(
        ps["ifgday_ix"].astype(np.int64) - 1,
        day=ps["day"].ravel(),
        bperp=ps["bperp"].ravel(),
        reference_ix=int(ps["master_ix"].item()) - 1,
    )
    design = read_mat(stages / "stage6" / "uw_space_time.mat", ["G"])["G"]
    np.testing.assert_array_equal(network.design(), design)
    np.testing.assert_array_equal(np.diff(ps["ifgday"], axis=1)[:, 0], network.temporal_baseline)
    assert network.reference_day == ps["master_day"].item()
    baselines = read_mat(stages / "stage5" / "bp2.mat")["bperp_mat"]
    assert network.with_null_column(baselines, 0) is baselines
    # baselines of interferograms are differences of those of the images, as their phases are
    of_images = np.linalg.pinv(network.design()) @ network.bperp
    np.testing.assert_allclose(network.design() @ of_images, network.bperp, atol=1e-3)


def test_the_series_of_a_golden_small_baseline_set_gives_its_interferograms(
    shared_data: Path,
) -> None:
    stages = shared_data / "sb_small" / "stages"
    ps = read_mat(stages / "stage5" / "ps2.mat")
    network = Interferograms.small_baselines(
        ps["ifgday_ix"].astype(np.int64) - 1,
        day=ps["day"].ravel(),
        bperp=ps["bperp"].ravel(),
        reference_ix=int(ps["master_ix"].item()) - 1,
    )
    series = read_mat(stages / "stage6" / "phuw2.mat")["ph_uw"]
    predicted = read_mat(stages / "stage6" / "phuw_sb_res2.mat")["ph_res"]
    assert not series[:, network.reference_ix].any()
    np.testing.assert_allclose(series @ network.design().T, predicted, atol=2e-5)


def test_baselines_of_images_are_those_that_fit_the_pairs_relative_to_the_reference() -> None:
    network = small_baselines()
    bperp, pairs = BPERP.astype(np.float64), network.pairs
    exact = Interferograms.small_baselines(
        pairs, day=network.day, bperp=bperp[pairs[:, 1]] - bperp[pairs[:, 0]], reference_ix=2
    )
    np.testing.assert_allclose(exact.of_images().bperp, bperp, atol=1e-12)
    series = exact.of_images()
    assert series.null_columns.start == 2 and series.n_ifg == network.n_image
    assert network.is_reference_image.tolist() == [False, False, True, False, False, False]
