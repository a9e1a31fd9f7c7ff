"""``pystamps reference``: the reference area of a run, and areas that may be a better one."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import config_option, dataset_argument, json_option

if TYPE_CHECKING:
    from pystamps.products.reference_suggestion import ReferenceArea

_HEAD = (
    f"{'':<4}{'longitude':>10}{'latitude':>10}{'radius':>8}{'points':>8}{'coh':>6}{'/km2':>7}"
    f"{'scatter':>9}{'velocity':>10}{'deforms':>8}",
    f"{'':<4}{'degree':>10}{'degree':>10}{'m':>8}{'':>8}{'':>6}{'':>7}{'mm':>9}{'mm/yr':>10}"
    f"{'km away':>8}",
)


@click.command()
@dataset_argument
@config_option
@click.option("--suggest", is_flag=True, help="Propose three stable areas and draw them on a map.")
@click.option("--radius", type=click.FloatRange(0, min_open=True),
              help="Of the areas, m.  [default: 250, or what holds 20 points]")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False),
              help="Map to write (PNG).  [default: products/reference.png in the data "
              "set]")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace a map of --output that is there.")
@json_option
def reference(
    dataset: Path,
    config_file: Path | None,
    *,
    suggest: bool,
    radius: float | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Show the reference area of a finished data set, and propose stable ones.

    Areas are judged by the coherence and the density of their points, by the scatter of their mean
    about a straight line in time (against the mean of all points), and by the distance to the next
    place that deforms. Nothing is changed: take one with `pystamps params set`, or with --reference
    of `pystamps export`.

    \b
    Examples:
      pystamps reference -d demo/dataset
      pystamps reference --suggest -d demo/dataset
    """
    from pystamps.config import RunConfig
    from pystamps.errors import ParameterError
    from pystamps.pipeline.table_of_points import up_to_date_points
    from pystamps.products.point_storage import read_point_table
    from pystamps.products.reference_suggestion import present_reference, suggest_references

    if not suggest and (output or radius):
        raise ParameterError("--output and --radius: need --suggest")
    if output and output.exists() and not overwrite:
        raise ParameterError(f"{output}: is there already; give another name, or --overwrite")
    config = RunConfig.from_file(config_file) if config_file else None
    table = read_point_table(up_to_date_points(dataset, config))
    words = str(table.about.get("reference_area", ""))
    if not suggest:
        present = present_reference(table)
        _show(words, present, (), as_json=as_json, more={})
        return
    found = suggest_references(table, radius_m=radius)
    target = output or dataset / "products" / "reference.png"
    _draw(table, found, target)
    _show(words, found.present, found.areas, as_json=as_json, more={
        "map": str(target), "candidates": found.candidates,
        "deforming_places": len(found.deforming),
    })  # fmt: skip
    if found.areas and not as_json:
        best = found.areas[0]
        click.echo(f"{found.candidates:,} areas compared; map: {target}")
        if min(area.deformation_m for area in found.areas) < 2 * found.radius_m:
            click.echo("no area lies away from what deforms: look at the map")
        click.echo(
            f"take area 1: pystamps params set -d {dataset} "
            f"'ref_centre_lonlat=[{best.longitude:.5f} {best.latitude:.5f}]' "
            f"ref_radius={best.radius_m:g}"
        )
        click.echo(f"or for one export: --reference {best.text}")


def _show(
    words: str,
    present: ReferenceArea | None,
    areas: tuple[ReferenceArea, ...],
    *,
    as_json: bool,
    more: dict[str, Any],
) -> None:
    """Print areas as a table of at most 80 columns, or as JSON."""
    if as_json:
        found = {
            "reference_area": words,
            "present": present and _values(present),
            "areas": [_values(area) for area in areas],
            **more,
        }
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"reference area of the run: {words}")
    for line in _HEAD:
        click.echo(line)
    if present is not None:
        click.echo(_line("now", present))
    for number, area in enumerate(areas, start=1):
        click.echo(_line(str(number), area))


def _line(name: str, area: ReferenceArea) -> str:
    return (
        f"{name:<4}{area.longitude:>10.5f}{area.latitude:>10.5f}{_number(area.radius_m, 0):>8}"
        f"{area.points:>8}{_number(area.coherence, 2):>6}{_number(area.density_km2, 0):>7}"
        f"{_number(area.scatter_mm, 2):>9}{_number(area.velocity_mm_yr, 2):>10}"
        f"{_number(area.deformation_m / 1000, 1):>8}"
    )


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if isfinite(value) else "-"


def _values(area: ReferenceArea) -> dict[str, float | int | str | None]:
    """Give an area for JSON, which has no NaN and no infinity."""
    values = {name: getattr(area, name) for name in type(area).__slots__}
    return {name: v if isfinite(v) else None for name, v in values.items()} | {"text": area.text}


def _draw(table: Any, found: Any, target: Path) -> None:
    """Write the map, complete or not at all."""
    import numpy as np

    from pystamps.errors import ParameterError
    from pystamps.figures.reference_areas import reference_map
    from pystamps.figures.style import drawing_settings
    from pystamps.io.atomic import temporary_beside

    if not target.absolute().parent.is_dir():
        raise ParameterError(f"{target.parent}: no such folder; make it, or give another one")
    lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
    heading = float(table.about.get("heading_deg", float("nan")))
    with drawing_settings(), temporary_beside(target) as temporary:
        figure = reference_map(lonlat, table.columns["velocity"], found, heading_deg=heading)
        figure.savefig(temporary, format="png")
