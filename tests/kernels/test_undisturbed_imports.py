"""Imports away from the working directory."""

from __future__ import annotations

import subprocess
import sys


def test_threads_that_want_numba_at_the_same_time_get_it_whole() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from pystamps_kernels.undisturbed_imports import undisturbed_import

barrier = Barrier(8)

def threads(number):
    barrier.wait()
    return undisturbed_import("numba").config.NUMBA_NUM_THREADS

with ThreadPoolExecutor(8) as pool:
    print(len(list(pool.map(threads, range(8)))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "8\n", done.stderr
