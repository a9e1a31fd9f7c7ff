"""snaphu as a child process: files, failures, several at a time."""

from __future__ import annotations

import errno
import logging
import stat
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
import pytest

from pystamps.config import RunConfig, Tools
from pystamps.errors import ExternalProgramError, ParameterError
from pystamps.interferograms import InterferogramName
from pystamps.io.own_places import remove_own_folder
from pystamps.io.snaphu import Snaphu, Tiles, find_snaphu, read_output, write_inputs
from pystamps.pipeline import snaphu_runner
from pystamps.pipeline.snaphu_runner import SnaphuInput, unwrap_interferograms
from pystamps.pipeline.unwrappers import find_unwrapper
from pystamps.stages.stage6_costs import Costs

NAMES = [InterferogramName(1, "20180107"), InterferogramName(3, "20180224")]
SHAPE = (12, 15)


def made_up_input(amplitude=4.0):
    """A smooth hill with costs that expect nothing in particular."""
    i, j = np.indices(SHAPE)
    truth = amplitude * np.exp(-((i - 6) ** 2 + (j - 7) ** 2) / 20)
    rows = np.tile(np.array([0, 100, 32000, -32000], dtype=np.int16), (SHAPE[0] - 1, SHAPE[1], 1))
    columns = np.tile(rows[0, 0], (SHAPE[0], SHAPE[1] - 1, 1))
    return SnaphuInput(np.exp(1j * truth).astype(np.complex64), Costs(rows, columns)), truth


def program(tmp_path, body, name="snaphu"):
    """Make an executable shell script that claims to be snaphu."""
    path = tmp_path / name
    path.write_text(f'#!/bin/sh\nif [ "$1" = -h ]; then echo "snaphu v9.9"; exit 1; fi\n{body}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Snaphu(path, "9.9")


def unwrap(chosen, scratch, given, **more):
    return unwrap_interferograms(
        chosen,
        scratch,
        NAMES,
        lambda _: given,
        take=lambda unwrapped: unwrapped,
        workers=more.pop("workers", 2),
        **more,
    )


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_a_smooth_hill_is_unwrapped_but_for_its_level(tmp_path, workers):
    given, truth = made_up_input(amplitude=14.0)
    done = []
    maps = unwrap(
        find_snaphu(), tmp_path, given, workers=workers, progress=lambda *now: done.append(now)
    )
    assert done == [(1, 2), (2, 2)]
    for unwrapped in maps:
        difference = unwrapped - truth
        np.testing.assert_allclose(difference, difference[0, 0], atol=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "resumable",
        "snaphu_20180107.log",
        "snaphu_20180224.log",
    ]


def test_exit_status_log_and_interferogram_are_named(tmp_path):
    given, _ = made_up_input()
    broken = program(tmp_path, 'echo "out of memory" >&2; exit 1')
    with pytest.raises(ExternalProgramError) as error:
        unwrap(broken, tmp_path / "scratch", given, workers=1)
    message = str(error.value)
    assert "interferogram 1 (20180107)" in message
    assert "exit status 1" in message
    log_path = tmp_path / "scratch" / "snaphu_20180107.log"
    assert str(log_path) in message
    assert "out of memory" in log_path.read_text()
    assert message.count("out of memory") == 1  # its last words
    assert not list((tmp_path / "scratch").glob("ifg_*"))


def wrong_output(tmp_path, change):
    """Give a program that unwraps, and then changes its result."""
    code = (
        "import sys, numpy as np; u = np.fromfile('snaphu.out', np.float32); "
        f"u = (lambda u: {change})(u); u.astype(np.float32).tofile('snaphu.out')"
    )
    body = f'"{find_snaphu().path}" "$@" && exec "{sys.executable}" -c "{code}"'
    return program(tmp_path, body)


FAILURES = {
    "an exit status": ("echo bad luck; exit 3", r"exit status 3 \(bad luck\)"),
    "a signal": ("kill -SEGV $$", "ended by signal 11, SIGSEGV"),
    "killed for memory": ("kill -KILL $$", "SIGKILL; memory may have run out"),
    "an exit status, a process left behind": ("sleep 600 & exit 1", "exit status 1"),
    "a good status, a process left behind": ("sleep 600 & exit 0", "0 bytes, expected 720"),
    "no output": ("true", "0 bytes, expected 720"),
    "a wrong size": ("printf abcd > snaphu.out", "4 bytes, expected 720"),
    "zeros": ("head -c 720 /dev/zero > snaphu.out", "zero everywhere"),
    "silence": ("sleep 600", "said nothing for 0.02 minutes"),
    "silence after words": ("echo at work; sleep 600", 'minutes after "at work" and was ended'),
    "closed output": ("exec >&- 2>&-; sleep 600", "said nothing for 0.02 minutes"),
}
PATIENCE_MINUTES = {"silence": 0.02, "closed output": 0.02, "silence after words": 0.1}
"""Of all others it is long: a busy machine is slow, not silent."""


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_names_the_interferogram_and_leaves_nothing(tmp_path, kind):
    body, found = FAILURES[kind]
    given, _ = made_up_input()
    scratch, mark = tmp_path / "scratch", f"snaphu_{uuid4().hex}"
    broken = program(tmp_path, body, name=mark)
    with pytest.raises(ExternalProgramError, match=found) as error:
        unwrap(broken, scratch, given, workers=1, silence_minutes=PATIENCE_MINUTES.get(kind, 5))
    assert str(error.value).startswith("interferogram 1 (20180107): snaphu failed: ")
    assert {path.suffix for path in scratch.iterdir()} == {".log"}
    commands = [process.cmdline() for process in psutil.Process().children(recursive=True)]
    assert not [command for command in commands if mark in str(command)]
    assert not [process for process in psutil.process_iter() if is_in(process, scratch)]


def is_in(process, folder):
    try:
        return Path(process.cwd()).is_relative_to(folder)
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("u.__setitem__(7, np.nan) or u", "not a number in 1 of 180 cells"),
        ("np.full_like(u, np.nan)", "not a number in 180 of 180 cells"),
        ("u + 0.01", "in 180 of 180 cells, by 0.0016 cycles"),
        ("np.where(np.arange(180) < 20, 0, u)", "of 180 cells, by"),
        ("u.__setitem__(47, u[47] + 1) or u", "in 1 of 180 cells, by 0.16 .* row 4, column 3"),
        ("-u", "no whole number of cycles"),
        ("u[::-1]", "no whole number of cycles"),
    ],
)
def test_a_result_that_is_not_the_phase_and_whole_cycles_is_refused(tmp_path, change, found):
    given, _ = made_up_input(amplitude=14.0)
    with pytest.raises(ExternalProgramError, match=found) as error:
        unwrap(wrong_output(tmp_path, change), tmp_path / "scratch", given, workers=1)
    assert "interferogram 1 (20180107)" in str(error.value)
    assert not list((tmp_path / "scratch" / "resumable").glob("*"))


