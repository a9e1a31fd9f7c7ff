"""Stage 8: spatially correlated noise (atmosphere and orbit error) of the secondary images.

What is left after the look-angle error and the contribution of the reference image are taken
off is atmosphere (correlated in space, not in time), deformation (correlated in both) and
noise. A high-pass filter in time followed by a low-pass filter in space keeps the first.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.fit_condition import require_determined, surface_condition
from pystamps.model import CorrelatedNoise, Interferograms, Pixels, UsedInterferograms
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, Rows, made_from, remembered, row_blocks
from pystamps.stages.least_squares import coefficients_of_columns
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage8_spatial_filter import FilterByRows

log = logging.getLogger(__name__)

_ROWS = 65536
_ROWS_OF_BAND = 2**17
"""The sources around a band of pixels are gathered for all of them: few bands are faster."""


@dataclass(frozen=True, slots=True)
class ScnInput:
    """What the filter needs.

    Attributes
    ----------
    pixels : Pixels
    ph_uw : Matrix of float32, (n_ps, n_ifg), unwrapped phase in rad
    ph_scla : Matrix of float, (n_ps, n_ifg) or None, rad (``scla2``, not the smoothed one)
    c_ps_uw : float, (n_ps,) or None, rad
    ph_ramp : Matrix of float64, (n_ps, n_ifg) or (0, 0) or None, rad
    """

    pixels: Pixels
    ph_uw: Matrix
    ph_scla: Matrix | None = None
    c_ps_uw: FloatArray | None = None
    ph_ramp: Matrix | None = None


def filter_correlated_noise(
    stack: ScnInput,
    parameters: Parameters,
    *,
    compat: Compat,
    choice: KernelChoice = AUTO,
) -> CorrelatedNoise:
    """Estimate the spatially correlated noise of the secondary images.

    Parameters
    ----------
    stack : ScnInput
    parameters : Parameters
        ``scn_time_win`` (days), ``scn_wavelength`` (m), ``scn_deramp_ifg``, ``drop_ifg_index`` (of
        a single reference image).
    compat : Compat
        ``scn_full_list_master_position``, ``scn_missing_phase_as_zero``.
    choice : KernelChoice

    Returns
    -------
    CorrelatedNoise
        Relative to the first pixel (the first one with phase if missing phase is not zero).

    Raises
    ------
    ParameterError
        Fewer than two interferograms are left.
    ArtifactError
        The phase is infinite somewhere.

    Notes
    -----
    StaMPS routines ``ps_scn_filt`` and, with ``scn_kriging_flag``, ``ps_scn_filt_krig``
    (:mod:`~pystamps.stages.stage8_kriging`). The first filters differences along Delaunay arcs in
    time and then solves for pixels. The filter is linear and the same for all arcs, so that
    filtering the pixels themselves gives the same field without network and solver. A second pixel
    at one place has no arc and gets 0 there; here it gets its value.
    """
    pixels, interferograms = stack.pixels, stack.pixels.interferograms.of_images()
    used = _used(pixels, interferograms, parameters)
    columns = used.with_null
    phase, is_missing = _remaining_phase(stack, columns)
    if is_missing.any():
        log.warning(
            "stage 8: %d of %d pixels lack phase", np.count_nonzero(is_missing), pixels.n_ps
        )
    counts: Bool = np.logical_or(~is_missing, compat.scn_missing_phase_as_zero)
    deramped = _deramped_places(interferograms, used, parameters)
    planes = _planes(pixels, phase, deramped, counts=counts)
    weights = _temporal_weights(
        interferograms, used, time_win=parameters.scn_time_win, compat=compat
    )
    smooth: Matrix
    if parameters.scn_kriging_flag:
        smooth = _kriged(pixels, phase, planes, weights, interferograms, columns, counts=counts)
    else:
        _high_pass_in_time(
            phase, weights, reference=_first(counts), planes=planes, deramped=deramped
        )
        phase[~counts] = np.nan
        smooth = _smooth_in_space(
            pixels, phase, counts, wavelength=parameters.scn_wavelength, choice=choice
        )
    origin = smooth[_first(counts)].copy()
    left = phase - (np.asarray(smooth) - origin) if parameters.scn_kriging_flag else None

    def all_columns(rows: slice) -> Float64:
        relative = smooth[rows] - origin
        relative[:, used.null_columns] = 0
        noise: Float64 = interferograms.in_all_columns(relative, columns)
        return noise

    ph_scn = made_from((stack.ph_uw,), stack.ph_uw.shape, np.float64, all_columns)
    if left is None:
        return CorrelatedNoise(ph_scn, phase, planes)
    return CorrelatedNoise(
        ph_scn, phase, planes,
        ph_noise_res=interferograms.in_all_columns(left, columns),
        std_ph_noise=left.std(axis=1, ddof=1),
    )  # fmt: skip


def _smooth_in_space(
    pixels: Pixels, phase: Float32, counts: Bool, *, wavelength: float, choice: KernelChoice
) -> Rows:
    """Give the low-pass in space of the pixels that count, computed when its rows are asked for."""
    low_pass = FilterByRows(
        pixels.xy[:, 1:], wavelength=wavelength, is_source=counts, choice=choice
    )
    smooth = Rows(phase.shape, np.float64, lambda rows: low_pass.of_rows(phase, rows))
    return remembered(smooth, n_rows=_ROWS_OF_BAND)


def _kriged(
    pixels: Pixels, phase: Float32, planes: Float64, weights: Float64,
    interferograms: Interferograms, columns: Index, *, counts: Bool,
) -> Float64:  # fmt: skip
    """Filter with kriging; ``phase`` becomes the high-pass, without planes and NaN where none is.

    All columns have lost their planes before; they are correlated noise as well.
    """
    from pystamps.stages.stage8_kriging import kriged_high_pass, kriged_in_space

    rows = np.flatnonzero(counts)
    flat = (phase[rows] - planes[rows]).astype(np.float32)
    xy = pixels.xy[:, 1:]
    phase[...] = np.nan
    phase[rows] = kriged_high_pass(xy[rows], flat, interferograms.second_day[columns], weights)
    smooth: Float64 = kriged_in_space(xy, phase, rows) + planes
    return smooth


def _used(
    pixels: Pixels, interferograms: Interferograms, parameters: Parameters
) -> UsedInterferograms:
    """Give the images of the filter; the null column is one of its columns.

    All images of small baselines take part, as in StaMPS: ``drop_ifg_index`` numbers pairs.
    """
    used = interferograms.used(parameters.drop_ifg_index if pixels.pairs is None else ())
    if used.observed.size < 2:
        raise ParameterError(
            f"drop_ifg_index leaves {used.observed.size} interferograms, the filter in time "
            "needs two; drop fewer"
        )
    return used


def _remaining_phase(stack: ScnInput, columns: Index) -> tuple[Float32, Bool]:
    """Phase without look-angle error, reference contribution (also in its own column) and ramps.

    Zero where it is missing; the second array tells which pixels lack phase.
    """
    phase = np.empty((len(stack.ph_uw), columns.size), dtype=np.float32)
    is_missing = np.zeros(len(phase), dtype=np.bool_)
    terms = [stack.ph_scla, None if stack.c_ps_uw is None else stack.c_ps_uw[:, None]]
    terms += [stack.ph_ramp if stack.ph_ramp is not None and stack.ph_ramp.size else None]
    for rows in row_blocks(stack.ph_uw):
        block = stack.ph_uw[rows][:, columns]
        for term in terms:
            if term is not None:
                part = term[rows].astype(np.float32)
                block -= part[:, columns] if part.shape[1] > 1 else part
        if np.isinf(block).any():
            raise ArtifactError("phuw2.mat, scla2.mat: infinite phase; run stages 6 and 7 again")
        lacks = np.isnan(block)
        is_missing[rows] = lacks.any(axis=1)
        phase[rows] = np.where(lacks, np.float32(0), block)
    return phase, is_missing


def _deramped_places(
    interferograms: Interferograms, used: UsedInterferograms, parameters: Parameters
) -> Index:
    """Give the places among the used columns of those whose plane counts as correlated noise."""
    wanted = parameters.scn_deramp_ifg
    if wanted == "all" or parameters.scn_kriging_flag:
        return used.places_of(used.with_null)
    return used.places_of(interferograms.numbered(wanted, name="scn_deramp_ifg"))


def _planes(pixels: Pixels, phase: Float32, deramped: Index, *, counts: Bool) -> Float64:
    """Fit a plane to some columns over the pixels that count; rad at every pixel."""
    x, y = pixels.xy[:, 1:].T.astype(np.float64)
    design = np.stack([np.ones(x.size), x, y], axis=1)
    if not phase.size or not deramped.size or not counts.any():
        return np.zeros((len(phase), deramped.size))
    rows = np.flatnonzero(counts)
    require_determined(
        surface_condition(pixels.xy[rows, 1:], 3),
        f"planes of {deramped.size} interferograms (stage 8: positions of ps2.mat)",
        remedy="set scn_deramp_ifg to []",
    )
    shape = (len(phase), deramped.size)
    data = Rows(shape, phase.dtype, lambda block: np.take(phase[block], deramped, axis=1))
    plane: Float64 = design @ coefficients_of_columns(design[rows], data, rows)
    return plane


def _temporal_weights(
    interferograms: Interferograms, used: UsedInterferograms, *, time_win: float, compat: Compat
) -> Float64:
    """Weights of the low-pass in time, (n, n): row k gives the smoothed value of column k.

    Column k is image k minus reference image: what the reference image has is the same in all
    columns, so that a column minus a mean of columns is free of it. The null column is 0 whatever
    the reference image has (-C once C is taken off, made from the other columns): no observation,
    so it has no weight in the mean at any date.
    """
    day = interferograms.second_day[used.with_null]
    exponent = -((day[:, None] - day) ** 2) / (2 * time_win**2)
    left_out = _left_out(used, compat=compat)
    exponent[:, left_out] = -np.inf  # the phase of the reference image is not an observation
    # the largest exponent is taken off so that narrow windows cannot underflow everywhere
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    normalised: Float64 = weights / weights.sum(axis=1, keepdims=True)
    return normalised


def _left_out(used: UsedInterferograms, *, compat: Compat) -> slice:
    """Place among the used columns that takes no part in the filter in time: the null column.

    StaMPS takes its place in the full list of images: with a dropped interferogram before it, or
    dropped itself, that is a later image (or none, where StaMPS stops).

    Raises
    ------
    ParameterError
        It is dropped itself, and StaMPS stops.
    """
    if compat.scn_full_list_master_position:
        return used.null_columns_of_stamps()
    return used.null_columns


def _high_pass_in_time(
    phase: Float32, weights: Float64, *, reference: slice, planes: Float64, deramped: Index
) -> None:
    """Subtract the low-pass, and the result of the reference pixel; in place, by blocks.

    Planes take no part: they are taken off the deramped columns before and put back afterwards.
    """
    filter_rows = np.eye(len(weights)) - weights
    first = phase[reference].copy()
    first[:, deramped] -= planes[reference]
    origin = first.astype(np.float64) @ filter_rows.T
    for start in range(0, len(phase), _ROWS):
        rows = slice(start, start + _ROWS)
        block = phase[rows]
        block[:, deramped] -= planes[rows]
        block[...] = block.astype(np.float64) @ filter_rows.T - origin
        block[:, deramped] += planes[rows]


def _first(counts: Bool) -> slice:
    """Row of the first pixel that counts, as a slice (of nothing if there is none)."""
    first = int(np.argmax(counts)) if counts.any() else 0
    return slice(first, first + 1)
