"""Every command of ``snakemake`` and ``pystamps`` that the documents show, run as it stands there.

Names such as ``D`` or ``EXPORT`` are folders on a desk that is laid for each command. A new command
has to work there, or :data:`NOT_RUN` has to say why it is left out.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import raw_exports
import yaml
from documented import block_in, commands_in, documented_commands, variants_of
from trees import CHECKOUT

from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.simulate.gacos_export import write_gacos_folder
from pystamps.simulate.stack import make_stack
from pystamps.stage_table import STAGES

SERVES = "serves until it is interrupted; tests/web/test_console_in_browser.py starts it"
OF_A_PLACE = "draws a place of another scene; tests/plotting/test_plot_command.py draws one"
SERVES_POINTS = "serves until it is interrupted; tests/viewer/test_viewer_in_browser.py starts it"
ENDS = "ends a run; tests/reliability/test_lock_of_commands.py has one"
COMPARED = "tests/kernels/test_registry.py makes all its comparisons, and starts it for one kernel"
TAKES_IN_AGAIN = "needs a list; tests/cli/test_drop.py drops before"
COMBINES = "needs two sets of one scene; tests/golden/test_combined_sets.py combines them"
MULTILOOKED = "needs multilooked interferograms; tests/pipeline/test_multilooked.py has some"
OF_PAIRS = "needs small baselines; tests/plotting/test_small_baseline_maps.py draws them"
TWO_TRACKS = "needs two tracks of one place; tests/products/test_decomposition.py has them"
UPDATES = "needs an export that has grown; tests/cli/test_update_command.py has one"
TWO_PASSES = "needs a data set that was unwrapped twice; tests/workflow/test_two_passes.py has one"
STATIONS = "needs GNSS stations in the scene; tests/products/test_gnss.py has them"
DELAYED = "compares corrections of a data set that has some; tests/cli/test_corrections.py has one"

OF_MODES = "needs a run with --accurate; tests/export/test_accurate_exports.py runs it"
NOT_RUN = {
    "pystamps export D --to better.gpkg --value accurate": OF_MODES,
    "pystamps corrections INSAR_20180624": DELAYED,
    "pystamps corrections INSAR_20180624 --without-plane --csv corrections.csv": DELAYED,
    "pystamps corrections INSAR_20180624 --figure corrections.png --ifg 7": DELAYED,
    "pystamps update INSAR_20180624 --export NEW --cores 8": UPDATES,
    "pystamps update D --export NEW": UPDATES,
    "pystamps update INSAR_20190430/SMALL_BASELINES --export NEW --pairs-with-next 3": UPDATES,
    **{f"pystamps plot {name} -d D": OF_PAIRS for name in ("usb-d", "vsb-do", "vsm-do", "dsb")},
    "pystamps decompose A D --to motion.gpkg": TWO_TRACKS,
    "pystamps decompose A D --to motion.gpkg --figure motion.png": TWO_TRACKS,
    "pystamps decompose A D --to motion.tif --cell 200 --reference 14.10,40.82,300": TWO_TRACKS,
    "pystamps run -d D --config twice.yaml": TWO_PASSES,
    "pystamps stage stage6_first_unwrap -d D --config twice.yaml": TWO_PASSES,
    "pystamps compare D --passes --map passes.png": TWO_PASSES,
    "pystamps gnss D --stations stations.csv": STATIONS,
    "pystamps gnss D --stations stations.csv --plane --radius 300 --fit gnss.json "
    "--csv residuals.csv": STATIONS,
    "pystamps gnss D --stations stations.csv --fit gnss.json": STATIONS,
    "pystamps export D --to points.gpkg --reference gnss.json": STATIONS,
    "pystamps combine INSAR_20190430": COMBINES,
    "pystamps run -d INSAR_20190430/MERGED": COMBINES,
    "pystamps multilook SMALL_BASELINES": MULTILOOKED,
    "pystamps multilook -d SMALL_BASELINES --coherence 0.3 --fraction 0.5 --list pairs.list "
    "--output CELLS": MULTILOOKED,
    "pystamps run -d SMALL_BASELINES": MULTILOOKED,
    "pystamps undrop -d D 2019-07-13": TAKES_IN_AGAIN,
    "pystamps undrop -d D 14": TAKES_IN_AGAIN,
    **dict.fromkeys(
        (
            "snakemake --workflow-profile profiles/slurm --config dataset=/data/INSAR_20180624",
            "snakemake --workflow-profile profiles/slurm --config dataset=/data/INSAR_20180624 "
            "-- compile_kernels",
            "pystamps run --dataset /data/INSAR_20180624 --profile slurm",
            "pystamps run --dataset /data/INSAR_20180624 --profile pbs",
            "pystamps run --dataset /data/INSAR_20180624 --profile lsf",
            "pystamps run --profile slurm",
        ),
        "needs a cluster and the plugin for it",
    ),
    "pystamps stop -d D": ENDS,
    "pystamps check-kernels": COMPARED,
    "pystamps plot ts -d D --lonlat 14.10,40.82 --lonlat 14.14,40.83 --radius 150 "
    "--csv series.csv": OF_A_PLACE,
    "pystamps plot ts -d D --lonlat 14.10,40.82 --lonlat 14.14,40.83 --difference "
    "--fit linear+annual": OF_A_PLACE,
    "pystamps plot profile v-d -d D --from 14.05,40.82 --to 14.20,40.84 --width 300 "
    "--csv profile.csv": OF_A_PLACE,
    "pystamps report D --lonlat 14.10,40.82 --lonlat 14.14,40.83 --radius 50": (
        "shows places of another scene; tests/report_page/test_report_page.py shows some"
    ),
    "pystamps view D": SERVES_POINTS,
    "pystamps console": SERVES,
    "pystamps console /data/naples /data/etna --port 9000": SERVES,
    "pystamps console FOLDER": SERVES,
    **dict.fromkeys(
        (
            "pystamps simulate STACK --interferograms 30 --lines 1500 --samples 1500 "
            "--ps-density 1200 --range-patches 2 --azimuth-patches 2",
            "pystamps simulate big --layout raw --interferograms 30 --lines 2400 --samples 2400 "
            "--ps-density 1200",
            "pystamps prep snap big D --patches 4x4 --cores 2",
            "pystamps run -d D --cores 2 --config needed.yaml",
        ),
        "takes minutes and gigabytes",
    ),
}
"""Commands that the tests leave alone, and why."""

TAKES_LONG = (
    "pystamps simulate OUTPUT",
    "pystamps simulate export --layout raw --sensor ers --pass descending",
    "pystamps prep snap EXPORT DATASET --patches auto --cores 8",
    "pystamps run -d D --replay GOLDEN",
    "snakemake --cores 8 --forcerun stage7_scla",
    "snakemake --cores 8 --config dataset=D --forceall",
    "snakemake --cores 8 --config dataset=D --forcerun stage6_unwrap",
    # one page per stage shows the same two commands with other names: one of each kind is enough
    *(f"snakemake --cores 8 --config dataset=D --until {s.name}" for s in STAGES[1:]),
    *(f"pystamps stage {number} --patch D/PATCH_1" for number in (1, 3, 4)),
    *(f"pystamps stage {number} --dataset D" for number in (5, 7)),
    "pystamps run -d INSAR_20180624 --config gacos.yaml",
    "pystamps stage correct_troposphere -d INSAR_20180624 --config gacos.yaml",
)

DATA_SETS = ("D", "G", "GOLDEN", "DATASET", "FOLDER", "INSAR_20180624", "big", "tour_data")
"""Names of finished data sets in the documents."""

DEMO = "demo/dataset"
"""The finished data set of the demonstration, which the tour speaks of."""

ORBITS = ("ascending", "descending")

ONE_PATCH = changed_scene(
    PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 60, "samples": 80}
)
SETTINGS = {"dataset": "D", "stamps": {"unwrap_grid_size": 100}}

CONDA = """#!/bin/sh
case "$*" in
*info*) echo '{"conda_prefix": "/conda", "platform": "linux-64"}' ;;
*version*) echo "conda 24.7.1" ;;
*channel_priority*) echo '{"get": {"channel_priority": "strict"}}' ;;
esac
"""
"""Stands in for conda, of which ``--containerize`` asks nothing but its version."""


def start(folder: Path, command: str) -> str:
    """Run a command in a folder; give what it wrote on standard output."""
    program, *words = shlex.split(command)
    code = {"pystamps": "from pystamps.cli import main; main()"}
    how = ["-c", code[program]] if program in code else ["-m", program]
    environment = os.environ | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    found = subprocess.run(
        [sys.executable, *how, *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, f"{command}\n{found.stdout[-3000:]}{found.stderr[-3000:]}"
    return found.stdout


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set on which the whole workflow has run."""
    folder = tmp_path_factory.mktemp("finished")
    lay_checkout(folder)
    simulate_dataset(folder / "D", ONE_PATCH)
    start(folder, "snakemake --cores 2")
    return folder / "D"


