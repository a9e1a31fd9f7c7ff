"""Processes that measure scenes, and end with the benchmark, however it ends."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path


def worker_pool(cores: int) -> ProcessPoolExecutor:
    """Give processes that end with this one, even where a signal ends it."""
    return ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=end_with_parent)


def scratch_prefix() -> str:
    """Give how the names of the temporary folders of this process begin."""
    return f"pystamps-accuracy-{os.getpid()}-"


def end_with_parent() -> None:
    """Let this process end, and its temporary folders go, when the one that started it is gone.

    A process that a signal ends tells its workers nothing. The pipe that it holds open for each of
    them is closed by the operating system.
    """
    threading.Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    parent = parent_process()
    assert parent is not None, "this process is no worker"
    parent.join()
    for folder in Path(tempfile.gettempdir()).glob(f"{scratch_prefix()}*"):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
