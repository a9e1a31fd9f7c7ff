"""Commands on a small data set while calls of the C library fail, one after the other.

The program of this module runs with the library of ``failing_calls.c`` loaded before the C library
(:func:`run_with_failing_calls`). It forks for every attempt, so that each begins with all modules
and kernels loaded, and the calls that are counted are those of the command.
"""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py

KINDS = {
    "open": (1 | 128, errno.EIO),
    "write": (2, errno.ENOSPC),
    "rename": (4, errno.EIO),
    "flush": (8, errno.EIO),
    "folder": (16, errno.ENOSPC),
    "remove": (32, errno.EIO),
    "allocation": (64, errno.ENOMEM),
    "disk full": (128 | 2 | 4 | 8 | 16, errno.ENOSPC),
    "kill": (128 | 2 | 4 | 8 | 16 | 32, 0),
}
"""Calls that fail together, as bits of the library, and how; 0 is the end of the process."""

FROM_THERE_ON = ("disk full",)
"""What goes on failing once it has failed."""

_N_KINDS = 8
_EVERY = 2**31 - 1
_LEAST_BYTES = 4096
"""Blocks of memory that are refused are arrays, not the interpreter's own objects."""
_RECORDS = ".snakemake/"
_TEMPORARY = "*.part"
_STAGED = ".pystamps/stage0/"
"""A preparation that failed while it moved its files; the next command moves or clears them."""
_KILLED = -signal.SIGKILL
_SOURCE = Path(__file__).with_suffix(".c")
COMPILER = shutil.which("cc") or shutil.which("gcc")


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt of a command ended.

    Attributes
    ----------
    code : int
        Exit code; below 0 the signal.
    said : str
        What it printed.
    failed : int
        Number of the call that failed; 0 = there are fewer.
    seen : tuple of int
        Calls of each kind of the library.
    """

    code: int
    said: str
    failed: int
    seen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command whose calls fail.

    Attributes
    ----------
    name : str
    run : callable
        Of the root of the data set.
    may_change : tuple of str
        Patterns of files that say something about attempts, not about results. All others that
        the command changes belong together.
    codes : tuple of int
        Exit codes of an attempt that has failed.
    most : int
        Calls of each kind that fail, however many are asked for: Snakemake takes seconds.
    is_once : bool
        It refuses to make again what is there.
    """

    name: str
    run: Callable[[Path], None]
    may_change: tuple[str, ...] = ()
    codes: tuple[int, ...] = (2,)
    most: int = 2**31 - 1
    is_once: bool = False


@dataclass(slots=True)
class Tally:
    """What attempts with one kind of fault have shown.

    Attributes
    ----------
    calls : int
        Calls that can fail so.
    tried, stayed_old, became_new : int
        Attempts, and what the data set held after them.
    faults : list of str
        What is wrong.
    """

    calls: int = 0
    tried: int = 0
    stayed_old: int = 0
    became_new: int = 0
    faults: list[str] = field(default_factory=list)


