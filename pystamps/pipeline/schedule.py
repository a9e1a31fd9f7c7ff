"""How the jobs of a run share one machine: what the settings mean for the rules.

The rules ask when they are read, and Snakemake does the rest: it starts jobs as long as cores and
the other limits allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pystamps.config import Runtime
from pystamps.errors import ParameterError
from pystamps_kernels import BACKENDS

IO_JOBS = "io"
"""Resource of the rules that mostly read and write: one for each job."""

CORES = "_cores"
"""Snakemake's own name for the cores that jobs ask for (``threads:``)."""


def do_jobs_take_turns(runtime: Runtime) -> bool:
    """Tell whether every job has the machine for itself, those that use one core too."""
    return runtime.backend == "threads"


def threads_of_patch_job(runtime: Runtime, *, cores: int, n_patches: int) -> int:
    """Give the threads of a job on one patch: patches side by side, or one after the other."""
    if do_jobs_take_turns(runtime):
        return cores
    return max(1, cores // max(1, n_patches))


def limits_of_jobs(runtime: Runtime) -> Mapping[str, int]:
    """Give what all jobs together may use of Snakemake's resources; empty = no limit."""
    limits = {IO_JOBS: runtime.io_workers, CORES: runtime.cpu_workers}
    return MappingProxyType({name: most for name, most in limits.items() if most})


def refuse_missing_device(runtime: Runtime) -> None:
    """Refuse to start when kernels shall run on a GPU and there is none.

    Raises
    ------
    ParameterError
    """
    if runtime.backend != "gpu":
        return
    missing = BACKENDS["cuda"].problem()
    if missing:
        raise ParameterError(
            f"runtime.backend: gpu, but {missing}; set it to auto, which takes a GPU where there "
            "is one (on a cluster whose other nodes have GPUs: kernels.backend: cuda)"
        )
