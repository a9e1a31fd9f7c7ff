"""MATLAB date numbers."""

from __future__ import annotations

import datetime

import pytest

from pystamps.dates import calendar_date, datenum, yyyymmdd


@pytest.mark.parametrize(
    ("date", "day"),
    [(20180101, 737061), ("20000229", 730545), ("00010101", 367), (" 20180101\n", 737061)],
)
def test_date_numbers_are_those_of_matlab(date, day):
    assert datenum(date) == day


@pytest.mark.parametrize(
    "date", ["20181301", "20180100", "20190229", "2018011", "201801011", "2018-1-1", ""]
)
def test_what_is_no_date_is_refused_with_its_text(date):
    with pytest.raises(ValueError, match=repr(date)):
        datenum(date)


def test_date_numbers_turn_back_into_dates():
    assert calendar_date(737061.0) == datetime.date(2018, 1, 1)
    assert yyyymmdd(datenum("20191231")) == "20191231"
