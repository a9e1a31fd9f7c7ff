"""``pystamps gnss``: velocities against GNSS stations, and the fit that brings them together."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import dataset_argument, json_option, print_json
from pystamps.cli.plain_tables import csv_options, give_csv, plain_lines
from pystamps.cli.point_options import points_of_data_set
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pystamps.products.gnss_fit import GnssFit, StationLeftOut, StationVelocity

_HEAD = ("station", "count", "GNSS", "std", "points", "std", "difference", "residual")


@click.command()
@dataset_argument
@click.option("--stations", "files", multiple=True, required=True, metavar="FILE",
              type=click.Path(path_type=Path, exists=True),
              help="CSV with name, longitude, latitude and velocity_e, velocity_n, velocity_u, or "
              "date, east, north, up; both with sigma_e, sigma_n, sigma_u if known; or .tenv3, or "
              "a folder of these. May be given again.")  # fmt: skip
@click.option("--radius", "radius_m", type=click.FloatRange(0, min_open=True), default=200.0,
              show_default=True, help="Points within so many metres stand for a station.",
              )  # fmt: skip
@click.option("--plane", "has_plane", is_flag=True,
              help="Fit a plane, not the offset alone; needs 4 stations.")  # fmt: skip
@click.option("--unit", type=click.Choice(["mm", "m"]), default="mm", show_default=True,
              help="Of velocities (per year) and positions in CSV files.")  # fmt: skip
@click.option("--value", "value_type", default="",
              help="Parts taken off: v, or v- and letters of d, a, o, s.  [default: as in the "
              "table]")  # fmt: skip
@click.option("--reference", default="",
              help="What the points are relative to before the fit, an area as for `pystamps "
              "export`.  [default: as in the run]")  # fmt: skip
@click.option("--min-coherence", type=click.FloatRange(0, 1), default=0.0,
              help="Points with at least this coherence.")  # fmt: skip
@click.option("--fit", "fit_file", type=click.Path(path_type=Path, dir_okay=False),
              metavar="FILE.json",
              help="Keep the fit: `--reference FILE.json` of exports and pictures is relative to "
              "it.")  # fmt: skip
@csv_options
@json_option
def gnss(
    dataset: Path,
    *,
    files: tuple[Path, ...],
    radius_m: float,
    has_plane: bool,
    unit: str,
    value_type: str,
    reference: str,
    min_coherence: float,
    fit_file: Path | None,
    csv_file: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Compare the velocities of a finished data set with GNSS stations, and fit them.

    The motion of every station is projected into the line of sight and compared with the mean of
    the points around it. An offset, or a plane, is fitted to the differences; what is left of each
    is listed. Velocities are in mm/yr, positive toward the satellite.

    \b
    Examples:
      pystamps gnss D --stations stations.csv --fit gnss.json
      pystamps export D --to points.gpkg --reference gnss.json
    """
    from pystamps.errors import ParameterError
    from pystamps.io.gnss_files import read_gnss_stations
    from pystamps.products.gnss_fit import fit_to_stations
    from pystamps.products.gnss_reference import (
        fit_as_json,
        is_gnss_fit,
        station_row,
        write_stored_fit,
    )
    from pystamps.products.gnss_stations import compare_stations

    if is_gnss_fit(reference):
        raise ParameterError(f"--reference {reference}: is a fit already; give an area, or none")
    stations = read_gnss_stations(files, unit=unit)
    points = points_of_data_set(dataset, value_type, reference, min_coherence)
    compared, left_out = compare_stations(points, stations, radius_m=radius_m)
    fit = fit_to_stations(compared, has_plane=has_plane)
    content = fit_as_json(
        fit, compared, left_out, points.about, reference=reference, radius_m=radius_m
    )
    if fit_file is not None:
        write_stored_fit(fit_file, content, overwrite=overwrite)
    if csv_file is not None:
        rows = [station_row(*pair) for pair in zip(compared, fit.residuals, strict=True)]
        give_csv(csv_file, list(rows[0]), [list(row.values()) for row in rows],
                 overwrite=overwrite)  # fmt: skip
    if as_json:
        print_json(content)
    elif csv_file != "-":
        for line in _lines(compared, left_out, fit, points.about):
            click.echo(visible_line(line))


def _lines(
    stations: Sequence[StationVelocity],
    left_out: Sequence[StationLeftOut],
    fit: GnssFit,
    about: Any,
) -> list[str]:
    """Say what was found, station by station, then the fit."""
    rows = [
        (station.name, f"{station.n_point:,}",
         *(f"{value:+.2f}" if is_signed else f"{value:.2f}" for value, is_signed in (
             (station.gnss, True), (station.gnss_std, False), (station.points, True),
             (station.points_std, False), (station.difference, True), (residual, True))))
        for station, residual in zip(stations, fit.residuals, strict=True)
    ]  # fmt: skip
    offset, *plane = zip(fit.coefficients, fit.coefficients_std, strict=True)
    return [
        f"mm/yr toward the satellite, {about.get('value_type')}, relative to "
        f"{about.get('reference_area')}",
        *plain_lines([_HEAD], rows),
        *(f"left out: {item.name}: {item.reason}" for item in left_out),
        f"offset  {offset[0]:+.2f} mm/yr, std {offset[1]:.2f}",
        *(f"plane   {value:+.4f} mm/yr per km to the {where}, std {std:.4f}"
          for (value, std), where in zip(plane, ("east", "north")[: len(plane)], strict=True)),
        f"rms     {fit.rms_before:.2f} mm/yr about the mean before, {fit.rms:.2f} after the fit",
        f"weights {fit.weighting}",
        *([f"reduced chi²  {fit.reduced_chi_square:.2f}"]
          if isfinite(fit.reduced_chi_square) else []),
        *(["nothing checks the fit: no station is to spare"]
          if len(stations) == fit.coefficients.size else []),
    ]  # fmt: skip
