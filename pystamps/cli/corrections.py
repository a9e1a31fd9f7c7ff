"""``pystamps corrections``: what tropospheric phase does to every interferogram."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import config_option, dataset_argument, json_option, print_json
from pystamps.cli.plain_tables import csv_options, give_csv, plain_lines, wrapped_line

if TYPE_CHECKING:
    from pystamps.products.corrected_stack import CorrectedStack
    from pystamps.products.delay_effect import DelayEffectTable


@click.command()
@dataset_argument
@config_option
@click.option("--without-plane", "is_deramped", is_flag=True,
              help="Take a plane off every interferogram before and after: orbital ramps hide "
              "what a correction does.")  # fmt: skip
@click.option("--figure", "figure_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Draw maps of one interferogram before and after, and the spread of all; "
              "PNG, PDF or SVG.")  # fmt: skip
@click.option("--ifg", "number", type=click.IntRange(0), default=0, metavar="NUMBER",
              help="Interferogram of the maps.  [default: the one with the largest delay]",
              )  # fmt: skip
@click.option("--method", default="", metavar="TROPO_METHOD",
              help="Delay of the maps, for example a_gacos.  [default: tropo_method]")  # fmt: skip
@csv_options
@json_option
def corrections(
    dataset: Path,
    config_file: Path | None,
    figure_file: Path | None,
    number: int,
    method: str,
    csv_file: str | None,
    *,
    is_deramped: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Show what tropospheric phase does to every interferogram: better or worse.

    \b
    No.      number as drop_ifg_index counts: from 1, the reference image too
    before   standard deviation of the unwrapped phase, rad
    a_...    the same after the correction of that name; ! = worse, - = no delay

    All methods in tca2.mat (small baselines: tca_sb2.mat) are compared. What was estimated from
    the phase itself (a_linear, a_powerlaw) has less spread in any case: that proves nothing.

    \b
    Examples:
      pystamps corrections INSAR_20180624
      pystamps corrections INSAR_20180624 --without-plane --csv corrections.csv
      pystamps corrections INSAR_20180624 --figure corrections.png --ifg 7
    """
    from pystamps.config import RunConfig
    from pystamps.products.corrected_stack import read_corrected_stack

    stamps = RunConfig.from_file(config_file).stamps if config_file else {}
    found = read_corrected_stack(dataset.resolve(), stamps, is_deramped=is_deramped)
    if figure_file is not None:
        _draw(found, figure_file, number, method, overwrite=overwrite)
    if as_json:
        print_json(dataclasses.asdict(found.table) | {"sentences": found.table.sentences()})
    elif csv_file:
        from pystamps.products.delay_effect import DelayEffect

        names = [item.name for item in dataclasses.fields(DelayEffect)]
        rows = [[getattr(row, name) for name in names] for row in found.table.rows]
        give_csv(csv_file, names, rows, overwrite=overwrite)
    else:
        for line in _lines(found.table):
            click.echo(line)


def _draw(found: CorrectedStack, file: Path, number: int, method: str, *, overwrite: bool) -> None:
    """Draw the figure and save it."""
    from pystamps.errors import ParameterError
    from pystamps.figures.style import drawing_settings
    from pystamps.figures.troposphere import troposphere_figure
    from pystamps.io.atomic import temporary_beside
    from pystamps.products.corrected_stack import shown_interferogram

    form = file.suffix.lower().removeprefix(".")
    if form not in ("png", "pdf", "svg"):
        raise ParameterError(f"{file}: expected the ending .png, .pdf or .svg")
    if file.exists() and not overwrite:
        raise ParameterError(f"{file}: is there already; give --overwrite or another name")
    shown = shown_interferogram(found, number=number, method=method)
    with drawing_settings():
        figure = troposphere_figure(found.table, shown)
        with temporary_beside(file) as temporary:
            figure.savefig(temporary, format=form)
    click.echo(f"{file}: written", err=True)


def _lines(table: DelayEffectTable) -> Iterator[str]:
    """Give the table, interferogram by interferogram, and what every method did in words."""
    first = table.of_method(table.methods[0])
    by_method = [table.of_method(method) for method in table.methods]
    head = [["No.", "date", "before", *table.methods], ["", "", "rad", *["rad"] * len(by_method)]]
    rows = []
    for k, row in enumerate(first):
        before = next((of[k].before_rad for of in by_method if of[k].before_rad is not None), None)
        cells = [str(row.number), row.date, "" if before is None else f"{before:.2f}"]
        rows.append([*cells, *(_cell(of[k].after_rad, of[k].verdict) for of in by_method)])
    yield from plain_lines(head, rows)
    for sentence in table.sentences():
        yield wrapped_line(sentence)
    beside = " without a plane" if table.is_deramped else ""
    yield wrapped_line(f"standard deviations of the unwrapped phase{beside}; ! = worse")
    yield wrapped_line(
        f"stages take {table.taken_off} off (tropo_method)"
        if table.taken_off
        else "stages take nothing off (subtr_tropo is n)"
    )


def _cell(after: float | None, verdict: str) -> str:
    from pystamps.products.delay_effect import WORSE

    return "-" if after is None else f"{after:.2f}" + "!" * (verdict == WORSE)
