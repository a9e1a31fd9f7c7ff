"""Truth of a simulated data set: one self-describing HDF5 file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.mat import temporary_beside
from pystamps.model import Bool, Float32, Float64, Index

TRUTH_FORMAT = "pystamps-truth-1"


@dataclass(frozen=True, slots=True)
class Truth:
    """What a simulated data set was made from, on the grid of the radar image.

    Attributes
    ----------
    velocity : float32, (lines, samples), mm/yr toward the satellite
    displacement : float32, (images, lines, samples), mm toward, since the reference image
    dem_error : float32, (lines, samples), m, with the heights of the scatterers
    ps_mask : bool, (lines, samples), persistent scatterers
    signal_to_clutter : float32, (lines, samples), power ratio
    atmosphere : float32, (images, lines, samples), delay phase in rad
    orbit_ramp : float32, (images, lines, samples), rad
    height : float32, (lines, samples), m
    longitude, latitude : float32, (lines, samples), degrees
    phase_per_height : float64, (samples,), rad per metre of height error and metre of baseline
    baseline : float64, (images,), perpendicular baseline at the centre in m
    dates : int64, (images,), YYYYMMDD
    master : int
        Date of the reference image.
    wavelength_m : float
    settings : mapping
        Settings of the scene, as text.
    """

    velocity: Float32
    displacement: Float32
    dem_error: Float32
    ps_mask: Bool
    signal_to_clutter: Float32
    atmosphere: Float32
    orbit_ramp: Float32
    height: Float32
    longitude: Float32
    latitude: Float32
    phase_per_height: Float64
    baseline: Float64
    dates: Index
    master: int
    wavelength_m: float
    settings: Mapping[str, str]


_PLANE, _CUBE = "lines, samples", "images, lines, samples"
_DESCRIPTIONS = {
    "velocity": (_PLANE, "mm/yr", "line-of-sight velocity, positive toward the satellite"),
    "displacement": (_CUBE, "mm", "displacement since the reference image, positive toward"),
    "dem_error": (_PLANE, "m", "height of the phase centre above the elevation model"),
    "ps_mask": (_PLANE, "1", "1 = the pixel holds a persistent scatterer"),
    "signal_to_clutter": (_PLANE, "1", "power of the persistent scatterer over the clutter"),
    "atmosphere": (_CUBE, "rad", "delay phase of the image, turbulent and stratified"),
    "orbit_ramp": (_CUBE, "rad", "phase plane of the image"),
    "height": (_PLANE, "m", "height of the elevation model"),
    "longitude": (_PLANE, "degrees", "longitude of the pixel"),
    "latitude": (_PLANE, "degrees", "latitude of the pixel"),
    "phase_per_height": ("samples", "rad/m2", "phase per metre of height error and of baseline"),
    "baseline": ("images", "m", "perpendicular baseline at the centre of the image"),
    "dates": ("images", "YYYYMMDD", "days of acquisition"),
}
_CHUNKED = 4096


def write_truth(path: Path, truth: Truth) -> None:
    """Write the truth file; it appears complete or not at all."""
    import h5py

    with temporary_beside(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = TRUTH_FORMAT
        file.attrs["master"] = truth.master
        file.attrs["wavelength_m"] = truth.wavelength_m
        file.attrs["sign"] = (
            "phase of reference * conj(image): positive = longer path at the later image; "
            "displacement and velocity: positive = toward the satellite"
        )
        for name, (axes, unit, meaning) in _DESCRIPTIONS.items():
            values = getattr(truth, name)
            values = values.astype(np.uint8) if values.dtype == np.bool_ else values
            packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
            dataset = file.create_dataset(
                name, data=values, **(packed if values.size > _CHUNKED else {})
            )
            dataset.attrs.update({"axes": axes, "units": unit, "long_name": meaning})
        group = file.create_group("scene")
        group.attrs.update(truth.settings)


def read_truth(path: Path) -> Truth:
    """Read a truth file.

    Raises
    ------
    ArtifactError
        The file is missing, or is not one of ours.
    """
    import h5py

    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; `pystamps simulate` writes it")
    try:
        with h5py.File(path) as file:
            found = str(file.attrs.get("format", "nothing"))
            if found != TRUTH_FORMAT:
                raise ArtifactError(f"{path}: format is {found}, expected {TRUTH_FORMAT}")
            missing = [name for name in _DESCRIPTIONS if name not in file]
            if missing:
                raise ArtifactError(f"{path}: {', '.join(missing)} missing; simulate again")
            values: dict[str, Any] = {name: file[name][()] for name in _DESCRIPTIONS}
            values["ps_mask"] = values["ps_mask"].astype(np.bool_)
            values["master"] = int(file.attrs["master"])
            values["wavelength_m"] = float(file.attrs["wavelength_m"])
            values["settings"] = {name: str(text) for name, text in file["scene"].attrs.items()}
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read as HDF5 ({error})") from error
    return Truth(**{field.name: values[field.name] for field in fields(Truth)})
