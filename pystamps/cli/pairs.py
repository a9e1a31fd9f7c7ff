"""``pystamps pairs``: pairs of images for a network of small baselines."""

from __future__ import annotations

from pathlib import Path

import click

from pystamps.cli.options import config_option, dataset_argument, json_option, print_json
from pystamps.cli.plain_tables import plain_lines, wrapped_line


@click.command()
@dataset_argument
@click.option("--least-coherence", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="Expected coherence above which a pair is taken.")  # fmt: skip
@click.option("--most-days", type=click.FloatRange(0, min_open=True), default=1500.0,
              show_default=True, help="Time after which no coherence is left.")  # fmt: skip
@click.option("--most-baseline", type=click.FloatRange(0, min_open=True), default=1070.0,
              show_default=True, help="Critical baseline, m.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the pairs as small_baselines.list of StaMPS.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace a list of --output that is there.")
@config_option
@json_option
def pairs(
    dataset: Path,
    least_coherence: float,
    most_days: float,
    most_baseline: float,
    output: Path | None,
    config_file: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Find pairs of images with small baselines, for interferograms that are still to be made.

    DATASET is a single-master set: its dates and baselines are all that is needed. Coherence is
    expected to fall linearly with time and with baseline; every image gets its best partner too.
    Pairs are made by SNAP, GAMMA, ISCE or Doris; nothing is changed here. (sb_find)

    \b
    Examples:
      pystamps pairs INSAR_20180624
      pystamps pairs -d INSAR_20180624 --least-coherence 0.6 -o small_baselines.list
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.entry.pair_choice import choose_pairs, write_pairs

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    found = choose_pairs(
        dataset, config, least_coherence=least_coherence, critical_days=most_days,
        critical_baseline_m=most_baseline,
    )  # fmt: skip
    if output is not None:
        write_pairs(output, found, overwrite=overwrite)
    if as_json:
        print_json(found)
        return
    head = [["first", "second", "days", "Bperp", "coherence"], ["", "", "", "m", ""]]
    rows = [
        [pair.first, pair.second, f"{pair.days:d}", f"{pair.bperp_m:.0f}", f"{pair.coherence:.2f}"]
        for pair in found.pairs
    ]
    for line in plain_lines(head, rows):
        click.echo(line)
    for words in found.words:
        click.echo(wrapped_line(words))
