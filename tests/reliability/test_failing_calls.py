"""The n-th call fails, or ends the process: of open, write, rename, flush, memory and the rest.

Every stage and every command that writes runs on a small data set in one process, without
Snakemake. Whatever call fails, the results are the old or the new ones, never a mixture; the error
is one line; the next attempt succeeds; no temporary file stays.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import try_failing_calls
from campaigns import Campaign
from failing_calls import COMPILER, KINDS, run_with_failing_calls

from pystamps.stage_table import STAGES

PROGRAM = Path(try_failing_calls.__file__)
BY_HAND = [stage.name for stage in STAGES if not stage.is_product]
BY_SNAKEMAKE = [f"rule {stage.name}" for stage in STAGES]
OTHERS = ["import", "params set", "run history", "simulate", "prep", "prep --force"]
EVERY_CALL = 10**6
"""More than any command has."""
FEW = 2

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler for the library of faults")


def tried(
    scratch: Path, most: int, kinds: Sequence[str], commands: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Let calls fail in commands; give what was found, by command and kind."""
    arguments = [str(scratch), str(most), ",".join(kinds), *commands]
    said = run_with_failing_calls(PROGRAM, arguments, scratch, os.environ)
    found: dict[str, dict[str, Any]] = json.loads(said.splitlines()[-1])
    assert list(found) == [name for name in (*BY_HAND_AND_RULES, *OTHERS) if name in commands]
    return found


BY_HAND_AND_RULES = [name for pair in zip(BY_HAND, BY_SNAKEMAKE, strict=False) for name in pair]
BY_HAND_AND_RULES += BY_SNAKEMAKE[len(BY_HAND) :]


def judged(found: dict[str, dict[str, Any]], note_figures: Callable[..., None]) -> None:
    tallies = [tally for kinds in found.values() for tally in kinds.values()]
    faults = [fault for tally in tallies for fault in tally["faults"]]
    note_figures(
        "n-th call that fails",
        **{name: sum(tally[name] for tally in tallies) for name in ("calls", "tried")},
        **{name: sum(tally[name] for tally in tallies) for name in ("stayed_old", "became_new")},
        faults=len(faults),
    )
    assert not faults, "\n".join(faults[:20])
    assert sum(tally["tried"] for tally in tallies) > len(found)
    assert sum(tally["stayed_old"] for tally in tallies) > 0


@pytest.mark.parametrize(
    "commands", [BY_HAND, BY_SNAKEMAKE[::3], OTHERS], ids=["hand", "jobs", "others"]
)
def test_a_call_that_fails_leaves_old_or_new_results(
    tmp_path: Path, note_figures: Callable[..., None], commands: list[str]
) -> None:
    judged(tried(tmp_path, FEW, ["turns"], commands), note_figures)


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("command", [*BY_HAND, *BY_SNAKEMAKE, *OTHERS])
def test_every_call_that_fails_leaves_old_or_new_results(
    tmp_path: Path, note_figures: Callable[..., None], campaign: Campaign, command: str
) -> None:
    assert campaign.is_long
    found = tried(tmp_path, EVERY_CALL, list(KINDS), [command])
    for kind, tally in found[command].items():
        assert tally["tried"] >= min(tally["calls"], 3), kind
    judged(found, note_figures)
