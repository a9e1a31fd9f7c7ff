"""Prepared stacks of Doris: text files with values on 50 x 50 nodes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.io.acquisitions import (
    check_inside,
    read_acquisitions,
    read_amplitude_constants,
    read_baselines,
    read_image_size,
)
from pystamps.io.candidates import BYTE_ORDER, read_candidates
from pystamps.io.text_numbers import find_near, read_numbers
from pystamps.raw_model import Acquisitions, Candidates, NodeGrids

N_NODE = 50
"""Nodes along each side of a grid."""


@dataclass(frozen=True, slots=True)
class DorisPatch:
    """What stage 1 needs of a Doris patch."""

    candidates: Candidates
    acquisitions: Acquisitions
    geometry: NodeGrids


def read_doris_patch(patch: Path) -> DorisPatch:
    """Read a patch of a stack prepared from Doris.

    Parameters
    ----------
    patch : Path
        Files are looked for here, then in the data set above.

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    acquisitions = read_acquisitions(patch)
    candidates = read_candidates(
        patch, byte_order=BYTE_ORDER["doris"], n_interferogram=acquisitions.block.size
    )
    width, length = read_image_size(patch)
    check_inside(patch / "pscands.1.ij", candidates.ij, width=width, length=length)
    look_angle = find_near(patch, "look_angle.1.in")
    geometry = NodeGrids(
        width=width,
        length=length,
        bperp=read_baselines(patch, acquisitions),
        calconst=read_amplitude_constants(patch, acquisitions),
        bperp_nodes=_read_baseline_nodes(patch, acquisitions),
        look_angle_nodes=None if look_angle is None else read_nodes(look_angle),
    )
    has_nodes = geometry.bperp_nodes is not None or geometry.look_angle_nodes is not None
    if candidates.hgt is None and has_nodes:
        raise ArtifactError(
            f"{patch / 'pscands.1.hgt'}: file is missing; look angle and baselines per pixel "
            "need heights: run the preparation again"
        )
    return DorisPatch(candidates, acquisitions, geometry)


def read_nodes(path: Path) -> npt.NDArray[np.float64]:
    """Read values on nodes: shape (50, 50, 2) = azimuth, range, height 0 and 1000 m."""
    return read_numbers(path, count=2 * N_NODE**2).reshape(N_NODE, N_NODE, 2)


def _read_baseline_nodes(patch: Path, acquisitions: Acquisitions) -> npt.NDArray[np.float64] | None:
    """Read ``bperp_<date>.1.in`` of all images, or give None when there is none at all."""
    names = [f"bperp_{yyyymmdd(day)}.1.in" for day in acquisitions.day]
    paths = [find_near(patch, name) for name in names]
    found = [path for path in paths if path is not None]
    if not found:
        return None
    if len(found) != len(names):
        missing = names[paths.index(None)]
        raise ArtifactError(
            f"{patch.parent / missing}: file is missing, but {len(found)} of {len(names)} images "
            "have one; make it, or remove the others to use the values of bperp.1.in"
        )
    return np.stack([read_nodes(path) for path in found])
