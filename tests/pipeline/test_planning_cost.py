"""What is spared while Snakemake plans changes nothing in what it is told."""

from __future__ import annotations

import inspect

import pytest
from snakemake import sourcecache
from snakemake.common import (
    get_function_params,
    get_input_function_aux_params,
    overwrite_function_params,
)
from snakemake.resources import Resource

from pystamps.pipeline import planning_cost

SCRIPT = "/workflow/rules/scripts/stage.py"


class OneResource(Resource):
    """One whose function can be told without changing that of all."""

    def evaluate(self, *args: object, **kwargs: object) -> object:
        return super().evaluate(*args, **kwargs)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards what is remembered within Snakemake, and leave the collector alone."""
    monkeypatch.setattr(sourcecache, "parse_uri", sourcecache.parse_uri)
    monkeypatch.setattr(planning_cost, "_collect_garbage_seldom", lambda: None)
    monkeypatch.delattr(OneResource.evaluate, "_overwrite_params", raising=False)


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
    planning_cost.plan_cheaply(sourcecache, OneResource, overwrite_function_params)
    assert sourcecache.parse_uri(SCRIPT) == before
    assert sourcecache.parse_uri(SCRIPT) is sourcecache.parse_uri(SCRIPT)
    assert get_input_function_aux_params(resource.evaluate, given) == expected == given
    assert resource.evaluate({}, **given).value == 200


@pytest.mark.parametrize("version", [(9, 16), (9, 28), (10, 0)])
@pytest.mark.usefixtures("places")
def test_a_snakemake_that_nobody_has_looked_at_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    before = sourcecache.parse_uri
    monkeypatch.setattr(planning_cost, "snakemake_version", lambda: version)
    planning_cost.plan_cheaply(sourcecache, OneResource, overwrite_function_params)
    assert sourcecache.parse_uri is before
    assert not vars(OneResource.evaluate)
