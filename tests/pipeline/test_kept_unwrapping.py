"""Stage 6 goes on after the last interferogram that an interrupted run has finished."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest
from stage6_trees import made_up_phase, write_tree

from pystamps.config import RunConfig, Runtime, Tools
from pystamps.errors import ExternalProgramError
from pystamps.interferograms import InterferogramName
from pystamps.io.mat import read_mat
from pystamps.io.snaphu import Snaphu, find_snaphu
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.kept_unwrapping import RESUMABLE, KeptMap, KeptMaps
from pystamps.pipeline.snaphu_runner import SnaphuInput, unwrap_interferograms
from pystamps.pipeline.space_time import SCRATCH
from pystamps.stages.stage6_costs import Costs

RESULTS = ("uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat", "phuw2.mat")
N_INTERFEROGRAMS = 8


@pytest.fixture
def counted(tmp_path):
    """Give snaphu behind a script that notes its runs, and waits where a file says so."""
    script, runs = tmp_path / "snaphu", tmp_path / "runs"
    script.write_text(
        f"""#!/bin/sh
if [ "$1" != -h ]; then
    echo run >> "{runs}"
    if [ -e "{tmp_path}/slow" ] && [ "$(wc -l < "{runs}")" -gt 3 ]; then sleep 60; fi
    if [ -e "{tmp_path}/broken" ] && [ "$(wc -l < "{runs}")" -gt 3 ]; then exit 7; fi
