"""``no_ps_info.mat``: which stages left no pixel in a patch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.io.mat import read_mat, write_mat

NO_PS_INFO = "no_ps_info.mat"
_VARIABLE = "stamps_step_no_ps"
LAST_STEP_OF_PATCH = 5
"""Later stages work on merged pixels."""


def empty_steps(directory: Path) -> set[int]:
    """Give the steps (1 to 5) that left no pixel in a patch."""
    return {int(step) + 1 for step in np.flatnonzero(_flags(directory))}


def record_no_ps(directory: Path, step: int, *, is_empty: bool) -> None:
    """Note whether stage ``step`` left no pixel; later stages are reset."""
    flags = _flags(directory)
    flags[step - 1 :] = 0
    flags[step - 1] = float(is_empty)
    write_mat(directory / NO_PS_INFO, {_VARIABLE: flags})


def _flags(directory: Path) -> np.ndarray:
    flags = np.zeros(LAST_STEP_OF_PATCH)
    path = directory / NO_PS_INFO
    if path.is_file():
        known = np.asarray(read_mat(path).get(_VARIABLE, []), dtype=np.float64).ravel()
        known = known[:LAST_STEP_OF_PATCH]
        flags[: known.size] = known
    return flags
