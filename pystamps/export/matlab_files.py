"""MAT files: what StaMPS' own plots leave behind, and the input of GBIS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.export.formats import ExportOptions
from pystamps.io.mat import write_mat
from pystamps.products.bootstrap import DRAWS, bootstrap_draws, bootstrap_velocity_std
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress


def write_stamps_files(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write a folder of ``ps_plot_v-*.mat``, ``ps_plot_ts_v-*.mat``, ``mv2.mat``, ``ps_fit.mat``.

    The first two hold mm/yr and mm toward the satellite. ``mv2.mat`` is positive away from it, as
    the original has it; its standard deviations come from resampled dates. The last one, where
    functions of time were fitted, holds their columns.
    """
    path.mkdir()
    name = str(points.about.get("value_type", "v"))
    velocity = points.columns["velocity"].astype(np.float32)[:, None]
    write_mat(path / f"ps_plot_{name}.mat", {"ph_disp": velocity, "ifg_list": np.zeros((0, 0))})
    write_mat(path / f"ps_plot_ts_{name}.mat", _series(points))
    if points.fit_meanings:
        fitted = {name: points.columns[name][:, None] for name in points.fit_meanings}
        write_mat(path / "ps_fit.mat", fitted)
    letters = name.partition("-")[2]
    write_mat(path / "mv2.mat", {
        "mean_v": -velocity,
        "mean_v_std": _std(points)[:, None],
        "n_boot": float(DRAWS),
        "subtract_switches": letters,
    })  # fmt: skip
    progress(len(points), len(points))


def write_gbis(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write position, angles (degrees) and phase of the velocity over the whole period.

    ``Phase`` is that of an interferogram between the first and the last date, positive away from
    the satellite: ``-4 pi / lambda`` times the displacement toward it.
    """
    years = (points.day.max() - points.day.min()) / 365.25
    metres = points.columns["velocity"].astype(np.float64) / 1000 * years
    wavelength = float(points.about["wavelength_m"])
    known = np.isfinite(metres)
    columns = {
        "Lon": points.columns["longitude"],
        "Lat": points.columns["latitude"],
        "Phase": -4 * np.pi / wavelength * metres,
        "Inc": points.columns["incidence_angle"].astype(np.float64),
        "Heading": np.full(len(points), float(points.about["heading_deg"])),
        "Height": points.columns["height"].astype(np.float64),
    }
    write_mat(path, {name: values[known][:, None] for name, values in columns.items()})
    progress(len(points), len(points))


def _series(points: ChosenPoints) -> dict[str, Any]:
    """Give the variables of a file of series, the reference image among the dates."""
    rows = points.reference_rows
    n_ps = len(points)
    return {
        "ph_mm": np.asarray(points.displacement),
        "lonlat": points.place_lonlat,
        "day": points.day[:, None],
        "master_day": float(points.day[points.reference_column]),
        "n_ps": float(n_ps),
        "lambda": float(points.about["wavelength_m"]),
        "ref_ps": np.zeros((0, 0)) if rows is None or n_ps < points.n_all else rows[:, None] + 1.0,
    }


def _std(points: ChosenPoints) -> np.ndarray[Any, Any]:
    """Give the standard deviation of the velocity by resampling the dates."""
    draws = bootstrap_draws(points.day.size - 1)
    return bootstrap_velocity_std(
        points.displacement, points.day, points.reference_column,
        draws=draws, ifg_std_deg=points.noise_deg,
    )  # fmt: skip
