"""``pystamps decompose``: two tracks to vertical and east-west velocity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import json_option
from pystamps.cli.point_options import table_of_data_set
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from pystamps.products.chosen import ChosenPoints
    from pystamps.products.decomposition import Decomposition

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("ascending", type=_FOLDER, metavar="A")
@click.argument("descending", type=_FOLDER, metavar="D")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True,
              metavar="FILE", help="File to write: .gpkg, .csv, .nc or .tif.")  # fmt: skip
@click.option("--cell", "side_m", type=click.FloatRange(0, min_open=True), default=100.0,
              show_default=True, help="Side of the cells, m.")  # fmt: skip
@click.option("--min-points", "least_points", type=click.IntRange(1), default=1, show_default=True,
              help="Points of each track that a cell needs.")  # fmt: skip
@click.option("--value", "value_type", default="",
              help="Parts taken off in both: v, or v- and letters of d, a, o, s.  "
              "[default: as in the table of A]")  # fmt: skip
@click.option("--reference", default="",
              help="Place that both are relative to: LON,LAT[,RADIUS in m] or another area, as for "
              "`pystamps export`.  [default: the mean of the shared cells]")  # fmt: skip
@click.option("--min-coherence", type=click.FloatRange(0, 1), default=0.0,
              help="Points with at least this coherence.")  # fmt: skip
@click.option("--figure", "figure_file", type=click.Path(path_type=Path, dir_okay=False),
              metavar="FILE", help="Draw maps of both and their standard deviations: .png, .pdf or "
              ".svg.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@json_option
def decompose(
    ascending: Path,
    descending: Path,
    *,
    target: Path,
    side_m: float,
    least_points: int,
    value_type: str,
    reference: str,
    min_coherence: float,
    figure_file: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Combine an ascending and a descending data set to vertical and east-west velocity.

    Both are finished and see one place, in either order. The satellites hardly see motion to the
    north, which is taken as 0; what it would change stands beside every cell. Velocities are in
    mm/yr, positive up and to the east, relative to --reference or to the mean of the cells that
    both tracks share.

    \b
    Examples:
      pystamps decompose A D --to motion.gpkg
      pystamps decompose A D --to motion.tif --cell 200 --reference 14.10,40.82,300
      pystamps decompose A D --to motion.gpkg --figure motion.png
    """
    from pystamps.errors import ParameterError
    from pystamps.export.decomposed_cells import refuse_place, write_decomposition
    from pystamps.export.fields import about_as_json
    from pystamps.products.chosen import PointChoice
    from pystamps.products.decomposition import decomposed
    from pystamps.products.track_points import track_points

    refuse_place(target, overwrite=overwrite)
    if figure_file is not None:
        from pystamps.plotting.saving import checked_target

        checked_target(figure_file, overwrite=overwrite)
    if reference in ("none", "all"):
        raise ParameterError(
            f"--reference {reference}: is not one place for two tracks; give LON,LAT,RADIUS, or "
            "leave it out"
        )
    choice = PointChoice(value_type, reference or "all", min_coherence=min_coherence)
    one = track_points(table_of_data_set(ascending), choice)
    wanted = value_type or str(one.points.about.get("value_type", ""))
    other = track_points(table_of_data_set(descending), replace(choice, value_type=wanted))
    cells = decomposed(
        one, other, side_m=side_m, least_points=least_points, is_referenced=bool(reference)
    )
    about = _about(cells, {"A": one.points, "D": other.points}, reference)
    about |= {"least_points_of_a_cell": least_points}
    write_decomposition(target, cells, about, overwrite=overwrite)
    if figure_file is not None:
        from pystamps.plotting.decomposition_map import decomposition_map
        from pystamps.plotting.saving import save_figure

        names = (str(ascending), str(descending))
        figure = decomposition_map(cells, names=names, relative_to=str(about["relative_to"]))
        save_figure(figure, figure_file, dpi=150)
    if as_json:
        click.echo(about_as_json({"file": str(target), **about}, indent=2))
        return
    for line in _lines(target, cells, about):
        click.echo(visible_line(line))
    if figure_file is not None:
        click.echo(visible_line(f"map {figure_file}"))


def _about(
    cells: Decomposition, tracks: dict[str, ChosenPoints], reference: str
) -> dict[str, str | float]:
    """Give what one has to know about the numbers."""
    import numpy as np

    from pystamps.export.decomposed_cells import projection

    north = {name: float(np.abs(cells.values[f"{name}_per_north"]).max())
             for name in ("vertical", "east")}  # fmt: skip
    medians = {f"median_{name}_mm_per_year": float(np.median(cells.values[name]))
               for name in ("vertical_std", "east_std")}  # fmt: skip
    about: dict[str, Any] = {
        "title": "vertical and east-west velocity of two tracks",
        "comment": "mm/yr, positive up and to the east; motion to the north is taken as 0: 1 mm/yr "
        f"of it changes vertical by up to {north['vertical']:.3f} mm/yr and east by up to "
        f"{north['east']:.3f} mm/yr",
        "cells": len(cells),
        "cell_m": cells.side_m,
        "projection": projection(cells),
        "condition_number": cells.condition,
        "largest_vertical_per_north": north["vertical"],
        "largest_east_per_north": north["east"],
        "relative_to": reference or f"the mean of the {len(cells)} cells that both tracks share",
        "standard_deviations": "formal: noise of the points, averaged over those of a cell, and "
        "what near points share, atmosphere and planes of the dates relative to the reference; "
        "errors of the tracks are independent",
        **medians,
    }
    for place, (name, points) in enumerate(tracks.items()):
        known = {key: str(points.about.get(key, "unknown"))
                 for key in ("value_type", "taken_off", "first_date", "last_date")}  # fmt: skip
        about |= {f"{name}_{key}": value for key, value in known.items()}
        about |= {
            f"{name}_heading_deg": float(points.about.get("heading_deg", np.nan)),
            f"{name}_points": len(points),
            f"{name}_points_without_values": cells.left_out[place],
            f"{name}_removed_mean_mm_per_year": cells.removed[place],
        }
    return about


def _lines(target: Path, cells: Decomposition, about: dict[str, Any]) -> list[str]:
    """Say what was found, in lines of at most 80 columns beside names of files."""
    tracks = [
        f"{name}  {about[f'{name}_points']:,} points, {about[f'{name}_value_type']}, "
        f"{about[f'{name}_first_date']} to {about[f'{name}_last_date']}, "
        f"{about[f'{name}_points_without_values']:,} without values"
        for name in "AD"
    ]
    removed = "" if not any(cells.removed) else (
        f"reference: removed {cells.removed[0]:.3f} (A), {cells.removed[1]:.3f} mm/yr (D)"
    )  # fmt: skip
    return [
        f"{target}: {len(cells):,} cells of {cells.side_m:g} m",
        *tracks,
        f"relative to {about['relative_to']}",
        *([removed] if removed else []),
        f"median standard deviation: vertical {about['median_vertical_std_mm_per_year']:.3f}, "
        f"east {about['median_east_std_mm_per_year']:.3f} mm/yr",
        f"north taken as 0: 1 mm/yr of it changes vertical by up to "
        f"{about['largest_vertical_per_north']:.3f},",
        f"  east by up to {about['largest_east_per_north']:.3f} mm/yr",
        f"condition number of the look directions: {cells.condition:.2f}",
    ]
