"""Every command of ``snakemake`` and ``pystamps`` that the documents show, run as it stands there.

Names such as ``D`` or ``EXPORT`` are folders beside the Snakefile on a desk made for each command
(:data:`PLACES`). A new command passes when it works there, or when :data:`NOT_RUN` says why not.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import raw_exports
import yaml
from trees import CHECKOUT

from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset

PAGES = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")]
PAGES += sorted((CHECKOUT / "docs").glob("*.md"))

NOT_RUN = {
    "snakemake --workflow-profile profiles/slurm --config dataset=/data/INSAR_20180624": (
        "needs a cluster and its plugin; test_the_cluster_profile_is_understood"
    ),
    "pystamps simulate STACK --interferograms 30 --lines 1500 --samples 1500 "
    "--ps-density 1200 --range-patches 2 --azimuth-patches 2": "takes minutes",
}
"""Commands that the tests leave alone, and why."""

SLOW = ("pystamps check-kernels",)

ONE_PATCH = changed_scene(
    PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 60, "samples": 80}
)
GRID = "stamps: {unwrap_grid_size: 100}\n"
CONDA = """#!/bin/sh
case "$*" in
*info*) echo '{"conda_prefix": "/conda", "platform": "linux-64"}' ;;
*version*) echo "conda 24.7.1" ;;
*channel_priority*) echo '{"get": {"channel_priority": "strict"}}' ;;
esac
"""
"""Stands in for conda, of which ``--containerize`` asks the version only."""


def commands_in(text: str) -> list[str]:
    """Give the commands of fenced blocks and of inline code, without their comments.

    Inline code with the name of a command alone speaks of the command and is none to type.
    """
    pieces = re.findall(r"^```(?:bash|sh)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\n".join(pieces).replace("\\\n", " ").splitlines()
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    spoken_of = re.compile(r"(snakemake|pystamps [\w-]+)$")
    lines += [piece for piece in inline if not spoken_of.match(piece) or piece in ALONE]
    found = [" ".join(line.partition(" #")[0].split()) for line in lines]
    parts = [part.strip() for line in found for part in line.split(" && ")]
    return [part for part in parts if part.startswith(("snakemake -", "snakemake ", "pystamps "))]


ALONE = ("pystamps describe-backends", "pystamps check-kernels")
"""Commands that are complete without anything after their name."""


def variants(command: str) -> list[str]:
    r"""Give the commands that a line stands for: ``a\|b`` is a choice, ``[x]`` may be left out."""
    command = re.sub(r" \[[^\]]*\]", "", command)
    choice = re.search(r"[\w-]+(?:\\\|[\w-]+)+", command)
    if choice is None:
        return [command]
    return [command.replace(choice[0], word) for word in choice[0].split(r"\|")]


def documented() -> list[str]:
    """Give all commands of all pages, each once."""
    found = [v for page in PAGES for c in commands_in(page.read_text()) for v in variants(c)]
    return sorted(set(found))


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set on which the whole workflow has run."""
    folder = tmp_path_factory.mktemp("finished")
    simulate_dataset(folder / "D", ONE_PATCH)
    (folder / "settings.yaml").write_text(f"dataset: D\n{GRID}")
    snakefile = str(workflow_directory() / "Snakefile")
    start(folder, f"snakemake --snakefile {snakefile} --configfile settings.yaml --cores 2")
    shutil.rmtree(folder / "D" / "raw")
    return folder / "D"


def start(folder: Path, command: str) -> str:
    """Run a command in a folder; give what it wrote on standard output."""
    program, *words = shlex.split(command)
    module = ["-c", "from pystamps.cli import main; main()"] if program == "pystamps" else []
    arguments = [sys.executable, *(module or ["-m", "snakemake"]), *words]
    search_path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    found = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PATH": search_path},
    )  # fmt: skip
    assert found.returncode == 0, f"{command}\n{found.stdout[-3000:]}{found.stderr[-3000:]}"
    return found.stdout


def lay_checkout(desk: Path) -> None:
    """Put what somebody finds in a checkout on the desk; the configuration names D."""
    shutil.copy(workflow_directory() / "Snakefile", desk)
    for name in ("rules", "workflow", "config", "envs", "profiles"):
        shutil.copytree(workflow_directory() / name, desk / name)
    (desk / "config" / "config.yaml").write_text(f"dataset: D\n{GRID}")
    (desk / "volcano.yaml").write_text("preset: tiny\n")
    (desk / "bin").mkdir()
    (desk / "bin" / "conda").write_text(CONDA)
    (desk / "bin" / "conda").chmod(0o755)


def lay_data_set(name: str, desk: Path, finished: Path, command: str) -> None:
    """Put a finished data set on the desk."""
    shutil.copytree(finished, desk / name)


def lay_export(name: str, desk: Path, finished: Path, command: str) -> None:
    """Put the export on the desk that the command prepares; an export of SNAP otherwise."""
    processor = next((word for word in command.split() if word in raw_exports.EXPORTS), "snap")
    folder = raw_exports.EXPORTS[processor](desk / "made" / name)
    folder.rename(desk / name)


def lay_small_baselines(name: str, desk: Path, finished: Path, command: str) -> None:
    """Put a small-baseline export of Doris on the desk."""
    raise NotImplementedError


PLACES: dict[str, Callable[[str, Path, Path, str], None]] = {
    **dict.fromkeys(("D", "G", "DATASET", "FOLDER", "INSAR_20180624", "big"), lay_data_set),
    "EXPORT": lay_export,
}
"""Names in the documents, and what lies there."""


def lay_desk(desk: Path, finished: Path, command: str) -> str:
    """Put on the desk what a command names; give the command for this desk."""
    lay_checkout(desk)
    command = command.replace("/data/", "")
    named = re.findall(r"[A-Za-z_]\w*", command)
    if command.startswith("snakemake") and "dataset=" not in command:
        named.append("D")
    for name in sorted(set(named) & PLACES.keys()):
        PLACES[name](name, desk, finished, command)
    return command


def test_commands_are_found_in_the_documents() -> None:
    text = "`snakemake -n`, `pystamps run`\n```bash\npystamps run -d D # so\nmake x\n```\n"
    assert commands_in(text) == ["pystamps run -d D", "snakemake -n"]
    assert variants(r"pystamps prep snap\|isce E D [--x]") == [
        "pystamps prep snap E D",
        "pystamps prep isce E D",
    ]
    assert len(documented()) > 40


def test_what_is_not_run_stands_in_the_documents() -> None:
    assert not NOT_RUN.keys() - set(documented())


def marked(command: str) -> object:
    """Mark a command that takes long."""
    return pytest.param(command, marks=pytest.mark.slow) if command in SLOW else command


RUN = [marked(command) for command in documented() if command not in NOT_RUN]


@pytest.mark.workflow
@pytest.mark.parametrize("command", RUN)
def test_a_documented_command_works(command: str, finished_once: Path, tmp_path: Path) -> None:
    start(tmp_path, lay_desk(tmp_path, finished_once, command))
