"""What a process loads before it does anything: imports are most of the time of short commands.

``docs/performance.md`` has the times; here stands what keeps them, without a clock.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from trees import CHECKOUT

import pystamps_start
from pystamps.cli import main, native_main
from pystamps.resources import workflow_directory

SLOW = {
    *("numpy", "scipy", "h5py", "numba", "matplotlib", "jsonschema", "rich", "yaml", "snakemake"),
    *("psutil", "packaging"),
}
"""Packages that take longer to load than they are used by most commands and jobs."""

STEPS = """
import json, sys
from click.testing import CliRunner

def loaded():
    return sorted({name.partition(".")[0] for name in sys.modules})

found = {}
from pystamps.cli import main
assert CliRunner().invoke(main, ["--help"]).exit_code == 0
found["help"] = loaded()
from pystamps.pipeline.replaying import run_or_replay_stage
from pystamps.config import RunConfig
RunConfig.from_mapping({"runtime": {"io_workers": 2}}, is_checked=True)
found["job"] = loaded()
import pystamps.cli.stage, pystamps.pipeline.one_stage
found["one stage"] = loaded()
from pystamps.pipeline.entry import stage1, stage2, stage3, stage5
found["stages 1, 2, 3 and 5"] = loaded()
assert CliRunner().invoke(main, ["params", "-d", sys.argv[1]]).exit_code == 0
found["params"] = loaded()
assert CliRunner().invoke(main, ["status", "-d", sys.argv[1]]).exit_code == 0
found["status"] = loaded()
from pystamps.figures.draw import draw_figure
found["figure"] = loaded()
from pystamps.report_page.page import write_report_page
found["report"] = loaded()
print(json.dumps(found))
"""

ALLOWED = {
    "help": set(),
    "job": {"numpy"},
    "one stage": {"numpy"},
    "stages 1, 2, 3 and 5": {"numpy"},
    "params": {"numpy", "rich"},
    "status": {"numpy", "rich"},
    "figure": {"numpy", "rich", "packaging", "matplotlib"},
    "report": {"numpy", "rich", "packaging", "matplotlib"},
}


@pytest.fixture(scope="module")
def loaded(simulated_once: Path) -> dict[str, set[str]]:
    """Packages that are there after each of some steps in one process, by step."""
    done = subprocess.run(
        [sys.executable, "-c", STEPS, str(simulated_once)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {step: set(names) for step, names in json.loads(done.stdout).items()}


@pytest.mark.parametrize("step", ALLOWED)
def test_a_process_loads_no_package_that_it_does_not_use(
    step: str, loaded: dict[str, set[str]]
) -> None:
    assert "click" in loaded[step]
    assert loaded[step] & SLOW == ALLOWED[step]


def test_a_page_of_help_loads_of_pystamps_only_what_names_the_commands() -> None:
    program = (
        "import json, sys; from click.testing import CliRunner; from pystamps.cli import main; "
        "assert not CliRunner().invoke(main, sys.argv[1:]).exit_code; "
        "print(json.dumps([name for name in sys.modules if name.startswith('pystamps')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True
    )
    assert set(json.loads(done.stdout)) == {
        *("pystamps", "pystamps.cli", "pystamps.cli.command_table"),
        *("pystamps.installation", "pystamps.errors", "pystamps.visible"),
    }


def test_a_status_loads_neither_checks_nor_arrays_of_stages_nor_openssl(
    simulated_once: Path,
) -> None:
    program = (
        "import json, sys; from click.testing import CliRunner; from pystamps.cli import main; "
        "assert not CliRunner().invoke(main, sys.argv[1:]).exit_code; "
        "print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "status", "-d", str(simulated_once)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(json.loads(done.stdout))
    assert {"pystamps.doctor.checks_fits", "pystamps.pipeline.kept_variables"} <= loaded
    unused = {"pystamps.model", "pystamps.doctor.checks_lists", "pystamps.doctor.checks_stack"}
    assert not loaded & (unused | {"pystamps.delays.sounding_files", "_hashlib"})


@pytest.mark.workflow
def test_the_plan_of_a_run_loads_neither_pandas_nor_what_else_it_does_not_use(
    simulated_once: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "snakemake", "--dry-run", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--directory", str(tmp_path)]
    command += ["--config", f"dataset={simulated_once}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "rule stage8_filter" in done.stdout + done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "pystamps.pipeline.plan" in loaded
    of_plugins = {"pandas"} if find_spec("snakemake_executor_plugin_slurm") else set()
    unused = {"pandas", "scipy", "h5py", "numba", "matplotlib", "rich", "nbformat", "jsonschema"}
    assert not loaded & (unused - of_plugins)


@pytest.mark.parametrize("group", [main, native_main], ids=["pystamps", "pystamps-native"])
def test_the_help_page_says_of_a_command_what_the_command_says(group: click.Group) -> None:
    context = click.Context(group)
    names = group.list_commands(context)
    assert names
    for name in names:
        command = group.get_command(context, name)
        assert command is not None
        assert group._table[name][1] == command.get_short_help_str(1000), name  # type: ignore[attr-defined]


LAST_WORDS = """
import logging, tempfile
from pystamps.rulekit import end_job_process