def test_a_program_that_speaks_may_take_its_time(tmp_path):
    given, truth = made_up_input()
    counter = "for n in 1 2 3 4 5 6 7 8 9 a b c d e f; do printf 'pivots %s\\r' $n; sleep 0.2; done"
    slow = program(tmp_path, f'{counter}; echo done; exec "{find_snaphu().path}" "$@"')
    maps = unwrap(slow, tmp_path / "scratch", given, workers=2, silence_minutes=0.05)
    assert len(maps) == len(NAMES)
    log = (tmp_path / "scratch" / "snaphu_20180107.log").read_text()
    assert "done\n" in log
    assert "pivots" not in log  # counters are signs of life, and no use afterwards
    np.testing.assert_allclose(maps[0] - truth, maps[0][0, 0] - truth[0, 0], atol=1e-5)


def test_output_of_an_earlier_run_is_never_taken(tmp_path):
    given, _ = made_up_input()
    folder = tmp_path / "ifg_0001"
    folder.mkdir()
    np.zeros(SHAPE, dtype=np.float32).tofile(folder / "snaphu.out")
    with pytest.raises(ExternalProgramError, match="0 bytes"):
        unwrap(program(tmp_path, "true"), tmp_path, given)


def test_no_further_process_starts_after_a_failure(tmp_path):
    given, _ = made_up_input()
    started = []

    def make_input(position):
        started.append(position)
        return given

    names = [InterferogramName(n, f"2018{n:04d}") for n in range(101, 120)]
    with pytest.raises(ExternalProgramError):
        unwrap_interferograms(
            program(tmp_path, "exit 3"),
            tmp_path / "s",
            names,
            make_input,
            take=lambda unwrapped: unwrapped,
            workers=1,
        )
    assert len(started) < len(names)


def test_a_folder_that_could_not_be_removed_at_once_goes_in_the_end(tmp_path, monkeypatch):
    given, _ = made_up_input()
    refused = []

    def fails_once(root, name):
        if not refused:
            refused.append(name)
            raise OSError(errno.ENOMEM, "no memory to list the folder")
        remove_own_folder(root, name)

    monkeypatch.setattr(snaphu_runner, "remove_own_folder", fails_once)
    with pytest.raises(OSError, match="no memory to list"):
        unwrap(find_snaphu(), tmp_path, given)
    assert refused
    assert not list(tmp_path.glob("ifg_*"))


def test_phase_that_is_not_a_number_stops_before_snaphu(tmp_path):
    given, _ = made_up_input()
    given.wrapped[2, 3] = np.nan
    with pytest.raises(ExternalProgramError, match=r"interferogram 1 .*not a number in 1 cells"):
        unwrap(find_snaphu(), tmp_path, given, workers=1)


