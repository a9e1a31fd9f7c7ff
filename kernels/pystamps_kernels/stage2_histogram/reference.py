"""NumPy. See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def stage2_histogram(
    values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """See the package."""
    bins = np.searchsorted(edges, values[~np.isnan(values)], side="left")
    return np.bincount(bins, minlength=edges.size + 1).astype(np.float64)
