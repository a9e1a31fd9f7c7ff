"""The data that travel between stages: one frozen dataclass per MAT artifact.

Notation of shapes: ``n_ps`` pixels, ``n_ifg`` interferogram columns with the null column of the
reference image, ``n_used`` columns without it (``n_observed`` of :class:`Interferograms`, which
alone knows where that column is). All ``*_ix`` arrays are 0-based here; the files are 1-based,
and the shift happens in :mod:`pystamps.io.artifacts` only. A ``Matrix`` is an array, or rows
that are read or computed when they are asked for. Angles are radians, lengths metres, days MATLAB
date numbers unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Float64, FloatArray, Index
from pystamps.interferograms import Interferograms as Interferograms
from pystamps.interferograms import UsedInterferograms as UsedInterferograms
from pystamps.rows import Matrix


@dataclass(frozen=True, slots=True)
class Pixels:
    """Positions, dates and geometry (``ps1``, ``ps2``).

    Attributes
    ----------
    ij : float64, (n_ps, 3): 1-based candidate number, azimuth line, range sample (0-based)
    lonlat : float64, (n_ps, 2), longitude and latitude in degrees
    xy : float32, (n_ps, 3): 1-based number, local x and y in m
    bperp : float32 or float64, (n_ifg,), nominal perpendicular baseline in m: 0 at master_ix; of
        small baselines that of the second image relative to the first
    day : float64, (n_image,), MATLAB date numbers, ascending, reference image included
    master_day : float, date number of the reference image
    master_ix : int, position of the reference image
    ll0 : float64, (2,), origin of the local projection in degrees
    sort_ix : int64, (n_candidates,), generation 1 only: candidate row of each sorted pixel
    calconst : float64, (n_used,), amplitude constants (Doris, ISCE)
    day_ix : int64, (n_image - 1,), order that sorted the secondary images (Doris, ISCE)
    mean_incidence : float, mean incidence angle in rad (gamma, snap)
    mean_range : float, mean slant range in m (gamma, snap)
    pairs : int64, (n_ifg, 2), first and second image of every interferogram of small baselines;
        None where all share the reference image
    """

    ij: Float64
    lonlat: Float64
    xy: Float32
    bperp: FloatArray
    day: Float64
    master_day: float
    master_ix: int
    ll0: Float64
    sort_ix: Index | None = None
    calconst: Float64 | None = None
    day_ix: Index | None = None
    mean_incidence: float | None = None
    mean_range: float | None = None
    pairs: Index | None = None

    @property
    def n_ps(self) -> int:
        """Number of pixels."""
        return int(self.xy.shape[0])

    @property
    def n_ifg(self) -> int:
        """Number of interferogram columns; of a single master, the reference image counted."""
        return self.bperp.size

    @property
    def n_image(self) -> int:
        """Number of images."""
        return self.day.size

    @property
    def interferograms(self) -> Interferograms:
        """Images that the columns combine, and how the columns are counted."""
        if self.pairs is None:
            return Interferograms.single_master(self.day, self.bperp, self.master_ix)
        return Interferograms.small_baselines(
            self.pairs, day=self.day, bperp=self.bperp, reference_ix=self.master_ix
        )


@dataclass(frozen=True, slots=True)
class Phase:
    """Interferogram values (``ph1``, ``ph2``).

    Attributes
    ----------
    ph : complex64, (n_ps, n_ifg), amplitude and wrapped phase; 0 = no phase
    """

    ph: Matrix


@dataclass(frozen=True, slots=True)
class Baselines:
    """Perpendicular baselines (``bp1``, ``bp2``).

    Attributes
    ----------
    bperp_mat : float, (n_ps, n_used), perpendicular baseline of every pixel in m
    """

    bperp_mat: Matrix


@dataclass(frozen=True, slots=True)
class LookAngle:
    """Angle of view (``la1``, ``la2``).

    Attributes
    ----------
    la : float, (n_ps,), look angle (Doris) or incidence (gamma, snap) in rad
    """

    la: FloatArray


@dataclass(frozen=True, slots=True)
class Incidence:
    """Incidence angle (``inc1``, ``inc2``; ISCE).

    Attributes
    ----------
    inc : float, (n_ps,), incidence angle in rad
    """

    inc: FloatArray


@dataclass(frozen=True, slots=True)
class AmplitudeDispersion:
    """Amplitude dispersion (``da1``).

    Attributes
    ----------
    d_a : float64, (n_ps,), std of the amplitude over the images, divided by its mean
    """

    d_a: Float64


@dataclass(frozen=True, slots=True)
class Height:
    """Heights (``hgt1``, ``hgt2``).

    Attributes
    ----------
    hgt : float64, (n_ps,), height of the elevation model in m
    """

    hgt: Float64


@dataclass(frozen=True, slots=True)
class PhaseNoise:
    """Result of stage 2 (``pm1``).

    Attributes
    ----------
    ph_patch : complex64, (n_ps, n_used), unit phasors of the filtered neighbourhood
    k_ps : float64, (n_ps,), look-angle error in rad/m; NaN where it could not be estimated
    c_ps : float64, (n_ps,), mean residual phase in rad, part of the reference image
    coh_ps : float64, (n_ps,), temporal coherence gamma
    n_opt : float64, (n_ps,), number of optima (1, or 0 where not estimated)
    coh_ps_save : float64, (n_ps,), coherence that the next iteration compares with
    ph_res : float32, (n_ps, n_used), residual phase in rad
    ph_grid : complex64, (n_i, n_j, n_used), weighted sums on the filter grid
    ph_weight : complex64, (n_ps, n_used), phasors without K times their weight
    grid_ij : int64, (n_ps, 2), 0-based row (from y) and column (from x) of the filter grid
    low_pass : float64, (clap_win, clap_win), gain of the low-pass by spatial frequency
    nr : float64, (100,), scaled histogram of the coherence of random phases
    coh_bins : float64, (100,), centres of the bins of that histogram
    n_trial_wraps : float, cycles that the largest K adds over the whole range of baselines;
        single or double as the class of ``bperp``
    nr_max_nz_ix : int, 1-based number of the last non-empty bin of the unscaled histogram
    i_loop : int, iterations done
    grid_size : float, spacing of the filter grid in m
    gamma_change_save : float, change of the rms change of gamma in the last iteration
    step_number : int, always 1
    weighting : float64, (n_ps,) or None, weights a further iteration would use
    """

    ph_patch: Complex64
    k_ps: Float64
    c_ps: Float64
    coh_ps: Float64
    n_opt: Float64
    coh_ps_save: Float64
    ph_res: Float32
    ph_grid: Complex64
    ph_weight: Complex64
    grid_ij: Index
    low_pass: Float64
    nr: Float64
    coh_bins: Float64
    n_trial_wraps: np.floating[Any]
    nr_max_nz_ix: int
    i_loop: int
    grid_size: float
    gamma_change_save: float
    step_number: int = 1
    weighting: Float64 | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Result of stage 3 (``select1``); k candidates above the first threshold.

    Attributes
    ----------
    ix : int64, (k,), candidate rows
    keep_ix : bool, (k,), survivors of the second threshold
    ph_patch2 : complex64, (k, n_used), filtered neighbourhood without the pixel's own cell
    ph_res2 : float32, (k, n_used), residual phase in rad, estimated again
    k_ps2, c_ps2, coh_ps2 : float64, (k,), as in ``pm1``, estimated again
    coh_thresh : float64, (1,) or (k,) (or (n_ps,) without re-estimation), threshold on gamma
    coh_thresh_coeffs : float64, (2,) or (0,), slope and intercept of the threshold with D_A
    clap_alpha, clap_beta, n_win, gamma_stdev_reject : float, copies of the parameters (n_win is
        clap_win)
    max_percent_rand : float, accepted percentage or density of random pixels (single with DENSITY)
    ifg_index : int64, (n,), columns used, counted without the reference image
    small_baseline_flag : str, y or n
    """

    ix: Index
    keep_ix: Bool
    ph_patch2: Complex64
    ph_res2: Float32
    k_ps2: Float64
    c_ps2: Float64
    coh_ps2: Float64
    coh_thresh: Float64
    coh_thresh_coeffs: Float64
    clap_alpha: float
    clap_beta: float
    n_win: float
    max_percent_rand: np.floating[Any]
    gamma_stdev_reject: float
    ifg_index: Index
    small_baseline_flag: str = "n"


