"""Runs all stages of a data set one after the other, in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from pystamps.config import Compat, KernelSettings, RunConfig
from pystamps.pipeline.types import StageResult

COMPAT = Compat()
ENTRY_POINTS = (
    (1, "patch", "stage1", "stage1_load_initial"),
    (2, "patch", "stage2", "stage2_estimate_gamma"),
    (3, "patch", "stage3", "stage3_select_ps"),
    (4, "patch", "stage4", "stage4_weed_ps"),
    (5, "patch", "stage5", "stage5_correct_and_promote"),
    (5, "root", "stage5", "stage5_merge_and_ifgstd"),
    (6, "root", "stage6", "stage6_unwrap"),
    (7, "root", "stage7", "stage7_calc_scla"),
    (8, "root", "stage8", "stage8_filter_scn"),
)


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
    root: Path, golden: Path | None = None, *, compat: Compat = COMPAT, backend: str = "auto"
) -> Chain:
    """Run stages 1 to 8; stop at the first error and keep it for the tests."""
    chain = Chain(root, golden or root)
    config = RunConfig(dataset=root, compat=compat, kernels=KernelSettings(backend))
    patches = [root / line for line in (root / "patch.list").read_text().split()]
    for step, scope, module, name in ENTRY_POINTS:
        try:
            run = getattr(import_module(f"pystamps.pipeline.entry.{module}"), name)
            for directory in patches if scope == "patch" else [root]:
                chain.results.append(run(directory, config))
        except Exception as error:  # noqa: BLE001 - the tests of this and later stages report it
            chain.failed_step, chain.error = step, error
            break
    return chain
