"""A processor is one module and one line; nothing outside its folder knows its name."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from prepared_stacks import STACKS
from source_names import parsed
from trees import CHECKOUT

from pystamps.config import RawExport, RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors import PROCESSORS
from pystamps.processors.names import DEFAULT, MODULES

HELPERS = CHECKOUT / "tests" / "helpers"
REGISTRATION = 'MODULES["toy"] = "toy_processor"'
"""The one line of a new processor; in the source it stands in ``pystamps/processors/names.py``."""

NAMES_ELSEWHERE = {
    "pystamps/config/groups.py": "the default of dataset.raw.processor",
    "pystamps/simulate/exporters.py": "who writes the exports of each processor",
    "pystamps/simulate/prepared.py": "simulated exports are written as SNAP writes them",
}
"""Files outside ``pystamps/processors`` that may hold the name of a processor, and why."""

MASTER, SECONDARIES = "20180301", ("20180101", "20180201", "20180401")
WIDTH, LENGTH = 24, 20


def test_every_record_has_its_name_and_is_complete():
    assert tuple(PROCESSORS) == tuple(MODULES)
    for name, processor in PROCESSORS.items():
        assert processor.name == name
        assert processor.byte_order in (">", "<") and processor.angle in ("la", "inc")
        assert processor.dates_in in {file.name for file in processor.input_files}
        assert {"lambda", "heading"} <= set(processor.constants)


def test_a_record_alone_imports_neither_readers_nor_numbers():
    script = """
import pystamps.processors as known
assert [processor.name for processor in known.PROCESSORS.values()] == list(known.PROCESSORS)
heavy = {"numpy", "pystamps.findings", "pystamps.processors.export"} & sys.modules.keys()
assert not heavy, heavy
"""
    done = with_toy(script, registration="")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("processor", STACKS)
def test_the_angle_of_the_record_is_the_one_that_stage_1_writes(tmp_path: Path, processor: str):
    patch = STACKS[processor](tmp_path)
    stage1_load_initial(patch, RunConfig())
    found = {name for name in ("la", "inc") if (patch / f"{name}1.mat").is_file()}
    assert found == {PROCESSORS[processor].angle}


@pytest.mark.parametrize("processor", raw_exports.EXPORTS)
def test_stage_1_reads_the_numbers_that_the_preparation_wrote(tmp_path: Path, processor: str):
    export = raw_exports.EXPORTS[processor](tmp_path / "raw")
    root = export if export.name.startswith("INSAR_") else tmp_path / "run"
    prepare_dataset(root, RawExport(processor, export=export))
    stage1_load_initial(root / "PATCH_1", RunConfig(root))
    pixels = read_mat(root / "PATCH_1" / "ps1.mat")
    line, sample = pixels["ij"][:, 1:].astype(int).T
    written = {name: values[line, sample] for name, values in raw_exports.geometry().items()}
    assert line.size > 100
    np.testing.assert_array_equal(pixels["lonlat"][:, 0], written["lon"].astype(np.float32))
    np.testing.assert_array_equal(pixels["lonlat"][:, 1], written["lat"].astype(np.float32))
    heights = read_mat(root / "PATCH_1" / "hgt1.mat")["hgt"].ravel()
    np.testing.assert_array_equal(heights, written["dem"])
    of_record = np.fromfile(
        root / "PATCH_1" / "pscands.1.hgt", f"{PROCESSORS[processor].byte_order}f4"
    )
    np.testing.assert_array_equal(np.sort(of_record), np.sort(written["dem"]))


def names_in(path: Path) -> set[str]:
    """Give the names of processors that stand in a module as whole texts."""
    known = {*MODULES, DEFAULT}
    constants = (node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and value in known}


def test_no_module_outside_the_folder_names_a_processor():
    found = {
        str(path.relative_to(CHECKOUT)): names_in(path)
        for folder in ("pystamps", "rules")
        for path in sorted((CHECKOUT / folder).rglob("*.py"))
        if CHECKOUT / "pystamps" / "processors" not in path.parents and names_in(path)
    }
    assert found.keys() == NAMES_ELSEWHERE.keys(), found


def toy_export(root: Path) -> Path:
    """Write an export of the toy: stable pixels of random phase."""
    root.mkdir()
    rng = np.random.default_rng(3)
    images = {
        date: np.exp(1j * rng.uniform(-np.pi, np.pi, (LENGTH, WIDTH))) * 50
        for date in (MASTER, *SECONDARIES)
    }
    words = {"width": WIDTH, "length": LENGTH, "reference": MASTER, "heading": -12.6}
    words |= {"lambda": 0.0555, **{date: 10 * k - 7 for k, date in enumerate(SECONDARIES)}}
    (root / "toy.txt").write_text("".join(f"{key} {value}\n" for key, value in words.items()))
    for date, values in images.items():
        values.astype("<c8").tofile(root / f"{date}.img")
    for date in SECONDARIES:
        values = images[MASTER] * np.conj(images[date])
        values.astype("<c8").tofile(root / f"{MASTER}_{date}.ifg")
    line, sample = np.mgrid[0:LENGTH, 0:WIDTH]
    geometry = {"longitude": 14 + sample * 0.01, "latitude": 40 + line * 0.01, "height": 3.0 * line}
    for role, values in geometry.items():
        values.astype("<f4").tofile(root / f"{role}.bin")
    return root


def with_toy(
    script: str, *arguments: object, registration: str = REGISTRATION
) -> subprocess.CompletedProcess[str]:
    """Run Python with the toy registered before anything else is imported."""
    head = f"import sys\nfrom pystamps.processors.names import MODULES\n{registration}\n"
    command = [sys.executable, "-c", head + script, *map(str, arguments)]
    paths = os.pathsep.join([str(HELPERS), str(CHECKOUT), str(CHECKOUT / "kernels")])
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


CLI = "from pystamps.cli import main\nmain(sys.argv[1:])"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that the command line prepared from an export of the toy."""
    folder = tmp_path_factory.mktemp("toy")
    toy_export(folder / "export")
    done = with_toy(CLI, "prep", "toy", folder / "export", folder / "run", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["processor"], summary["candidates"]) == ("toy", WIDTH * LENGTH)
    assert (folder / "run" / "processor.txt").read_text() == "toy\n"
    return folder


