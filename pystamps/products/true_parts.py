"""True parts of the phase of images at selected pixels, and what of the phase is none of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR, datenum
from pystamps.products.image_agreement import wrong_cycles
from pystamps.simulate.fields import FieldGrid
from pystamps.simulate.truth import Truth

MOTION, OWN_MOTION, HEIGHT = "motion of the ground", "motion of single scatterers", "height error"
TURBULENCE, FRONTS, STRATIFIED = "turbulence", "weather fronts", "stratified delay"
ORBITS, REFERENCE = "orbits", "delay and orbit of the reference image"
CYCLES, NOISE = "wrong cycles", "noise of pixels"


@dataclass(frozen=True, slots=True)
class TruePart:
    """A part of the phase, relative to the reference image.

    Attributes
    ----------
    name : str
    phase : float64, (n_ps, images), rad
    velocity : float64, (n_ps,), mm/yr, what of it is to be found
    height_m : float64, (n_ps,), the same
    displacement_mm : float64, (n_ps, images) or 0.0, the same
    """

    name: str
    phase: Float64
    velocity: FloatArray | float = 0.0
    height_m: FloatArray | float = 0.0
    displacement_mm: FloatArray | float = 0.0


def true_parts(
    truth: Truth, line: Index, sample: Index, phase: FloatArray, is_ps: Bool
) -> list[TruePart]:
    """Split unwrapped phase into the parts that the truth knows, whole cycles and the rest.

    Parameters
    ----------
    truth : Truth
    line, sample : int64, (n_ps,)
    phase : float, (n_ps, images), rad
        Of the images relative to the reference image, 0 there.
    is_ps : bool, (n_ps,)
        Pixels with a persistent scatterer: only there a cycle can be called wrong; what other
        pixels have beside the truth is noise.

    Returns
    -------
    list of TruePart
        Their phases add up to ``phase``. Images without phase, all zero, have none in any part.
    """
    parts = [*_motions(truth, line, sample), _height(truth, line, sample)]
    parts += _delays(truth, line, sample)
    has_phase = phase.any(axis=0)
    known = [TruePart(p.name, p.phase * has_phase, p.velocity, p.height_m, p.displacement_mm)
             for p in parts]  # fmt: skip
    rest = phase - np.sum([part.phase for part in known], axis=0)
    cycles = np.zeros_like(rest)
    cycles[is_ps] = 2 * np.pi * wrong_cycles(rest[is_ps])
    cycles[:, ~has_phase] = 0
    return [*known, TruePart(CYCLES, cycles), TruePart(NOISE, rest - cycles)]


def _motions(truth: Truth, line: Index, sample: Index) -> list[TruePart]:
    header = truth.header
    rad_per_mm = -4 * np.pi / (header.wavelength_m * 1000)
    own = len(header.own_motions)
    ground, alone = truth.displacements(line, sample)
    found = []
    for name, moved in ((MOTION, ground), (OWN_MOTION, alone)):
        if name == MOTION or own:
            years = _years(header.dates, header.master_position)
            centred = years - years.mean()
            velocity = moved @ centred / (centred @ centred)
            found.append(TruePart(name, rad_per_mm * moved, velocity, displacement_mm=moved))
    return found


def _years(dates: Index, master: int) -> Float64:
    days = np.array([datenum(int(date)) for date in dates])
    return np.asarray((days - days[master]) / DAYS_PER_YEAR)


def _height(truth: Truth, line: Index, sample: Index) -> TruePart:
    error = truth.at("dem_error", line, sample).astype(np.float64)
    slope = truth.header.phase_per_height[sample] * error
    return TruePart(HEIGHT, slope[:, None] * truth.baselines(line, sample), height_m=error)


def _delays(truth: Truth, line: Index, sample: Index) -> list[TruePart]:
    """Give the delays and orbits of the secondary images by kind, and those of the reference."""
    header = truth.header
    grid = FieldGrid(*header.shape, *header.node_steps, (1.0, 1.0))
    above = truth.at("height", line, sample).astype(np.float64) - header.mean_height_m
    nodes = header.atmosphere_nodes
    by_kind: dict[str, Float64] = {}
    if header.front_nodes is not None:
        by_kind[FRONTS] = _at(grid, header.front_nodes, line, sample)
        nodes = nodes - header.front_nodes
    by_kind[TURBULENCE] = _at(grid, nodes, line, sample)
    by_kind[STRATIFIED] = above[:, None] / 1000 * header.stratified
    across = sample / (header.shape[1] - 1) - 0.5
    along = line / (header.shape[0] - 1) - 0.5
    by_kind[ORBITS] = across[:, None] * header.ramp[:, 0] + along[:, None] * header.ramp[:, 1]
    master = header.master_position
    reference = -np.sum([values[:, [master]] for values in by_kind.values()], axis=0)
    of_reference = np.repeat(reference, header.dates.size, axis=1)
    of_reference[:, master] = 0
    for values in by_kind.values():
        values[:, master] = 0
    return [
        *(TruePart(name, values) for name, values in by_kind.items()),
        TruePart(REFERENCE, of_reference),
    ]


def _at(grid: FieldGrid, nodes: FloatArray, line: Index, sample: Index) -> Float64:
    return np.stack([grid.at(each, line, sample) for each in nodes], axis=1).astype(np.float64)
