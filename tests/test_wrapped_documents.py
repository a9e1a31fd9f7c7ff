"""Prose in the documents is as wide as people read it; ``scripts/wrap_documents.py`` wraps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import CHECKOUT

from wrap_documents import WIDEST, documents, wide_lines, wrapped

LONG = "word " * 40


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_prose_is_no_wider_than_people_read_it(page: Path) -> None:
    assert not wide_lines(page.read_text()), (
        f"lines of more than {WIDEST} columns: run python scripts/wrap_documents.py"
    )


def test_only_paragraphs_with_a_wide_line_are_wrapped() -> None:
    text = f"short\nlines\n\n{LONG}\n\n- item {LONG}\n- next\n"
    lines = wrapped(text).split("\n")
    assert lines[:3] == ["short", "lines", ""]
    assert all(len(line) <= 100 for line in lines)
    assert [line[:2] for line in lines if line.startswith(("-", "  "))] == ["- ", "  ", "  ", "- "]


@pytest.mark.parametrize(
    "text",
    [
        f"| cell | {LONG}|\n",
        f"```bash\n{LONG}\n```\n",
        f"~~~\n```\n{LONG}\n~~~\n",
        f"## {LONG}\n",
        f"Held by: {LONG}\n",
        f"<!-- {LONG}-->\n",
    ],
)
def test_tables_code_headings_and_lists_of_tests_stay_as_they_are(text: str) -> None:
    assert wrapped(text) == text
    assert not wide_lines(text)


def test_code_and_links_are_not_broken_and_no_line_begins_a_list_by_chance() -> None:
    code, link = f"`{'x y ' * 20}`", f"[{'a b ' * 20}](page.md)"
    found = wrapped(f"{'word ' * 18}{code} {link} {'word ' * 15}\n")
    assert code in found and link in found
    dash = wrapped(f"{'w' * 98} - {LONG}\n1. {'w' * 96} 2. {LONG}\n").split("\n")
    assert [line for line in dash if line.lstrip().startswith(("- ", "2. "))] == []


def test_wrapping_twice_is_wrapping_once() -> None:
    text = f"{LONG}\n\n1. {LONG}\n   {LONG}\n"
    assert wrapped(wrapped(text)) == wrapped(text)
