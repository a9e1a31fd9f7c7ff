"""``deramp_degree.mat``: the file by which users of StaMPS choose the surface to remove."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat

DERAMP_DEGREE = "deramp_degree.mat"
PLANE = 1.0


def read_deramp_degree(directory: Path) -> float:
    """Give the degree of the surface; 1 (plane) where the file does not exist.

    Raises
    ------
    ArtifactError
        The file holds no single number ``degree``.
    """
    path = directory / DERAMP_DEGREE
    if not path.is_file():
        return PLANE
    degree = np.asarray(read_mat(path).get("degree", ()))
    if degree.size != 1:
        raise ArtifactError(
            f"{path}: degree is missing or not one number; save it or delete the file"
        )
    return float(degree.item())