@dataclass(frozen=True, slots=True)
class Weeding:
    """Result of stage 4 (``weed1``).

    Attributes
    ----------
    ix_weed : bool, (k2,), final mask on the selected pixels
    ix_weed2 : bool, (k3,), mask of the noise step on the pixels left before it
    ps_std : float32 or float64, (k3,), noise std of the best arc in rad; zeros = step is off
    ps_max : float32 or float64, (k3,), largest noise of the best arc in rad; zeros = step is off
    ifg_index : int64, (n,), columns used, the reference image counted
    """

    ix_weed: Bool
    ix_weed2: Bool
    ps_std: FloatArray
    ps_max: FloatArray
    ifg_index: Index


@dataclass(frozen=True, slots=True)
class SelectedNoise:
    """Phase noise of the selected pixels (``pm2``).

    Attributes
    ----------
    ph_patch : complex64, (n_ps, n_used), filtered neighbourhood
    ph_res : float32, (n_ps, n_used), residual phase in rad
    coh_ps : float64, (n_ps,), temporal coherence gamma
    k_ps : float64, (n_ps,), look-angle error in rad/m
    c_ps : float64, (n_ps,), mean residual phase in rad, part of the reference image
    """

    ph_patch: Complex64
    ph_res: Float32
    coh_ps: Float64
    k_ps: Float64
    c_ps: Float64


