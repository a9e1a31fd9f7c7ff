"""What is foreseen is what Snakemake plans, on trees that chance has changed.

Every patch of the trees here is a history of its own, so that one dry run of Snakemake says what it
would do about many of them.
"""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import itertools
import json
import os
import random
import shutil
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from foreseen_plans import Chance, assert_foreseen, metadata_of, record_changed

from pystamps.cli.status import status
from pystamps.config import RunConfig
from pystamps.installation import snakemake_version
from pystamps.io import seen_files
from pystamps.io.no_ps_info import empty_steps, record_no_ps
from pystamps.pipeline import decision, foreseen, snakemake_records
from pystamps.pipeline.decision import planned_causes
from pystamps.pipeline.foreseen import foreseen_causes
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import DatasetStatus, dataset_status
from pystamps.pipeline.targets import StageTarget, targets_of
from pystamps.pipeline.types import Cause

pytestmark = pytest.mark.workflow

N_PATCHES = 30


def many_patches(source: Path, root: Path, count: int) -> Path:
    """Make a finished tree of small files, whose patches are copies of the first one."""
    shutil.copytree(source, root, ignore=shutil.ignore_patterns("PATCH_2"))
    for path in (root / "PATCH_1").iterdir():
        times = path.stat().st_mtime_ns
        is_result = path.stem[-1:] in ("1", "2") and path.suffix == ".mat"
        if is_result or path.name.startswith("pscands"):
            path.write_bytes(path.name.encode())
            os.utime(path, ns=(times, times))
    names = [f"PATCH_{number}" for number in range(1, count + 1)]
    for name, part in itertools.product(names[1:], ("", "benchmarks")):
        shutil.copytree(root / part / "PATCH_1", root / part / name)
    for path in list((root / ".snakemake" / "metadata").iterdir()):
        output = urlsafe_b64decode(path.name).decode()
        if output.startswith("PATCH_2/"):
            path.unlink()
            continue
        record = json.loads(path.read_text())
        record["input_checksums"] = {
            name: checksum_of(root / name) for name in record["input"] if small(root / name)
        }
        places = names if output.startswith("PATCH_1/") else [""]
        for place in places:
            of_place = [place] if place else names
            inputs = repeated(record["input"], of_place)
            checksums = {
                file: checksum
                for name, checksum in record["input_checksums"].items()
                for file in repeated([name], of_place)
            }
            new = record | {"input": sorted(inputs), "input_checksums": checksums}
            file = metadata_of(root, output.replace("PATCH_1", place))
            file.write_text(json.dumps(new))
    (root / "patch.list").write_text("".join(f"{name}\n" for name in names))
    return root


