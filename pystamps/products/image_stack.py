"""Unwrapped phase of the images of a run with all that stages 7 and 8 need to go on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name, read_artifact, read_variable
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.io.inverted_images import images_with_phase, noise_of_images_deg
from pystamps.model import (
    Baselines,
    CorrelatedNoise,
    InterferogramNoise,
    LookAngleError,
    PairInversion,
    PairLookAngleError,
    Pixels,
    Unwrapped,
)
from pystamps.parameters import Parameters
from pystamps.parameters.files import effective_parameters
from pystamps.products.comparison import MergedResults
from pystamps.products.phase import PhaseParts
from pystamps.rows import Matrix
from pystamps.stages.stage7_columns import SclaInput, image_baselines

_MERGED = 2


@dataclass(frozen=True, slots=True)
class ImageStack:
    """The images of a run; of small baselines those that the inversion has left.

    Attributes
    ----------
    root : Path
    pixels : Pixels
    parameters : Parameters
    ph_uw : float32, (n_ps, images), rad
    bperp : Matrix, (n_ps, images), m
    ifg_std_deg : float32, (images,) or None
        Of a single reference image.
    deramp_degree : float
    images : int64 or None
        Of small baselines, those with phase.
    covariance : float64, (images, images) or None, rad^2, of small baselines
    """

    root: Path
    pixels: Pixels
    parameters: Parameters
    ph_uw: Float32
    bperp: Matrix
    ifg_std_deg: Float32 | None
    deramp_degree: float
    images: Index | None
    covariance: Float64 | None

    @property
    def noise_of_dates_deg(self) -> FloatArray | None:
        """Noise of the images relative to the reference image, as it weights velocities."""
        if self.pixels.pairs is None:
            return self.ifg_std_deg
        return noise_of_images_deg(self.root, self.pixels)

    @property
    def secondaries(self) -> Index:
        """Columns of the images that take part in velocities."""
        return self.parts(self.ph_uw).used(self.parameters).observed

    def scla_input(self, ph_uw: Float32) -> SclaInput:
        """Give what the estimate of the look-angle error needs, for any phase."""
        return SclaInput(
            self.pixels, ph_uw, self.bperp, self.ifg_std_deg, self.deramp_degree, self.images,
            self.covariance,
        )  # fmt: skip

    def parts(
        self,
        ph_uw: Float32,
        scla: LookAngleError | PairLookAngleError | None = None,
        noise: CorrelatedNoise | None = None,
    ) -> PhaseParts:
        """Give what velocities and series are made from, for any phase."""
        return PhaseParts(
            self.pixels,
            ph_uw,
            None if scla is None else scla.ph_scla,
            None if scla is None else scla.c_ps_uw,
            None if noise is None else noise.ph_scn_slave,
            self.deramp_degree,
            self.images,
            self.covariance,
        )


def read_image_stack(root: Path, stamps: Mapping[str, Any] | None = None) -> ImageStack:
    """Read the images of a run.

    Parameters
    ----------
    root : Path
        Root of the data set, after stage 6.
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ArtifactError
        A file is missing or does not fit.
    """
    pixels = read_artifact(Pixels, root / artifact_name(Pixels, _MERGED))
    results, stack = MergedResults(root, pixels), pixels.interferograms
    ph_uw = results.optional(Unwrapped, "ph_uw")
    if ph_uw is None:
        raise ArtifactError(f"{root / artifact_name(Unwrapped, _MERGED)}: file is missing; run "
                            "stage 6 first")  # fmt: skip
    baselines = results.optional(Baselines, "bperp_mat")
    if baselines is None:  # nominal ones of every pixel, as stage 7 takes them
        baselines = np.tile(stack.observed_bperp, (pixels.n_ps, 1))
    noise = root / artifact_name(InterferogramNoise, _MERGED)
    is_paired = pixels.pairs is not None
    has_noise = not is_paired and noise.is_file()
    inversion = root / artifact_name(PairInversion, _MERGED)
    return ImageStack(
        root=root,
        pixels=pixels,
        parameters=effective_parameters(root, root, stamps or {}),
        ph_uw=np.asarray(ph_uw, dtype=np.float32),
        bperp=image_baselines(stack, baselines)
        if is_paired
        else stack.with_null_column(baselines, 0),
        ifg_std_deg=read_variable(InterferogramNoise, "ifg_std_deg", noise) if has_noise else None,
        deramp_degree=read_deramp_degree(root),
        images=images_with_phase(root, pixels),
        covariance=read_variable(PairInversion, "sm_cov", inversion) if is_paired else None,
    )