@dataclass(frozen=True, slots=True)
class CorrectedPhase:
    """Phase without the uncorrelated look-angle error (``rc2``).

    Attributes
    ----------
    ph_rc : complex64, (n_ps, n_ifg), phase without K and C of the pixel
    ph_reref : complex64, (n_ps, n_ifg), filtered neighbourhood, a column of ones inserted at the
        reference image; None (merged pixels: empty) with small baselines
    """

    ph_rc: Complex64
    ph_reref: Complex64 | None = None


@dataclass(frozen=True, slots=True)
class InterferogramNoise:
    """Noise of the interferograms (``ifgstd2``).

    Attributes
    ----------
    ifg_std_deg : float32, (n_ifg,), rms of the residual phase over all pixels in degrees
    """

    ifg_std_deg: Float32


@dataclass(frozen=True, slots=True)
class UnwrapGrid:
    """Phase on the unwrapping grid (``uw_grid``); n_node occupied cells, n_used interferograms.

    Attributes
    ----------
    ph : complex64, (n_node, n_used), sum of the phasors of a cell, filtered with the pre-filter
    ph_in : complex64, (n_ps, n_used) or (0, 0), phase of the pixels as given to the unwrapper
    ph_lowpass : complex64, (n_node, n_used) or (0, 0), low-pass part of the phase; method 3D of
        small baselines only
    ph_uw_predef, ph_in_predef : float32, (n_node, n_used) and (n_ps, n_used), or (0, 0), phase that
        was unwrapped before and is held, in rad; NaN = not held
    xy : float64, (n_node, 3): 1-based number, x, y of the cell centre in m
    ij : int64, (n_node, 2), 0-based row and column
    nzix : bool, (n_i, n_j), occupied cells
    grid_x_min, grid_y_min : float, origin of the grid in m
    grid_ij : int64, (n_ps, 2), 0-based cell of every pixel
    pix_size : float, spacing of the grid in m
    """

    ph: Complex64
    ph_in: Matrix
    ph_lowpass: Complex64
    ph_uw_predef: Float32
    ph_in_predef: Float32
    xy: Float64
    ij: Index
    nzix: Bool
    grid_x_min: np.floating[Any]
    grid_y_min: np.floating[Any]
    grid_ij: Matrix
    pix_size: float


