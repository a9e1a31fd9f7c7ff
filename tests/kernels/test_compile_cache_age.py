"""Compiled kernels of versions that nobody uses any more go; all others stay."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from pystamps_kernels.compile_cache_age import UNUSED_DAYS, hold, remove_unused
from pystamps_kernels.host.compile import content_stamp, own_folders

OLD, OTHER = "0123456789abcdef", "fedcba9876543210"


def made(root: Path, name: str, days: float) -> Path:
    """Make a folder of compiled code that was written and read so many days ago."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "cpu.kernel-1.nbi").write_bytes(b"index")
    when = time.time() - 86400 * days
    for path in (folder / "cpu.kernel-1.nbi", folder):
        os.utime(path, (when, when))
    return folder


def left(root: Path, *own: str) -> set[str]:
    remove_unused(root, lambda: own)
    return {path.name for path in root.iterdir()}


def test_code_of_other_versions_that_was_not_used_for_long_is_removed(tmp_path, caplog):
    caplog.set_level("INFO")
    made(tmp_path, OLD, UNUSED_DAYS + 1)
    made(tmp_path, OTHER, UNUSED_DAYS - 1)
    assert left(tmp_path) == {OTHER}
    assert "1 folders of compiled kernels of other versions" in caplog.text


def test_code_of_this_version_and_what_is_no_code_of_a_kernel_stay(tmp_path):
    for name in (OLD, "cupy", "0123"):
        made(tmp_path, name, 2 * UNUSED_DAYS)
    (tmp_path / OTHER).write_text("a file")
    os.utime(tmp_path / OTHER, (0, 0))
    assert left(tmp_path, OLD) == {OLD, "cupy", "0123", OTHER}


def test_code_that_was_read_lately_stays(tmp_path):
    index = made(tmp_path, OLD, 2 * UNUSED_DAYS) / "cpu.kernel-1.nbi"
    os.utime(index, (time.time() - 86400, index.stat().st_mtime))
    assert left(tmp_path) == {OLD}


def test_code_that_a_process_has_loaded_stays_until_it_ends(tmp_path):
    folder = made(tmp_path, OLD, 2 * UNUSED_DAYS)
    program = (
        "import sys; from pathlib import Path\n"
        "from pystamps_kernels.compile_cache_age import hold\n"
        "assert hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        for path in (*folder.iterdir(), folder):
            os.utime(path, (0, 0))
        assert left(tmp_path) == {OLD}
        process.communicate(b"")
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, 0))
    assert left(tmp_path) == set()


def test_what_a_kill_has_left_of_a_removal_goes_with_the_next(tmp_path):
    made(tmp_path, OLD + ".unused", 2 * UNUSED_DAYS)
    assert left(tmp_path) == set()


def test_holding_says_when_code_was_used_last(tmp_path):
    folder = made(tmp_path, OLD, 2 * UNUSED_DAYS)
    mark = folder / "in_use"
    mark.touch()
    os.utime(mark, (0, 0))
    assert hold(folder) is not None
    assert time.time() - mark.stat().st_mtime < 60


def test_a_process_that_holds_a_folder_ends_without_a_word(tmp_path):
    program = (
        "import sys; from pathlib import Path; "
        "from pystamps_kernels.compile_cache_age import hold; "
        "assert hold(Path(sys.argv[1])) is not None"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program, tmp_path / OLD],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""


def test_without_locks_nothing_is_removed(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError("no locks")

    monkeypatch.setattr(fcntl, "flock", refused)
    made(tmp_path, OLD, 2 * UNUSED_DAYS)
    assert left(tmp_path) == {OLD}
    assert hold(tmp_path / OLD) is None


def test_every_kernel_of_this_version_is_known_as_its_own():
    from pystamps_kernels import KERNELS

    package = Path(sys.modules["pystamps_kernels"].__file__ or "").parent
    sources = [package / name / "cpu.py" for name in KERNELS]
    assert {content_stamp(path) for path in sources if path.exists()} <= own_folders()


def test_a_process_that_compiles_makes_room(tmp_path):
    root = tmp_path / "pystamps" / "kernels"
    made(root, OLD, UNUSED_DAYS + 1)
    tmp_path.chmod(0o700)
    program = "from pystamps_kernels.host.elementary import sine_cosine\nprint(sine_cosine(0.0))"
    subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    (own,) = root.iterdir()
    assert own.name in own_folders()
    assert (own / "in_use").exists()