def lay_checkout(desk: Path) -> None:
    """Put on the desk what somebody finds in a checkout; the configuration names D."""
    shutil.copy(workflow_directory() / "Snakefile", desk)
    for name in ("rules", "workflow", "config", "envs", "profiles"):
        shutil.copytree(workflow_directory() / name, desk / name)
    (desk / "config" / "config.yaml").write_text(yaml.safe_dump(SETTINGS))
    (desk / "volcano.yaml").write_text("preset: tiny\n")
    earlier = block_in(CHECKOUT / "docs" / "coming_from.md", "yaml", "earlier.yaml")
    (desk / "earlier.yaml").write_text(earlier)
    (desk / "bin").mkdir()
    (desk / "bin" / "conda").write_text(CONDA)
    (desk / "bin" / "conda").chmod(0o755)


def lay_export(desk: Path, processor: str, name: str) -> Path:
    """Put an export on the desk; ``STACK/SMALL_BASELINES`` is a stack with pairs."""
    folder = raw_exports.EXPORTS[processor](desk / "made")
    if name.endswith("/SMALL_BASELINES"):
        rasters = ("slave_res.slc", "cint.minrefdem.raw")
        raw_exports.pairs_of(folder, rasters, "{date}.filtrg.slc")
    is_named_after_date = name == "EXPORT" and folder.name.startswith("INSAR_")
    place = folder.name if is_named_after_date else name.partition("/")[0]
    return folder.rename(desk / place)


