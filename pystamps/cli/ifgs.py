"""``pystamps ifgs``: the interferograms of a data set, measured and judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import config_option, dataset_argument, json_option, print_json
from pystamps.cli.plain_tables import csv_options, give_csv, plain_lines, wrapped_line

if TYPE_CHECKING:
    from pystamps.products.interferogram_table import InterferogramTable, JudgementLimits

_COLUMNS = (
    ("No.", "", "number", "d", 1),
    ("date", "", "date", "", 1),
    ("days", "", "days", "d", 1),
    ("Bperp", "m", "bperp_m", ".0f", 1),
    ("noise", "deg", "noise_deg", ".0f", 1),
    ("resid", "mm", "residual_rms_mm", ".1f", 1),
    ("msd", "rad2", "msd_rad2", ".3f", 1),
    ("arcs", "%", "contradicting_share", ".1f", 100),
    ("effect", "mm/yr", "effect_rms_mm_yr", ".2f", 1),
    ("most", "mm/yr", "effect_max_mm_yr", ".1f", 1),
    ("verdict", "", "verdict", "", 1),
)
"""Title, unit, column, format and factor of what people see."""

_RULES = {
    "space-time grid": "another cycle than stage 6 expected of the arc in time",
    "delaunay": "more than half a cycle from the median of the 4 nearest dates, on a network of "
    "the pixels",
    "": "",
}


@click.command()
@dataset_argument
@config_option
@click.option("--value", "value_type", default="",
              help="Parts taken off before residuals and effects: v, or v- and letters of d "
              "(look-angle error), a (troposphere), m, o (plane), s (noise).  [default: "
              "products.value_type]",
              )  # fmt: skip
@click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE",
              help="Limit of the verdicts, for example look_noise_deg=50; inf = off.")  # fmt: skip
@csv_options
@json_option
def ifgs(
    dataset: Path,
    config_file: Path | None,
    value_type: str,
    limits: Sequence[str],
    csv_file: str | None,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Judge the interferograms of a data set: which ones to look at, which ones to drop.

    \b
    No.      number as drop_ifg_index counts: from 1, the reference image too
    days     from the reference image
    Bperp    perpendicular baseline
    noise    of the wrapped phase (ifgstd2.mat)
    resid    rms of the displacement about the line in time of every point
    msd      mean squared difference of neighbours on the unwrapping grid
    arcs     share whose unwrapping contradicts their neighbours in time
    effect   rms change of the velocity of the points without it
    most     largest change of the velocity of a point without it
    verdict  keep, look or drop by the limits; below stands why

    What stages have not given yet is empty. Nothing is changed: `pystamps drop` leaves
    interferograms out.

    \b
    Examples:
      pystamps ifgs INSAR_20180624
      pystamps ifgs -d INSAR_20180624 --limit look_noise_deg=50 --csv ifgs.csv
      pystamps ifgs INSAR_20180624 --csv - | cut -d, -f 2,11
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.entry.interferograms import interferogram_table

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    found = interferogram_table(
        dataset, config, limits=_parsed_limits(limits), value_type=value_type
    )
    if as_json:
        print_json(_as_json(found))
    elif csv_file:
        names = list(found.columns())
        rows = [[getattr(row, name) for name in names] for row in found.rows]
        give_csv(csv_file, names, rows, overwrite=overwrite)
    else:
        for line in _lines(found):
            click.echo(line)


def _parsed_limits(assignments: Sequence[str]) -> JudgementLimits:
    """Give the limits with those that the user has set."""
    from pystamps.products.interferogram_table import DEFAULT_LIMITS

    known = {item.name: item.metadata["meaning"] for item in dataclasses.fields(DEFAULT_LIMITS)}
    given: dict[str, float] = {}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in known:
            listed = "\n".join(f"  {word}: {meaning}" for word, meaning in known.items())
            raise click.UsageError(f"--limit {assignment}: the limits are\n{listed}")
        try:
            given[name] = float(text)
        except ValueError as error:
            raise click.UsageError(f"--limit {assignment}: expected a number") from error
        if not given[name] >= 0:
            raise click.UsageError(f"--limit {assignment}: expected a number from 0 on, or inf")
    return dataclasses.replace(DEFAULT_LIMITS, **given)


def _lines(found: InterferogramTable) -> Iterator[str]:
    """Give the table, the reasons, and what is not known yet."""
    head = [[title for title, *_ in _COLUMNS], [unit for _, unit, *_ in _COLUMNS]]
    rows = [
        [_cell(getattr(row, name), form, factor) for _, _, name, form, factor in _COLUMNS]
        for row in found.rows
    ]
    yield from plain_lines(head, rows)
    for row in found.rows:
        if row.verdict in ("look", "drop"):
            yield wrapped_line(f"{row.verdict} {row.number} ({row.date}): {row.reason}")
    stages: dict[str, list[str]] = {}
    for title, _, name, *_ in _COLUMNS:
        if name in found.missing:
            stages.setdefault(found.missing[name], []).append(title)
    for stage, titles in stages.items():
        yield wrapped_line(f"empty: {', '.join(titles)}; {stage} gives it (pystamps run)")
    if not found.missing:
        yield wrapped_line(
            f"resid, effect, most: {found.value_type} about a straight line; arcs: "
            f"{_RULES[found.arcs_rule]}"
        )


def _as_json(found: InterferogramTable) -> dict[str, object]:
    """Give the table for programs; a limit that is switched off is null, for JSON has no inf."""
    limits = dataclasses.asdict(found.limits)
    known = {name: value if isfinite(value) else None for name, value in limits.items()}
    return dataclasses.asdict(found) | {"limits": known}


def _cell(value: object, form: str, factor: int) -> str:
    if value is None:
        return ""
    return format(value * factor if isinstance(value, float) else value, form)
