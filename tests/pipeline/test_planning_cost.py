"""What is spared while Snakemake plans changes nothing in what it is told."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake import sourcecache
from snakemake.common import (
    get_function_params,
    get_input_function_aux_params,
    overwrite_function_params,
)
from snakemake.resources import Resource
from snakemake.scheduling.job_scheduler import JobScheduler

from pystamps.pipeline import planning_cost

SCRIPT = "/workflow/rules/scripts/stage.py"


class OneResource(Resource):
    """One whose function can be told without changing that of all."""

    def evaluate(self, *args: object, **kwargs: object) -> object:
        return super().evaluate(*args, **kwargs)


class OneScheduler(JobScheduler):
    """One that has nothing but what a request to look again needs; it counts how often it looks."""

    def __init__(self) -> None:
        self._open_jobs = threading.Semaphore(0)
        self._input_sizes: dict[object, int | None] = {}

    async def update_input_sizes(self, jobs: object) -> None:
        await super().update_input_sizes(jobs)

    def _schedule_reevalutation(self, delay: int) -> None:
        super()._schedule_reevalutation(delay)

    def times_it_looks(self, seconds: float) -> int:
        """Count for a while how often it is told to look."""
        end, count = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            count += self._open_jobs.acquire(timeout=left)
        return count


@dataclass(frozen=True)
class OneInput:
    """A file that a job reads, as Snakemake sees it; it counts how often it is asked."""

    path: Path
    asked: list[str] = field(default_factory=list, compare=False)

    async def exists(self) -> bool:
        self.asked.append("exists")
        return self.path.exists()

    async def size(self) -> int:
        return self.path.stat().st_size


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards what is remembered within Snakemake, and leave the collector alone."""
    monkeypatch.setattr(sourcecache, "parse_uri", sourcecache.parse_uri)
    monkeypatch.setattr(planning_cost, "_collect_garbage_seldom", lambda: None)
    monkeypatch.delattr(OneResource.evaluate, "_overwrite_params", raising=False)
    for name in ("_schedule_reevalutation", "update_input_sizes"):
        monkeypatch.setattr(OneScheduler, name, getattr(OneScheduler, name))


def test_snakemake_finds_the_parameters_of_a_function_and_asks_python_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def memory(wildcards: object, attempt: int) -> int:
        return attempt

    expected = dict(inspect.signature(memory).parameters)
    assert planning_cost.known_to_snakemake(overwrite_function_params)(memory) is memory
    monkeypatch.setattr(inspect, "signature", None)
    assert dict(get_function_params(memory)) == expected
    assert get_input_function_aux_params(memory, {"attempt": 2, "threads": 1}) == {"attempt": 2}


@pytest.mark.usefixtures("places")
def test_what_snakemake_asks_again_has_the_same_answers() -> None:
    given = {"attempt": 2, "threads": 1}
    resource = OneResource("mem_mb", lambda wildcards, attempt: 100 * attempt)
    before = sourcecache.parse_uri(SCRIPT)
    expected = get_input_function_aux_params(resource.evaluate, given)
    planning_cost.plan_cheaply(sourcecache, OneResource, OneScheduler, overwrite_function_params)
    assert sourcecache.parse_uri(SCRIPT) == before
    assert sourcecache.parse_uri(SCRIPT) is sourcecache.parse_uri(SCRIPT)
    assert get_input_function_aux_params(resource.evaluate, given) == expected == given
    assert resource.evaluate({}, **given).value == 200


@pytest.mark.usefixtures("places")
def test_a_scheduler_that_is_asked_to_look_again_many_times_looks_once() -> None:
    scheduler = OneScheduler()
    scheduler._schedule_reevalutation(0.01)
    scheduler._schedule_reevalutation(0.01)
    assert scheduler.times_it_looks(0.5) == 2  # Snakemake itself: as often as it is asked
    planning_cost.plan_cheaply(sourcecache, OneResource, OneScheduler, overwrite_function_params)
    for _ in range(5):
        scheduler._schedule_reevalutation(0.01)
    assert scheduler.times_it_looks(0.5) == 1
    scheduler._schedule_reevalutation(60)
    scheduler._schedule_reevalutation(0.01)  # sooner than what is asked for already
    assert scheduler.times_it_looks(0.5) == 1
    waiting = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert all(thread.daemon for thread in waiting)  # a run does not end a minute later


@pytest.mark.usefixtures("places")
def test_sizes_of_files_that_jobs_wait_to_read_are_asked_once_and_are_those_of_snakemake(
    tmp_path: Path,
) -> None:
    inputs = [OneInput(tmp_path / name) for name in "abc"]
    for number, known in enumerate(inputs[:2]):
        known.path.write_bytes(bytes(number + 1))  # the third is not there
    jobs = [SimpleNamespace(input=inputs[:2]), SimpleNamespace(input=inputs[1:])]
    plain, cheap = OneScheduler(), OneScheduler()
    asyncio.run(plain.update_input_sizes(jobs))
    planning_cost.plan_cheaply(sourcecache, OneResource, OneScheduler, overwrite_function_params)
    before = [len(known.asked) for known in inputs]
    for _ in range(3):
        asyncio.run(cheap.update_input_sizes(jobs))
    assert cheap._input_sizes == plain._input_sizes == dict(zip(inputs, [1, 2, None], strict=True))
    assert [len(known.asked) for known in inputs] == [count + 1 for count in before]
    asyncio.run(cheap.update_input_sizes(jobs[:1]))
    assert set(cheap._input_sizes) == {*inputs[:2]}  # what nobody waits for is forgotten


@pytest.mark.parametrize("version", [(9, 16), (9, 28), (10, 0)])
@pytest.mark.usefixtures("places")
def test_a_snakemake_that_nobody_has_looked_at_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    before, looks_again = sourcecache.parse_uri, OneScheduler._schedule_reevalutation
    monkeypatch.setattr(planning_cost, "snakemake_version", lambda: version)
    planning_cost.plan_cheaply(sourcecache, OneResource, OneScheduler, overwrite_function_params)
    assert sourcecache.parse_uri is before
    assert not vars(OneResource.evaluate)
    assert OneScheduler._schedule_reevalutation is looks_again
