"""What ``pystamps prep`` says at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.cli.prep import _print
from pystamps.prep.prepare import PreparationSummary


def said(capsys: pytest.CaptureFixture[str], candidates: int, **patches: int) -> str:
    _print(
        PreparationSummary(
            Path("d"), "snap", is_small_baseline=False, samples=10, lines=20, images=3,
            interferograms=2, patches=patches, candidates=candidates, dropped_invalid=0,
            dropped_outside=0, megabytes=1.0, seconds=1.0, notes=(),
        )
    )  # fmt: skip
    return capsys.readouterr().out


def test_candidates_of_overlaps_are_told_from_different_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = said(capsys, 100, PATCH_1=60, PATCH_2=70)
    assert "100 candidates in 2 patches: PATCH_1 60, PATCH_2 70\n" in text
    assert "130 with those where patches overlap counted in each of them\n" in text


def test_patches_without_overlap_need_no_second_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert "overlap" not in said(capsys, 130, PATCH_1=60, PATCH_2=70)