def small(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= 1_000_000


def checksum_of(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def repeated(files: list[str], patches: list[str]) -> list[str]:
    """Give the files of the first patch for other ones; those of the second are left out."""
    kept = [file for file in files if not file.startswith("PATCH_2/")]
    is_of_patch = [file.startswith("PATCH_1/") for file in kept]
    return [
        file.replace("PATCH_1", patch)
        for file, of_patch in zip(kept, is_of_patch, strict=True)
        for patch in (patches if of_patch else [""])
    ]


HAPPENINGS = sorted(name for name in vars(Chance) if not name.startswith("_"))


def change_by_chance(root: Path, targets: tuple[StageTarget, ...], draw: random.Random) -> None:
    """Let everything happen in some patch, more in most, and something after the merge."""
    chance = Chance(root, draw)
    places = sorted({target.patch for target in targets})
    sure = dict(zip(draw.sample(places, len(places)), HAPPENINGS, strict=False))
    for place in places:
        here = [target for target in targets if target.patch == place]
        names = draw.choices(HAPPENINGS, k=draw.choice([0, 0, 1, 2]))
        for name in [sure.get(place, "touch_input"), *names] if place else names[:1]:
            happening: Callable[[StageTarget], None] = getattr(chance, name)
            happening(draw.choice(here))


def plan_of(root: Path) -> WorkflowPlan:
    return WorkflowPlan.from_mapping(RunConfig(dataset=root).to_mapping())


@pytest.fixture(scope="module")
def many_once(finished_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_patches(finished_once, tmp_path_factory.mktemp("many") / "dataset", N_PATCHES)


@pytest.fixture
def many(many_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(many_once, tmp_path / "dataset"))


def test_a_finished_tree_is_foreseen_as_done(many: Path) -> None:
    assert not foreseen_causes(many, targets_of(plan_of(many)), settings=plan_of(many).settings)


def test_a_status_starts_no_snakemake(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> dict[StageTarget, Cause]:
        raise AssertionError("Snakemake is asked")

    monkeypatch.setattr(decision, "causes_of_snakemake", refuse)
    assert not any(entry.is_planned for entry in dataset_status(many).entries)
    (many / "PATCH_1" / "weed1.mat").unlink()
    planned = [entry.label for entry in dataset_status(many).entries if entry.is_planned]
    assert planned[:3] == ["stage4_weed of PATCH_1", "stage5_correct of PATCH_1", "stage5_merge"]


def test_garbage_is_collected_again_after_a_status(many: Path) -> None:
    seen: list[bool] = []

    def noted(*_: object) -> DatasetStatus:
        seen.append(gc.isenabled())
        return DatasetStatus(many, ())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pystamps.pipeline.status.dataset_status", noted)
        assert CliRunner().invoke(status, ["-d", str(many), "--json"]).exit_code == 0
    assert seen == [False]
    assert gc.isenabled()


def test_notes_of_empty_patches_are_taken_apart_once_where_they_are_the_same(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_no_ps(many / "PATCH_2", 4, is_empty=True)
    read: list[Path] = []
    monkeypatch.setattr(
        "pystamps.pipeline.targets.empty_steps", lambda path: read.append(path) or empty_steps(path)
    )
    found = {t.label for t in targets_of(plan_of(many)) if t.is_empty}
    assert found == {"stage4_weed of PATCH_2", "stage5_correct of PATCH_2"}
    assert len(read) == 2


def test_each_folder_is_looked_at_once_and_one_record_is_read_per_job(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    records: list[bytes] = []
    look, read = seen_files._seen_in, snakemake_records._found_in
    monkeypatch.setattr(seen_files, "_seen_in", lambda path: folders.append(path) or look(path))
    monkeypatch.setattr(snakemake_records, "_found_in", lambda c: records.append(c) or read(c))
    plan = plan_of(many)
    targets = targets_of(plan)
    folders.clear()
    assert foreseen_causes(plan.root, targets, settings=plan.settings) == {}
    assert len(folders) == len(set(folders)) <= 2 * N_PATCHES + 10
    assert len(records) <= len(targets)


def test_the_parts_of_a_status_share_what_they_have_seen_of_the_files(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    look = seen_files._seen_in
    monkeypatch.setattr(seen_files, "_seen_in", lambda path: folders.append(path) or look(path))
    dataset_status(many)
    assert many / "PATCH_1" in folders
    assert len(folders) == len(set(folders))


@pytest.mark.parametrize(
    "draw", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(8, marks=pytest.mark.slow)]
)
def test_what_is_foreseen_is_what_snakemake_plans(many: Path, draw: int) -> None:
    change_by_chance(many, targets_of(plan_of(many)), random.Random(draw))
    plan = plan_of(many)
    found = assert_foreseen(plan, targets_of(plan))
    causes = {field.name for cause in found.values() for field in dataclasses.fields(Cause)
              if getattr(cause, field.name)}  # fmt: skip
    assert causes == {field.name for field in dataclasses.fields(Cause)}
    assert N_PATCHES < len(found) < 3 * N_PATCHES, "some run, and some do not"


@pytest.mark.parametrize(("first", "draw"), [
    (3, 1), pytest.param(2, 2, marks=pytest.mark.slow), pytest.param(5, 3, marks=pytest.mark.slow),
])  # fmt: skip
def test_what_is_foreseen_is_what_snakemake_plans_from_a_later_step(
    many: Path, first: int, draw: int
) -> None:
    change_by_chance(many, from_step(first, plan_of(many)), random.Random(draw))
    plan = plan_of(many)
    targets = from_step(first, plan)
    rules = list(dict.fromkeys(target.stage for target in targets))
    found = assert_foreseen(plan, targets, rules)
    assert 3 < len(found) < len(targets), "some run, and some do not"


def from_step(first: int, plan: WorkflowPlan) -> list[StageTarget]:
    """Give the stages of a run with ``--start-step``, which needs all before them to be there."""
    return [target for target in targets_of(plan) if max(1, target.step) >= first]


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("draw", range(20))
def test_what_is_foreseen_is_what_snakemake_plans_for_any_steps(
    many: Path, campaign_seed: int, draw: int
) -> None:
    chance = random.Random(f"{campaign_seed} {draw}")
    change_by_chance(many, targets_of(plan_of(many)), chance)
    plan = plan_of(many)
    first = chance.choice([1, 1, 1, 2, 3, 4])
    last = chance.randint(first, 8)
    targets = [t for t in targets_of(plan) if first <= max(1, t.step) <= last]
    rules = list(dict.fromkeys(target.stage for target in targets))
    if foreseen_causes(plan.root, targets, settings=plan.settings) is not None:
        assert_foreseen(plan, targets, rules)


def test_a_tree_with_nothing_done_is_foreseen(simulated_once: Path) -> None:
    plan = plan_of(simulated_once)
    targets = targets_of(plan)
    found = foreseen_causes(plan.root, targets, settings=plan.settings)
    assert found is not None and list(found) == list(targets)
    assert {cause.is_missing or cause.is_behind for cause in found.values()} == {True}


def loses_an_input_that_nobody_makes(root: Path) -> None:
    (root / "PATCH_1" / "pscands.1.ph").unlink()


def links_to_nothing(root: Path) -> None:
    (root / "PATCH_1" / "pm1.mat").unlink()
    (root / "PATCH_1" / "pm1.mat").symlink_to("gone.mat")


def has_a_folder_for_a_file(root: Path) -> None:
    (root / "benchmarks" / "stage6_unwrap.tsv").unlink()
    (root / "benchmarks" / "stage6_unwrap.tsv").mkdir()


def has_records_of_an_old_version(root: Path) -> None:
    shutil.rmtree(root / ".snakemake" / "incomplete")


def has_a_record_of_bytes(root: Path) -> None:
    metadata_of(root, "PATCH_1/pm1.mat").write_bytes(b"\xff\xfe{")


def has_a_record_of_something_else(root: Path) -> None:
    record_changed(root, "PATCH_1/pm1.mat", params={"settings": 1})


def has_a_checksum_of_another_kind(root: Path) -> None:
    for name in ("ps1", "ph1", "bp1"):
        checksums = {f"PATCH_1/{kind}.mat": "sha512:0" for kind in ("ps1", "ph1", "bp1")}
        record_changed(root, "PATCH_1/pm1.mat", input_checksums=checksums)
        (root / "PATCH_1" / f"{name}.mat").touch()


UNUSUAL = [
    loses_an_input_that_nobody_makes,
    links_to_nothing,
    has_a_folder_for_a_file,
    has_records_of_an_old_version,
    has_a_record_of_bytes,
    has_a_record_of_something_else,
    has_a_checksum_of_another_kind,
]


@pytest.mark.parametrize("change", UNUSUAL, ids=lambda change: change.__name__)
def test_snakemake_is_asked_about_a_tree_that(
    many: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    plan = plan_of(many)
    targets = targets_of(plan)
    change(many)
    asked: list[WorkflowPlan] = []
    monkeypatch.setattr(decision, "refuse_links", lambda root, patches: None)
    monkeypatch.setattr(
        decision, "causes_of_snakemake", lambda plan, targets, **_: asked.append(plan) or {}
    )
    assert planned_causes(plan, targets) == {}
    assert asked == [plan]


@pytest.mark.parametrize(("version", "is_known"), [
    ("9.16.4", False), ("9.17.0", True), ("9.27.1", True), ("9.28.0", False), ("10.0", False),
])  # fmt: skip
def test_a_snakemake_that_nothing_was_compared_with_is_asked(
    monkeypatch: pytest.MonkeyPatch, version: str, is_known: bool
) -> None:
    monkeypatch.setattr("pystamps.installation.version_of", lambda package: version)
    snakemake_version.cache_clear()
    try:
        assert foreseen.is_decision_known() == is_known
    finally:
        snakemake_version.cache_clear()
