"""Closure of small baselines: unwrapped phase around loops of interferograms, in whole cycles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.io.artifacts import artifact_name, read_variable
from pystamps.model import UnwrappedPairs
from pystamps.products.image_stack import ImageStack
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.closure_loops import closure_loops

_MERGED = 2
_CYCLE = 2 * np.pi
_SAMPLED = 20_000
"""Pixels of which the usual misclosure of a loop is told, about."""


@dataclass(frozen=True, slots=True)
class TripletClosure:
    """Unwrapped phase of small baselines around closed loops of interferograms.

    Attributes
    ----------
    loops : int
    open_share : float
        Of pixels times loops, those that miss closure by other cycles than most pixels do.
    worst_loop_share : float
        Of the pixels, in the worst loop.
    open_pixel_share : float
        Of the pixels, those that are open in any loop.
    misclosure_rad : float
        Rms of what is left beside whole cycles.
    """

    loops: int
    open_share: float
    worst_loop_share: float
    open_pixel_share: float
    misclosure_rad: float


def loop_closure(stack: ImageStack) -> TripletClosure | str:
    """Close the loops of the interferograms of a run; a text says why there are none."""
    pixels = stack.pixels
    if pixels.pairs is None:
        return "all interferograms have one reference image: they form no loop"
    path = stack.root / artifact_name(UnwrappedPairs, _MERGED)
    phase = read_variable(UnwrappedPairs, "ph_uw", path)
    interferograms = pixels.interferograms
    used = interferograms.used(stack.parameters.drop_ifg_index).observed
    loops = closure_loops(
        interferograms, used, lambda: np.asarray(interferograms.of_images().bperp, np.float64)
    )
    if not len(loops):
        return "the network of interferograms has no loop"
    return closure_of_loops(phase, loops)


def closure_of_loops(phase: Matrix, loops: Float64) -> TripletClosure:
    """Add unwrapped phases up along loops and count whole cycles that are left.

    Parameters
    ----------
    phase : Matrix of float, (n_ps, n_ifg), rad; pixels that lack phase in a loop do not count
    loops : float64, (n_loop, n_ifg), 1 and -1 where a loop runs along or against

    Notes
    -----
    Unwrapping leaves a number of cycles free in every interferogram: what most pixels miss in a
    loop is no error, only what differs from it.
    """
    usual = _usual_cycles(phase, loops)
    counts, known = np.zeros(len(loops)), np.zeros(len(loops))
    is_open_anywhere, squares = [], 0.0
    for rows in row_blocks(phase):
        sums = _sums(phase, rows, loops) - _CYCLE * usual
        has_phase = np.isfinite(sums)
        cycles = np.rint(np.where(has_phase, sums, 0) / _CYCLE)
        counts += (cycles != 0).sum(axis=0)
        known += has_phase.sum(axis=0)
        is_open_anywhere.append((cycles != 0).any(axis=1))
        squares += float(np.nansum((sums - _CYCLE * cycles) ** 2))
    total = max(float(known.sum()), 1.0)
    return TripletClosure(
        len(loops),
        float(counts.sum() / total),
        float((counts / np.maximum(known, 1)).max()),
        float(np.concatenate(is_open_anywhere).mean()) if is_open_anywhere else 0.0,
        float(np.sqrt(squares / total)),
    )


def _sums(phase: Matrix, rows: slice, loops: Float64) -> Float64:
    """Add the phases of some pixels up along loops; interferograms beside a loop do not count."""
    values = np.asarray(phase[rows], dtype=np.float64)
    return np.stack([values[:, loop != 0] @ loop[loop != 0] for loop in loops], axis=1)


def _usual_cycles(phase: Matrix, loops: Float64) -> Float64:
    """Give the cycles by which most pixels miss closure: interferograms have a free constant."""
    step = max(1, len(phase) // _SAMPLED)
    sampled = np.concatenate(
        [np.asarray(phase[rows])[::step] for rows in row_blocks(phase)] or [np.zeros((0, 0))]
    )
    sums = _sums(sampled, slice(None), loops)
    middle = np.nanmedian(np.where(np.isfinite(sums).any(axis=0), sums, 0.0), axis=0)
    return np.asarray(np.rint(middle / _CYCLE))
