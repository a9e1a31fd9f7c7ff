"""Every option that the original has run is compared with it: what the last audit says of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trees import CHECKOUT, SHARED

from pystamps.audit.evidence import EVIDENCE_FILE

VARIANTS = sorted(path.name for path in (SHARED / "data" / "variants").glob("*__*"))
COMPARED = {"certified", "expected deviation"}
BY_ANOTHER_TEST = {
    "sb_small__unwrap_3D": "tests/golden/test_stage6_small_baselines.py",
}
"""Random numbers of the original's session: cycles of pixels are compared there, not values."""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    found = json.loads(EVIDENCE_FILE.read_text())["rows"]
    assert len(found) > 200
    return list(found)


@pytest.mark.golden
@pytest.mark.parametrize("variant", VARIANTS or ["no golden trees"])
def test_a_golden_variant_is_compared_with_the_original(
    shared_data: Path, rows: list[dict[str, object]], variant: str
) -> None:
    dataset, option = variant.split("__")
    said = (shared_data / "variants" / variant / "PARAMETERS.txt").read_text()
    assert f"dataset={dataset} first_stage=" in said
    if variant in BY_ANOTHER_TEST:
        assert f'"variants" / "{variant}"' in (CHECKOUT / BY_ANOTHER_TEST[variant]).read_text()
        return
    own = [row for row in rows if (row["dataset"], row["option"]) == (dataset, option)]
    compared = [row for row in own if row["status"] in COMPARED]
    assert compared and all(row["variables"] for row in compared)
    assert {row["status"] for row in own} <= {*COMPARED, "not run"}
    assert all(row["reason"] for row in own if row["status"] == "not run")


@pytest.mark.golden
def test_all_variants_are_there(shared_data: Path) -> None:
    assert len(VARIANTS) == len(list((shared_data / "variants").iterdir())) >= 38
