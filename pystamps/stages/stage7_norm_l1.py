"""Stage 7 with ``scla_method`` L1: the slope of the least sum of absolute residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.least_squares import solution_rows
from pystamps.stages.stage7_columns import SlopeObservations
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage7_least_absolute import stage7_least_absolute
from pystamps_kernels.stage7_simplex_l1 import stage7_simplex_l1


@dataclass(frozen=True, slots=True)
class NormL1:
    """The least sum of absolute residuals of every pixel.

    Attributes
    ----------
    design : float64, (n_observation, n_unknown)
    observations : SlopeObservations
    start : float64, (n_ps, n_unknown) or None
        Where the search of StaMPS starts (:func:`least_squares_start`); None = the optimum.
    """

    design: Float64
    observations: SlopeObservations
    start: Float64 | None = None

    def slopes(self, ph: FloatArray, block: slice, *, choice: KernelChoice) -> Float64:
        """Give the slopes in rad/m of a stretch of pixels."""
        data = self.observations.of(ph)
        if self.start is not None:
            start = self.start[block]
            searched: Float64 = stage7_simplex_l1(data, self.design, start=start, choice=choice)
            return searched[:, 1]
        basis = _basis_of_columns(self.design)
        found = stage7_least_absolute(data, basis, choice=choice)
        slope: Float64 = found @ (solution_rows(self.design)[1] @ basis)
        return slope


def _basis_of_columns(design: Float64) -> Float64:
    """Give orthonormal columns that span those of a design, (n_observation, rank).

    Equidistant dates make time a multiple of the constant. What a slope is does not depend on how
    the two share the rest.
    """
    directions, sizes, _ = np.linalg.svd(design / np.linalg.norm(design, axis=0), False)
    is_own = sizes > sizes[0] * max(design.shape) * np.finfo(np.float64).eps
    basis: Float64 = directions[:, is_own]
    return basis


def least_squares_start(ph_uw: Matrix, observations: SlopeObservations, rows: Float64) -> Float64:
    """Give the least squares of all pixels, from which StaMPS searches in L1: (n_ps, n_unknown).

    In blocks of their own: the last bit of a product of matrices may depend on the number of its
    rows, and the search follows the last bit.
    """
    start = np.empty((len(ph_uw), len(rows)))
    for block in row_blocks(ph_uw):
        start[block] = observations.of(ph_uw[block]) @ rows.T
    return start
