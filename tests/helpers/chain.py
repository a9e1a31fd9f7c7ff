"""Runs all stages of a data set one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pystamps.config import Compat, KernelSettings, RunConfig
from pystamps.pipeline.types import StageResult
from pystamps.stage_table import STAGES

COMPAT = Compat()


@dataclass
class Chain:
    """What became of a run.

    Attributes
    ----------
    root : Path
    golden : Path
        Folder of the golden stages.
    results : list of StageResult
    failed_step : int
        First step that raised; 99 when none did.
    error : Exception or None
    """

    root: Path
    golden: Path = Path()
    results: list[StageResult] = field(default_factory=list)
    failed_step: int = 99
    error: Exception | None = None

    def require(self, step: int) -> None:
        """Fail a test about a step that was not reached."""
        if step >= self.failed_step:
            raise AssertionError(f"stage {self.failed_step} failed") from self.error


def run_chain(
    root: Path,
    golden: Path | None = None,
    *,
    compat: Compat = COMPAT,
    backend: str = "auto",
    first_step: int = 1,
    after: Callable[[str, Path], None] | None = None,
) -> Chain:
    """Run stages 1 to 8, or from a later one on; stop at the first error and keep it for the tests.

    ``after`` is told each stage that is done, with its directory.
    """
    chain = Chain(root, golden or root)
    config = RunConfig(dataset=root, compat=compat, kernels=KernelSettings(backend))
    patches = [root / line for line in (root / "patch.list").read_text().split()]
    for stage in (s for s in STAGES if s.step >= first_step and not s.is_product):
        try:
            for directory in patches if stage.scope == "patch" else [root]:
                chain.results.append(stage.load()(directory, config))
                if after:
                    after(stage.name, directory)
        except Exception as error:  # noqa: BLE001 - the tests of this and later stages report it
            chain.failed_step, chain.error = stage.step, error
            break
    return chain
