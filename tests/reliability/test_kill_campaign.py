"""Runs that are killed over and over, aimed at the files they write, end with the same tree."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from campaigns import Campaign
from commands_at_work import (
    CommandAtWork,
    bare_snakemake,
    command_at_work,
    differences,
    garbage_of,
    pystamps_command,
    results_of,
    run_to_the_end,
)

from pystamps.errors import PystampsError
from pystamps.io.mat import read_mat

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

KILLS_OF_A_TREE = 10
"""Then a run is left alone to its end, and a new tree begins."""
SECONDS_TO_DIE = 15.0
"""On a machine with much else to do; alone it is one. The rest of a run takes longer."""
WATCHED = ("", ".pystamps", ".pystamps/previous", ".pystamps/stage6", ".snakemake/metadata")

Names = dict[str, tuple[int, int]]


@dataclass(slots=True)
class Findings:
    """What a campaign has found that should not be."""

    kills: int = 0
    orphans: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    damaged_files: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    other_results: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in self.__slots__ if name != "kills"}


def files_now(root: Path) -> Names:
    """Give the files in the folders where results appear, with what tells one from its successor.

    Files and folders may vanish meanwhile.
    """
    found: Names = {}
    for folder in [*(root / name for name in WATCHED), *root.glob("PATCH_*")]:
        if folder.is_dir():
            found |= dict(_files_of(folder))
    return found


def _files_of(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                yield entry.path, (status.st_ino, status.st_mtime_ns)


def wait_for_the_aim(at_work: CommandAtWork, root: Path, draw: random.Random) -> bool:
    """Wait for a moment to kill at; give False when the command has ended before.

    Mostly the n-th new file since the start, temporary ones counted too, at once or some
    milliseconds later; sometimes any moment of the beginning.
    """
    new_files = draw.choice((1, draw.randint(1, 10), draw.randint(1, 60)))
    is_aimed, later = draw.random() < 0.8, draw.choice((0.0, 0.0, draw.uniform(0, 0.03)))
    deadline = time.monotonic() + (120 if is_aimed else draw.uniform(0, 8))
    before, seen = files_now(root), 0
    while at_work.process.poll() is None and time.monotonic() < deadline and seen < new_files:
        time.sleep(0.002)
        now = files_now(root)
        seen += sum(before.get(name) != mark for name, mark in now.items())
        before = now
    time.sleep(later)
    return at_work.process.poll() is None


def damaged_files(root: Path) -> list[str]:
    """Name the MAT files, under their final names, that cannot be read."""
    found = []
    for path in (*root.glob("*.mat"), *root.glob("PATCH_*/*.mat")):
        try:
            read_mat(path)
        except PystampsError as error:
            found.append(str(error))
    return found


def starters_of(kind: str) -> Iterator[Callable[[Path], list[str]]]:
    """Give how the runs are started, one after the other, without end.

    After a bare Snakemake that was killed, whose lock nobody else knows, comes ``pystamps``.
    """
    while True:
        if kind == "bare Snakemake too":
            yield bare_snakemake
        yield lambda root: pystamps_command("run", "-d", root)


def kill_until_finished(
    root: Path, folder: Path, kind: str, draw: random.Random, kills: int, found: Findings
) -> None:
    """Kill runs of one tree so many times, or until it is finished; note what is not as it should.

    Raises
    ------
    AssertionError
        A run that nobody has killed has failed: the rest makes no sense.
    """
    last, of_this_tree = found.kills + kills, 0
    for command_of in starters_of(kind):
        is_left_alone = found.kills == last or of_this_tree == KILLS_OF_A_TREE
        command = pystamps_command("run", "-d", root) if is_left_alone else command_of(root)
        with command_at_work(command, folder) as at_work:
            if not is_left_alone and wait_for_the_aim(at_work, root, draw):
                is_ours = command[-1] == str(root)
                target = draw.choice(("leader", "group")) if is_ours else "group"
                at_work.signal(signal.SIGKILL, target)
                at_work.process.wait()
                found.kills, of_this_tree = found.kills + 1, of_this_tree + 1
                found.orphans += at_work.left_after(SECONDS_TO_DIE)
                found.damaged_files += damaged_files(root)
                continue
            said = at_work.said()
        if at_work.process.returncode:
            found.refusals.append(said)
            return
        if command == pystamps_command("run", "-d", root):
            return


@pytest.mark.parametrize("kind", ["pystamps run", "bare Snakemake too"])
def test_a_run_that_is_killed_over_and_over_ends_with_the_same_tree(
    simulated_once: Path,
    finished_once: Path,
    tmp_path: Path,
    kind: str,
    campaign: Campaign,
    campaign_seed: int,
    note_figures: Callable[..., None],
) -> None:
    draw, found = random.Random(f"{kind} {campaign_seed}"), Findings()
    expected = results_of(finished_once)
    share = -(-campaign.kills // (2 * len(campaign.seeds)))
    while found.kills < share and not found.refusals:
        root = tmp_path / "dataset"
        shutil.copytree(simulated_once, root)
        kill_until_finished(root, tmp_path, kind, draw, share - found.kills, found)
        found.leftovers += garbage_of(root)
        found.leftovers += [
            path.name
            for path in (tmp_path / "temporary").iterdir()
            if kind == "pystamps run" or path.name.startswith("pystamps")  # not Snakemake's own
        ]
        found.other_results += differences(results_of(root), expected)
        shutil.rmtree(root)
    note_figures("kills of runs", kills=found.kills, **found.figures())
    assert set(found.figures().values()) == {0}, found


@pytest.mark.parametrize("command", ["prep", "simulate"])
def test_a_preparation_that_is_killed_is_repeated_by_the_same_command(
    tmp_path: Path,
    command: str,
    campaign: Campaign,
    campaign_seed: int,
    note_figures: Callable[..., None],
) -> None:
    draw, found = random.Random(f"{command} {campaign_seed}"), Findings()
    raw, root = tmp_path / "raw", tmp_path / "dataset"
    given = ["simulate", root, "--preset", "tiny"]
    if command == "prep":
        made = run_to_the_end(
            pystamps_command("simulate", raw, "--preset", "tiny", "--layout", "raw"), tmp_path
        )
        assert made.returncode == 0, made.stdout
        given = ["prep", "snap", raw, root]
    assert run_to_the_end(pystamps_command(*given), tmp_path).returncode == 0
    expected = results_of(root)
    share = max(3, campaign.kills // (4 * len(campaign.seeds)))
    while found.kills < share and not found.refusals:
        shutil.rmtree(root)
        kill_until_made(root, tmp_path, pystamps_command(*given), expected, draw, found)
        found.leftovers += garbage_of(root)
        found.leftovers += [path.name for path in (tmp_path / "temporary").iterdir()]
        found.other_results += differences(results_of(root), expected)
    note_figures(f"kills of {command}", kills=found.kills, **found.figures())
    assert set(found.figures().values()) == {0}, found


def kill_until_made(
    root: Path,
    folder: Path,
    command: list[str],
    expected: dict[str, bytes],
    draw: random.Random,
    found: Findings,
) -> None:
    """Kill a command that makes a data set at a moment while it writes; then let it end."""
    with command_at_work(command, folder) as at_work:
        if wait_for_a_new_file(at_work, root, draw):
            at_work.signal(signal.SIGKILL, "group")
            at_work.process.wait()
            found.kills += 1
            found.orphans += at_work.left_after(SECONDS_TO_DIE)
    is_made = not differences(results_of(root), expected)
    if is_made and not (root / ".pystamps" / "stage0" / "COMPLETE").exists():
        # all was in its place, and once more would be refused as another data set; what the kill
        # has left beside the results goes with whichever command is next
        command = pystamps_command("unlock", "-d", root)
    again = run_to_the_end(command, folder)
    if again.returncode:
        found.refusals.append(again.stdout)


PUBLISHING = ("PATCH_1/mean_amp.flt", "patch.list", "PATCH_1/pscands.1.ij", "pscphase.in")
"""Files of which one is in its place when a preparation moves its results there."""


def wait_for_a_new_file(at_work: CommandAtWork, root: Path, draw: random.Random) -> bool:
    """Wait until files are written aside, are complete, or are moved; then a moment more."""
    staged = root / ".pystamps" / "stage0"
    moment = draw.choice(("staged", "complete", "moved", "moved", "any"))
    is_there = {
        "staged": lambda: any(staged.glob("PATCH_*")),
        "complete": lambda: (staged / "COMPLETE").exists(),
        "moved": lambda: any((root / name).exists() for name in PUBLISHING),
        "any": lambda: any(path.is_file() for path in root.rglob("*")),
    }[moment]
    while at_work.process.poll() is None:
        with suppress(FileNotFoundError):  # a folder went while it was looked into
            if is_there():
                break  # what is looked for may last for less than a millisecond
    time.sleep(draw.choice((0.0, 0.0, draw.uniform(0, 0.3))))
    return at_work.process.poll() is None
