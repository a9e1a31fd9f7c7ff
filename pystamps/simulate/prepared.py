"""From the raw export of a simulation to a prepared data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Index
from pystamps.config import RawExport
from pystamps.prep.blocks import Workforce
from pystamps.prep.prepare import PreparationSummary, prepare_dataset
from pystamps.simulate.settings import PreparationSettings


def prepare_export(
    raw: Path,
    root: Path,
    settings: PreparationSettings,
    processor: str = "snap",
    *,
    workforce: Workforce,
) -> PreparationSummary:
    """Prepare an export with the settings of a scene, as `pystamps prep` does.

    Parameters
    ----------
    raw : Path
        Folder of the export.
    root : Path
        Data set; it may hold files that are no data set, such as the truth.
    settings : PreparationSettings
    processor : str
    workforce : Workforce
        Threads and memory.
    """
    return prepare_dataset(root, raw_export(raw, settings, processor), workforce=workforce)


def raw_export(raw: Path, settings: PreparationSettings, processor: str = "snap") -> RawExport:
    """Give the part of a run's configuration that prepares an export as a scene asks for."""
    return RawExport(
        processor=processor,
        export=raw.resolve(),
        threshold=settings.dispersion_threshold or 0.0,
        patches="x".join(str(count) for count in settings.patches),
        overlap="x".join(str(pixels) for pixels in settings.overlap),
        paths="relative",
    )


def candidate_pixels(patch: Path) -> tuple[Index, Index]:
    """Give line and sample of the candidates of a patch."""
    pairs = np.fromfile(patch / "pscands.1.ij.int", ">i4").reshape(-1, 2).astype(np.int64)
    return pairs[:, 1], pairs[:, 0]
