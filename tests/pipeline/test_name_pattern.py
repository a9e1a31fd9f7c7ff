"""The pattern that stands for the names of all patches."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from pystamps.pipeline.name_pattern import pattern_of_names

NAMES = st.text("ab-1]^.|\\", min_size=1, max_size=4)


@given(st.sets(NAMES, min_size=1, max_size=12), st.sets(NAMES))
@example({"PATCH_1", "PATCH_10", "PATCH_2"}, {"PATCH_", "PATCH_11"})
def test_the_pattern_matches_the_names_and_nothing_else(names: set[str], others: set[str]) -> None:
    pattern = re.compile(pattern_of_names(names))
    assert all(pattern.fullmatch(name) for name in names)
    assert not any(pattern.fullmatch(name) for name in others - names)


def test_no_name_has_no_pattern() -> None:
    assert not pattern_of_names([])


def test_a_thousand_patches_have_a_pattern_shorter_than_their_names() -> None:
    names = [f"PATCH_{number}" for number in range(1, 1001)]
    pattern = pattern_of_names(names)
    assert len(pattern) < len("|".join(names)) / 4
    assert [
        name for name in (*names, "PATCH_0", "PATCH_1001") if re.fullmatch(pattern, name)
    ] == names
