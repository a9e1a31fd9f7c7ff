"""Refuse memory to every native kernel, at one allocation after the other.

Usage: try_refused_memory.py WORK MOST; see ``failing_calls.py``. WORK is an empty folder; at most
MOST allocations of each kernel are refused, evenly. Prints for each kernel how many attempts ended
with the right result and how many with an error, and what else happened.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from failing_calls import KINDS, FailingCalls, chosen

from pystamps.kernel_checks.compile_all import kernels_to_compile
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps_kernels.backends import NATIVE
from pystamps_kernels.choice import KernelChoice

CHOICE = KernelChoice(NATIVE.name)
RIGHT, REFUSED, WRONG = 0, 4, 5
WORDS = {RIGHT: "right", REFUSED: "refused", WRONG: "a wrong result"}
N, M = 3000, 6


def bytes_of(results: tuple[np.ndarray, ...]) -> bytes:
    """Give the bytes of all results."""
    return b"".join(np.ascontiguousarray(result).tobytes() for result in results)


def attempts(calls: FailingCalls, kernel: str, most: int) -> dict[str, int]:
    """Count how attempts of one kernel ended."""
    given = typical(kernel, N, M)
    expected = bytes_of(run_kernel(kernel, given, CHOICE))

    def run(_: Path) -> None:
        try:
            found = run_kernel(kernel, given, CHOICE)
        except MemoryError:
            sys.exit(REFUSED)
        calls.nothing_fails_any_more()
        sys.exit(RIGHT if bytes_of(found) == expected else WRONG)

    count = calls.attempt(run).seen[KINDS["allocation"][0].bit_length() - 1]
    ended: Counter[str] = Counter()
    for number in chosen(count, most):
        attempt = calls.attempt(run, "allocation", number)
        if attempt.failed:
            ended[WORDS.get(attempt.code, f"code {attempt.code}: {attempt.said[-300:]}")] += 1
    return dict(ended)


if __name__ == "__main__":
    FOLDER, MOST = Path(sys.argv[1]), int(sys.argv[2])
    (FOLDER / "temporary").mkdir()
    tempfile.tempdir = str(FOLDER)
    CALLS = FailingCalls(FOLDER / "root", FOLDER / "temporary")
    print(json.dumps({kernel: attempts(CALLS, kernel, MOST) for kernel in kernels_to_compile()}))
