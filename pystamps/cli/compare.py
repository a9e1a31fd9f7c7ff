"""``pystamps compare``: the points of two data sets beside each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.compared_passes import say_compared_passes
from pystamps.cli.options import json_option, print_json
from pystamps.cli.point_options import points_of_data_set
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from pystamps.products.chosen import ChosenPoints
    from pystamps.products.run_comparison import PointPairs, VelocityDifferences

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("one", type=_FOLDER, metavar="A")
@click.argument("other", type=_FOLDER, metavar="[B]", required=False)
@click.option(
    "--passes",
    is_flag=True,
    help="Compare the two passes of A, which was unwrapped twice, with each other.",
)
@click.option("--value", "value_type", default="",
              help="Parts taken off in both: v, or v- and letters of d, a, o, s.  "
              "[default: as in the table of A]")  # fmt: skip
@click.option("--reference", default="",
              help="Area that both are relative to, as for `pystamps export`.  "
              "[default: each as in its run]")  # fmt: skip
@click.option("--min-coherence", type=click.FloatRange(0, 1), default=0.0,
              help="Points with at least this coherence.")  # fmt: skip
@click.option("--tolerance", "tolerance_m", type=click.FloatRange(0, min_open=True), default=20.0,
              show_default=True, help="Largest distance of the same point in A and B, m.",
              )  # fmt: skip
@click.option("--map", "map_file", type=click.Path(path_type=Path, dir_okay=False),
              metavar="FILE.png", help="Draw differences and points.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace a map that is there.")
@json_option
def compare(
    one: Path,
    other: Path | None,
    *,
    passes: bool,
    value_type: str,
    reference: str,
    min_coherence: float,
    tolerance_m: float,
    map_file: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Compare points and velocities of two finished data sets of one place.

    Two runs of one stack are matched by the index of the pixels, others by position: the nearest
    points within --tolerance that choose each other. Differences are B minus A in mm/yr, positive
    where B moves faster toward the satellite; where the references are not the same points, the
    mean difference is removed. `pystamps verify` compares file by file, `pystamps params diff` the
    parameters. With --passes, and no B: whole cycles and look-angle errors that the second
    unwrapping of A has changed (method.unwrap_iterations).

    \b
    Examples:
      pystamps compare D G
      pystamps compare D G --value v-do --map difference.png
      pystamps compare D --passes --map passes.png
    """
    from pystamps.products.run_comparison import (
        has_same_reference,
        paired_points,
        velocity_differences,
    )

    _refuse_map(map_file, overwrite=overwrite)
    if passes:
        if other is not None or value_type or reference or min_coherence:
            raise click.UsageError("--passes compares A with itself: give A alone, and --map")
        say_compared_passes(one, map_file, as_json=as_json)
        return
    if other is None:
        raise click.UsageError("give two data sets, A and B, or --passes for those of one")
    all_points = points_of_data_set(one, value_type, reference)
    wanted = value_type or str(all_points.about.get("value_type", ""))
    is_same = has_same_reference(
        all_points, points_of_data_set(other, wanted, reference), tolerance_m
    )
    points = points_of_data_set(one, value_type, reference, min_coherence)
    others = points_of_data_set(other, wanted, reference, min_coherence)
    pairs = paired_points(points, others, tolerance_m=tolerance_m)
    differences = velocity_differences(points, others, pairs, is_same_reference=is_same)
    if map_file is not None:
        from pystamps.plotting.comparison_map import comparison_map
        from pystamps.plotting.saving import save_figure

        names = (str(one), str(other))
        figure = comparison_map(points, others, pairs, differences, names=names)
        save_figure(figure, map_file, dpi=150)
    if as_json:
        print_json(_as_mapping(points, others, pairs, differences))
        return
    click.echo(visible_line(f"A  {one}: {len(points):,} points, {_relative(points)}"))
    click.echo(visible_line(f"B  {other}: {len(others):,} points, {_relative(others)}"))
    for line in _lines(points, others, pairs, differences):
        click.echo(line)
    if map_file is not None:
        click.echo(visible_line(f"map {map_file}"))


def _refuse_map(path: Path | None, *, overwrite: bool) -> None:
    if path is None:
        return
    if path.suffix.lower() != ".png":
        raise click.UsageError(f"--map {path}: expected a name that ends in .png")
    if path.exists() and not overwrite:
        raise click.UsageError(f"--map {path}: is there already; another name, or --overwrite")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"--map {path}: its folder is not there; make it first")


def _relative(points: ChosenPoints) -> str:
    about = points.about
    return f"{about.get('value_type')}, relative to {about.get('reference_area')}"


def _lines(
    one: ChosenPoints, other: ChosenPoints, pairs: PointPairs, found: VelocityDifferences
) -> Iterator[str]:
    """Give what was found, in 80 columns."""
    n_common = pairs.rows.size
    yield f"points in both      {n_common:>10,}  matched by {pairs.matched_by}"
    yield f"only in A           {pairs.only.size:>10,}  {_percent(pairs.only.size, len(one))} of A"
    yield (
        f"only in B           {pairs.only_other.size:>10,}  "
        f"{_percent(pairs.only_other.size, len(other))} of B"
    )
    yield "velocity, B minus A, mm/yr"
    if found.removed_mean:
        yield f"  mean              {found.mean:>10.3f}  removed: the references differ"
    for name in ("bias", "rms", "std"):
        yield f"  {name:<17} {getattr(found, name):>10.3f}"
    for percent, value in found.percentiles.items():
        yield f"  {f'{percent} %':<17} {value:>10.3f}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def _as_mapping(
    one: ChosenPoints, other: ChosenPoints, pairs: PointPairs, found: VelocityDifferences
) -> dict[str, Any]:
    velocity = dataclasses.asdict(found)
    del velocity["values"]
    return {
        "points": {"A": len(one), "B": len(other), "common": int(pairs.rows.size),
                   "only_A": int(pairs.only.size), "only_B": int(pairs.only_other.size)},
        "matched_by": pairs.matched_by,
        "median_distance_m": float(sorted(pairs.distance_m)[pairs.distance_m.size // 2]),
        "value_type": one.about.get("value_type"),
        "reference": {"A": one.about.get("reference_area"), "B": other.about.get("reference_area")},
        "velocity_B_minus_A_mm_per_year": velocity,
    }  # fmt: skip