def test_a_new_processor_is_prepared_and_loaded(prepared: Path):
    done = with_toy(CLI, "stage", "1", "--patch", prepared / "run" / "PATCH_1")
    assert done.returncode == 0, done.stderr
    assert (prepared / "run" / "PATCH_1" / "ps1.mat").is_file()


@pytest.mark.parametrize("folder", ["export", "run"])
def test_a_new_processor_is_known_to_the_doctor(prepared: Path, folder: str):
    done = with_toy(CLI, "doctor", prepared / folder, "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["processor"] == "toy"


def test_a_new_processor_is_known_to_configuration_parameters_plan_and_inventory(prepared: Path):
    script = """
from pystamps.config import RawExport, RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.describe import describe_inputs
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.preflight import check_export
folder = sys.argv[1]
raw = {"processor": "toy", "export": folder + "/export"}
settings = {"dataset": {"path": folder + "/run", "raw": raw}, "stamps": {"insar_processor": "toy"}}
check_export(RunConfig.from_mapping(settings))
plan = WorkflowPlan.from_mapping(settings)
assert (plan.angle, plan.optional) == ("la", ("da", "hgt")), plan.optional
assert describe_inputs(plan.root).is_complete
"""
    done = with_toy(script, prepared)
    assert done.returncode == 0, done.stderr


def test_the_preparation_raises_what_the_scan_of_a_new_processor_finds(tmp_path: Path):
    export = toy_export(tmp_path / "export")
    for path in export.glob("*.img"):
        path.unlink()
    done = with_toy(CLI, "prep", "toy", export, tmp_path / "run")
    assert done.returncode == 2 and "[toy-images-missing]" in done.stderr, done.stderr


def test_without_its_line_a_processor_is_unknown(tmp_path: Path):
    export = toy_export(tmp_path / "export")
    done = with_toy(CLI, "prep", "toy", export, tmp_path / "run", registration="")
    assert done.returncode == 2 and "No such command 'toy'" in done.stderr
    done = with_toy(CLI, "doctor", export, "--json", registration="")
    assert json.loads(done.stdout)["findings"][0]["code"] == "not-recognised"
