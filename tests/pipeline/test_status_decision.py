"""``status`` says what Snakemake would do, on many states of a small processed tree."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from pystamps.config import RunConfig
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline.status import StatusEntry, dataset_status
from pystamps.resources import workflow_directory

pytestmark = pytest.mark.workflow

Job = tuple[str, str]
"""Rule and patch; no patch for the merged data set."""


def planned_by_snakemake(root: Path, config_file: Path | None, *targets: str) -> set[Job]:
    """Give the jobs of stages that bare Snakemake lists, as a user would start it."""
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "1", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile")]
    command += ["--configfile", str(config_file)] if config_file else []
    command += ["--config", f"dataset={root}", "--", "all", *targets]
    done = subprocess.run(command, cwd=root.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    blocks = re.split(r"^(?:local)?rule ", done.stdout + done.stderr, flags=re.MULTILINE)[1:]
    jobs = set()
    for block in blocks:
        rule = block.partition(":")[0]
        patch = re.search(r"^    wildcards: patch=(.+)$", block, re.MULTILINE)
        jobs.add((rule, patch.group(1) if patch else ""))
    return {job for job in jobs if job[0].startswith(("stage", "product"))}


def entries_of(root: Path, config_file: Path | None = None) -> tuple[StatusEntry, ...]:
    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    return dataset_status(root, config).entries


def record_of(root: Path, name: str, folder: str = "metadata") -> Path:
    return root / ".snakemake" / folder / urlsafe_b64encode(name.encode()).decode()


def delete(*names: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        for name in names:
            (root / name).unlink(missing_ok=True)

    return change


def set_in(name: str, **values: object) -> Callable[[Path], None]:
    """Change values of a parameter file as ``setparm`` does."""

    def change(root: Path) -> None:
        path = root / name
        write_mat(path, (read_mat(path) if path.is_file() else {}) | values)

    return change


def without_records(root: Path) -> None:
    shutil.rmtree(root / ".snakemake", ignore_errors=True)


def with_odd_times(root: Path) -> None:
    for number, path in enumerate(sorted(root.rglob("*.mat"), reverse=True)):
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))


def with_a_damaged_record(root: Path) -> None:
    if record_of(root, "PATCH_1/pm1.mat").is_file():
        record_of(root, "PATCH_1/pm1.mat").write_text('{"rule": "stage2_ga')
    set_in("parms.mat", gamma_change_convergence=0.01)(root)


def with_a_record_of_an_old_format(root: Path) -> None:
    path = record_of(root, "PATCH_2/pm1.mat")
    if path.is_file():
        path.write_text(json.dumps(json.loads(path.read_text()) | {"record_format_version": 5}))
    set_in("parms.mat", gamma_change_convergence=0.01)(root)


def with_an_interrupted_job(root: Path) -> None:
    path = record_of(root, "scla2.mat", "incomplete")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"external_jobid": null}')


def with_another_patch(root: Path) -> None:
    (root / "PATCH_3").mkdir(exist_ok=True)
    for path in (root / "PATCH_1").glob("*"):
        if not path.name.endswith(".mat"):
            shutil.copy2(path, root / "PATCH_3")
    lines = (root / "patch.list").read_text().split()
    (root / "patch.list").write_text("\n".join(dict.fromkeys([*lines, "PATCH_3"])) + "\n")


def with_an_emptied_patch(root: Path) -> None:
    for path in (root / "PATCH_2").glob("pscands.1.*"):
        path.write_bytes(b"")


def with_a_patch_less(root: Path) -> None:
    (root / "patch.list").write_text("PATCH_1\n")
    set_in("localparms.mat", unwrap_gold_n_win=16.0)(root)  # what one patch alone can hold


def unprocessed(root: Path) -> None:
    for path in [*root.glob("*.mat"), *root.glob("PATCH_*/*.mat")]:
        if path.name != "parms.mat":
            path.unlink()


def touched(*names: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        for name in names:
            if (root / name).exists():
                (root / name).touch()

    return change


CHANGES: dict[str, Callable[[Path], None]] = {
    "a deleted artifact of a patch": delete("PATCH_1/pm1.mat"),
    "a parameter in parms.mat": set_in("parms.mat", scn_time_win=200.0),
    "a parameter of one patch": set_in("PATCH_2/localparms.mat", gamma_change_convergence=0.01),
    "a damaged record": with_a_damaged_record,
    "no records": without_records,
    "another patch": with_another_patch,
    "an interrupted job": with_an_interrupted_job,
    "a deleted result": delete("scn2.mat", "mean_v.mat"),
    "a deleted optional artifact": delete("PATCH_1/la1.mat", "hgt2.mat"),
    "a touched input": touched("PATCH_2/weed1.mat", "scla2.mat"),
    "a touched large input": touched("rc2.mat", "PATCH_1/ph1.mat", "PATCH_1/pm1.mat"),
    "a parameter in the root": set_in("localparms.mat", unwrap_grid_size=220.0),
    "a parameter of no stage": set_in("parms.mat", plot_dem_posting=30.0),
    "a record of an old format": with_a_record_of_an_old_format,
    "odd times": with_odd_times,
    "an emptied patch": with_an_emptied_patch,
    "a patch less": with_a_patch_less,
    "a candidate file less": delete("PATCH_1/pscands.1.hgt"),
    "another degree of the surface": set_in("deramp_degree.mat", degree=3.0),
    "no benchmarks": lambda root: shutil.rmtree(root / "benchmarks", ignore_errors=True),
    "nothing processed": unprocessed,
    "nothing": lambda root: None,
}
AT_A_TIME = 3
"""Changes that are tried together, so that few runs of Snakemake see every one of them."""
GROUPS = -(-len(CHANGES) // AT_A_TIME)
SETTINGS = {
    "a parameter": "stamps: {unwrap_grid_size: 220}\n",
    "a switch": "compat: {scn_missing_phase_as_zero: false}\n",
    "a tool": "tools: {delaunay: triangle}\n",
    "a backend": "kernels: {backend: python}\n",
}


def assert_equal_decisions(root: Path, config_file: Path | None = None) -> None:
    """Compare status with bare Snakemake, which makes missing intermediates when they are named."""
    entries = entries_of(root, config_file)
    missing = [n for e in entries for n in e.outputs if not (root / n).is_file()]
    expected = planned_by_snakemake(root, config_file, *missing)
    found = {(e.stage, e.patch) for e in entries if e.is_planned}
    assert found == expected
    states = {entry.label: entry.state for entry in entries}
    for entry in entries:
        assert bool(entry.reason) == (entry.state != "done"), entry
        assert bool(entry.waits_for) == (entry.state == "blocked"), entry
        assert {states[label] for label in entry.waits_for} <= {"missing", "stale"}, entry
        is_there = all((root / name).is_file() for name in entry.outputs)
        assert entry.state == "blocked" or is_there == (entry.state != "missing"), entry


def together(number: int) -> list[str]:
    """Give the changes of one group; all groups hold each change once.

    The order by chance is fixed. What takes everything away comes before the others of its group.
    """
    drawn = random.Random(1).sample(sorted(CHANGES), len(CHANGES))
    group = drawn[AT_A_TIME * number : AT_A_TIME * (number + 1)]
    return sorted(group, key=lambda name: name not in ("nothing processed", "no records"))


def configuration_of(number: int, folder: Path) -> Path | None:
    """Give every second group a configuration, of each kind one."""
    if number % 2:
        return None
    path = folder / "settings.yaml"
    path.write_text(list(SETTINGS.values())[number // 2 % len(SETTINGS)])
    return path


def test_all_changes_are_in_a_group() -> None:
    groups = [together(number) for number in range(GROUPS)]
    assert sorted(name for group in groups for name in group) == sorted(CHANGES)


@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=pytest.mark.slow if number else ()) for number in range(GROUPS)],
)
def test_status_is_the_decision_of_snakemake_after_a_group_of_changes(
    finished: Path, tmp_path: Path, number: int
) -> None:
    for name in together(number):
        CHANGES[name](finished)
    assert_equal_decisions(finished, configuration_of(number, tmp_path))


IN_CI = ("a parameter in parms.mat", "a touched input", "an interrupted job")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(name, marks=() if name in IN_CI else (pytest.mark.slow, pytest.mark.campaign))
        for name in CHANGES
    ],
)
def test_status_is_the_decision_of_snakemake(finished: Path, change: str) -> None:
    CHANGES[change](finished)
    assert_equal_decisions(finished)


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("settings", SETTINGS)
def test_status_is_the_decision_of_snakemake_with_a_configuration(
    finished: Path, tmp_path: Path, settings: str
) -> None:
    config_file = tmp_path / "settings.yaml"
    config_file.write_text(SETTINGS[settings])
    assert_equal_decisions(finished, config_file)


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("draw", range(4))
def test_status_is_the_decision_of_snakemake_after_several_changes(
    finished: Path, tmp_path: Path, campaign_seed: int, draw: int
) -> None:
    chance = random.Random(f"{campaign_seed} {draw}")
    for name in chance.sample(sorted(CHANGES), 3):
        CHANGES[name](finished)
    config_file = tmp_path / "settings.yaml"
    config_file.write_text(chance.choice(list(SETTINGS.values())))
    assert_equal_decisions(finished, config_file if chance.random() < 0.5 else None)
