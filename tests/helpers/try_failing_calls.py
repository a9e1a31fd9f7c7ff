"""Let calls fail in every stage of a finished data set, and in the commands that write.

Usage: try_failing_calls.py WORK MOST KINDS COMMAND ...; see ``failing_calls.py``. WORK is an empty
folder; of each of the KINDS of calls (with commas between; ``turns`` for every third one, others
for the next command) at most MOST fail in each command.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from failing_calls import KINDS, Campaign, Command, FailingCalls, Tally, as_json, chosen

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.io.mat import write_mat
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.previous_results import PreviousResults, names_of_set, recover_results
from pystamps.pipeline.replaying import run_or_replay_stage
from pystamps.pipeline.run_history import read_run, run_ids
from pystamps.pipeline.run_recording import recorded_run, run_plan
from pystamps.pipeline.targets import targets_of
from pystamps.rulekit import one_line_errors, rule_job
from pystamps.stage_table import STAGES, Stage

PATCH = "PATCH_1"
OLD = b"a result of before"
ATTEMPTS = (
    "*.lock", ".pystamps/manifest.json", ".pystamps/parameters.jsonl", "logs/*", "logs/*/*",
    ".pystamps/jobs/*", ".pystamps/stage6/*", ".pystamps/stage6/*/*",
    ".pystamps/stage0/*", ".pystamps/stage0/*/*", ".pystamps/stage0/*/*/*",
)  # fmt: skip
HISTORY = (".pystamps/runs/*/*",)
"""Every run has its folder: what matters is that each record can be read (:func:`looked_at`)."""
UNFINISHED = (".pystamps/simulation", ".pystamps/stage0/COMPLETE")
"""Where these are, every command says that the data set is not finished, and goes on with it."""

Run = Callable[[Path], None]


def command_line(*words: str) -> Run:
    """Give a function that runs a command line; ``ROOT`` stands for the data set."""

    def run(root: Path) -> None:
        main.main([word.replace("ROOT", str(root)) for word in words])

    return run


@contextmanager
def one_line_exit() -> Iterator[None]:
    """Print an error that the user can repair, as commands and the Snakefile do."""
    try:
        with one_line_errors(RuntimeError):
            yield
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def rule_script(stage: Stage, patch: str) -> Run:
    """Give a function that does what Snakemake does with a stage: delete, run, settle."""

    def run(root: Path) -> None:
        with one_line_exit():
            as_snakemake(root)

    def as_snakemake(root: Path) -> None:
        config = RunConfig(dataset=root)
        plan = WorkflowPlan.from_mapping(config.to_mapping())
        target = next(t for t in targets_of(plan) if (t.stage, t.patch) == (stage.name, patch))
        log = root / "logs" / f"{stage.name}.log"
        previous = PreviousResults(root)
        wildcards = SimpleNamespace(patch=patch, get=lambda *_: patch)
        job = SimpleNamespace(output=target.outputs, log=[str(log)], wildcards=wildcards)
        previous.keep([job])
        try:
            for name in target.outputs:
                (root / name).unlink(missing_ok=True)
            given = SimpleNamespace(
                log=[str(log)],
                config=config.to_mapping(),
                threads=1,
                wildcards=wildcards,
                output=[],
            )
            with rule_job(given) as started:
                run_or_replay_stage(stage, started.directory, started.config)
        finally:
            previous.settle()

    return run


def note_a_run(root: Path) -> None:
    """Keep the record of a run, as every run does."""
    with one_line_exit():
        keep_record(root)


def keep_record(root: Path) -> None:
    plan = WorkflowPlan.from_mapping(RunConfig(dataset=root).to_mapping())
    with recorded_run(root, run_plan("run", plan, steps=(1, 8), cores=1)) as run:
        run.finish("completed")


def aged(folder: Path, stage: Stage) -> None:
    """Make the results of a stage such that no stage writes."""
    patch = PATCH if stage.scope == "patch" else ""
    for name in names_of_set(stage, patch):
        if (folder / name).is_file():
            (folder / name).write_bytes(OLD)
    write_mat(folder / patch / "psver.mat", {"psver": 7.0})
    if patch:
        left = np.zeros(5)
        left[4] = 1
        write_mat(folder / patch / "no_ps_info.mat", {"stamps_step_no_ps": left})


def commands(finished: Path, raw: Path) -> Iterator[tuple[Command, Path, Stage | None]]:
    """Give all commands, the data set that each begins with, and its stage if it is one."""
    for stage in STAGES:
        patch = PATCH if stage.scope == "patch" else ""
        option, folder = ("--patch", f"ROOT/{PATCH}") if patch else ("--dataset", "ROOT")
        if not stage.is_product:
            run = command_line("stage", str(stage.step), option, folder)
            yield Command(stage.name, run, ATTEMPTS), finished, stage
        rule = rule_script(stage, patch)
        yield Command(f"rule {stage.name}", rule, ATTEMPTS, (1, 2)), finished, stage
    adopted = command_line("import", "-d", "ROOT")
    yield Command("import", adopted, ATTEMPTS, most=9), finished, None
    values = command_line("params", "set", "-d", "ROOT", "weed_standard_dev=0.8")
    yield Command("params set", values, ATTEMPTS), finished, None
    yield Command("run history", note_a_run, (*ATTEMPTS, *HISTORY), (1,)), finished, None
    scene = ("--preset", "tiny", "--lines", "24", "--samples", "24", "--interferograms", "2",
             "--range-patches", "1", "--azimuth-patches", "1")  # fmt: skip
    yield (
        Command("simulate", command_line("simulate", "ROOT", *scene), ATTEMPTS, is_once=True),
        raw / "none",
        None,
    )
    prep = command_line("prep", "snap", str(raw), "ROOT", "--patches", "1x1")
    yield Command("prep", prep, ATTEMPTS, is_once=True), raw / "none", None
    again = command_line("prep", "snap", str(raw), "ROOT", "--patches", "2x1", "--force")
    yield Command("prep --force", again, ATTEMPTS), finished, None


def looked_at(root: Path) -> None:
    """Do what everybody does who looks at a data set."""
    if root.is_dir():
        recover_results(root)
        for run_id in run_ids(root):
            read_run(root, run_id)


def is_unfinished(root: Path) -> bool:
    """Tell whether the data set says of itself that it is not finished."""
    return any((root / name).is_file() for name in UNFINISHED)


def made_data(folder: Path) -> tuple[Path, Path]:
    """Make a data set with all results, and an export, as small as all stages allow."""
    scene = ("--preset", "tiny", "--range-patches", "1", "--azimuth-patches", "1")
    finished, raw = folder / "finished", folder / "raw"
    size = ("--lines", "36", "--samples", "36", "--interferograms", "5", "--ps-density", "200")
    quietly("simulate", str(finished), *scene, *size, "--atmosphere", "0.1")
    values = ("unwrap_gold_n_win=8", "unwrap_grid_size=100", "clap_win=16")
    quietly("params", "set", "-d", str(finished), *values)
    for stage in STAGES:
        directory = finished / PATCH if stage.scope == "patch" else finished
        run_or_replay_stage(stage, directory, RunConfig(dataset=finished))
    size = ("--lines", "24", "--samples", "24", "--interferograms", "2")
    quietly("simulate", str(raw), "--layout", "raw", *scene, *size)
    return finished, raw


def quietly(*words: str) -> None:
    """Run a command line that has to end well, without its words."""
    with redirect_stdout(StringIO()):
        main.main(list(words), standalone_mode=False)


def tallies(
    calls: FailingCalls, command: Command, start: Path, most: int, kinds: Sequence[str]
) -> dict[str, Tally]:
    """Let calls of some kinds fail in a command."""
    calls.fresh_copy(start)
    try:
        command.run(calls.root)  # loads what the processes below inherit
    except SystemExit as end:
        assert not end.code, command.name
    campaign = Campaign(calls, start, command, looked_at, is_unfinished)
    most = min(most, command.most)
    return {kind: campaign.tally(kind, chosen(campaign.calls_of(kind), most)) for kind in kinds}


def tried(work: Path, most: int, kinds: Sequence[str], wanted: Sequence[str]) -> str:
    """Try the commands that are wanted."""
    finished, raw = made_data(work)
    tempfile.tempdir = str(work / "temporary")
    calls = FailingCalls(work / "root", work / "temporary")
    found: dict[str, dict[str, Tally]] = {}
    chosen_ones = [item for item in commands(finished, raw) if item[0].name in wanted]
    for number, (command, source, stage) in enumerate(chosen_ones):
        some = list(KINDS)[number % 3 :: 3] if kinds == ["turns"] else kinds
        start = work / "start"
        if source.is_dir():
            shutil.copytree(source, start)
        if stage is not None:
            aged(start, stage)
        found[command.name] = tallies(calls, command, start, most, some)
        shutil.rmtree(start, ignore_errors=True)
    return as_json(found)


if __name__ == "__main__":
    WORK, MOST, SOME = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(",")
    print(tried(WORK, MOST, SOME, sys.argv[4:]))
