"""``docs/parameters.md`` says of every parameter that people turn which way to turn it."""

from __future__ import annotations

from parameter_advice import GROUPS_OF_ADVICE, NOT_ADVISED, advice_section
from pystamps.parameters.values import PARAMETER_INFO, describe_parameters

ADVISED = [row.name for rows in GROUPS_OF_ADVICE.values() for row in rows]


def test_a_parameter_that_a_stage_uses_has_advice_or_a_reason_why_not() -> None:
    used = {name for name, info in PARAMETER_INFO.items() if info.stages}
    assert used == set(ADVISED) | set(NOT_ADVISED)


def test_advice_stands_once_and_is_about_parameters_that_do_something() -> None:
    assert len(ADVISED) == len(set(ADVISED)) > 30
    assert not set(ADVISED) & set(NOT_ADVISED)


def test_defaults_of_the_advice_are_those_of_the_table() -> None:
    rows = {line.split("`")[1]: line for line in advice_section() if line.startswith("| `")}
    for parameter in describe_parameters():
        if parameter.name in ADVISED:
            assert f"| {parameter.default}" in rows[parameter.name], parameter.name
