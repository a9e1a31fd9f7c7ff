"""A process that compiles kernels.

    python -m pystamps.kernel_checks.compiling_process KERNEL...

On its standard input are the places of the kernels that are to be compiled, one byte each, which it
shares with other such processes. What is ready it says on its standard output, a JSON object per
line, as short as the system writes at once.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys

from pystamps.kernel_checks.compile_all import compile_kernel


def compile_from_queue(names: list[str]) -> None:
    """Compile what the queue names, until it is empty."""
    while place := os.read(sys.stdin.fileno(), 1):
        ready = json.dumps(dataclasses.asdict(compile_kernel(names[place[0]])))
        os.write(sys.stdout.fileno(), ready.encode() + b"\n")


if __name__ == "__main__":
    compile_from_queue(sys.argv[1:])
