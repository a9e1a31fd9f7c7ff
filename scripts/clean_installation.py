"""From ``pip install`` to the first map, in a new environment outside the checkout.

Builds the wheel, installs it into a new virtual environment with ``pip`` and, in an empty folder,
does what a newcomer does: simulate a stack, run all stages, draw a map, export the points. The
velocities have to be those of the simulation. Prints how long each step took, in seconds of the
clock and of the processor, and how large the installation is. The short form
simulates, which compiles a kernel, runs stage 1 and sees that a second run finds it done: where
packages do not fit, MATLAB files, events and records of Snakemake, and Numba are what fails first.

    python scripts/clean_installation.py --constraint envs/constraints.txt
    python scripts/clean_installation.py --constraint envs/lowest.txt       # make test-lowest
    python scripts/clean_installation.py --constraint envs/lowest.txt --form short       # in CI
    python scripts/clean_installation.py --python python3.13                # another Python
    python scripts/clean_installation.py --installed ENVIRONMENT            # the steps after it
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]

_MEGABYTE = 1_000_000
_LARGEST = 6
"""Packages that are named with their sizes."""
_LEAST_CORRELATION = 0.9
"""Of estimated and simulated velocities; the preset `tiny` reaches 0.94."""
_VERSIONS = """
import platform, sys
from importlib.metadata import version
import pystamps
print(pystamps.__file__)
print("Python", platform.python_version(), *(f"{p} {version(p)}" for p in sys.argv[1:]))
"""
_SHOWN = ("numpy", "scipy", "h5py", "numba", "matplotlib", "snakemake")
_LEFT_OUT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""Variables with which an environment would find the checkout or another environment."""


