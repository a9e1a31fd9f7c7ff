"""``docs/proof.md`` names tests that exist."""

from __future__ import annotations

import re

import pytest
from trees import CHECKOUT

PAGE = (CHECKOUT / "docs" / "proof.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def test_the_page_names_tests():
    assert len(NAMED) > 50


@pytest.mark.parametrize(("file", "function"), NAMED)
def test_a_named_test_exists(file: str, function: str):
    assert re.search(rf"^ *def {function}\(", (CHECKOUT / file).read_text(), re.MULTILINE)