@dataclass(frozen=True, slots=True)
class UnwrapArcs:
    """Arcs between nodes (``uw_interp``).

    Attributes
    ----------
    edgs : int64, (n_edge, 3), 0-based: arc, low node, high node
    rowix : float64, (n_i - 1, n_j), signed 1-based arc number of every vertical grid arc;
        0 = inside a node, NaN = no statistics
    colix : float64, (n_i, n_j - 1), the same for every horizontal grid arc
    nearest_node : int64, (n_i, n_j), 0-based nearest node of every cell
    """

    edgs: Index
    rowix: Float64
    colix: Float64
    nearest_node: Index


@dataclass(frozen=True, slots=True)
class SpaceTime:
    """Expected phase differences of the arcs (``uw_space_time``).

    Attributes
    ----------
    dph_space_uw : float32, (n_edge, n_used), expected difference along the arc in rad, unwrapped
        in time
    dph_noise : float32, (n_edge, n_used) or (0, 0), what is left over in rad; NaN = no statistics
    spread : sparse, (n_edge, n_used), rad, how much the local fringes differ between the ends, with
        the spatial cost function
    design : float64, (n_used, n_image) or None, which images an interferogram combines, -1 and +1
    ifreq_ij, jfreq_ij : float32, (n_node, n_used) or (0, 0) or None, local fringe frequency along
        rows and columns, with the spatial cost function
    shaky_ix : bool, (n_edge, 1) or (0, 0) or None, arcs that follow the local fringes, with the
        spatial cost function
    predef_ix : bool, (n_edge, n_used) or (0, 0) or None, differences that are held
    """

    dph_space_uw: Matrix
    dph_noise: Matrix
    spread: Any
    design: Float64 | None = None
    ifreq_ij: Float32 | None = None
    jfreq_ij: Float32 | None = None
    shaky_ix: Bool | None = None
    predef_ix: Bool | None = None


