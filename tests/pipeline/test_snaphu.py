"""snaphu as a child process: files, failures, several at a time."""

from __future__ import annotations

import logging
import stat

import numpy as np
import pytest

from pystamps.errors import ExternalProgramError
from pystamps.interferograms import InterferogramName
from pystamps.io.snaphu import Snaphu, find_snaphu, read_output, stopped_early, write_inputs
from pystamps.pipeline.snaphu_runner import SnaphuInput, unwrap_interferograms
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
    # what went in stays for a closer look
    assert (tmp_path / "scratch" / "ifg_0001" / "snaphu.costinfile").is_file()


@pytest.mark.parametrize(
    ("body", "found"),
    [("printf abcd > snaphu.out", "4 bytes, expected 720"), ("true", "0 bytes, expected 720")],
)
def test_output_of_wrong_size_is_refused(tmp_path, body, found):
    given, _ = made_up_input()
    with pytest.raises(ExternalProgramError, match=found):
        unwrap(program(tmp_path, body), tmp_path / "scratch", given)


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


def test_phase_that_is_not_a_number_stops_before_snaphu(tmp_path):
    given, _ = made_up_input()
    given.wrapped[2, 3] = np.nan
    with pytest.raises(ExternalProgramError, match=r"interferogram 1 .*not a number in 1 cells"):
        unwrap(find_snaphu(), tmp_path, given, workers=1)


@pytest.mark.parametrize(("flow", "warns"), [(0, False), (2, True)])
def test_an_early_stop_is_a_warning_unless_there_is_no_flow(tmp_path, caplog, flow, warns):
    given, _ = made_up_input()
    said = f'echo "No overall cost reduction"; echo "Maximum flow on network: {flow}"'
    fake = program(tmp_path, f"{said}; head -c 720 /dev/zero > snaphu.out")
    with caplog.at_level(logging.WARNING):
        unwrap(fake, tmp_path / "scratch", given)
    assert ("interferogram 3 (20180224)" in caplog.text) == warns


def test_quiet_logs_are_no_early_stop():
    assert not stopped_early("Maximum flow on network: 3\nProgram snaphu done\n")


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
    with pytest.raises(ExternalProgramError, match="pip install snaphu"):
        find_snaphu()


def test_another_program_is_not_taken_for_snaphu(tmp_path):
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(ExternalProgramError, match="is not snaphu"):
        find_snaphu(str(other))