class Slow:
    def __del__(self):
        print("taken down")

slow = Slow()
kept = tempfile.TemporaryDirectory()
log = logging.FileHandler("log", delay=True)
logging.basicConfig(handlers=[log], level="INFO")
logging.info("done")
print(kept.name)
end_job_process()
"""


def test_a_job_leaves_its_log_and_no_temporary_folder_and_takes_nothing_else_down(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAST_WORDS], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    (said,) = done.stdout.splitlines()
    assert not Path(said).exists() and Path(said).is_absolute()
    assert "done" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("name", "gives_back"), [("stage.py", "snakemake"), ("figure.py", ""), ("unwrap_part.py", "")]
)
def test_the_script_of_a_rule_ends_its_process_with_its_job(name: str, gives_back: str) -> None:
    text = (CHECKOUT / "rules" / "scripts" / name).read_text()
    assert text.endswith(f"\n\nend_job_process({gives_back})\n")


def test_a_process_that_is_no_fork_ends_with_its_job_too() -> None:
    program = "from pystamps.rulekit import end_job_process; end_job_process(object()); print(1)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b""


STARTS = {
    "pystamps": "import pystamps_start; pystamps_start.main()",
    "python -m pystamps": "import runpy; runpy.run_module('pystamps', run_name='__main__')",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_command_looks_for_garbage_once_it_is_loaded_and_not_at_what_it_has_loaded(
    start: str,
) -> None:
    program = (
        "import atexit, gc, sys; sys.argv = ['pystamps', 'params', 'weed_max_noise']; "
        "atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count())); " + start
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    is_enabled, frozen = done.stdout.split()[-2:]
    assert is_enabled == "True"
    assert int(frozen) > 10_000


def test_a_process_that_collects_garbage_anyway_goes_on_as_it_did() -> None:
    before = gc.get_freeze_count()
    context = click.Context(main)
    assert main.get_command(context, "params") is not None
    assert gc.isenabled() and gc.get_freeze_count() == before


ENDING = """
import atexit, sys, threading, time
from pystamps.ending import run_and_end

class Kept:
    def __del__(self):
        print("taken down")

kept = Kept()
atexit.register(print, "registered")

def command():
    print("said")
    {end}

run_and_end(command)
print("went on")
"""


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        ("sys.exit()", 0, "said registered"),
        ("sys.exit(3)", 3, "said registered"),
        ("sys.exit('wrong')", 1, "said registered taken down"),
        ("raise KeyError", 1, "said registered taken down"),
        ("pass", 0, "said went on registered taken down"),
        (
            "threading.Timer(0.2, print, ['waited for']).start(); sys.exit(3)", 3,
            "said waited for registered taken down",
        ),
    ],
)  # fmt: skip
def test_a_command_ends_its_process_at_once_where_nothing_speaks_against_it(
    end: str, code: int, said: str
) -> None:
    program = ENDING.format(end=end)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, " ".join(done.stdout.split())) == (code, said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_what_cannot_be_said_ends_a_command_as_python_does() -> None:
    program = ENDING.format(end="sys.exit(3)")
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, env=buffered
        )
    assert done.returncode == 120 and b"No space left" in done.stderr


def test_the_commands_end_their_processes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[click.Group] = []
    monkeypatch.setattr("pystamps.ending.run_and_end", ended.append)
    pystamps_start.main()
    pystamps_start.native_main()
    assert ended == [main, native_main]