@dataclass(frozen=True, slots=True)
class UnwrappedGrid:
    """Unwrapped phase of the grid (``uw_phaseuw``).

    Attributes
    ----------
    ph_uw : float32, (n_node, n_used), unwrapped phase of the nodes in rad
    msd : float64, (n_used,), mean squared difference of neighbours after unwrapping in rad^2
    """

    ph_uw: Float32
    msd: Float64


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Unwrapped phase of the images at the pixels (``phuw2``).

    Attributes
    ----------
    ph_uw : float32, (n_ps, n_image), unwrapped phase in rad; 0 at the reference image, at dropped
        interferograms, and at images in no interferogram
    msd : float32, (n_image,) or None, mean squared difference of neighbours on the grid in rad^2;
        not of small baselines, whose images are not unwrapped themselves
    unwrap_ifg_index_sm : int64, (n,) or None, small baselines only: images that have phase, the
        reference image included
    """

    ph_uw: Matrix
    msd: Float32 | None = None
    unwrap_ifg_index_sm: Index | None = None


@dataclass(frozen=True, slots=True)
class UnwrappedPairs:
    """Unwrapped phase of the small-baseline interferograms at the pixels (``phuw_sb2``).

    Attributes
    ----------
    ph_uw : float32, (n_ps, n_ifg), unwrapped phase in rad; 0 at dropped interferograms
    msd : float32, (n_ifg,), mean squared difference of neighbours on the grid in rad^2
    """

    ph_uw: Matrix
    msd: Float32


@dataclass(frozen=True, slots=True)
class PairInversion:
    """How interferograms of small baselines and images fit each other (``phuw_sb_res2``).

    Attributes
    ----------
    ph_res : float32, (n_ps, n_ifg), phase of the interferograms that follows from the images in
        rad (not the residual, whatever StaMPS calls it)
    sb_cov : float64, (n_ifg, n_ifg), covariance of the noise of the interferograms in rad^2
    sm_cov : float64, (n_image, n_image), covariance of the images in rad^2; 0 at the reference
        image and images in no interferogram
    """

    ph_res: Matrix
    sb_cov: Float64
    sm_cov: Float64


@dataclass(frozen=True, slots=True)
class ClosureLoops:
    """Closed loops of small-baseline interferograms (``phuw_loops2``).

    Attributes
    ----------
    intfg_loops : float64, (n_loop, n_ifg), +1 and -1 where a loop runs along or against an
        interferogram, 0 elsewhere
    """

    intfg_loops: Float64


@dataclass(frozen=True, slots=True)
class ClosedPixels:
    """Where the unwrapped phase of a loop closes (``phuw_good2``).

    Attributes
    ----------
    good_pixels : bool, (n_ps, n_ifg), some loop through the interferogram closes at the pixel
    """

    good_pixels: Bool


@dataclass(frozen=True, slots=True)
class LookAngleError:
    """Spatially correlated look-angle error (``scla2``).

    Attributes
    ----------
    ph_scla : float, (n_ps, n_image), phase of the look-angle error in rad: K times baseline
    k_ps_uw : float64, (n_ps,), look-angle error K in rad/m
    c_ps_uw : float, (n_ps,), contribution of the reference image (atmosphere, orbit) in rad
    ph_ramp : float64, (n_ps, n_image) or (0, 0), plane of each image in rad, with scla_deramp
    ifg_vcm : float64, (n_image, n_image), covariance of the images in rad^2; of a single reference
        image the variances of its interferograms
    """

    ph_scla: Matrix
    k_ps_uw: Float64
    c_ps_uw: FloatArray
    ph_ramp: Matrix
    ifg_vcm: Float64


@dataclass(frozen=True, slots=True)
class SmoothedLookAngleError:
    """Look-angle error, clipped to the range of the neighbours (``scla_smooth2``).

    Attributes
    ----------
    k_ps_uw : float64, (n_ps,), clipped look-angle error in rad/m
    c_ps_uw : float, (n_ps,), clipped contribution of the reference image in rad
    ph_scla : float, (n_ps, n_image), clipped K times baseline in rad
    ph_ramp : float64, (n_ps, n_image) or (0, 0), as in ``scla2``
    """

    k_ps_uw: Float64
    c_ps_uw: FloatArray
    ph_scla: Matrix
    ph_ramp: Matrix


@dataclass(frozen=True, slots=True)
class PairLookAngleError:
    """Spatially correlated look-angle error of small baselines (``scla_sb2``).

    Attributes
    ----------
    ph_scla : float, (n_ps, n_ifg), phase of the look-angle error in rad: K times baseline
    k_ps_uw : float64, (n_ps,), look-angle error K in rad/m
    c_ps_uw : float64, (n_ps,), zeros: no image is in all interferograms
    ph_ramp : float64, (n_ps, n_ifg) or (0, 0), plane of each interferogram in rad, with scla_deramp
    ifg_vcm : float64, (n_ifg, n_ifg), covariance of the interferograms in rad^2
    """

    ph_scla: Matrix
    k_ps_uw: Float64
    c_ps_uw: FloatArray
    ph_ramp: Matrix
    ifg_vcm: Float64


@dataclass(frozen=True, slots=True)
class SmoothedPairLookAngleError:
    """Look-angle error of small baselines, clipped to its neighbours (``scla_smooth_sb2``).

    Attributes
    ----------
    k_ps_uw : float64, (n_ps,), clipped look-angle error in rad/m
    c_ps_uw : float64, (n_ps,), zeros
    ph_scla : float, (n_ps, n_ifg), clipped K times baseline in rad
    ph_ramp : float64, (n_ps, n_ifg) or (0, 0), as in ``scla_sb2``
    """

    k_ps_uw: Float64
    c_ps_uw: FloatArray
    ph_scla: Matrix
    ph_ramp: Matrix


@dataclass(frozen=True, slots=True)
class CorrelatedNoise:
    """Spatially correlated noise of the secondary images (``scn2``).

    Attributes
    ----------
    ph_scn_slave : float64, (n_ps, n_image), spatially correlated noise in rad
    ph_hpt : float32, (n_ps, n), phase after the high-pass in time in rad
    ph_ramp : float64, (n_ps, n_deramped), planes of scn_deramp_ifg in rad
    ph_noise_res : float64, (n_ps, n_image) or None, what is left of ph_hpt in rad; with kriging
    std_ph_noise : float64, (n_ps,) or None, its standard deviation in rad; with kriging
    """

    ph_scn_slave: Matrix
    ph_hpt: Float32
    ph_ramp: Float64
    ph_noise_res: Float64 | None = None
    std_ph_noise: Float64 | None = None


@dataclass(frozen=True, slots=True)
class MeanVelocity:
    """Straight line per pixel (``mean_v``).

    Attributes
    ----------
    m : float32 or float64, (2, n_ps): constant in rad, slope in rad/day (positive = away from
        the satellite)
    """

    m: FloatArray


@dataclass(frozen=True, slots=True)
class AccurateVelocity:
    """Velocity of the accuracy modes (``accurate_v``), positive toward the satellite.

    Attributes
    ----------
    v : float64, (n_ps,), mm/yr, relative to the reference area
    v_std : float64, (n_ps,), mm/yr, standard deviation of v, that of the plane included
    v_unshrunk : float64, (n_ps,), mm/yr, v before it is drawn to its neighbours; the same where
        nothing is drawn
    gain : float64, (n_ps,), share of the pixel's own value in v, 1 = not drawn to its neighbours
    plane : float64, (n_ps,), mm/yr, plane that was taken off for orbit
    plane_std : float64, (n_ps,), mm/yr, standard deviation of what is left of that plane
    k_ps : float64, (n_ps,), look-angle error in rad/m that belongs to v
    k_std : float64, (n_ps,) or None, its standard deviation in rad/m
    """

    v: Float64
    v_std: Float64
    v_unshrunk: Float64
    gain: Float64
    plane: Float64
    plane_std: Float64
    k_ps: Float64
    k_std: Float64 | None = None


@dataclass(frozen=True, slots=True)
class AccurateSeries:
    """Displacement of the accuracy modes (``accurate_series``), positive toward the satellite.

    Attributes
    ----------
    displacement : float32, (n_ps, n_image), mm, relative to the reference image and area; 0 at the
        reference image, NaN at images that were left out
    atmosphere : float32, (n_ps, n_image), mm, atmosphere of the secondary images that is not in it
    noise : float32, (n_ps, n_image) or None, mm, what of the pixel is in neither
    displacement_std : float32, (n_ps, n_image) or None, mm, standard deviation of displacement
    """

    displacement: Float32
    atmosphere: Float32
    noise: Float32 | None = None
    displacement_std: Float32 | None = None


@dataclass(frozen=True, slots=True)
class ArcCycles:
    """Cycles of a second unwrapping, and the model that it took off (``accurate_arcs``).

    Attributes
    ----------
    cycles : float32, (n_ps, n_ifg), whole cycles to be added to the interferograms of stage 6
    v : float64, (n_ps,), velocity of the model in mm/yr toward the satellite, median 0
    k_ps : float64, (n_ps,), look-angle error of the model in rad/m, median 0
    coh_ps : float64, (n_ps,), median coherence of the arcs to neighbours; NaN without one
    """

    cycles: Matrix
    v: Float64
    k_ps: Float64
    coh_ps: Float64


@dataclass(frozen=True, slots=True)
class AccuratePhase:
    """Unwrapped phase of the accuracy modes (``accurate_uw``), and its look-angle error.

    Attributes
    ----------
    ph_uw : float32, (n_ps, n_image), unwrapped phase of the images in rad, as ``phuw2``
    cycles : float32, (n_ps, n_ifg), whole cycles that were added to the interferograms of stage 6
    ph_scla : float, (n_ps, n_image), phase of the look-angle error in rad, as ``scla2``
    k_ps_uw : float64, (n_ps,), look-angle error K in rad/m
    c_ps_uw : float, (n_ps,), contribution of the reference image in rad
    """

    ph_uw: Matrix
    cycles: Matrix
    ph_scla: Matrix
    k_ps_uw: Float64
    c_ps_uw: FloatArray
