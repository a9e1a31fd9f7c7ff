"""What is spared while Snakemake plans changes nothing in what it is told."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake import sourcecache
from snakemake.common import (
    get_function_params,
    get_input_function_aux_params,
    overwrite_function_params,
)
from snakemake.jobs import Job, Wildcards
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


class OneRefuser(type(Wildcards().index)):  # type: ignore[misc]
    """What refuses ``index`` and ``sort`` of a list, as a class of its own that can be changed."""


@dataclass(frozen=True)
class OneOutput:
    """A file that a job writes; it counts the tasks that there are while it is asked."""

    age_s: float | None
    is_storage: bool = False
    tasks: list[int] = field(default_factory=list, compare=False)

    async def exists(self) -> bool:
        self.tasks.append(len(asyncio.all_tasks()))
        return self.age_s is not None

    async def mtime(self) -> SimpleNamespace:
        return SimpleNamespace(local_or_storage=lambda: self.age_s)


class OneJob:
    """One that has nothing but files which it writes."""

    output_mintime: Any = Job.output_mintime

    def __init__(self, output: list[OneOutput], benchmark: OneOutput | None = None) -> None:
        self.output, self.benchmark = output, benchmark

    def oldest(self) -> float | None:
        async def ask() -> Any:
            return await self.output_mintime

        age_s: float | None = asyncio.run(ask())
        return age_s


@pytest.fixture
def job_class(monkeypatch: pytest.MonkeyPatch) -> type[OneJob]:
    """Give the class of jobs with the property of Snakemake, which a test may have changed."""
    monkeypatch.setattr(OneJob, "output_mintime", Job.output_mintime)
    return OneJob


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


def test_lists_of_jobs_share_what_refuses_index_and_sort(job_class: type[OneJob]) -> None:
    planning_cost.plan_in_less_memory(job_class, OneRefuser)
    index, sort = OneRefuser("index"), OneRefuser("sort")
    assert OneRefuser("index") is index is not sort
    assert OneRefuser("sort") is sort
    for refuser in (index, copy.deepcopy(index), pickle.loads(pickle.dumps(index))):
        with pytest.raises(AttributeError, match=r"^index\(\) cannot be used"):
            refuser("a")
    assert pickle.loads(pickle.dumps(sort)).name == "sort"
    assert index.name == "index"  # a copy has not become it


@pytest.mark.parametrize(
    ("ages_s", "benchmark", "expected_s"),
    [
        ([3.0, 2.0, 5.0], None, 2.0),
        ([3.0, None], OneOutput(1.0), 1.0),
        ([3.0], OneOutput(7.0), 3.0),
        ([3.0], OneOutput(None), 3.0),
        ([None, None], OneOutput(4.0), 4.0),
        ([None], OneOutput(None), None),
        ([], None, None),
    ],
)
def test_the_oldest_output_is_that_of_snakemake_without_a_task_per_file(
    job_class: type[OneJob],
    ages_s: list[float | None],
    benchmark: OneOutput | None,
    expected_s: float | None,
) -> None:
    files = [OneOutput(age) for age in ages_s]
    job = job_class(files, benchmark)
    assert job.oldest() == expected_s
    for file in files:
        file.tasks.clear()
    planning_cost.plan_in_less_memory(job_class, OneRefuser)
    assert job.oldest() == expected_s
    assert all(file.tasks == [1] for file in files)


def test_outputs_in_a_storage_are_asked_at_once(job_class: type[OneJob]) -> None:
    files = [OneOutput(2.0), OneOutput(1.0, is_storage=True)]
    planning_cost.plan_in_less_memory(job_class, OneRefuser)
    assert job_class(files).oldest() == 1.0
    assert all(file.tasks[0] > 1 for file in files)


@pytest.mark.parametrize("version", [(9, 16), (9, 28), (10, 0)])
@pytest.mark.usefixtures("places")
def test_a_snakemake_that_nobody_has_looked_at_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, job_class: type[OneJob], version: tuple[int, int]
) -> None:
    before, looks_again = sourcecache.parse_uri, OneScheduler._schedule_reevalutation
    asks_at_once = job_class.output_mintime
    monkeypatch.setattr(planning_cost, "snakemake_version", lambda: version)
    planning_cost.plan_in_less_memory(job_class, kind := type("Refuser", (OneRefuser,), {}))
    assert job_class.output_mintime is asks_at_once
    assert "__new__" not in vars(kind)
    planning_cost.plan_cheaply(sourcecache, OneResource, OneScheduler, overwrite_function_params)
    assert sourcecache.parse_uri is before
    assert not vars(OneResource.evaluate)
    assert OneScheduler._schedule_reevalutation is looks_again
