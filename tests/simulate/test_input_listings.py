"""The listings of docs/inputs.md are what exporters write and readers open."""

from __future__ import annotations

import pytest

from input_listings import LISTED, PAGE, listing
from pystamps.simulate.exporters import EXPORTERS, exporter_forms


@pytest.mark.parametrize(("exporter", "form"), LISTED)
def test_a_listing_names_every_file_and_who_opens_it(exporter: str, form: str) -> None:
    expected = listing(exporter, form)
    assert f"<!-- listing {exporter} {form} -->\n\n```text\n{expected}```" in PAGE.read_text(), (
        "run python scripts/input_listings.py"
    )
    assert "stage 1" in expected or exporter == "doris"


def test_every_exporter_is_listed_and_every_form_is_named() -> None:
    assert {exporter for exporter, _ in LISTED} == set(EXPORTERS)
    page = PAGE.read_text()
    assert not [f for name in EXPORTERS for f in exporter_forms(name) if f"`{f}`" not in page]
