"""What the machine refuses or has otherwise: one line, old results untouched, equal results."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands_at_work import (
    PYSTAMPS,
    differences,
    garbage_of,
    pystamps_command,
    results_of,
    run_to_the_end,
)

pytestmark = pytest.mark.workflow

WANTED, REFUSED = 0, 2


def refused_in_one_line(done: subprocess.CompletedProcess[str], *words: str) -> bool:
    """Tell whether a command ended with one line that holds some words, and without traceback."""
    errors = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in done.stdout, done.stdout
    assert len(errors) == 1 and all(word in errors[0] for word in words), done.stdout
    return done.returncode == REFUSED


def limited(limit: str, *arguments: object) -> list[str]:
    """Give a command under a limit of the shell.

    Python 3.11 and some 3.12 would keep compiled modules in the checkout as far as the limit goes.
    """
    words = f'ulimit {limit}; PYTHONDONTWRITEBYTECODE=1 exec "$@"'
    return ["bash", "-c", words, "bash", *pystamps_command(*arguments)]


STEPS = (("1", "-p"), ("5", "-d"), ("6", "-d"), ("7", "-d"), ("8", "-d"))


CASES = [
    pytest.param(*step, marks=[] if step[0] in "18" else [pytest.mark.slow, pytest.mark.campaign])
    for step in STEPS
]


@pytest.mark.parametrize(("number", "option"), CASES)
def test_a_stage_that_may_not_write_leaves_its_results(
    finished: Path, tmp_path: Path, number: str, option: str, note_figures: Callable[..., None]
) -> None:
    before = results_of(finished)
    target = finished / "PATCH_1" if option == "-p" else finished
    done = run_to_the_end(limited("-f 4", "stage", number, option, target), tmp_path)  # 4 kB a file
    changed = differences(results_of(finished), before)
    note_figures("faults of the machine", tried=1, changed_results=len(changed))
    assert refused_in_one_line(done, "File too large", "ulimit -f")
    assert changed == [] and garbage_of(finished) == []


FULL = """
set -e
mount -t tmpfs -o size=100m tmpfs "$1"
cp -a "$2"/. "$1"
free=$(df -k --output=avail "$1" | tail -1)
dd if=/dev/zero of="$1"/filler bs=1k count=$((free - $3)) status=none
shift 3
set +e
echo MOUNTED
for words in "$@"; do eval "$words" 2>&1; echo "exit code $?"; done
"""


def on_a_full_disk(
    source: Path, folder: Path, kilobytes_left: int, *commands: str
) -> tuple[list[str], Path]:
    """Run commands on a copy of a data set on a disk that is almost full; give what each said.

    ``$D`` is the copy, ``$PYSTAMPS`` the program. Skipped where nothing can be mounted.
    """
    disk, back = folder / "disk", folder / "back"
    disk.mkdir()
    quoted = " ".join(f"'{word}'" for word in PYSTAMPS)
    command = ["unshare", "-m", "bash", "-c", FULL, "bash", str(disk), str(source)]
    command += [str(kilobytes_left), *(text.replace("$PYSTAMPS", quoted) for text in commands)]
    command += [f"rm '{disk}/filler'; cp -a '{disk}' '{back}'"]
    variables = os.environ | {"D": str(disk)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if "MOUNTED" not in done.stdout:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    return done.stdout.split("MOUNTED\n")[1].split("exit code ")[:-1], back


@pytest.mark.slow
def test_a_full_disk_leaves_the_results_of_before(
    finished: Path, tmp_path: Path, note_figures: Callable[..., None]
) -> None:
    before = results_of(finished)
    said, back = on_a_full_disk(
        finished,
        tmp_path,
        16,
        "$PYSTAMPS stage 8 -d $D",
        "$PYSTAMPS stage 1 -p $D/PATCH_1",
        "$PYSTAMPS run -d $D --set scn_time_win=100",
        "$PYSTAMPS status -d $D",
    )
    texts = [said[0], *(text.partition("\n")[2] for text in said[1:])]
    codes = [int(text.partition("\n")[0]) for text in said[1:]]
    changed = differences(results_of(back), before)
    note_figures("faults of the machine", tried=3, changed_results=len(changed))
    assert changed == [] and garbage_of(back) == []
    for text, code in zip(texts[:3], codes[:3], strict=True):
        assert code in (1, 2) and "Traceback" not in text, text
        assert "no space is left on the disk" in text or "make room" in text, text
    assert codes[3] == 0


READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
shift
set +e
echo MOUNTED
for words in "$@"; do eval "$words" 2>&1; echo "exit code $?"; done
"""
LOOKING = ("status -d $D", "params -d $D", "verify -r $D -g $D", "run -n -d $D")
CHANGING = ("stage 8 -d $D", "run -d $D --set scn_time_win=100", "report -d $D",
            "prep snap $D/raw $D/new", "unlock -d $D")  # fmt: skip


