"""The manifest of a data set: the sum of the records, whoever writes it, whenever it is cut off."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pystamps import __version__
from pystamps.io.checksums import state_of_file
from pystamps.io.manifest import (
    TREE_MANIFEST,
    forget_manifest,
    is_manifest_current,
    lost_records,
    write_manifest,
)
from pystamps.io.stage_records import record_path
from pystamps.pipeline.provenance import new_record, write_record

WRITER = """
import sys
from pathlib import Path
from pystamps.io.checksums import state_of_file
from pystamps.io.manifest import write_manifest
from pystamps.pipeline.provenance import new_record, write_record

root, first = Path(sys.argv[1]), int(sys.argv[2])
for number in range(first, first + 15):
    patch = root / f"PATCH_{number}"
    patch.mkdir()
    (patch / "pm1.mat").write_text(str(number))
    files = {"pm1.mat": state_of_file(patch / "pm1.mat")}
    write_record(root, new_record(stage="stage2_gamma", target=patch.name, started="", ended="",
                                  seconds=0.0, files=files))
    write_manifest(root)
"""


def note(root: Path, stage: str, target: str, name: str, text: str, **known: object) -> None:
    """Write an artifact and its record, as a stage does."""
    path = root / target / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    known = {"started": "", "ended": "then", "seconds": 0.0} | known
    files = {name: state_of_file(path)}
    write_record(root, new_record(stage=stage, target=target, files=files, **known))


def manifest_of(root: Path) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads((root / TREE_MANIFEST).read_text())
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    note(tmp_path, "stage2_gamma", "PATCH_1", "pm1.mat", "noise")
    source = state_of_file(tmp_path / "PATCH_1" / "pm1.mat")
    note(
        tmp_path, "stage5_merge", "", "ps2.mat", "pixels",
        settings={"merge_resample_size": "60.0"}, inputs={"PATCH_1/pm1.mat": source},
    )  # fmt: skip
    write_manifest(tmp_path)
    return tmp_path


def test_the_manifest_says_checksum_size_time_version_settings_and_inputs_of_every_artifact(
    root: Path,
) -> None:
    found = manifest_of(root)
    assert found["artifacts"].keys() == {"PATCH_1/pm1.mat", "ps2.mat"}
    artifact = found["artifacts"]["ps2.mat"]
    state = state_of_file(root / "ps2.mat")
    assert artifact["checksum"] == state.checksum and artifact["bytes"] == 6
    assert str(artifact["modified"]).endswith("+00:00")
    stage = found["stages"][str(artifact["made_by"])]
    assert stage["version"] == __version__ and stage["ended"] == "then"
    assert stage["settings"] == {"merge_resample_size": "60.0"}
    checksum = state_of_file(root / "PATCH_1" / "pm1.mat").checksum
    assert stage["inputs"] == {"PATCH_1/pm1.mat": checksum}


def test_jobs_side_by_side_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    jobs = [subprocess.Popen([*command, str(first)]) for first in (0, 15, 30, 45)]
    assert [job.wait(timeout=120) for job in jobs] == [0, 0, 0, 0]
    assert manifest_of(tmp_path)["artifacts"].keys() == {f"PATCH_{n}/pm1.mat" for n in range(60)}
    assert is_manifest_current(tmp_path)


def test_what_a_kill_has_left_behind_catches_up_with_the_next_stage(root: Path) -> None:
    note(root, "stage2_gamma", "PATCH_2", "pm1.mat", "killed before the manifest")
    note(root, "stage2_gamma", "PATCH_1", "pm1.mat", "made again, the same")
    assert not is_manifest_current(root)
    note(root, "stage6_unwrap", "", "phuw2.mat", "phase")
    write_manifest(root)
    assert is_manifest_current(root)
    checksums = {name: item["checksum"] for name, item in manifest_of(root)["artifacts"].items()}
    assert checksums == {name: state_of_file(root / name).checksum for name in checksums}
    assert len(checksums) == 4


@pytest.mark.parametrize("damage", [b"\0" * 16384, b"", b"[]", b'{"stages": 7}'])
def test_a_damaged_manifest_is_made_anew_of_the_records(root: Path, damage: bytes) -> None:
    before = manifest_of(root)
    (root / TREE_MANIFEST).write_bytes(damage)
    assert not is_manifest_current(root)
    write_manifest(root)
    assert manifest_of(root) == before


def test_a_record_that_is_gone_or_damaged_is_missed_until_its_files_are_gone_too(
    root: Path,
) -> None:
    record = record_path("stage5_merge", "")
    assert lost_records(root) == ()
    (root / record).write_bytes(b"\0" * 16384)
    assert lost_records(root) == (str(record),)
    (root / record).unlink()
    note(root, "stage2_gamma", "PATCH_2", "pm1.mat", "another stage")
    write_manifest(root)
    assert lost_records(root) == (str(record),)
    (root / "ps2.mat").unlink()
    assert lost_records(root) == ()


def test_forgetting_the_manifest_forgets_what_no_record_says(root: Path) -> None:
    (root / record_path("stage5_merge", "")).unlink()
    forget_manifest(root)
    write_manifest(root)
    assert lost_records(root) == () and "ps2.mat" not in manifest_of(root)["artifacts"]