@pytest.mark.parametrize(("flow", "warns"), [(0, False), (2, True)])
def test_an_early_stop_is_a_warning_unless_there_is_no_flow(tmp_path, caplog, flow, warns):
    given = replace(made_up_input()[0], wrapped=np.ones(SHAPE, np.complex64))
    said = f'echo "No overall cost reduction"; echo "Maximum flow on network: {flow}"'
    fake = program(tmp_path, f"{said}; head -c 720 /dev/zero > snaphu.out")
    with caplog.at_level(logging.WARNING):
        unwrap(fake, tmp_path / "scratch", given)
    assert ("interferogram 3 (20180224)" in caplog.text) == warns


def test_quiet_logs_are_no_early_stop():
    program = Snaphu(Path("snaphu"), "2.0.7")
    assert not program.stopped_early("Maximum flow on network: 3\nProgram snaphu done\n")


def test_files_have_the_layout_of_the_original(tmp_path):
    given, _ = made_up_input()
    write_inputs(tmp_path, given.wrapped, given.costs.rows, given.costs.columns)
    wrapped = np.fromfile(tmp_path / "snaphu.in", dtype=np.complex64)
    np.testing.assert_array_equal(wrapped, given.wrapped.ravel())
    costs = np.fromfile(tmp_path / "snaphu.costinfile", dtype=np.int16)
    assert costs.size == 4 * (11 * 15 + 12 * 14)
    lines = (tmp_path / "snaphu.conf").read_text().split("\n")
    assert lines[3] == "STATCOSTMODE DEFO"
    assert len(lines) == 7


def test_the_output_is_read_row_by_row(tmp_path):
    expected = np.arange(6, dtype=np.float32).reshape(2, 3)
    expected.tofile(tmp_path / "out")
    np.testing.assert_array_equal(read_output(tmp_path / "out", (2, 3)), expected)


def test_the_binary_of_the_package_is_found_when_path_has_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_snaphu()
    assert found.path.parts[-2:] == ("snaphu", "snaphu")
    assert found.version.startswith("2.")


def test_path_comes_before_the_package_and_the_setting_before_both(monkeypatch, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        program(tmp_path / name, "true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}:/usr/bin:/bin")
    assert find_snaphu().path == tmp_path / "first" / "snaphu"
    wanted = tmp_path / "second" / "snaphu"
    assert find_snaphu(str(wanted)) == Snaphu(wanted, "9.9")


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(ExternalProgramError, match=r"tools\.snaphu: .*nowhere"):
        find_snaphu(str(tmp_path / "nowhere"))


def test_a_missing_package_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("pystamps.io.snaphu.find_spec", lambda _: None)
    with pytest.raises(ExternalProgramError, match=r"pystamps-flow\[snaphu\].* to graph"):
        find_snaphu()


def test_another_program_is_not_taken_for_snaphu(tmp_path):
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(ExternalProgramError, match="is not snaphu"):
        find_snaphu(str(other))


def test_tiles_give_the_cycles_of_one_tile_where_the_phase_is_smooth(tmp_path: Path) -> None:
    line, sample = np.mgrid[:90, :80]
    phase = 12 * np.exp(-((line - 40) ** 2 + (sample - 45) ** 2) / 900)
    wrapped = np.exp(1j * phase).astype(np.complex64)
    rows = np.broadcast_to(np.array([0, 100, 32000, -32000], np.int16), (89, 80, 4))
    columns = np.broadcast_to(rows[0, 0], (90, 79, 4))
    given = SnaphuInput(wrapped, Costs(rows, columns))
    whole = find_snaphu()
    tools = Tools(snaphu_tiles="2x2", snaphu_tile_overlap=20, snaphu_tile_processes=2)
    tiled = find_unwrapper(tools)
    assert tiled.command(80)[-7:] == ["--tile", "2", "2", "20", "20", "--nproc", "2"]
    assert tiled.identity() != whole.identity()
    assert replace(tiled, tiles=Tiles()).identity() == whole.identity()
    one, four = (unwrap(p, tmp_path, given)[0] for p in (whole, tiled))
    cycles = (four - one) / (2 * np.pi)
    np.testing.assert_allclose(cycles, np.rint(cycles[0, 0]), atol=1e-5)


def test_tiles_that_are_no_larger_than_their_overlap_are_refused() -> None:
    tiles = Tiles(2, 3, overlap=30)
    tiles.refuse_small((90, 120))
    Tiles(1, 1, overlap=100).refuse_small((20, 20))
    with pytest.raises(ExternalProgramError, match=r"2x3 tiles of a grid of 90 x 80 cells"):
        tiles.refuse_small((90, 80))


def test_tiles_are_for_snaphu_alone() -> None:
    with pytest.raises(ParameterError, match=r"tools\.snaphu_tiles: 2x2, but tools\.unwrapper"):
        RunConfig.from_mapping({"tools": {"unwrapper": "graph", "snaphu_tiles": "2x2"}})
    with pytest.raises(ParameterError, match=r"rows x columns"):
        RunConfig.from_mapping({"tools": {"snaphu_tiles": "0x2"}})