def lay_gacos(desk: Path) -> None:
    """Put the delays of the finished data set on the desk, and the configuration of its page."""
    write_gacos_folder(make_stack(ONE_PATCH), desk / "gacos")
    shown = block_in(CHECKOUT / "docs" / "corrections.md", "yaml", "# gacos.yaml")
    (desk / "gacos.yaml").write_text(shown.replace("/data/", f"{desk}/"))


def lay_orbits(desk: Path, finished: Path) -> None:
    """Put two data sets and the workflow of docs/workflow.md on the desk that runs both."""
    page = CHECKOUT / "docs" / "workflow.md"
    (desk / "Snakefile").write_text(block_in(page, "python", "module ascending:"))
    (desk / "config.yaml").write_text(block_in(page, "yaml", "ascending:"))
    for orbit in ORBITS:
        shutil.copytree(finished, desk / orbit)


def lay_desk(desk: Path, finished: Path, command: str) -> str:
    """Put on the desk what a command needs, and nothing that it makes; give it for this desk."""
    lay_checkout(desk)
    command = command.replace("/data/", "")
    words = command.split()
    named = {part for word in words for part in word.replace("=", "/").split("/")}
    if words[:2] == ["pystamps", "prep"]:
        place = lay_export(desk, words[2], words[4] if words[3] == "--dataset" else words[3])
        return command.replace("EXPORT", place.name)
    if "EXPORT" in words:
        lay_export(desk, "snap", "EXPORT")
    if "gacos.yaml" in words:
        lay_gacos(desk)
    if named & set(ORBITS):
        lay_orbits(desk, finished)
    elif DEMO in command:
        shutil.copytree(finished, desk / DEMO)
    elif words[:2] != ["pystamps", "simulate"]:
        reads_configuration = words[0] == "snakemake" and "--config" not in words
        for name in (named & set(DATA_SETS)) | ({"D"} if reads_configuration else set()):
            shutil.copytree(finished, desk / name)
    return command


def kind_of(command: str) -> tuple[str, ...]:
    """Give what two commands have in common that differ in names and values only."""
    words = shlex.split(command)
    if words[0] == "snakemake":
        return tuple(word for word in words if word == "snakemake" or word.startswith("-"))
    return tuple(words[: 3 if words[1] in ("prep", "params") else 2])


def marked_commands() -> list[object]:
    """Give the commands of the documents; those that take long, or come again, are slow."""
    found: list[object] = []
    seen: set[tuple[str, ...]] = set()
    for command in documented_commands():
        if command not in NOT_RUN:
            is_slow = command in TAKES_LONG or kind_of(command) in seen
            marks = pytest.mark.slow if is_slow else ()
            found.append(pytest.param(command, marks=marks, id=command))
            seen |= set() if is_slow else {kind_of(command)}
    return found


RUN = marked_commands()


@pytest.mark.workflow
@pytest.mark.parametrize("command", RUN)
def test_a_documented_command_works(command: str, finished: Path, tmp_path: Path) -> None:
    start(tmp_path, lay_desk(tmp_path, finished, command))


def test_commands_are_found_in_documents() -> None:
    text = "`snakemake -n`, `pystamps run`\n```bash\npystamps run -d D # so\nmake x\n```\n"
    assert commands_in(text) == ["pystamps run -d D", "snakemake -n"]
    choices = ["pystamps prep snap E D", "pystamps prep isce E D"]
    assert variants_of(r"pystamps prep snap\|isce E D [--x]") == choices
    assert len(RUN) > 40


def test_what_is_left_out_stands_in_the_documents() -> None:
    assert not NOT_RUN.keys() - set(documented_commands())


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("--detailed-summary", "phuw2.mat"),
        ("--dag", "digraph"),
        ("--containerize", "RUN conda env create"),
        ("--dry-run --forcerun stage6_unwrap", "rule stage8_filter"),
    ],
)
def test_what_runs_no_job_needs_no_cores(
    arguments: str, shown: str, finished: Path, tmp_path: Path
) -> None:
    """The documents show the others: summary, rule graph, report, unlock, touch, lint."""
    lay_desk(tmp_path, finished, "snakemake")
    assert shown in start(tmp_path, f"snakemake {arguments}")


def test_the_documents_give_cores_only_where_jobs_run() -> None:
    without_jobs = (
        "summary",
        "rulegraph",
        "dag",
        "report",
        "unlock",
        "touch",
        "lint",
        "containerize",
    )
    for command in documented_commands():
        if command.startswith("snakemake") and any(f"--{w}" in command for w in without_jobs):
            assert "--cores" not in command, command
