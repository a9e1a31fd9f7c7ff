"""Every decision in ``docs/decisions.md`` names the code or the test that holds it."""

from __future__ import annotations

import re

import pytest
from source_names import is_defined
from trees import CHECKOUT

PAGE = (CHECKOUT / "docs" / "decisions.md").read_text()


def paragraphs(page: str) -> list[str]:
    """Give the paragraphs of the page without the example of its head."""
    without_example = re.sub(r"^```.*?^```\n", "", page, flags=re.MULTILINE | re.DOTALL)
    return [part.strip() for part in without_example.split("\n\n") if part.strip()]


def decisions(page: str) -> dict[str, str]:
    """Give the entries of the page: what was decided, and the whole entry."""
    entries = [part for part in paragraphs(page) if part.startswith("**")]
    return {entry[2:].partition("**")[0]: entry for entry in entries}


def holders(entry: str) -> list[str]:
    """Give what stands in the last line of an entry."""
    last = entry.splitlines()[-1]
    return re.findall(r"`([^`]+)`", last) if last.startswith("Held by: ") else []


def test_the_page_has_decisions_and_nothing_else():
    assert len(decisions(PAGE)) >= 28
    others = [part for part in paragraphs(PAGE) if not part.startswith(("**", "# ", "## "))]
    assert len(others) == 1 and others[0].startswith("One entry per decision")


@pytest.mark.parametrize("decision", decisions(PAGE))
def test_a_decision_names_what_holds_it(decision: str):
    named = holders(decisions(PAGE)[decision])
    assert named, f"{decision}: no last line 'Held by: `file::name`'"
    missing = [reference for reference in named if not is_defined(reference)]
    assert not missing, f"{decision}: {missing} do not exist"


def test_an_entry_without_holder_or_with_a_wrong_one_is_seen():
    assert holders("**Thus.** Because.") == []
    assert holders("**Thus.** Held by: `x::y`\nand so on") == []
    assert not is_defined("tests/test_decisions.py::test_that_does_not_exist")
    assert not is_defined("tests/no_such_file.py::decisions")
    assert is_defined("tests/test_decisions.py::PAGE")
    assert is_defined("pystamps/pipeline/one_stage.py::StageDef")
