"""Why a job failed, in words: what is wrong and what to do."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

from pystamps.errors import PystampsError
from pystamps_kernels import BackendUnavailableError

USER_ERRORS = (PystampsError, BackendUnavailableError)
"""Errors that end a command with one line and no traceback."""
FAULT_CODE = 3
"""Exit code of an error that nobody has foreseen."""
FAULT = "this is a fault of pySTAMPS"
"""Said of every error that nobody has foreseen."""

_REMEDIES = {
    errno.ENOSPC: "make room and run again",
    errno.EDQUOT: "your quota is used up: make room, or ask for more, and run again",
    errno.EFBIG: "the system or `ulimit -f` allows no larger files: raise the limit and run again",
    errno.EROFS: "it is mounted for reading only: work on a copy, or mount it for writing",
    errno.EACCES: "see that it can be read and written, and run again",
    errno.EPERM: "see that it can be read and written, and run again",
    errno.EIO: "the disk has failed: copy what can be read to another one and run again",
    errno.ESTALE: "the network disk has failed: mount it again and run again",
    errno.ENAMETOOLONG: "use a shorter name or path",
    errno.EISDIR: "a file is expected here: move the folder away",
    errno.ENOTDIR: "a folder is expected here: move the file away",
    errno.ENOENT: "see that it exists, and run again",
    errno.ELOOP: "its links lead in a circle: remove them",
    errno.EMFILE: "too many files are open: raise `ulimit -n` and run again",
    errno.ENFILE: "too many files are open on this machine: end other programs and run again",
    errno.ENOMEM: "memory has run out: end other programs, or run fewer jobs at a time (--cores)",
}
"""What to do about what the system refuses."""

_OTHER_REMEDY = "see what the system or the disk refuses, and run again"
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NUMBERS_LOST = re.compile(r"\d+ requested and \d+ written")
"""What NumPy says of a full disk."""
_SHOWN_BYTES = 20
_LONGEST_SHOWN = 1000
_LESS_MEMORY = (
    "use smaller patches, run fewer jobs at a time (--cores), or lower runtime.memory_budget_mb"
)
_CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL")
_ENDED_BY = re.compile(r"died with <Signals\.(\w+)|exit status (\d+)")
_SIGNAL_OF_SHELL = 128
"""A shell gives this plus the number of the signal as exit status of a program."""


@contextmanager
def errors_of_machine(root: Path) -> Iterator[None]:
    """Say in one line what the machine has refused: memory, space, access to a file.

    Parameters
    ----------
    root : Path
        Data set, named where an error names no file.

    Raises
    ------
    PystampsError
    """
    try:
        yield
    except (OSError, MemoryError, RecursionError, UnicodeError) as error:
        words = machine_error_in_words(error, root)
        if words is None:
            raise
        raise PystampsError(words) from error


def machine_error_in_words(error: BaseException, root: Path) -> str | None:
    """Say in one line what the machine, or a text that nobody can read, has stopped.

    Parameters
    ----------
    error : BaseException
    root : Path
        Data set or folder, named where the error names no file.

    Returns
    -------
    str or None
        None for all other errors.
    """
    if isinstance(error, MemoryError):
        said = f" ({error})" if str(error) else ""
        return f"{root}: memory has run out{said}; {_LESS_MEMORY}"
    damaged = _damaged_module(error)
    if damaged is not None:
        return f"{damaged}: Python's compiled copy of a module is damaged; delete it and run again"
    if isinstance(error, RecursionError):
        return f"{root}: something in it is nested too deeply; make the files anew, or report it"
    if isinstance(error, UnicodeDecodeError):
        part = error.object[max(error.start - _SHOWN_BYTES, 0) : error.end + _SHOWN_BYTES]
        return f"{root}: a text is not in UTF-8 (near {bytes(part)!r}); save it in UTF-8"
    if isinstance(error, UnicodeEncodeError):
        return f"{root}: {error.object[:200]!a} cannot be written in {error.encoding}; rename it"
    return _refusal_in_words(error, root) if isinstance(error, OSError) else None


def _damaged_module(error: BaseException) -> str | None:
    """Name the compiled module that Python could not read; None for all other errors.

    Some versions of Python keep what they could write of it where a disk is full or ``ulimit -f``
    is small, and name no file when they cannot read it. Their import system knows it.
    """
    trace = error.__traceback__
    if trace is None or not isinstance(error, (EOFError, ValueError, TypeError)):
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    is_import = trace.tb_frame.f_code.co_filename.startswith("<frozen importlib")
    return trace.tb_frame.f_locals.get("bytecode_path") if is_import else None


def _refusal_in_words(error: OSError, root: Path) -> str | None:
    """Say in one line what the system has refused; None where the error has no number."""
    number = error.errno
    if number is None and _NUMBERS_LOST.search(str(error)):
        number = errno.ENOSPC
    if number is None:
        return None
    where = str(root if error.filename is None else os.fsdecode(error.filename))
    if len(where) > _LONGEST_SHOWN:
        where = f"{where[:_LONGEST_SHOWN]}... ({len(where)} characters)"
    what = error.strerror or os.strerror(number)
    if number in _NO_SPACE:
        what = f"no space is left on {_disk_of(Path(where))}"
    return f"{where}: {' '.join(what.split())}; {_REMEDIES.get(number, _OTHER_REMEDY)}"


def _disk_of(path: Path) -> str:
    """Name the disk of a file that may not exist (any more)."""
    there = path.absolute()
    while not (os.path.ismount(there) or there == there.parent):
        there = there.parent
    return f"the disk {there}"


def failure_in_words(error: BaseException, log: str) -> str:
    """Give the message of an error that has ended a job.

    Parameters
    ----------
    error : BaseException
    log : str
        Log file of the job; empty if there is none.
    """
    if isinstance(error, PystampsError | BackendUnavailableError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted; run again"
    return f"{fault_in_words(error)}: {_please(log)}"


def is_lasting(error: BaseException) -> bool:
    """Tell whether a job that has ended with this error would do so again at once.

    Not what the machine has refused, memory, space, a disk, and not an interruption.
    """
    if isinstance(error, PystampsError | BackendUnavailableError):
        return not isinstance(error.__cause__, OSError | MemoryError)
    return isinstance(error, Exception) and not isinstance(error, OSError | MemoryError)


def fault_in_words(error: BaseException) -> str:
    """Say that an error is one that nobody has foreseen."""
    lines = str(error).splitlines()
    said = f": {lines[0]}" if lines else ""
    return f"{type(error).__name__}{said}; {FAULT}"


def stopped_in_words(signal: str, log: str) -> str:
    """Say what stops a job that ends without a word.

    Parameters
    ----------
    signal : str
        Name of the signal; empty when it is not known.
    log : str
        As for :func:`failure_in_words`.
    """
    if signal in _CRASHES:
        return f"its process crashed ({signal}); {FAULT}: {_please(log)}"
    if signal in ("", "SIGKILL"):
        by = signal and f" by {signal}"
        return (
            f"it was stopped from outside{by}, most often because memory has run out; "
            f"{_LESS_MEMORY}, and run again"
        )
    return f"it was stopped from outside by {signal} (a time limit, the end of the run); run again"


def unsent_in_words() -> str:
    """Say that no scheduler has taken a job."""
    return (
        "the scheduler has not taken its job and says above why; change what it names in the "
        "profile or with --default-resources, and run again"
    )


def _please(log: str) -> str:
    where = f" with {log}" if log else ""
    return f"please report it{where} (`pystamps report-bug` gathers what is needed)"


def signal_that_ended(message: str) -> str:
    """Find the signal that has ended a job in the message of Snakemake; empty if there is none."""
    found = _ENDED_BY.search(message)
    if found is None:
        return ""
    name, status = found.groups()
    number = int(status or 0) - _SIGNAL_OF_SHELL
    return name or (Signals(number).name if number in set(Signals) else "")
