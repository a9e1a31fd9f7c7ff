"""What the truth of a simulated data set holds beside its planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, Index


@dataclass(frozen=True, slots=True)
class TruthHeader:
    """What the truth holds beside its planes.

    Attributes
    ----------
    dates : int64, (images,), YYYYMMDD
    master : int
        Date of the reference image.
    wavelength_m : float
    shape : tuple of int
        Lines and samples.
    phase_per_height : float64, (samples,), rad per metre of height error and metre of baseline
    look : float64, (samples,), rad
    azimuth_s : float64, (lines,), time from the centre of the image
    baseline : float64, (images,), perpendicular baseline at the centre in m
    baseline_components : float64, (images, 4): cross-track, normal (m), their rates (m/s)
    displacement_time : float64, (sources, images)
    atmosphere_nodes : float32, (images, rows, columns), rad
    node_steps : tuple of int
        Lines and samples from node to node.
    stratified : float64, (images,), rad per km
    mean_height_m : float
        Height at which the stratified delay is 0.
    ramp : float64, (images, 2), rad from edge to edge across and along
    settings : str
        Settings of the scene: the contents of a scene file that makes it again.
    own_motions : tuple of str
        What moves scatterers alone; the last sources of ``displacement_time`` are these.
    front_nodes : float32, (images, rows, columns) or None, rad, part of ``atmosphere_nodes``
    seasonal_stratified : float64, (images,) or None, rad per km, part of ``stratified``
    ramp_drift : float64, (images, 2) or None, rad, part of ``ramp``
    """

    dates: Index
    master: int
    wavelength_m: float
    shape: tuple[int, int]
    phase_per_height: Float64
    look: Float64
    azimuth_s: Float64
    baseline: Float64
    baseline_components: Float64
    displacement_time: Float64
    atmosphere_nodes: Float32
    node_steps: tuple[int, int]
    stratified: Float64
    mean_height_m: float
    ramp: Float64
    settings: str
    own_motions: tuple[str, ...] = ()
    front_nodes: Float32 | None = None
    seasonal_stratified: Float64 | None = None
    ramp_drift: Float64 | None = None

    @property
    def master_position(self) -> int:
        """Position of the reference image."""
        return int(np.flatnonzero(self.dates == self.master)[0])
