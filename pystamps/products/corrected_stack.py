"""What tropospheric phase does to the interferograms of a data set; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, sizes_of
from pystamps.io.delay_files import (
    DELAY_FILES,
    DELAY_METHODS,
    columns_without_delay,
    methods_of_file,
    read_delays,
)
from pystamps.model import Height, Pixels, Unwrapped, UnwrappedPairs
from pystamps.parameters import Parameters
from pystamps.parameters.files import effective_parameters
from pystamps.products.delay_effect import (
    NO_DELAY,
    CorrectedInterferogram,
    DelayEffectTable,
    delay_effects,
)
from pystamps.rows import Matrix

_MERGED = 2
"""Generation of the merged artifacts."""


@dataclass(frozen=True, slots=True)
class CorrectedStack:
    """Phase and delays of a data set.

    Attributes
    ----------
    pixels : Pixels
    phase : Matrix of float32, (n_ps, n_ifg), unwrapped phase in rad
    delays : dict of str to Matrix, of every method in rad
    height : float64, (n_ps,), m, or None
    table : DelayEffectTable
    """

    pixels: Pixels
    phase: Matrix
    delays: dict[str, Matrix]
    height: Float64 | None
    table: DelayEffectTable


def read_corrected_stack(
    root: Path, stamps: Mapping[str, Any] | None = None, *, is_deramped: bool = False
) -> CorrectedStack:
    """Compare the interferograms of a data set before and after every correction in its file.

    Parameters
    ----------
    root : Path
        Root of the data set.
    stamps : mapping, optional
        StaMPS parameters of the configuration.
    is_deramped : bool
        Take a plane off before and after.

    Raises
    ------
    ArtifactError
        There is no tropospheric phase, or a file is missing, damaged or of other pixels.
    """
    parameters = effective_parameters(root, root, stamps or {})
    path = root / artifact_name(Pixels, _MERGED)
    pixels = read_artifact(Pixels, path)
    sizes, stack = sizes_of(pixels, path), pixels.interferograms
    kind = Unwrapped if pixels.pairs is None else UnwrappedPairs
    phase = read_rows(kind, "ph_uw", root / artifact_name(kind, _MERGED), sizes)
    delays = _all_delays(root, pixels, parameters)
    of_heights = root / artifact_name(Height, _MERGED)
    height = read_artifact(Height, of_heights, sizes=sizes).hgt if of_heights.is_file() else None
    table = delay_effects(
        stack,
        phase,
        delays,
        used=stack.used(parameters.drop_ifg_index).observed,
        without_delay={n: np.flatnonzero(columns_without_delay(of)) for n, of in delays.items()},
        height=height,
        plane_xy=pixels.xy[:, 1:] if is_deramped else None,
        taken_off=parameters.tropo_method if parameters.subtr_tropo else "",
    )
    return CorrectedStack(pixels, phase, delays, height, table)


def shown_interferogram(
    found: CorrectedStack, *, number: int = 0, method: str = ""
) -> CorrectedInterferogram | None:
    """Give the interferogram that a figure shows.

    Parameters
    ----------
    found : CorrectedStack
    number : int
        1-based, as ``drop_ifg_index`` counts; 0 = the one with the largest delay.
    method : str
        Value of ``tropo_method``; empty = the one that stages take off, or the first.

    Raises
    ------
    ParameterError
        The method has no delays in the file, or none is known of the interferogram.
    """
    table = found.table
    method = method or (table.taken_off if table.taken_off in found.delays else table.methods[0])
    if method not in found.delays:
        raise ParameterError(
            f"method {method} has no delays in the file; it holds {', '.join(found.delays)}"
        )
    rows = [row for row in table.of_method(method) if row.verdict != NO_DELAY]
    if number:
        rows = [row for row in rows if row.number == number]
        if not rows:
            raise ParameterError(
                f"interferogram {number}: {method} has no delay of it, or it is not used; "
                f"pystamps corrections lists all"
            )
    if not rows:
        return None
    row = max(rows, key=lambda row: row.delay_rad or 0.0)
    column = row.number - 1
    return CorrectedInterferogram(
        str(found.pixels.interferograms.name_of(column)),
        method,
        found.pixels.lonlat,
        np.asarray(found.phase[slice(None)][:, column], dtype=np.float64),
        np.asarray(found.delays[method][slice(None)][:, column], dtype=np.float64),
        found.height,
    )


def _all_delays(root: Path, pixels: Pixels, parameters: Parameters) -> dict[str, Matrix]:
    """Read the tropospheric phase of all methods, and of the sum that stages take off."""
    path = root / DELAY_FILES[int(pixels.pairs is not None)]
    if not path.is_file():
        raise ArtifactError(f"{path}: there is no tropospheric phase; put the file there first")
    names = methods_of_file(path)
    if not names:
        raise ArtifactError(
            f"{path}: none of its variables is tropospheric phase of a tropo_method, such "
            "as ph_tropo_gacos for a_gacos"
        )
    chosen = parameters.tropo_method
    if len(DELAY_METHODS.get(chosen, ())) == 2 and parameters.subtr_tropo:
        names = (*names, chosen)
    shape = (pixels.n_ps, pixels.n_ifg)
    return {name: read_delays(path, name, shape) for name in names}
