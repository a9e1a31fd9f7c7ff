"""HDF5 files as MintPy has them: rasters in radar geometry, metres, all attributes text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.dates import yyyymmdd
from pystamps.export.formats import ExportOptions
from pystamps.export.radar_raster import RadarFrame, radar_frame
from pystamps.io.hdf5_writing import refuse_after_failure, written_hdf5
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

_EARTH_RADIUS_M = 6_371_000


def write_mintpy(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write ``timeseries.h5``, ``velocity.h5``, ``temporalCoherence.h5``, ``maskTempCoh.h5`` and
    ``inputs/geometryRadar.h5``; NaN (mask: False) where there is no point.

    Displacement is positive toward the satellite, as MintPy has it. Columns of a fit are further
    data sets of ``velocity.h5``, those in mm in metres.
    """
    frame = radar_frame(points)
    (path / "inputs").mkdir(parents=True)
    attributes = _attributes(points, frame)
    columns = points.columns
    _write_series(path / "timeseries.h5", points, frame, attributes, progress)
    _write(path / "velocity.h5", attributes | {"FILE_TYPE": "velocity", "UNIT": "m/year"}, {
        "velocity": frame.raster(columns["velocity"] / 1000),
        "velocityStd": frame.raster(columns["velocity_std"] / 1000),
        **{
            name: frame.raster(columns[name] / (1000 if column.unit.startswith("mm") else 1))
            for name, column in points.fit_meanings.items()
        },
    })  # fmt: skip
    _write(
        path / "temporalCoherence.h5", attributes | {"FILE_TYPE": "temporalCoherence", "UNIT": "1"},
        {"temporalCoherence": frame.raster(columns["coherence"])},
    )  # fmt: skip
    mask = np.zeros(frame.shape, dtype=np.bool_)
    mask[frame.line, frame.sample] = True
    _write(path / "maskTempCoh.h5", attributes | {"FILE_TYPE": "mask", "UNIT": "1"}, {"mask": mask})
    _write(
        path / "inputs" / "geometryRadar.h5", attributes | {"FILE_TYPE": "geometry", "UNIT": "1"},
        _geometry(points, frame),
    )  # fmt: skip


def _geometry(points: ChosenPoints, frame: RadarFrame) -> dict[str, Any]:
    """Give heights, positions and angles; azimuth counts from north against the clock."""
    columns = points.columns
    to_satellite = np.degrees(np.arctan2(columns["los_east"], columns["los_north"]))
    slant = float(points.about.get("slant_range_m", np.nan))
    return {
        "height": frame.raster(columns["height"]),
        "latitude": frame.raster(columns["latitude"]),
        "longitude": frame.raster(columns["longitude"]),
        "incidenceAngle": frame.raster(columns["incidence_angle"]),
        "azimuthAngle": frame.raster(-to_satellite),
        "slantRangeDistance": frame.raster(np.full(len(points), slant)),
    }


def _attributes(points: ChosenPoints, frame: RadarFrame) -> dict[str, str]:
    about = points.about
    dates = [yyyymmdd(day) for day in points.day]
    place = _reference_place(points, frame)
    known = {
        "LENGTH": frame.shape[0], "WIDTH": frame.shape[1],
        "SUBSET_XMIN": frame.first_sample, "SUBSET_XMAX": frame.first_sample + frame.shape[1],
        "SUBSET_YMIN": frame.first_line, "SUBSET_YMAX": frame.first_line + frame.shape[0],
        "WAVELENGTH": about["wavelength_m"], "HEADING": about["heading_deg"],
        "ORBIT_DIRECTION": str(about.get("orbit_direction", "unknown")).upper(),
        "ANTENNA_SIDE": -1, "PLATFORM": about.get("platform", "unknown"),
        "STARTING_RANGE": about.get("slant_range_m", np.nan), "EARTH_RADIUS": _EARTH_RADIUS_M,
        "ALOOKS": 1, "RLOOKS": 1, "REF_DATE": dates[points.reference_column],
        "START_DATE": dates[0], "END_DATE": dates[-1], "DATE12": f"{dates[0]}_{dates[-1]}",
        "PROCESSOR": about.get("insar_processor", "unknown"), "NO_DATA_VALUE": "nan",
        "PROJECT_NAME": "pySTAMPS", **place,
    }  # fmt: skip
    return {name: str(value) for name, value in known.items()}


def _reference_place(points: ChosenPoints, frame: RadarFrame) -> dict[str, Any]:
    """Give the point that has moved least against the reference area: MintPy wants one cell."""
    spread = np.zeros(len(points))
    for rows, series in points.blocks():
        spread[rows] = np.sum(series.astype(np.float64) ** 2, axis=1)
    row = int(np.nanargmin(spread))
    return {
        "REF_Y": int(frame.line[row]), "REF_X": int(frame.sample[row]),
        "REF_LAT": float(points.columns["latitude"][row]),
        "REF_LON": float(points.columns["longitude"][row]),
    }  # fmt: skip


def _write_series(
    path: Path, points: ChosenPoints, frame: RadarFrame, attributes: dict[str, str],
    progress: Progress,
) -> None:  # fmt: skip
    """Write displacement in metres, date by date."""
    n_date = points.day.size
    series = np.asarray(points.displacement)
    with written_hdf5(path) as file:
        made = file.create_dataset(
            "timeseries", (n_date, *frame.shape), "float32", chunks=(1, *frame.shape),
            compression="gzip", compression_opts=1, shuffle=True,
        )  # fmt: skip
        for number in range(n_date):
            made[number] = frame.raster(series[:, number] / 1000)
            refuse_after_failure(file)
            progress(number + 1, n_date)
        file["date"] = np.array([yyyymmdd(day).encode() for day in points.day])
        file["bperp"] = np.asarray(points.bperp, dtype=np.float32)
        file.attrs.update(attributes | {"FILE_TYPE": "timeseries", "UNIT": "m"})


def _write(path: Path, attributes: dict[str, str], rasters: dict[str, Any]) -> None:
    with written_hdf5(path) as file:
        for name, raster in rasters.items():
            file.create_dataset(name, data=raster, compression="gzip", compression_opts=1)
            refuse_after_failure(file)
        file.attrs.update(attributes)
