"""Every unit vector of the original is used by a test, or belongs to a feature that comes later."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent

LATER = {
    "temperature in the unwrapping, which no stage passes": {
        "s6_uw3d_temp_3D_FULL",
        "s6_uw3d_temp_3D_QUICK",
    },
    "a filter that no stage calls": {"s6_goldstein_filt_45x29"},
}
"""Vectors without a test, by what has to be there first; these options are refused by name."""


def vectors_in(path: Path) -> set[str]:
    """Names of the vectors that a test file reads: ``"x.json"`` or ``f"s6_{case}.json"``."""
    tree = ast.parse(path.read_text())
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) if n.value is not None}
    words = {text for text in texts if isinstance(text, str) and re.fullmatch(r"\w+", text)}
    found = {text.removesuffix(".json") for text in texts if str(text).endswith(".json")}
    for joined in (n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr)):
        parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in joined.values]
        pattern = "".join(parts)
        if pattern.endswith(".json") and pattern.count("{}") == 1:
            found |= {pattern.removesuffix(".json").replace("{}", word) for word in words}
    return found


@pytest.mark.golden
def test_every_vector_has_a_test_or_a_reason(vectors: Path):
    known = {path.stem for path in vectors.glob("*.json")}
    used = {name for path in TESTS.rglob("test_*.py") for name in vectors_in(path)} & known
    later = {name for names in LATER.values() for name in names}
    assert known - used == later
