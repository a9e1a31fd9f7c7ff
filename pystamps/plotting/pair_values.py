"""Values that only small baselines have: of the pairs, and by the covariance of the inversion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pystamps.arrays import Float32, FloatArray, Index
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.model import (
    CorrelatedNoise,
    LookAngleError,
    PairInversion,
    PairLookAngleError,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.plotting.source import PlotSource
from pystamps.plotting.value_types import ValueType
from pystamps.products.chosen import PointChoice
from pystamps.products.oscillator_drift import without_drift
from pystamps.products.phase import PhaseParts, corrected_phase
from pystamps.products.velocity import mean_velocity, relative_to_area, velocity_mm_per_year
from pystamps.rows import Matrix, Rows, chosen_columns


def phase_of_pairs(source: PlotSource, kind: ValueType, columns: Index) -> Float32:
    """Give the unwrapped phase of some pairs, or what the images leave of it.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
        ``usb``: unwrapped phase; ``rsb``: less the phase that follows from the images; ``asb``:
        tropospheric phase.
    columns : ndarray of int64
        Interferograms.

    Returns
    -------
    ndarray of float32, shape (n_ps, n_column)
        rad, not referenced; NaN at dropped interferograms.

    Notes
    -----
    StaMPS routine ``ps_plot``, value types ``usb...``, ``asb...`` and ``rsb...``. What is
    called ``ph_res`` there is the phase that follows from the images.
    """
    parts = _parts_of_pairs(source, kind)
    phase = corrected_phase(
        replace(
            parts,
            ph_uw=chosen_columns(parts.ph_uw, columns),
            ph_scla=None if parts.ph_scla is None else chosen_columns(parts.ph_scla, columns),
            ph_tropo=None if parts.ph_tropo is None else chosen_columns(parts.ph_tropo, columns),
        ),
        kind.letters,
    )
    phase[:, ~np.isin(columns, source.interferograms.used)] = np.nan
    return phase


def velocity_by_covariance(
    source: PlotSource, kind: ValueType, reference: str, asked: Index | None
) -> FloatArray:
    """Give the mean velocity by the whole covariance of the inversion, (n_ps,), mm/yr.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
        ``vsb``: from the pairs; ``vsm``: from the images.
    reference : str
        Area, as for exports; empty = that of the run.
    asked : ndarray of int64 or None
        Interferograms or images that take part; None = all that are not left out.

    Returns
    -------
    ndarray of float64
        Toward the satellite.

    Notes
    -----
    StaMPS routine ``ps_plot`` in a directory of small baselines: ``v...`` of the pairs, ``V...`` of
    the images.
    """
    parameters = source.parameters
    if kind.is_of_interferograms:
        parts = replace(
            _parts_of_pairs(source, kind), covariance=source.field_of(PairInversion, "sb_cov")
        )
        if asked is not None:
            others = np.setdiff1d(np.arange(source.pixels.n_ifg), asked) + 1
            drop = {*parameters.drop_ifg_index, *map(int, others)}
            parameters = replace(parameters, drop_ifg_index=tuple(sorted(drop)))
    else:
        parts = _parts_of_images(source, kind, asked)
    name = f"v-{kind.letters}" if kind.letters else "v"
    found = mean_velocity(parts, parameters, value_type=name)
    velocity = velocity_mm_per_year(found.m, parameters.lambda_)
    rows = source.choose(PointChoice(reference=reference)).reference_rows
    return relative_to_area(velocity, rows)


def _parts_of_pairs(source: PlotSource, kind: ValueType) -> PhaseParts:
    """Give phase and look-angle error of all pairs, by rows."""
    phase: Matrix = source.rows_of(UnwrappedPairs, "ph_uw")
    if kind.kind == "rsb":
        phase = _difference(phase, source.rows_of(PairInversion, "ph_res"))
    elif kind.kind == "asb":
        phase = source.delays(kind)
    else:
        phase = without_drift(phase, source.pixels, source.look)
    has_error = "d" in kind.letters
    return PhaseParts(
        pixels=source.pixels,
        ph_uw=phase,
        ph_scla=source.rows_of(PairLookAngleError, "ph_scla") if has_error else None,
        c_ps_uw=source.field_of(PairLookAngleError, "c_ps_uw") if has_error else None,
        ph_tropo=source.delays(kind) if "a" in kind.letters else None,
        deramp_degree=read_deramp_degree(source.root),
    )


def _parts_of_images(source: PlotSource, kind: ValueType, asked: Index | None) -> PhaseParts:
    """Give phase of the images and its parts, by rows."""
    stack, images = source.images.stack, source.images.used
    if asked is not None:
        images = np.intersect1d(images, np.union1d(asked, np.flatnonzero(stack.is_reference_image)))
    has_error = "d" in kind.letters
    phase = source.rows_of(Unwrapped, "ph_uw")
    return PhaseParts(
        pixels=source.pixels,
        ph_uw=without_drift(phase, source.pixels, source.look, stack=stack),
        ph_scla=source.rows_of(LookAngleError, "ph_scla") if has_error else None,
        c_ps_uw=source.field_of(LookAngleError, "c_ps_uw") if has_error else None,
        ph_scn=source.rows_of(CorrelatedNoise, "ph_scn_slave") if "s" in kind.letters else None,
        deramp_degree=read_deramp_degree(source.root),
        ph_tropo=source.delays(kind, of_images=True) if "a" in kind.letters else None,
        images=images,
        covariance=source.field_of(PairInversion, "sm_cov"),
    )


def _difference(phase: Matrix, other: Matrix) -> Matrix:
    return Rows(phase.shape, np.float32, lambda rows: phase[rows] - other[rows])