fi
exec "{find_snaphu().path}" "$@"
"""
    )
    script.chmod(0o755)
    return script


def stage6_tree(folder):
    pixels, truth = made_up_phase()
    return write_tree(folder, pixels, np.exp(1j * truth))


def run_stage6(root, program, **stamps):
    tools, one_at_a_time = Tools(snaphu=str(program)), Runtime(unwrap_workers=1)
    config = RunConfig(dataset=root, tools=tools, stamps=stamps, runtime=one_at_a_time)
    stage6_unwrap(root, config)


def number_of_runs(tmp_path):
    runs = tmp_path / "runs"
    return len(runs.read_text().splitlines()) if runs.is_file() else 0


def assert_same_results(found, expected):
    for name in RESULTS:
        ours, theirs = read_mat(found / name), read_mat(expected / name)
        assert ours.keys() == theirs.keys()
        for variable in ours:
            assert ours[variable].tobytes() == theirs[variable].tobytes(), (name, variable)


def kept_files(root):
    return sorted((root / SCRATCH / RESUMABLE).glob("ifg_*"))


def test_a_killed_stage_6_goes_on_after_the_last_finished_interferogram(tmp_path, counted):
    root, whole = stage6_tree(tmp_path / "killed"), stage6_tree(tmp_path / "whole")
    (tmp_path / "slow").touch()
    code = (
        "import sys, pathlib; from pystamps.config import RunConfig, Runtime, Tools; "
        "from pystamps.pipeline.entry.stage6 import stage6_unwrap; "
        "root = pathlib.Path(sys.argv[1]); stage6_unwrap(root, RunConfig(dataset=root, "
        "tools=Tools(snaphu=sys.argv[2]), runtime=Runtime(unwrap_workers=1)))"
    )
    command = [sys.executable, "-c", code, str(root), str(counted)]
    with subprocess.Popen(command, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while len(kept_files(root)) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
            assert process.poll() is None
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGKILL)
    assert not psutil.wait_procs(children, timeout=20)[1]
    assert len(kept_files(root)) == 3
    assert not (root / "phuw2.mat").exists()
    (tmp_path / "slow").unlink()
    (tmp_path / "runs").unlink()

    run_stage6(root, counted)
    assert number_of_runs(tmp_path) == N_INTERFEROGRAMS - 3
    run_stage6(whole, counted)
    assert_same_results(root, whole)
    assert not (root / SCRATCH / RESUMABLE).exists()


def test_a_failure_keeps_what_was_finished_before(tmp_path, counted):
    root, whole = stage6_tree(tmp_path / "failed"), stage6_tree(tmp_path / "whole")
    (tmp_path / "broken").touch()
    with pytest.raises(ExternalProgramError, match="exit status 7"):
        run_stage6(root, counted)
    assert len(kept_files(root)) == 3
    (tmp_path / "broken").unlink()
    (tmp_path / "runs").unlink()
    run_stage6(root, counted)
    assert number_of_runs(tmp_path) == N_INTERFEROGRAMS - 3
    run_stage6(whole, counted)
    assert_same_results(root, whole)


def test_maps_of_other_settings_are_not_taken(tmp_path, counted):
    root, whole = stage6_tree(tmp_path / "failed"), stage6_tree(tmp_path / "whole")
    (tmp_path / "broken").touch()
    with pytest.raises(ExternalProgramError):
        run_stage6(root, counted)
    (tmp_path / "broken").unlink()
    (tmp_path / "runs").unlink()
    run_stage6(root, counted, unwrap_time_win=100.0)
    assert number_of_runs(tmp_path) == N_INTERFEROGRAMS
    run_stage6(whole, counted, unwrap_time_win=100.0)
    assert_same_results(root, whole)


SHAPE = (5, 4)


def made_up_costs(**more):
    rows = np.zeros((SHAPE[0] - 1, SHAPE[1], 4), dtype=np.int16)
    columns = np.zeros((SHAPE[0], SHAPE[1] - 1, 4), dtype=np.int16)
    return Costs(more.get("rows", rows), more.get("columns", columns))


@pytest.fixture
def kept(tmp_path):
    program = tmp_path / "program"
    program.write_text("one")
    return KeptMaps(tmp_path / "scratch", Snaphu(program, "2.0"))


def test_whatever_decides_a_map_changes_its_digest(tmp_path, kept):
    wrapped, costs = np.ones(SHAPE, np.complex64), made_up_costs()
    known = kept.digest(wrapped, costs)
    assert kept.digest(wrapped.copy(), made_up_costs()) == known
    other_phase, other_costs = wrapped.copy(), made_up_costs()
    other_phase[3, 2] = 1j
    other_costs.columns[1, 1, 0] = 1
    program = tmp_path / "program"
    others = [
        kept.digest(other_phase, costs),
        kept.digest(wrapped, other_costs),
        kept.digest(wrapped.reshape(SHAPE[::-1]), costs),
        KeptMaps(tmp_path, Snaphu(program, "2.1")).digest(wrapped, costs),
    ]
    program.write_text("two")
    others.append(KeptMaps(tmp_path, Snaphu(program, "2.0")).digest(wrapped, costs))
    assert len({known, *others}) == 1 + len(others)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-4],
        lambda content: content + b"1234",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content[:100],
        lambda content: b"",
        lambda content: b"[1]" + content[3:],
    ],
)
def test_a_damaged_map_is_not_taken(kept, damage):
    unwrapped = np.arange(20, dtype=np.float32).reshape(SHAPE)
    kept.keep(7, "d" * 64, KeptMap(unwrapped, has_stopped_early=True))
    found = kept.find(7, "d" * 64, SHAPE)
    np.testing.assert_array_equal(found.unwrapped, unwrapped)
    assert found.has_stopped_early
    assert kept.find(7, "e" * 64, SHAPE) is None
    assert kept.find(8, "d" * 64, SHAPE) is None
    assert kept.find(7, "d" * 64, SHAPE[::-1]) is not None  # same size: the digest knows the shape
    (path,) = kept.folder.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert kept.find(7, "d" * 64, SHAPE) is None


def test_a_newer_map_replaces_that_of_other_inputs(kept):
    unwrapped = KeptMap(np.zeros(SHAPE, np.float32), has_stopped_early=False)
    kept.keep(7, "a" * 64, unwrapped)
    kept.keep(8, "a" * 64, unwrapped)
    kept.keep(7, "b" * 64, unwrapped)
    assert kept.find(7, "a" * 64, SHAPE) is None
    assert kept.find(8, "a" * 64, SHAPE) is not None
    assert len(list(kept.folder.iterdir())) == 2


def test_the_warning_about_an_early_stop_is_given_again(tmp_path, caplog):
    said = 'echo "No overall cost reduction"; echo "Maximum flow on network: 2"'
    script = tmp_path / "snaphu"
    script.write_text(f"#!/bin/sh\n{said}; head -c 80 /dev/zero > snaphu.out\n")
    script.chmod(0o755)
    given = SnaphuInput(np.ones(SHAPE, np.complex64), made_up_costs())
    for _ in range(2):
        caplog.clear()
        unwrap_interferograms(
            Snaphu(script, "9.9"),
            tmp_path / "scratch",
            [InterferogramName(3, "20180224")],
            lambda _: replace(given),
            take=lambda unwrapped: unwrapped,
            workers=1,
        )
        assert "interferogram 3 (20180224): snaphu stopped optimising early" in caplog.text
    shutil.rmtree(tmp_path / "scratch")
