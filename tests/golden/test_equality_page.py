"""``docs/equality.md`` repeats the bounds of the tests and says what its own table says."""

from __future__ import annotations

import re

import pytest
from golden_tolerances import BOUNDS
from trees import CHECKOUT

PAGE = (CHECKOUT / "docs" / "equality.md").read_text()
HEAD = ["file", "variable", "probe of StaMPS", "probe of ours", "tiny", "small", "allowed", "why"]
FAR = 10
"""Times the larger probe, from where on a difference is explained."""


def table() -> dict[tuple[str, str], dict[str, str]]:
    """Give the cells of every row by file and variable."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    assert rows[0] == HEAD
    return {(row[0], row[1]): dict(zip(HEAD, row, strict=True)) for row in rows[1:]}


def number(text: str) -> float:
    return float(text or "0")


ROWS = table()


def test_the_table_has_the_bounds_of_the_tests():
    bounds = {(base, name): b for base, own in BOUNDS.items() for name, b in own.items()}
    assert list(ROWS) == list(bounds)
    for key, bound in bounds.items():
        assert (float(ROWS[key]["allowed"]), ROWS[key]["why"]) == (bound.size, bound.why), key


@pytest.mark.parametrize("key", ROWS, ids="-".join)
def test_measured_differences_are_allowed_and_beside_a_probe(key: tuple[str, str]):
    row = ROWS[key]
    measured = max(number(row["tiny"]), number(row["small"]))
    assert 1.8 * measured <= float(row["allowed"]) <= 5.5 * measured
    assert row["probe of ours"]


def test_the_text_names_what_is_far_beyond_the_probes():
    far = set()
    for (base, name), row in ROWS.items():
        probe = max(number(row["probe of StaMPS"]), number(row["probe of ours"]))
        if max(number(row["tiny"]), number(row["small"])) > FAR * probe > 0:
            far.add((base, name))
    section = PAGE[PAGE.index("More than ten times") : PAGE.index("Probes of 0")]
    named = set()
    for line in section.splitlines():
        base = ""
        for word in re.findall(r"`(\w+)`", line):
            base = word if word in BOUNDS else base
            if base and word in BOUNDS[base]:
                named.add((base, word))
    assert named == far


def test_probes_of_zero_are_named():
    zero = {
        name
        for (_, name), row in ROWS.items()
        if not number(row["probe of StaMPS"]) and not number(row["probe of ours"])
    }
    section = PAGE[PAGE.index("Probes of 0") : PAGE.index("`msd`, a mean")]
    assert set(re.findall(r"`(\w+)`", section)) == zero
