"""Where a selection of multilooked cells is written: what may lie there, all files together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.errors import DatasetError, ParameterError
from pystamps.io.artifacts import ArtifactSet, artifact_name
from pystamps.io.dataset import is_multilooked, looks_prepared
from pystamps.io.result_sets import set_swap
from pystamps.model import Baselines, CorrectedPhase, Height, Pixels, SelectedNoise
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.previous_results import recovery_held_off
from pystamps.pipeline.run_lock import LOCK_FILE, run_lock
from pystamps.processors.multilooked_stack import MultilookedStack

LABEL = "multilook"
"""Of the run lock, and of the set of results while it is replaced."""


def refuse_results_of_others(target: Path, *, replaces: bool) -> None:
    """Refuse to write over results that nobody gave away.

    Raises
    ------
    DatasetError
        Other pixels lie there, or multilooked ones that nobody wants to replace.
    """
    if (target / LOCK_FILE).parent.is_dir():
        with run_lock(target, LABEL):  # settles what a killed selection has left
            pass
    there = [kind for kind in (Pixels, SelectedNoise, CorrectedPhase, Baselines, Height)
             if (target / artifact_name(kind, SELECTED)).exists()]  # fmt: skip
    if is_multilooked(target):
        if not replaces:
            raise DatasetError(
                f"{target}: holds multilooked pixels already; --replace selects them anew, and its "
                "stages 6 to 8 run again then"
            )
    elif there or looks_prepared(target):
        raise DatasetError(
            f"{target}: is a data set with other pixels; give another folder with --output"
        )


def refuse_other_mode(target: Path, files: MultilookedStack, config: RunConfig) -> None:
    """Refuse parameters that are there and belong to a data set of the other mode.

    Raises
    ------
    ParameterError
    """
    if not (target / "parms.mat").exists():
        return
    parameters = effective_parameters(
        target, target, config.stamps, raw_root=config.runtime.raw_root
    )
    if parameters.small_baseline_flag != files.is_small_baseline:
        found, expected = ("y", "n") if parameters.small_baseline_flag else ("n", "y")
        raise ParameterError(
            f"{target / 'parms.mat'}: small_baseline_flag is {found}, expected {expected} for the "
            f"folders of {files.root}; give another folder with --output, or remove the file"
        )


@contextmanager
def published_together(target: Path, mat_version: str) -> Iterator[ArtifactSet]:
    """Give the files of the block their names together, or put back what was there."""
    artifacts = ArtifactSet(target, mat_version)
    try:
        yield artifacts
        names = list(artifacts.names)
        with recovery_held_off(target), set_swap(target, LABEL, names, names):
            artifacts.commit()
    finally:
        artifacts.discard()
