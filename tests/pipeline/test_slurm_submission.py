"""A run asks Slurm first whether the largest jobs would ever start."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.errors import PystampsError
from pystamps.pipeline.slurm_submission import (
    SlurmNeeds,
    largest_needs,
    refuse_what_slurm_refuses,
)

SMALL = SlurmNeeds("PATCH_1", (), 2, 1100, 10, 0)
LARGE = SlurmNeeds("stage6_unwrap", (), 8, 64_000, 600, 0)

SBATCH = """#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in
  *--cpus-per-task=8*) echo "allocation failure: More processors requested than permitted" >&2
    exit 1;;
esac
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an sbatch on PATH that takes no job with 8 CPUs; give the file of its arguments."""
    program = tmp_path / "sbatch"
    program.write_text(SBATCH.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


def test_what_slurm_would_take_passes_without_a_word(asked):
    refuse_what_slurm_refuses([SMALL])
    (line,) = asked.read_text().splitlines()
    assert line == (
        "--test-only --ntasks=1 --nodes=1 --cpus-per-task=2 --mem=1100 --time=10 --wrap=true"
    )


def test_what_no_node_has_is_one_message_with_job_numbers_and_remedy(asked):
    with pytest.raises(PystampsError) as raised:
        refuse_what_slurm_refuses([SMALL, LARGE])
    words = str(raised.value)
    assert words.startswith("Slurm would not start stage6_unwrap, which asks for 8 CPUs, 64000 MB")
    assert "More processors requested than permitted; name a partition" in words


def test_a_machine_without_slurm_is_named_as_such(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PystampsError, match="no sbatch on PATH"):
        refuse_what_slurm_refuses([SMALL])


def test_a_thousand_patches_are_asked_about_once(asked):
    many = [SlurmNeeds(f"PATCH_{n}", (), 2, 1000 + n, 10, 0) for n in range(1000)]
    refuse_what_slurm_refuses(many)
    assert len(asked.read_text().splitlines()) == 2  # the first of equal ones, and the largest
    assert {n.name for n in largest_needs(many)} == {"PATCH_0", "PATCH_999"}


def test_needs_are_those_of_the_resources_and_what_is_not_known_counts_as_none():
    resources = {
        "_cores": 4, "mem_mb": 2000, "runtime": "TBD", "slurm_partition": "long",
        "slurm_account": "insar", "slurm_extra": "--nice=10",
    }  # fmt: skip
    needs = SlurmNeeds.of("PATCH_1", resources)
    assert needs.options() == [
        "--account=insar", "--partition=long", "--nice=10", "--cpus-per-task=4", "--mem=2000",
    ]  # fmt: skip
    assert largest_needs([needs, SMALL]) == [needs, SMALL]  # each place has its own