def run_with_failing_calls(
    program: Path, arguments: Sequence[str], scratch: Path, environment: Mapping[str, str]
) -> str:
    """Run a Python program with the library loaded; give what it printed.

    Parameters
    ----------
    program : Path
    arguments : sequence of str
    scratch : Path
        Where the library is built.
    environment : mapping
    """
    assert COMPILER is not None
    library = scratch / "failing_calls.so"
    build = [COMPILER, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*build, "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    command = [sys.executable, str(program), *arguments]
    one_thread = {"NUMBA_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "workqueue"}
    variables = {**environment, **one_thread, "LD_PRELOAD": str(library)}
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, check=False, cwd=scratch
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


class FailingCalls:
    """The library of this process, and the folders in which it works.

    Parameters
    ----------
    root, temporary : Path
        The data set, and where temporary files go.
    """

    def __init__(self, root: Path, temporary: Path) -> None:
        self._library = ctypes.CDLL(None)
        self.root, self.temporary = root, temporary
        for place, folder in enumerate((root, temporary)):
            self._library.fault_folder(place, os.fsencode(folder))

    def fresh_copy(self, source: Path) -> None:
        """Make the data set a copy of another one, or nothing where that does not exist."""
        for folder in (self.root, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        if source.is_dir():
            shutil.copytree(source, self.root, symlinks=True)
        self.temporary.mkdir()

    def attempt(self, run: Callable[[Path], None], kind: str = "", number: int = 0) -> Attempt:
        """Run a function in a process of its own, in which calls of a kind fail from a number on.

        Without a kind nothing fails, and the calls are counted.
        """
        with tempfile.TemporaryFile(dir=self.temporary.parent) as said, shared_numbers() as numbers:
            child = os.fork()
            if not child:
                self._be_the_child(run, said.fileno(), numbers, kind, number)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said.seek(0)
            text = said.read().decode(errors="replace")
            return Attempt(code, text, numbers[0], tuple(numbers[1:]))

    def nothing_fails_any_more(self) -> None:
        """End what an attempt has asked for, within its own process."""
        self._library.fault_disarm()

    def _be_the_child(
        self, run: Callable[[Path], None], said: int, numbers: Any, kind: str, number: int
    ) -> None:
        code = 99
        try:
            for descriptor in (1, 2):
                os.dup2(said, descriptor)
            bits, error = KINDS[kind] if kind else (0, errno.EIO)
            last = _EVERY if kind in FROM_THERE_ON else number
            self._library.fault_arm(
                bits, ctypes.c_long(number), ctypes.c_long(last), error,
                ctypes.c_size_t(_LEAST_BYTES),
            )  # fmt: skip
            try:
                run(self.root)
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            finally:
                numbers[0] = self._library.fault_disarm()
                for k in range(_N_KINDS):
                    numbers[1 + k] = self._library.fault_seen(k)
        except BaseException:  # noqa: BLE001 - the process ends here, whatever it is
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


class shared_numbers:
    """Numbers that a forked process shares with this one."""

    def __enter__(self) -> Any:
        import mmap

        self._map = mmap.mmap(-1, 128)
        return (ctypes.c_long * (1 + _N_KINDS)).from_buffer(self._map)

    def __exit__(self, *_: object) -> None:
        """The memory goes with the last reference to it."""


def contents_of(root: Path) -> dict[str, bytes]:
    """Give the contents of all files, and where links lead."""
    return {
        str(path.relative_to(root)): (
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        )
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


class Campaign:
    """All attempts of one command on copies of one data set.

    Parameters
    ----------
    calls : FailingCalls
    before : Path
        The data set before the command: its outputs are files that no stage writes.
    command : Command
    settle : callable
        What everybody does who looks at the data set next.
    is_unfinished : callable
        Whether the data set says of itself that it is not finished.
    """

    def __init__(
        self,
        calls: FailingCalls,
        before: Path,
        command: Command,
        settle: Callable[[Path], None],
        is_unfinished: Callable[[Path], bool],
    ) -> None:
        self.calls, self.before, self.command = calls, before, command
        self.settle, self.is_unfinished = settle, is_unfinished
        self._known: dict[bytes, list[str]] = {}
        calls.fresh_copy(before)
        self.old = self._contents()
        first = calls.attempt(command.run)
        assert first.code == 0, f"{command.name}: {first.said}"
        self.seen = first.seen
        self.new = self._contents()
        assert not self._leftovers(), f"{command.name} leaves {self._leftovers()}"

    def calls_of(self, kind: str) -> int:
        """Give how many calls can fail in this way."""
        bits = KINDS[kind][0]
        return sum(n for k, n in enumerate(self.seen) if bits >> k & 1)

    def tally(self, kind: str, numbers: Sequence[int]) -> Tally:
        """Let the command fail at each of some calls."""
        found = Tally(self.calls_of(kind))
        for number in numbers:
            self.calls.fresh_copy(self.before)
            attempt = self.calls.attempt(self.command.run, kind, number)
            if not attempt.failed and attempt.code != _KILLED:
                continue
            found.tried += 1
            words = self._faults_after(kind, attempt, found)
            shown = " ".join(attempt.said.split())[-600:]
            found.faults += [f"{self.command.name}, {kind} {number}: {w}: {shown}" for w in words]
            for fault in found.faults[-len(words) :] if words else ():
                print(fault, file=sys.stderr, flush=True)
        print(f"{self.command.name}, {kind}: {found.tried} tried", file=sys.stderr, flush=True)
        return found

    def _faults_after(self, kind: str, attempt: Attempt, found: Tally) -> list[str]:
        faults = _faults_of_end(attempt, self.command.codes, kind)
        self.settle(self.calls.root)
        now = self._contents()
        state, wrong = self._state(now)
        faults += wrong
        found.stayed_old += state == "old"
        found.became_new += state == "new"
        if attempt.code == 0 and state != "new":
            faults.append(f"it ended well, and the results are {state}")
        if kind not in ("kill", "remove", "disk full"):
            there = str(self.calls.root)
            left = [name for name in self._leftovers() if name.startswith(there)]
            faults += [f"{name} is left" for name in left if _STAGED not in name]
        if self.command.is_once and state == "new":
            return faults
        return faults + self._faults_of_next(now)

    def _faults_of_next(self, now: Mapping[str, bytes]) -> list[str]:
        """Try again; what the data set holds after a fault decides what comes of it."""
        known = _digest_of({**now, **dict.fromkeys(self._leftovers(), b"")})
        if known not in self._known:
            again = self.calls.attempt(self.command.run)
            self._known[known] = self._wrong_in_next(again)
        return self._known[known]

    def _wrong_in_next(self, again: Attempt) -> list[str]:
        if again.code:
            return [f"the next attempt ends with {again.code}: {again.said[-600:]}"]
        state, wrong = self._state(self._contents())
        if state != "new":
            wrong = [f"the results are {state}", *wrong]
        wrong += [f"{name} is left" for name in self._leftovers()]
        return [f"after the next attempt {words}" for words in wrong]

    def _contents(self) -> dict[str, bytes]:
        """Give what the data set holds, but for what says something about attempts."""
        return {
            name: content
            for name, content in contents_of(self.calls.root).items()
            if not any(Path(name).match(x) for x in (*self.command.may_change, _TEMPORARY))
        }

    def _state(self, now: Mapping[str, bytes]) -> tuple[str, list[str]]:
        """Say whether the results are old or new, and what else is wrong."""
        names = now.keys() | self.old.keys() | self.new.keys()
        states = {name: self._state_of(name, now) for name in names}
        results = {k: v for k, v in states.items() if v != "same" and not k.startswith(_RECORDS)}
        kinds = set(results.values()) or {"new" if self.new == self.old else "old"}
        if len(kinds) > 1 or self.is_unfinished(self.calls.root):
            is_said = self.is_unfinished(self.calls.root)
            return "unfinished", [] if is_said else [f"the results are {results}"]
        state = kinds.pop()
        bad = ("new", "missing", "other") if state == "old" else ("old", "other")
        wrong = [f"Snakemake's record {k} is {states[k]}, the results are {state}"
                 for k in now.keys() - results.keys() if states[k] in bad]  # fmt: skip
        return state, wrong if state in ("old", "new") else [f"the results are {results}", *wrong]

    def _state_of(self, name: str, now: Mapping[str, bytes]) -> str:
        """Say what a file is; ``same`` where the command does not change it."""
        here, old, new = now.get(name), self.old.get(name), self.new.get(name)
        if here == old:
            return "same" if old == new else "old"
        if here is not None and new is not None and _is_as_good(here, new, name):
            return "new"
        if here is None and new is None:
            return "new"
        return "missing" if here is None else "other"

    def _leftovers(self) -> list[str]:
        found = [path for path in self.calls.root.rglob("*") if path.name.endswith(".part")]
        found += list(self.calls.root.glob(".pystamps/previous"))
        found += list(self.calls.root.glob(".pystamps/stage6/ifg_*"))
        found += list(self.calls.root.glob(f"{_STAGED}*"))
        return [str(path) for path in [*found, *self.calls.temporary.iterdir()]]


def _is_as_good(here: bytes, new: bytes, name: str) -> bool:
    """Tell whether a file says what it has to say; records hold the time."""
    if here == new or _is_record(here, name):
        return True
    return name.endswith(".h5") and _arrays_of(here) == _arrays_of(new)


def _arrays_of(content: bytes) -> dict[str, str]:
    """Give the arrays and attributes of an HDF5 file as text.

    Without memory for packing, the library stores a block as it is: the bytes differ, and the
    numbers do not.
    """
    found: dict[str, str] = {}

    def see(name: str, item: Any) -> None:
        values = item[()].tobytes().hex() if isinstance(item, h5py.Dataset) else ""
        found[name] = f"{values} {sorted((k, str(v)) for k, v in item.attrs.items())}"

    with h5py.File(io.BytesIO(content)) as file:
        see("/", file["/"])
        file.visititems(see)
    return found


def _digest_of(contents: Mapping[str, bytes]) -> bytes:
    """Give a digest of what a data set holds; records differ in their times only."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        shown = b"a record" if _is_record(content, name) else content
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(shown).digest())
    return digest.digest()


def _is_record(content: bytes, name: str) -> bool:
    """Tell whether a record, which holds the time, is one of a stage that has ended."""
    if not name.endswith(".json"):
        return False
    try:
        return bool(json.loads(content))
    except ValueError:
        return False


def _faults_of_end(attempt: Attempt, codes: Sequence[int], kind: str) -> list[str]:
    """Say what is wrong with the words and the code of an end."""
    if kind == "kill":
        return [] if attempt.code == _KILLED else [f"code {attempt.code} after a kill"]
    if attempt.code == 0:
        return []
    lines = attempt.said.splitlines()
    errors = [line for line in lines if line.startswith("error: ") or " ERROR " in line]
    faults = [] if attempt.code in codes else [f"code {attempt.code}"]
    if "Traceback" in attempt.said or "fault of pySTAMPS" in attempt.said:
        faults.append("a traceback")
    is_alone = len(errors) == 1 or (errors and kind in FROM_THERE_ON)
    if not is_alone and attempt.code in codes:
        faults.append(f"{len(errors)} lines with an error")
    return faults


def chosen(n_call: int, most: int) -> list[int]:
    """Give numbers of calls: all, or as many as asked for, evenly, the last ones among them."""
    if n_call <= most:
        return list(range(1, n_call + 1))
    return sorted({1 + round(k * (n_call - 1) / (most - 1)) for k in range(most)})


def as_json(tallies: Mapping[str, Mapping[str, Tally]]) -> str:
    """Give tallies by command and kind as text."""
    return json.dumps(
        {
            name: {k: dataclasses.asdict(t) for k, t in kinds.items()}
            for name, kinds in tallies.items()
        }
    )
