"""Prepared stacks of Doris: text files with values on 50 x 50 nodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.errors import ArtifactError
from pystamps.io.text_numbers import find_near, read_numbers
from pystamps.processors.dated_stack import files_of_images, read_dated_stack
from pystamps.processors.patch_model import NodeGrids, RawPatch
from pystamps.processors.processor import DATED_ORDER
from pystamps.processors.value_limits import BASELINE, RAY_ANGLE, ValueLimits

N_NODE = 50
"""Nodes along each side of a grid."""


def read_doris_patch(
    patch: Path,
    _: Path | None = None,
    is_small_baseline: bool = False,
    is_sampled: bool = False,
) -> RawPatch:
    """Read a patch of a stack prepared from Doris.

    Parameters
    ----------
    patch : Path
        Files are looked for here, then in the data set above.
    is_small_baseline : bool
    is_sampled : bool
        Look at a sample of the candidates only.

    Returns
    -------
    RawPatch
        Its geometry is :class:`NodeGrids`.

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    stack = read_dated_stack(
        patch,
        byte_order=DATED_ORDER,
        is_small_baseline=is_small_baseline,
        is_sampled=is_sampled,
    )
    look_angle = find_near(patch, "look_angle.1.in")
    baselines = files_of_images(patch, stack.acquisitions, "bperp_{date}.1.in")
    geometry = NodeGrids(
        width=stack.width,
        length=stack.length,
        bperp=stack.bperp,
        calconst=stack.calconst,
        bperp_nodes=None
        if baselines is None
        else np.stack([read_nodes(path, BASELINE) for path in baselines]),
        look_angle_nodes=None if look_angle is None else read_nodes(look_angle, RAY_ANGLE),
    )
    has_nodes = geometry.bperp_nodes is not None or geometry.look_angle_nodes is not None
    if stack.candidates.hgt is None and has_nodes:
        raise ArtifactError(
            f"{patch / 'pscands.1.hgt'}: file is missing; look angle and baselines per pixel "
            "need heights: run the preparation again"
        )
    return RawPatch(stack.candidates, stack.acquisitions, geometry)


def read_nodes(path: Path, limits: ValueLimits) -> npt.NDArray[np.float64]:
    """Read values on nodes: shape (50, 50, 2) = azimuth, range, height 0 and 1000 m.

    Raises
    ------
    ArtifactError
        Missing file, another number of values, or one that cannot be.
    """
    numbers = read_numbers(path, count=2 * N_NODE**2)
    require_possible(path, numbers, limits)
    return numbers.reshape(N_NODE, N_NODE, 2)


def require_possible(path: Path, numbers: npt.NDArray[np.float64], limits: ValueLimits) -> None:
    """Refuse numbers of a text file that cannot be, with the first of them.

    Raises
    ------
    ArtifactError
    """
    wrong = np.flatnonzero(~limits.are_possible(numbers))
    if wrong.size:
        raise ArtifactError(
            f"{path}: {limits.fault_of(numbers[wrong[0]])} (number {wrong[0] + 1}, {wrong.size} of "
            f"{numbers.size} such), expected {limits.expected}; extract the values again"
        )
