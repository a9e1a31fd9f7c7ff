"""Stage 1: raw arrays of one patch to pixels in their common order.

Positions become local metric coordinates, rows are sorted by y and then x, images by date, and
the null interferogram of the reference image becomes a column of ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps import model
from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.config import Compat
from pystamps.processors.patch_model import (
    Acquisitions,
    Candidates,
    NodeGrids,
    NominalGeometry,
    RasterGeometry,
    RawPatch,
    SlantRangeGeometry,
)
from pystamps.stages.gamma_iteration import phasors_and_moduli
from pystamps.stages.stage1_geometry import (
    angles_at_pixels,
    node_baselines,
    node_look_angle,
    raster_baselines,
    repeated,
    slant_range_values,
)
from pystamps.stages.stage1_order import PixelOrder, pixel_order, without_gaps


@dataclass(frozen=True, slots=True)
class LoadedPatch:
    """Artifacts of stage 1; None where the stack does not have the data.

    Attributes
    ----------
    n_removed : int
        Candidates left out because of their position or phase.
    """

    pixels: model.Pixels
    phase: model.Phase
    baselines: model.Baselines
    look_angle: model.LookAngle | None
    incidence: model.Incidence | None
    amplitude_dispersion: model.AmplitudeDispersion | None
    height: model.Height | None
    n_removed: int


def load_patch(raw: RawPatch, *, heading_deg: float, compat: Compat) -> LoadedPatch:
    """Load a patch with the routine of its geometry.

    Parameters
    ----------
    raw : RawPatch
    heading_deg : float
    compat : Compat

    Returns
    -------
    LoadedPatch
    """
    options: dict[str, Any] = {
        "heading_deg": heading_deg,
        "wild_positions_kept": compat.wild_positions_kept,
    }
    if isinstance(raw.geometry, SlantRangeGeometry):
        options["mean_baseline_in_single"] = compat.mean_baseline_in_single
        return load_slant_range(raw.candidates, raw.acquisitions, geometry=raw.geometry, **options)
    if isinstance(raw.geometry, NominalGeometry):
        return load_nominal(raw.candidates, raw.acquisitions, geometry=raw.geometry, **options)
    if isinstance(raw.geometry, NodeGrids):
        return load_node_grids(raw.candidates, raw.acquisitions, geometry=raw.geometry, **options)
    return load_rasters(raw.candidates, raw.acquisitions, geometry=raw.geometry, **options)


def load_slant_range(
    candidates: Candidates,
    acquisitions: Acquisitions,
    *,
    geometry: SlantRangeGeometry,
    heading_deg: float,
    wild_positions_kept: bool = True,
    mean_baseline_in_single: bool = True,
) -> LoadedPatch:
    """Load a patch of a gamma or snap stack.

    Parameters
    ----------
    candidates : Candidates
    acquisitions : Acquisitions
    geometry : SlantRangeGeometry
    heading_deg : float
    wild_positions_kept, mean_baseline_in_single : bool
        See :class:`pystamps.config.Compat`.

    Returns
    -------
    LoadedPatch
        Pixels without a finite position and finite phases are left out.

    Notes
    -----
    StaMPS routines ``ps_load_initial_gamma`` and ``sb_load_initial_gamma``. ``la`` is the
    incidence angle, as there; of small baselines it is the look angle, and baselines are double.
    Means include candidates that are left out. The original cannot load small baselines (it passes
    the positions transposed); gaps are left out of them as well.
    """
    is_small = acquisitions.is_small_baseline
    values = slant_range_values(
        geometry,
        candidates.ij,
        mean_in_single=mean_baseline_in_single and not is_small,
        in_double=is_small,
    )
    order = pixel_order(candidates, heading_deg, wild_positions_kept=wild_positions_kept)
    order = without_gaps(order, candidates, acquisitions)
    pixels = _pixels(
        candidates,
        acquisitions.interferograms(values.bperp),
        order,
        mean_incidence=values.mean_incidence,
        mean_range=geometry.center_range,
    )
    angle = values.look if is_small else values.incidence
    bperp_mat, look_angle = values.bperp_mat[order.rows], angle[order.rows]
    del values  # before the phases come into memory
    return _loaded(
        candidates,
        order,
        pixels=pixels,
        ph=_phase(candidates, acquisitions, order.rows, pixels=pixels),
        bperp_mat=bperp_mat,
        look_angle=look_angle,
        incidence=None,
    )


def load_node_grids(
    candidates: Candidates,
    acquisitions: Acquisitions,
    *,
    geometry: NodeGrids,
    heading_deg: float,
    wild_positions_kept: bool = True,
) -> LoadedPatch:
    """Load a patch of a Doris stack; parameters as in :func:`load_slant_range`.

    Notes
    -----
    StaMPS routines ``ps_load_initial`` and ``sb_load_initial``, which takes the baselines of small
    baselines at height 0 and removes the amplitudes.
    """
    order = pixel_order(candidates, heading_deg, wild_positions_kept=wild_positions_kept)
    ij = candidates.ij[order.rows]
    hgt = None if candidates.hgt is None else candidates.hgt[order.rows]
    height = np.zeros(len(ij)) if acquisitions.is_small_baseline else hgt
    nodes = geometry.bperp_nodes
    if nodes is None or height is None:
        bperp_mat = repeated(acquisitions.differences(geometry.bperp), len(ij))
    else:
        bperp_mat = acquisitions.differences(node_baselines(nodes, geometry, ij, height))
    order, bperp_mat = _with_baselines(order, bperp_mat)
    ij = candidates.ij[order.rows]
    hgt = None if candidates.hgt is None else candidates.hgt[order.rows]
    has_angle = geometry.look_angle_nodes is not None and hgt is not None
    pixels = _dated_pixels(candidates, acquisitions, order, geometry=geometry)
    return _loaded(
        candidates,
        order,
        pixels=pixels,
        ph=_phase(candidates, acquisitions, order.rows, pixels=pixels),
        bperp_mat=bperp_mat,
        look_angle=node_look_angle(geometry, ij, hgt) if has_angle and hgt is not None else None,
        incidence=None,
    )


def load_rasters(
    candidates: Candidates,
    acquisitions: Acquisitions,
    *,
    geometry: RasterGeometry,
    heading_deg: float,
    wild_positions_kept: bool = True,
) -> LoadedPatch:
    """Load a patch of an ISCE stack; parameters as in :func:`load_slant_range`.

    Notes
    -----
    StaMPS routines ``ps_load_initial_isce`` and ``sb_load_initial_isce``, which removes the
    amplitudes. Without incidence raster the original stops with a single master; here
    the look angle is taken if there is one. Pixels in gaps of the baselines are left out; the angle
    of pixels in gaps is 0.
    """
    order = pixel_order(candidates, heading_deg, wild_positions_kept=wild_positions_kept)
    ij = candidates.ij[order.rows]
    rasters = geometry.bperp_rasters
    if rasters is None:
        bperp_mat = repeated(acquisitions.differences(geometry.bperp), len(ij))
    else:
        bperp_mat = acquisitions.differences(raster_baselines(rasters, geometry, ij))
    order, bperp_mat = _with_baselines(order, bperp_mat)
    ij = candidates.ij[order.rows]
    incidence, look_angle = (
        None if raster is None else angles_at_pixels(raster, ij)
        for raster in (geometry.incidence, geometry.look_angle)
    )
    pixels = _dated_pixels(candidates, acquisitions, order, geometry=geometry)
    return _loaded(
        candidates,
        order,
        pixels=pixels,
        ph=_phase(candidates, acquisitions, order.rows, pixels=pixels),
        bperp_mat=bperp_mat,
        look_angle=None if look_angle is None else look_angle.astype(np.float32),
        incidence=incidence,
    )


def load_nominal(
    candidates: Candidates,
    acquisitions: Acquisitions,
    *,
    geometry: NominalGeometry,
    heading_deg: float,
    wild_positions_kept: bool = True,
) -> LoadedPatch:
    """Load a patch of a GSAR stack; parameters as in :func:`load_slant_range`.

    Notes
    -----
    StaMPS routine ``ps_load_initial_gsar``, which keeps the angle of incidence as ``la``. All
    pixels have the baselines of the interferograms.
    """
    order = pixel_order(candidates, heading_deg, wild_positions_kept=wild_positions_kept)
    pixels = _pixels(
        candidates,
        acquisitions.interferograms(geometry.bperp),
        order,
        mean_incidence=float(geometry.incidence.mean()) if candidates.n else 0.0,
    )
    return _loaded(
        candidates,
        order,
        pixels=pixels,
        ph=_phase(candidates, acquisitions, order.rows, pixels=pixels),
        bperp_mat=repeated(geometry.bperp, order.rows.size),
        look_angle=geometry.incidence[order.rows],
        incidence=None,
    )


def _with_baselines(order: PixelOrder, bperp_mat: Float32) -> tuple[PixelOrder, Float32]:
    """Leave out pixels without baseline in some interferogram."""
    known = np.isfinite(bperp_mat).all(axis=1)
    if known.all():
        return order, bperp_mat
    return replace(order, rows=order.rows[known], xy=order.xy[known]), bperp_mat[known]


def _dated_pixels(
    candidates: Candidates,
    acquisitions: Acquisitions,
    order: PixelOrder,
    *,
    geometry: NodeGrids | RasterGeometry,
) -> model.Pixels:
    """Positions and dates of a Doris or ISCE patch."""
    return _pixels(
        candidates,
        acquisitions.interferograms(acquisitions.differences(geometry.bperp)),
        order,
        calconst=geometry.calconst,
        day_ix=acquisitions.day_ix,
    )


def _pixels(
    candidates: Candidates, stack: model.Interferograms, order: PixelOrder, **more: Any
) -> model.Pixels:
    number = np.arange(1, order.rows.size + 1)
    return model.Pixels(
        ij=np.column_stack([number, candidates.ij[order.rows, 1:]]).astype(np.float64),
        lonlat=candidates.lonlat[order.rows],
        xy=np.column_stack([number, order.xy]).astype(np.float32),
        bperp=stack.bperp,
        day=stack.day,
        master_day=stack.reference_day,
        master_ix=stack.reference_ix,
        ll0=order.ll0,
        sort_ix=order.sort_ix,
        pairs=None if stack.has_null_column else stack.pairs,
        **more,
    )


def _phase(
    candidates: Candidates,
    acquisitions: Acquisitions,
    rows: Index,
    *,
    pixels: model.Pixels,
) -> npt.NDArray[np.complex64]:
    """Phases of the pixels in their order, 1 in the null column: (n_ps, n_ifg).

    Those of small baselines of Doris and ISCE get unit modulus, which their images have as
    different constants.
    """
    stack, calconst = pixels.interferograms, pixels.calconst
    is_unit = acquisitions.is_small_baseline and pixels.day_ix is not None
    ph = np.empty((rows.size, stack.n_ifg), dtype=np.complex64)
    ph[:, stack.null_columns] = 1
    for k, (column, block) in enumerate(zip(stack.observed, acquisitions.block, strict=True)):
        values = candidates.ph[block][rows].astype(np.complex64)
        if calconst is not None:  # real and imaginary part apart, as MATLAB divides by a real
            values = (values.view(np.float32) / np.float32(calconst[k])).view(np.complex64)
        ph[:, column] = phasors_and_moduli(values)[0] if is_unit else values
    return ph


def _loaded(
    candidates: Candidates,
    order: PixelOrder,
    *,
    pixels: model.Pixels,
    ph: npt.NDArray[np.complex64],
    bperp_mat: Float32,
    look_angle: FloatArray | None,
    incidence: Float64 | None,
) -> LoadedPatch:
    rows = order.rows
    d_a, hgt = candidates.d_a, candidates.hgt
    return LoadedPatch(
        pixels=pixels,
        phase=model.Phase(ph),
        baselines=model.Baselines(bperp_mat),
        look_angle=None if look_angle is None else model.LookAngle(look_angle),
        incidence=None if incidence is None else model.Incidence(incidence),
        amplitude_dispersion=None if d_a is None else model.AmplitudeDispersion(d_a[rows]),
        height=None if hgt is None else model.Height(hgt[rows]),
        n_removed=candidates.n - rows.size,
    )
