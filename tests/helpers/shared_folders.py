"""Folders that one worker of a test run makes and the others copy: whole runs are made once."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def folder_made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]
) -> Path:
    """Give a copy, for this worker, of a folder that the first worker to ask for it makes.

    Parameters
    ----------
    factory : pytest.TempPathFactory
    name : str
        Known to no other fixture.
    make : callable
        Makes the folder, which does not exist. Where it fails, the next worker tries.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    place, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(place, ignore_errors=True)
            make(place)
            done.touch()
    return Path(shutil.copytree(place, factory.mktemp(name) / name, symlinks=True))
