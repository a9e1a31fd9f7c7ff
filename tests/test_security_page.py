"""Every check in ``docs/security.md`` names the tests that hold it."""

from __future__ import annotations

import re

import pytest
from source_names import is_defined
from trees import CHECKOUT

PAGE = (CHECKOUT / "docs" / "security.md").read_text()
HEAD = "| check | held by |\n|---|---|\n"


def checks(page: str) -> list[tuple[str, str]]:
    """Give the rows of the tables of checks: what is promised, what holds it."""
    tables = [part.split("\n\n")[0] for part in page.split(HEAD)[1:]]
    rows = [row.strip("| ").split(" | ") for table in tables for row in table.splitlines()]
    return [(row[0], row[-1] if len(row) == 2 else "") for row in rows]


def test_the_page_has_checks_of_every_kind():
    assert len(checks(PAGE)) >= 25 and PAGE.count(HEAD) == 4


@pytest.mark.parametrize(("check", "holders"), checks(PAGE))
def test_a_check_names_tests_that_exist(check: str, holders: str):
    named = re.findall(r"`([^`]+)`", holders)
    assert named, f"{check}: nothing holds it"
    assert [name for name in named if not is_defined(name)] == []
    assert all(name.partition("::")[2].startswith("test_") for name in named)


def test_a_check_without_a_test_is_seen():
    assert checks(f"{HEAD}| nothing happens |  |\n\nmore") == [("nothing happens", "")]
