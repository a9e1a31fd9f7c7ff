"""Why a job failed, in words: what is wrong and what to do."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

from pystamps.errors import PystampsError
from pystamps_kernels import BackendUnavailableError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE, errno.EFBIG)
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
    except MemoryError as error:
        raise PystampsError(f"{root}: memory has run out ({error}); {_LESS_MEMORY}") from error
    except OSError as error:
        where = error.filename or root
        if error.errno in _NO_SPACE:
            raise PystampsError(
                f"{where}: no space is left on the disk; make room and run again"
            ) from error
        if error.errno in _NOT_ALLOWED:
            raise PystampsError(
                f"{where}: {error.strerror}; see that it can be read and written, and run again"
            ) from error
        raise


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
    lines = str(error).splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0]}; {_fault(log)}" if lines else f"{name}; {_fault(log)}"


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
        return f"its process crashed ({signal}); {_fault(log)}"
    if signal in ("", "SIGKILL"):
        by = signal and f" by {signal}"
        return (
            f"it was stopped from outside{by}, most often because memory has run out; "
            f"{_LESS_MEMORY}, and run again"
        )
    return f"it was stopped from outside by {signal} (a time limit, the end of the run); run again"


def _fault(log: str) -> str:
    where = f" with {log}" if log else ""
    return f"this is a fault of pySTAMPS: please report it{where}"


def signal_that_ended(message: str) -> str:
    """Find the signal that has ended a job in the message of Snakemake; empty if there is none."""
    found = _ENDED_BY.search(message)
    if found is None:
        return ""
    name, status = found.groups()
    number = int(status or 0) - _SIGNAL_OF_SHELL
    return name or (Signals(number).name if number in set(Signals) else "")
