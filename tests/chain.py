"""Runs all stages of a data set one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline.types import StageResult

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
    own_bperp : bool
        Whether the run kept its own mean baselines.
    results : list of StageResult
    failed_step : int
        First step that raised; 99 when none did.
    error : Exception or None
    """

    root: Path
    golden: Path = Path()
    own_bperp: bool = True
    results: list[StageResult] = field(default_factory=list)
    failed_step: int = 99
    error: Exception | None = None

    def require(self, step: int) -> None:
        """Fail a test about a step that was not reached."""
        if step >= self.failed_step:
            raise AssertionError(f"stage {self.failed_step} failed") from self.error


def run_chain(
    root: Path, golden: Path | None = None, *, after: Mapping[int, Callable[[Path], None]] = {}
) -> Chain:
    """Run stages 1 to 8; stop at the first error and keep it for the tests.

    Parameters
    ----------
    root : Path
    golden : Path, optional
    after : mapping of int to function
        Called with every patch (or the root) after that stage.
    """
    chain = Chain(root, golden or root)
    patches = [root / line for line in (root / "patch.list").read_text().split()]
    for step, scope, module, name in ENTRY_POINTS:
        try:
            run = getattr(import_module(f"pystamps.pipeline.entry.{module}"), name)
            for directory in patches if scope == "patch" else [root]:
                chain.results.append(run(directory, RunConfig(dataset=root)))
                after.get(step, _nothing)(directory)
        except Exception as error:  # noqa: BLE001 - the tests of this and later stages report it
            chain.failed_step, chain.error = step, error
            break
    return chain


def _nothing(_directory: Path) -> None:
    pass


def with_bperp_of(golden: Path) -> Callable[[Path], None]:
    """Give a function that takes over the mean baselines of a golden stage 1.

    The original adds thousands of baselines in single precision, so that its mean depends on
    the order of the pixels (0.3 mm with 3000, more with more); ours is the mean to the last
    place. Everything from stage 2 on feels that; with the golden means only rounding is left.
    """

    def replace(patch: Path) -> None:
        name = f"{patch.name}/ps1.mat"
        variables = read_mat(patch / "ps1.mat")
        write_mat(patch / "ps1.mat", variables | read_mat(golden / name, ["bperp"]))

    return replace
