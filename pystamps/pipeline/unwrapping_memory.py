"""Memory of the processes that unwrap beside a job, where an unwrapper takes much."""

from __future__ import annotations

from pystamps.config import RunConfig

_MEGABYTE = 1_000_000
_MB_OF_PROCESS = 60
"""Python with NumPy and the solver, at most."""
_BYTES_OF_CELL = 1300
"""Of the network of one interferogram; slope between 62 500 and 250 000 cells."""


def memory_of_unwrapping_mb(config: RunConfig, n_cells: int, threads: int) -> int:
    """Give the memory that the unwrapper takes beside the process of its stage.

    That of snaphu, 0.6 kB per cell, is in the cost of the stage.

    Parameters
    ----------
    config : RunConfig
    n_cells : int
        Cells of the grid at most.
    threads : int
        Cores of the job: so many interferograms are unwrapped at a time, where no setting says
        how many.

    Returns
    -------
    int
        MB.
    """
    if config.tools.unwrapper != "graph":
        return 0
    processes = config.runtime.unwrap_workers or config.kernels.native_threads or max(threads, 1)
    return processes * (_MB_OF_PROCESS + n_cells * _BYTES_OF_CELL // _MEGABYTE)
