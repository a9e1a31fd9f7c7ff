"""Lines of progress in the log of a job."""

from __future__ import annotations

import logging

import pytest

from pystamps import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that tests set, and a terminal that is none."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: False)
    return now


def lines_of(clock: list[float], caplog: pytest.LogCaptureFixture, *reports: tuple) -> list[str]:
    with caplog.at_level(logging.INFO), progress.reporter("search, pixels") as report:
        for seconds, done in reports:
            clock[0] = seconds
            report(done, 1000)
    return caplog.messages


def test_what_comes_before_the_first_report_is_not_in_the_rate(clock, caplog):
    """Two minutes of compilation, then 10 pixels per second."""
    assert lines_of(clock, caplog, (120.0, 100), (140.0, 300)) == [
        "search, pixels: 100 of 1000 (10 %)",
        "search, pixels: 300 of 1000 (30 %), 10 per s, 70 s left",
    ]


def test_short_work_has_no_line(clock, caplog):
    assert lines_of(clock, caplog, (1.0, 500), (2.0, 1000)) == []


def test_what_a_clock_leaves_out_is_not_in_the_rate(clock, caplog):
    """A minute of waiting between two reports, then as before 10 pixels per second."""
    waited = [0.0]
    with (
        caplog.at_level(logging.INFO),
        progress.reporter("search, pixels", clock=lambda: clock[0] - waited[0]) as report,
    ):
        clock[0] = 20.0
        report(100, 1000)
        clock[0], waited[0] = 100.0, 60.0
        report(300, 1000)
    assert caplog.messages[-1] == "search, pixels: 300 of 1000 (30 %), 10 per s, 70 s left"
