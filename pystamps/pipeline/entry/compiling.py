"""Compilation of all kernels by one job, before a thousand jobs need them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from time import perf_counter

from pystamps.errors import PystampsError
from pystamps.io.atomic import temporary_beside
from pystamps.io.own_places import own_folder
from pystamps.kernel_checks.compile_all import compile_kernels, kernels_to_compile
from pystamps_kernels.compile_cache_place import cache_root

log = logging.getLogger(__name__)


def compile_for_jobs(root: Path, output: str, processes: int) -> None:
    """Compile what is not compiled yet, and write which kernels are ready, and where they lie.

    Parameters
    ----------
    root : Path
        Root of the data set.
    output : str
        File in it that says so.
    processes : int
        That compile side by side.

    Raises
    ------
    PystampsError
        Nothing can be kept where other jobs would find it.
    """
    place = cache_root()
    if place is None:
        raise PystampsError(
            "compiled kernels cannot be kept: no folder of this account can be written; set "
            "NUMBA_CACHE_DIR to one that all nodes see"
        )
    started = perf_counter()
    found = compile_kernels(kernels_to_compile(), say=log.info, processes=processes)
    path = own_folder(root, Path(output).parent) / Path(output).name
    ready = {item.kernel: round(item.seconds, 3) for item in found}
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps({"place": str(place), "seconds": ready}, indent=1) + "\n")
    seconds = perf_counter() - started
    log.info("%d kernels are ready (%.1f s); kept in %s", len(found), seconds, place)
