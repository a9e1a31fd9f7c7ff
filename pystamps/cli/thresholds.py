"""``pystamps thresholds``: pixels against thresholds of stages 3 and 4, without a run."""

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
    from pystamps.pipeline.entry.thresholds import ThresholdRow, ThresholdTable

_HEAD = ["threshold", "value", "", "of", "selected", "kept", "share", ""]


@click.command()
@dataset_argument
@config_option
@click.option("--values", "given", multiple=True, metavar="NAME=V,V,...",
              help="Values to try of density_rand, percent_rand, weed_standard_dev, weed_max_noise "
              "or coherence; only the names that are given.")  # fmt: skip
@csv_options
@json_option
def thresholds(
    dataset: Path,
    config_file: Path | None,
    given: Sequence[str],
    csv_file: str | None,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Count the pixels that other thresholds would leave; no stage runs.

    \b
    density_rand, percent_rand  stage 3: pixels selected by the coherence of stage 2, and kept
                                after the second estimate, of all candidates
    weed_standard_dev,          stage 4: pixels kept by the noise step, of those before it
    weed_max_noise
    coherence                   pixels of the merged data set with at least this coherence, as
                                `pystamps export --min-coherence` chooses them

    The value that holds is marked with *. Numbers are those that the stage would give, all other
    parameters being as they are; where they are estimates (limits looser than that of the run), a
    ~ stands before them. Numbers of patches are added up; the merge drops pixels that two have.

    \b
    Examples:
      pystamps thresholds INSAR_20180624
      pystamps thresholds -d INSAR_20180624 --values weed_standard_dev=0.5,0.8,1
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.entry.thresholds import threshold_table

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    found = threshold_table(dataset, config, _parsed_values(given) or None)
    rows = [dataclasses.asdict(row) for row in found.rows]
    if as_json:
        for row in rows:  # JSON has no inf
            row["value"] = row["value"] if isfinite(row["value"]) else "inf"
        print_json({"rows": rows, "missing": dict(found.missing)})
    elif csv_file:
        give_csv(csv_file, list(rows[0]), [list(row.values()) for row in rows], overwrite=overwrite)
    else:
        for line in _lines(found):
            click.echo(line)


def _parsed_values(given: Sequence[str]) -> dict[str, list[float]]:
    """Give the values to try by name."""
    from pystamps.pipeline.entry.thresholds import THRESHOLDS

    found: dict[str, list[float]] = {}
    for text in given:
        name, _, values = text.partition("=")
        if name not in THRESHOLDS:
            raise click.UsageError(f"--values {text}: expected one of {', '.join(THRESHOLDS)}")
        try:
            numbers = [float(value) for value in values.split(",")]
        except ValueError as error:
            raise click.UsageError(
                f"--values {text}: expected numbers with commas between them"
            ) from error
        if not all(number > 0 for number in numbers):
            raise click.UsageError(f"--values {text}: expected numbers above 0")
        found.setdefault(name, []).extend(numbers)
    return found


def _lines(found: ThresholdTable) -> Iterator[str]:
    yield from plain_lines([_HEAD], [_cells(row) for row in found.rows])
    for name, reason in found.missing.items():
        is_stage = reason.startswith("stage")
        said = f"{reason} gives it (pystamps run)" if is_stage else reason
        yield wrapped_line(f"empty: {name}; {said}")
    if any(row.kept is not None and not row.is_exact for row in found.rows):
        yield wrapped_line(
            "~ estimate: the stage would estimate candidates again that it has not estimated yet"
        )


def _cells(row: ThresholdRow) -> list[str]:
    kept = "" if row.kept is None else f"{row.kept:d}"
    share = f"{100 * row.kept / row.before:.1f} %" if row.kept is not None and row.before else ""
    return [
        row.name,
        f"{row.value:g}",
        "*" if row.is_current else "",
        "" if row.before is None else f"{row.before:d}",
        "" if row.selected is None else f"{row.selected:d}",
        kept,
        share,
        "~" if row.kept is not None and not row.is_exact else "",
    ]
