"""What is spared while Snakemake plans changes nothing in what it is told."""

from __future__ import annotations

import inspect

import pytest
from snakemake import sourcecache
from snakemake.common import get_function_params, get_input_function_aux_params
from snakemake.resources import Resource

from pystamps.pipeline import planning_cost


def test_snakemake_finds_the_parameters_of_a_function_and_asks_python_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def memory(wildcards: object, attempt: int, **others: object) -> int:
        return attempt

    expected = dict(inspect.signature(memory).parameters)
    assert planning_cost.with_known_parameters(memory) is memory
    monkeypatch.setattr(inspect, "signature", None)
    assert dict(get_function_params(memory)) == expected
    assert get_input_function_aux_params(memory, {"attempt": 2, "threads": 1}) == {
        "attempt": 2,
        "threads": 1,
    }


@pytest.fixture
def snakemake_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back afterwards what is remembered within Snakemake."""
    monkeypatch.setattr(sourcecache, "parse_uri", sourcecache.parse_uri)
    monkeypatch.setattr(
        Resource, "evaluate", lambda self, *a, **k: Resource.evaluate(self, *a, **k)
    )
    monkeypatch.setattr(planning_cost, "_collect_garbage_seldom", lambda: None)


@pytest.mark.usefixtures("snakemake_as_it_was")
def test_what_snakemake_asks_again_has_the_same_answers() -> None:
    asked = "/workflow/rules/scripts/stage.py"
    before = sourcecache.parse_uri(asked), dict(get_function_params(Resource("mem_mb", 1).evaluate))
    planning_cost.plan_cheaply()
    after = sourcecache.parse_uri(asked), dict(get_function_params(Resource("mem_mb", 1).evaluate))
    assert after[0] == before[0] and sourcecache.parse_uri(asked) is after[0]
    assert [(p.kind, p.name) for p in after[1].values()] == [
        (inspect.Parameter.POSITIONAL_OR_KEYWORD, "self"),
        *((p.kind, p.name) for p in before[1].values()),
    ]


@pytest.mark.parametrize("version", [(9, 16), (9, 28), (10, 0)])
@pytest.mark.usefixtures("snakemake_as_it_was")
def test_a_snakemake_that_nobody_has_looked_at_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    before = sourcecache.parse_uri, dict(vars(Resource.evaluate))
    monkeypatch.setattr(planning_cost, "snakemake_version", lambda: version)
    planning_cost.plan_cheaply()
    assert (sourcecache.parse_uri, dict(vars(Resource.evaluate))) == before
