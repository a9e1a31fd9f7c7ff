"""Measurements in processes of their own; each gives what it finds as lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent.parent
CHECKOUT = SCRIPTS.parent

SKIPPED = 3
"""Exit status of a process whose stage did no work."""

_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from benchmarks.child import serve; serve(sys.argv[2], sys.argv[3])"
)


class BenchmarkError(Exception):
    """A benchmark cannot go on."""


class SkippedStageError(BenchmarkError):
    """A stage did no work, so that its time means nothing."""


def records_of(
    function: str,
    request: Mapping[str, Any],
    *,
    threads: int,
    checkout: Path = CHECKOUT,
    variables: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Call a function of this package in a new process; give its findings as they come.

    Parameters
    ----------
    function : str
        ``module:name``; it takes the request and yields plain values.
    request : mapping
        Plain values; paths are absolute.
    threads : int
        Limit for all libraries.
    checkout : Path, optional
        Where ``pystamps`` and its kernels are taken from.
    variables : mapping, optional
        Further environment.

    Raises
    ------
    BenchmarkError, SkippedStageError
    """
    command = [sys.executable, "-c", _PROGRAM, str(SCRIPTS), function, json.dumps(request)]
    environment = os.environ | thread_variables(threads) | import_path(checkout)
    environment |= variables or {}
    with (
        tempfile.TemporaryFile("w+") as errors,
        # -c looks for modules in the current directory first, which must not be a checkout
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=environment, text=True, cwd=SCRIPTS
        ) as process,
    ):
        assert process.stdout
        yield from (json.loads(line) for line in process.stdout)
        process.wait()
        errors.seek(0)
        said = errors.read().strip()
    if process.returncode == SKIPPED:
        raise SkippedStageError(said.splitlines()[-1])
    if process.returncode:
        raise BenchmarkError(f"{function} failed on {json.dumps(request)}:\n{said}")


def serve(function: str, request: str) -> None:
    """Call a function in this process and print what it yields; other output goes to stderr."""
    module, name = function.split(":")
    lines = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            for record in getattr(import_module(module), name)(json.loads(request)):
                print(json.dumps(record), file=lines, flush=True)
    except SkippedStageError as error:
        print(error, file=sys.stderr)
        sys.exit(SKIPPED)


def thread_variables(threads: int) -> dict[str, str]:
    """Give the environment that limits the threads of all libraries.

    Threads of OpenBLAS sleep at once when a product is done; waiting in a loop, as they do for
    a while by default, they would slow down whatever is measured next.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return dict.fromkeys(names, str(threads)) | {"OPENBLAS_THREAD_TIMEOUT": "4"}


def import_path(checkout: Path) -> dict[str, str]:
    """Give the environment that takes the packages of a checkout before installed ones."""
    folders = [str(checkout), str(checkout / "kernels"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, folders))}