@pytest.mark.slow
def test_a_read_only_data_set_can_be_looked_at_and_is_refused_in_one_line_else(
    finished: Path, tmp_path: Path
) -> None:
    quoted = " ".join(f"'{word}'" for word in PYSTAMPS)
    command = ["unshare", "-m", "bash", "-c", READ_ONLY, "bash", str(finished)]
    command += [f"{quoted} {words}" for words in (*LOOKING, *CHANGING)]
    variables = os.environ | {"D": str(finished)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if "MOUNTED" not in done.stdout:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    said = done.stdout.split("MOUNTED\n")[1].split("exit code ")
    codes = [int(text.partition("\n")[0]) for text in said[1:]]
    texts = [said[0], *(text.partition("\n")[2] for text in said[1:-1])]
    for words, code, text in zip((*LOOKING, *CHANGING), codes, texts, strict=True):
        assert "Traceback" not in text, (words, text)
        assert code == (WANTED if words in LOOKING else REFUSED), (words, text)
        if words in CHANGING:
            (line,) = (line for line in text.splitlines() if line.startswith("error: "))
            assert "read" in line.lower(), line


@pytest.mark.slow
def test_clocks_that_are_wrong_plan_nothing_and_damage_nothing(
    finished: Path, tmp_path: Path
) -> None:
    before, later = results_of(finished), time.time() + 2 * 86400
    for path in sorted(finished.rglob("*")):
        if path.is_file():  # all of it comes from a machine whose clock is two days ahead
            shift = path.stat().st_mtime - finished.stat().st_mtime
            os.utime(path, (later + shift, later + shift))
    done = run_to_the_end(pystamps_command("run", "-d", finished), tmp_path)
    assert done.returncode == 0 and "planned" not in done.stdout, done.stdout
    path = finished / "PATCH_1" / "pscands.1.ph"
    os.utime(path, (later + 86400, later + 86400))
    done = run_to_the_end(pystamps_command("run", "-d", finished), tmp_path)
    assert refused_in_one_line(done, str(path), "touch ")
    assert differences(results_of(finished), before) == []


SEPARATE = {
    "no locale": {"LC_ALL": "C"},
    "no folder for temporary files": {"TMPDIR": "/nonexistent"},
    "one thread": {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
}
"""CI has them in one run, the long form one by one."""
SURROUNDINGS = {
    **SEPARATE,
    "all of these": {name: value for more in SEPARATE.values() for name, value in more.items()},
    "no home": {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "NUMBA_CACHE_DIR": ""},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.campaign] * (n in SEPARATE)) for n in SURROUNDINGS],
)
def test_results_do_not_depend_on_the_surroundings(
    finished: Path, tmp_path: Path, name: str
) -> None:
    root = tmp_path / "dätä set"
    finished.rename(root)
    expected = results_of(root)
    few = ("mean_v.mat",)  # without a home all kernels that are needed are compiled
    for artifact in few if name == "no home" else (*few, "scn2.mat", "PATCH_1/ps1.mat"):
        (root / artifact).unlink()
    done = run_to_the_end(pystamps_command("run", "-d", root), tmp_path, **SURROUNDINGS[name])
    assert done.returncode == 0, done.stdout
    assert differences(results_of(root), expected) == []


@pytest.mark.slow
def test_the_mask_of_rights_is_that_of_the_user(finished: Path, tmp_path: Path) -> None:
    expected = results_of(finished)
    for name in ("mean_v.mat", "scn2.mat"):
        (finished / name).unlink()
    command = ["bash", "-c", 'umask 027; exec "$@"', "bash"]
    done = run_to_the_end([*command, *pystamps_command("run", "-d", finished)], tmp_path)
    assert done.returncode == 0, done.stdout
    for name in ("mean_v.mat", "scn2.mat"):
        assert (finished / name).stat().st_mode & 0o777 == 0o640, name
    assert differences(results_of(finished), expected) == []


@pytest.mark.slow
def test_few_open_files_and_little_memory_are_enough_or_one_line(
    finished: Path, tmp_path: Path, note_figures: Callable[..., None]
) -> None:
    before = results_of(finished)
    for limit in ("-n 24", "-v 700000"):
        for step in (("5", "-d"), ("7", "-d")):
            done = run_to_the_end(limited(limit, "stage", *step, finished), tmp_path)
            assert "Traceback" not in done.stdout, done.stdout
            assert done.returncode == 0 or refused_in_one_line(done), done.stdout
            assert differences(results_of(finished), before) == []
            note_figures("faults of the machine", tried=1, changed_results=0)


def test_a_reader_that_goes_away_is_no_fault(finished_once: Path, tmp_path: Path) -> None:
    shell = shutil.which("bash")
    assert shell is not None
    pipe = 'set -o pipefail; "$@" | head -n 1'
    command = [shell, "-c", pipe, "bash", *pystamps_command("params", "-d", finished_once)]
    done = run_to_the_end(command, tmp_path)
    assert "Traceback" not in done.stdout and len(done.stdout.splitlines()) == 1, done.stdout