class Steps:
    """Runs commands one after the other and keeps how long they took."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self._environment = {k: v for k, v in os.environ.items() if k not in _LEFT_OUT}
        self._environment["PATH"] = f"{binaries}{os.pathsep}{os.environ['PATH']}"

    def run(self, title: str, *command: str | Path) -> str:
        """Run a command in the folder; what it prints is the answer, its failure ours."""
        clock, before = time.monotonic(), _processor_seconds()
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{title} failed ({done.returncode}): {done.stdout}{done.stderr}")
        clock, used = time.monotonic() - clock, _processor_seconds() - before
        print(f"{title:<22} {clock:7.1f} s, {used:6.1f} s of processor time", flush=True)
        return done.stdout


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def install(steps: Steps, environment: Path, python: str, options: Sequence[str]) -> None:
    """Make a virtual environment and install the wheel of the checkout into it, with pip alone."""
    wheels = steps.folder / "wheel"
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, CHECKOUT)
    steps.run("build the wheel", sys.executable, *build)
    (wheel,) = wheels.glob("*.whl")
    steps.run("make an environment", python, "-m", "venv", environment)
    pip = (_program(environment, "python"), "-m", "pip", "install", "--quiet")
    steps.run("pip install", *pip, *options, f"{wheel}[snaphu]")


def print_versions(steps: Steps, environment: Path) -> None:
    """Print the versions that matter; refuse a pySTAMPS that lies elsewhere."""
    python = _program(environment, "python")
    place, versions = steps.run("import", python, "-c", _VERSIONS, *_SHOWN).splitlines()
    if not Path(place).is_relative_to(environment):
        sys.exit(f"{place} was imported, which is not in {environment}")
    print(versions)


def first_map(steps: Steps, environment: Path, cores: int) -> None:
    """Simulate, run, draw and export; refuse velocities that are not those of the simulation."""
    pystamps = _program(environment, "pystamps")
    steps.run("pystamps simulate", pystamps, "simulate", "stack", "--preset", "tiny")
    steps.run("pystamps run", pystamps, "run", "--dataset", "stack", "--cores", str(cores))
    steps.run("pystamps plot", pystamps, "plot", "-d", "stack", "v", "-o", "velocity.png")
    steps.run("pystamps export", pystamps, "export", "stack", "--to", "points.csv")
    _see_workflow(steps, environment)
    found = json.loads(steps.run("pystamps assess", pystamps, "assess", "--run", "stack", "--json"))
    correlation, count = found["velocity"]["correlation"], found["velocity"]["count"]
    with (steps.folder / "points.csv").open() as stream:
        rows = sum(1 for line in csv.reader(stream) if line and not line[0].startswith("#")) - 1
    if not (steps.folder / "velocity.png").read_bytes().startswith(b"\x89PNG"):
        sys.exit("velocity.png is no picture")
    if rows != count or correlation < _LEAST_CORRELATION:
        sys.exit(f"{rows} points of {count} exported; correlation with the truth {correlation:.3f}")
    print(f"{rows} points, correlation of their velocities with the truth {correlation:.3f}")


def first_stage(steps: Steps, environment: Path, cores: int) -> None:
    """Simulate, run stage 1 twice; refuse a second run that does any work."""
    pystamps = _program(environment, "pystamps")
    steps.run("pystamps simulate", pystamps, "simulate", "stack", "--preset", "tiny")
    run = ("run", "-d", "stack", "--cores", str(cores), "--until", "stage1_load", "--json")
    for title, expected in (("pystamps run", {"completed"}), ("again", {"skipped_existing"})):
        told = json.loads(steps.run(title, pystamps, *run))["targets"]
        found = {target["status"] for target in told if target["stage"] == "stage1_load"}
        if found != expected:
            sys.exit(f"{title}: stage1_load is {found}, expected {expected}")
    _see_workflow(steps, environment)


def _see_workflow(steps: Steps, environment: Path) -> None:
    """The wheel carries workflow, console and viewer; Snakemake alone finds nothing left to do."""
    said = steps.run("pystamps workflow-path", _program(environment, "pystamps"), "workflow-path")
    workflow = Path(said.strip())
    package = workflow.parent
    needed = (package / "web/static/index.html", package / "viewer/built/viewer.js")
    missing = [str(path) for path in needed if not path.is_file()]
    if missing or not workflow.is_relative_to(environment):
        sys.exit(f"{workflow} is the workflow; missing: {', '.join(missing) or 'nothing'}")
    snakemake, snakefile = _program(environment, "snakemake"), workflow / "workflow/Snakefile"
    steps.run(
        "snakemake -n", snakemake, "-n", "--snakefile", snakefile, "--config", "dataset=stack"
    )


def print_size(environment: Path) -> None:
    """Print how much an environment holds, and its largest packages."""
    (packages,) = environment.glob("lib/python*/site-packages")
    sizes = {entry.name: _bytes_of(entry) for entry in packages.iterdir()}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:_LARGEST]
    named = ", ".join(f"{name} {sizes[name] / _MEGABYTE:.0f}" for name in largest)
    print(f"installed size {_bytes_of(environment) / _MEGABYTE:.0f} MB: {named}")


def _bytes_of(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.lstat().st_size for file in files if not file.is_dir())


def _program(environment: Path, name: str) -> Path:
    return environment / "bin" / name


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--constraint", type=Path, help="file with versions for pip")
    parser.add_argument("--python", default=sys.executable, help="Python of the environment")
    parser.add_argument("--installed", type=Path, help="environment that is there already")
    parser.add_argument("--form", choices=("long", "short"), default="long", help="how much is run")
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        environment = (given.installed or Path(scratch, "environment")).absolute()
        steps = Steps(Path(scratch, "empty"), environment / "bin")
        steps.folder.mkdir()
        if given.installed is None:
            options = ["-c", str(given.constraint.absolute())] if given.constraint else []
            if given.form == "short":  # most of what is installed is never imported
                options.append("--no-compile")
            install(steps, environment, given.python, options)
        print_size(environment)
        print_versions(steps, environment)
        (first_stage if given.form == "short" else first_map)(steps, environment, given.cores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
