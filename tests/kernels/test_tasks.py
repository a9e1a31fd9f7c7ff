"""Tasks of kernels in threads: all are done once, and what one raises reaches the caller."""

from __future__ import annotations

import threading

import numba
import numpy as np
import pytest

from pystamps_kernels.host import tasks


@pytest.fixture(autouse=True)
def four_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 4)
    monkeypatch.setattr(tasks, "_wanted", 0)


def count_tasks(first: int, end: int, done: np.ndarray) -> None:
    for task in range(first, end):
        done[task] += 1


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 31])
def test_every_task_is_done_once(count):
    done = np.zeros(count, int)
    tasks.do_tasks(count_tasks, count, done)
    assert done.tolist() == [1] * count


def test_tasks_go_to_as_many_threads_as_are_wanted_and_none_is_left():
    ranges: dict[tuple[int, int], int] = {}
    before = threading.active_count()
    assert tasks.use_threads(3) == 3
    assert tasks.use_threads(9) == 4
    barrier = threading.Barrier(4, timeout=30)

    def note(first: int, end: int) -> None:
        barrier.wait()  # all four are there at a time
        ranges[first, end] = threading.get_ident()

    tasks.do_tasks(note, 10)
    assert sorted(ranges) == [(0, 2), (2, 5), (5, 7), (7, 10)]
    assert len({*ranges.values()}) == 4
    assert threading.active_count() == before


@pytest.mark.parametrize("failing", [0, 3])
def test_what_a_task_raises_in_a_thread_reaches_the_caller_when_all_have_ended(failing):
    done = np.zeros(8, int)

    def work(first: int, end: int) -> None:
        if first == 2 * failing:
            raise MemoryError("no more")
        count_tasks(first, end, done)

    with pytest.raises(MemoryError, match="no more"):
        tasks.do_tasks(work, 8)
    assert done.sum() == 6


def test_where_the_system_allows_no_more_threads_the_caller_does_their_tasks(monkeypatch):
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    done = np.zeros(9, int)
    tasks.do_tasks(count_tasks, 9, done)
    assert done.tolist() == [1] * 9
