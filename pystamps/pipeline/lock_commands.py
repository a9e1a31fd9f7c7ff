"""Ending a run from elsewhere, and removing locks that no command removes by itself."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.pipeline.file_systems import is_shared_with_hosts
from pystamps.pipeline.leftovers import clear_leftovers
from pystamps.pipeline.processes import bare_snakemake_at
from pystamps.pipeline.run_lock import LockHolder, held_lock, holder_of_lock

_PATIENCE_S = 40.0
_PATIENCE_AFTER_KILL_S = 10.0
_LOOKS_PER_S = 10


def stop_holder(root: Path) -> LockHolder:
    """End the command that changes a data set cleanly, as Ctrl-C does; give which it was.

    Raises
    ------
    DatasetError
        Nothing runs there, or on another host, or it belongs to somebody else.
    """
    holder = holder_of_lock(root)
    if holder is None:
        bare = bare_snakemake_at(root)
        if bare:
            raise DatasetError(
                f"{root}: snakemake itself works here {bare}; stop it with Ctrl-C where it runs"
            )
        raise DatasetError(f"{root}: nothing runs here")
    if not holder.mark.is_here:
        raise DatasetError(f"{root}: {holder.sentence}, not here; stop it there")
    for patience in (_PATIENCE_S, _PATIENCE_AFTER_KILL_S):
        _terminate(root, holder)
        if _is_free(root, holder, patience):
            return holder
    raise DatasetError(f"{root}: {holder.sentence}, does not end; kill -9 {holder.pid} ends it")


def _terminate(root: Path, holder: LockHolder) -> None:
    try:
        os.kill(holder.pid, signal.SIGTERM)
    except ProcessLookupError:
        return  # it has just ended
    except PermissionError:
        raise DatasetError(f"{root}: {holder.sentence}, belongs to somebody else") from None


def _is_free(root: Path, holder: LockHolder, seconds: float) -> bool:
    """Wait until a holder has given the lock back."""
    deadline = time.monotonic() + seconds
    while holder_of_lock(root) == holder:
        if time.monotonic() > deadline:
            return False
        time.sleep(1 / _LOOKS_PER_S)
    return True


def unlock_dataset(root: Path) -> list[str]:
    """Remove the locks of a data set on which nothing runs, and what killed commands have left.

    Raises
    ------
    DatasetError
        Something runs there; or the directory does not exist.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: not a directory; give the root of a data set")
    bare = bare_snakemake_at(root)
    if bare:
        raise DatasetError(f"{root}: snakemake itself works here {bare}; stop it first")
    with held_lock(root, "unlock", is_silent_one_broken=True):
        return clear_leftovers(root, is_local=not is_shared_with_hosts(root))
