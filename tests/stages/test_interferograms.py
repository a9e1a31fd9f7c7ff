"""Columns of interferograms that are used."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.errors import ParameterError
from pystamps.stages.interferograms import listed_columns, used_interferograms


def test_columns_are_counted_with_and_without_the_reference_image() -> None:
    used = used_interferograms(6, (2, 5), master_ix=2)
    assert used.with_master.tolist() == [0, 2, 3, 5]
    assert used.secondary.tolist() == [0, 3, 5]
    assert used.without_master.tolist() == [0, 2, 4]


def test_without_a_drop_list_everything_is_used() -> None:
    used = used_interferograms(3, (), master_ix=0)
    assert used.with_master.tolist() == [0, 1, 2]
    assert used.without_master.tolist() == [0, 1]
    assert used.without_master.dtype == np.int64


@pytest.mark.parametrize("number", [0, 7, -1])
def test_a_number_outside_the_data_set_is_refused(number: int) -> None:
    with pytest.raises(ParameterError, match=f"drop_ifg_index: {number} does not exist"):
        used_interferograms(6, (2, number), master_ix=2)


def test_the_reference_image_cannot_be_dropped() -> None:
    with pytest.raises(ParameterError, match="3 is the reference image"):
        used_interferograms(6, (3,), master_ix=2)


def test_dropping_everything_is_refused() -> None:
    with pytest.raises(ParameterError, match="all 2 interferograms"):
        used_interferograms(3, (1, 3), master_ix=1)


def test_listed_columns_are_sorted_and_unique() -> None:
    assert listed_columns((5, 2, 5), 6, name="scn_deramp_ifg").tolist() == [1, 4]
    assert listed_columns((), 6, name="scn_deramp_ifg").tolist() == []
