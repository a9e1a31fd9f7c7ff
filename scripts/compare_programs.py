"""One data set through pySTAMPS and other programs: clock, processor time, memory, results.

Every program works on a copy of its own, one process per stage, so that starts are in the figures.
Programs take turns stage by stage, in the same minutes
of the same machine. Run it once before: what is compiled once is in the figures of a first run::

    python scripts/compare_programs.py DATA --oracle FOLDER [--rustamps PROGRAM]
        [--first 1] [--last 8] [--scratch FOLDER] [--output RESULTS.md]

``DATA`` is a prepared data set, or with ``--first`` one in which the stages before it are finished;
its raw export lies beside it (``raw``) where its lists of files say so. It is not written.
``--oracle`` holds a program ``run_oracle RUN FIRST LAST`` that runs the original StaMPS on ``RUN``
(in MATLAB or Octave), and nothing where ``FIRST`` is 0: that time is taken off. ``--rustamps`` is a
program that understands ``run --dataset RUN --start-step N --end-step N``. Results are compared by
``pystamps verify``, profile ``scientific``. The exit code is that of the measurement: other results
are a finding, not an error.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.io.dataset import discover_dataset
from pystamps.stage_table import stages_of_step

OURS = "pySTAMPS"
_PLACE_OF_DATA = "dataset"
_WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs stages.

    Attributes
    ----------
    name : str
    command : callable
        Gives the command that runs a stage on a root and all its patches.
    wrapper : callable, optional
        Gives the command that starts only what the program is started through: its time is taken
        off.
    """

    name: str
    command: Callable[[Path, int], list[str]]
    wrapper: Callable[[Path], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the processes of one stage took, with all programs that they started.

    Attributes
    ----------
    clock, processor : float, s
    peak_mb : float
        Largest resident memory of one process.
    """

    clock: float
    processor: float
    peak_mb: float


class ProgramError(Exception):
    """A program has failed."""


def our_command(root: Path, step: int) -> list[str]:
    """Give the command of pySTAMPS that runs a stage on all patches, without Snakemake."""
    command = [sys.executable, "-m", "pystamps", "stage", str(step)]
    scopes = {stage.scope for stage in stages_of_step(step)}
    if "patch" in scopes:
        for patch in discover_dataset(root).patches:
            command += ["--patch", str(patch.directory)]
    if "merged" in scopes:
        command += ["--dataset", str(root)]
    return command


def original(folder: Path) -> Program:
    """Give the original, which ``run_oracle`` of a folder runs."""
    program = str(folder.resolve() / "run_oracle")
    return Program(
        "the original",
        lambda root, step: [program, str(root), str(step), str(step)],
        lambda root: [program, str(root), "0", "0"],
    )


def rustamps(program: str) -> Program:
    """Give a program with the command line of rustamps."""

    def command(root: Path, step: int) -> list[str]:
        number = str(step)
        return [
            *(program, "run", "--dataset", str(root)),
            *("--start-step", number, "--end-step", number),
        ]

    return Program("rustamps", command)


def cost_of(command: Sequence[str], log: Path) -> Cost:
    """Run a command to its end.

    Raises
    ------
    ProgramError
        It failed; its last lines are in the message.
    """
    started = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=_environment()
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    clock = time.perf_counter() - started
    if process.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise ProgramError(f"{' '.join(command)}: exit status {process.returncode}; {log}:\n{last}")
    return Cost(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _environment() -> dict[str, str]:
    """Give the environment of a user, whose Python keeps the bytecode of what it imports."""
    return {name: value for name, value in os.environ.items() if name != _WITHOUT_BYTECODE}


def cost_of_stage(program: Program, root: Path, step: int, log: Path) -> Cost:
    """Run a stage; what the program is started through does not count."""
    cost = cost_of(program.command(root, step), log)
    if program.wrapper is None:
        return cost
    idle = cost_of(program.wrapper(root), log)
    return Cost(cost.clock - idle.clock, cost.processor - idle.processor, cost.peak_mb)


def copied(data: Path, scratch: Path, name: str) -> Path:
    """Copy a data set, and its raw export beside it, for one program."""
    place = scratch / name.replace(" ", "_")
    root = place / _PLACE_OF_DATA
    shutil.copytree(data, root)
    raw = data.parent / "raw"
    if raw.is_dir():
        (place / "raw").symlink_to(raw.resolve(), target_is_directory=True)
    for path in [place, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)
    return root


def measured_stages(
    programs: Sequence[Program], roots: dict[str, Path], steps: Sequence[int], scratch: Path
) -> Iterator[tuple[int, dict[str, Cost]]]:
    """Run every stage with every program in turn."""
    for step in steps:
        costs = {}
        for program in programs:
            log = scratch / f"{program.name.replace(' ', '_')}.log"
            costs[program.name] = cost_of_stage(program, roots[program.name], step, log)
            cost = costs[program.name]
            print(
                f"stage {step}, {program.name}: {cost.clock:.2f} s, {cost.processor:.2f} processor "
                f"s, {cost.peak_mb:.0f} MB",
                file=sys.stderr, flush=True,
            )  # fmt: skip
        yield step, costs


def comparison_of(ours: Path, other: Path, last: int) -> str:
    """Say in one line whether results are equal."""
    command = [sys.executable, "-m", "pystamps", "verify", "--run", str(ours), "--golden"]
    command += [str(other), "--profile", "scientific", "--through-stage", str(last), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
        raise ProgramError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    report = json.loads(done.stdout)
    variables = f"{report['n_variables']} variables in {len(report['files'])} files"
    if not report["differences"]:
        return f"{variables} are equal"
    files = sorted({Path(item["file"]).name for item in report["differences"]})
    return f"of {variables} {len(report['differences'])} differ, in {', '.join(files)}"


def table(found: dict[int, dict[str, Cost]], others: Sequence[str]) -> list[str]:
    """Give the lines of the table; ratios are the other's clock over ours."""
    heads = ["stage", f"{OURS}: s, processor s, MB"]
    for name in others:
        heads += [f"{name}: s, processor s, MB", "ratio"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    total = {
        name: Cost(
            sum(costs[name].clock for costs in found.values()),
            sum(costs[name].processor for costs in found.values()),
            max(costs[name].peak_mb for costs in found.values()),
        )
        for name in (OURS, *others)
    }
    for label, costs in (*((str(step), costs) for step, costs in found.items()), ("all", total)):
        cells = [label, _cell(costs[OURS])]
        for name in others:
            cells += [_cell(costs[name]), f"{costs[name].clock / costs[OURS].clock:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _cell(cost: Cost) -> str:
    return f"{cost.clock:.2f}, {cost.processor:.2f}, {cost.peak_mb:.0f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--oracle", type=Path, help="folder with the program run_oracle")
    parser.add_argument("--rustamps", help="program with the command line of rustamps")
    parser.add_argument("--first", type=int, default=1, choices=range(1, 9))
    parser.add_argument("--last", type=int, default=8, choices=range(1, 9))
    parser.add_argument("--scratch", type=Path, help="where the copies go, and stay")
    parser.add_argument("--output", type=Path, help="table in Markdown")
    return parser.parse_args()


def main() -> int:
    """Compare the programs that are named."""
    given = _arguments()
    programs = [Program(OURS, our_command)]
    if given.oracle:
        programs.append(original(given.oracle))
    if given.rustamps:
        programs.append(rustamps(given.rustamps))
    with tempfile.TemporaryDirectory() as temporary:
        scratch = given.scratch or Path(temporary)
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            roots = {p.name: copied(given.data.resolve(), scratch, p.name) for p in programs}
            steps = range(given.first, given.last + 1)
            found = dict(measured_stages(programs, roots, steps, scratch))
            others = [program.name for program in programs[1:]]
            words = [
                f"{OURS} and {name}: {comparison_of(roots[OURS], roots[name], given.last)}."
                for name in others
            ]
        except (ProgramError, OSError) as error:
            print(f"compare_programs: {error}", file=sys.stderr)
            return 1
        text = "\n".join([*table(found, others), "", *words, ""])
    print(text)
    if given.output:
        given.output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
