"""Everything that a benchmark found, and its JSON form."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np

from benchmarks.kernel_runs import KernelTime
from benchmarks.machine import Machine
from benchmarks.plain_runs import LOOPS_OF_ORIGINAL, PlainLoop
from benchmarks.prep_runs import PreparationTime
from benchmarks.stage_series import StageTime
from pystamps_kernels import PYTHON
from pystamps_kernels.device import gpu


@dataclass(frozen=True, slots=True)
class PlainStage:
    """A stage against plain loops of our own, one pixel at a time.

    Attributes
    ----------
    stage, backend : str
    size : int
        Candidates.
    is_loop_of_original : bool
        StaMPS does this pixel by pixel too; else for all at once.
    plain : float, s
        All loops on the whole data set, scaled from samples.
    measured : int
        Bodies of the smallest sample.
    compute, io_seconds : float, s
        Of the stage on the whole data set.
    """

    stage: str
    backend: str
    size: int
    is_loop_of_original: bool
    plain: float
    measured: int
    compute: float
    io_seconds: float

    @property
    def ratio(self) -> float:
        """How many times faster the stage computes."""
        return self.plain / max(self.compute, 1e-9)


@dataclass(slots=True)
class Results:
    """A benchmark.

    Attributes
    ----------
    setting : dict
        Machine, versions, threads.
    rates : Machine
    kernels, stages, loops, plain, preparations : list
    """

    setting: dict[str, Any]
    rates: Machine
    kernels: list[KernelTime] = field(default_factory=list)
    stages: list[StageTime] = field(default_factory=list)
    loops: list[PlainLoop] = field(default_factory=list)
    plain: list[PlainStage] = field(default_factory=list)
    preparations: list[PreparationTime] = field(default_factory=list)

    @property
    def has_other_checkouts(self) -> bool:
        """Whether the stages were measured with the code of another checkout too."""
        return any(found.checkout for found in self.stages)

    def write(self, path: Path) -> None:
        """Write everything as JSON; NaN becomes null.

        Kinds of measurement that are in the file and were not made again stay there.
        """
        before = Results.read(path) if path.is_file() else Results(self.setting, self.rates)
        kept = {name: getattr(self, name) or getattr(before, name) for name in _KINDS}
        whole = Results(self.setting, self.rates, **kept)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_plain(asdict(whole)), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read what :meth:`write` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        lists = {
            name: [kind(**_with_nan(row)) for row in found[name]] for name, kind in _KINDS.items()
        }
        return cls(found["setting"], Machine(**found["rates"]), **lists)


_KINDS: dict[str, Any] = {
    "kernels": KernelTime,
    "stages": StageTime,
    "loops": PlainLoop,
    "plain": PlainStage,
    "preparations": PreparationTime,
}


def setting_of(threads: int, interferograms: int) -> dict[str, Any]:
    """Describe the machine and the versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "device": gpu.describe_device(),
        "interferograms": interferograms,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def against_plain(loops: Iterable[PlainLoop], stages: Iterable[StageTime]) -> list[PlainStage]:
    """Set the stages of one data set beside the loops that they replace."""
    by_stage: dict[str, list[PlainLoop]] = {}
    for loop in loops:
        by_stage.setdefault(loop.stage, []).append(loop)
    return [
        PlainStage(
            found.stage, found.backend, found.size, found.stage in LOOPS_OF_ORIGINAL,
            plain=sum(loop.seconds for loop in by_stage[found.stage]),
            measured=min(loop.measured for loop in by_stage[found.stage]),
            compute=found.compute,
            io_seconds=found.io_seconds,
        )
        for found in stages
        if found.stage in by_stage and found.backend != PYTHON.name
    ]  # fmt: skip


def _processor() -> str:
    """Name of the processor as the system gives it."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()} ({platform.machine()})"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and value != value else value


def _with_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {key: float("nan") if value is None else value for key, value in row.items()}
