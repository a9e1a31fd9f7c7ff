"""``pystamps report`` and ``pystamps workflow-path``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pystamps.cli.options import (
    configuration_options,
    cores_option,
    dataset_option,
    json_option,
    print_json,
    run_configuration,
)
from pystamps.resources import workflow_directory


@click.command()
@dataset_option
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="HTML file to write; report.html in the data set when omitted.",
)
@click.option(
    "--figures-only", is_flag=True, help="Draw what the results allow; run no stage, no report."
)
@cores_option
@configuration_options
@json_option
def report(
    dataset: Path,
    output: Path | None,
    figures_only: bool,
    cores: int,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Draw the figures of a data set and collect them in one HTML file.

    Stages that are not up to date are run first, as `pystamps run` does.

    \b
    Examples:
      pystamps report -d INSAR_20180624 --cores 8 -o velocity.html
      pystamps report -d INSAR_20180624 --figures-only
    """
    from pystamps.pipeline.report import draw_figures, make_report

    config = run_configuration(dataset, config_file=config_file, assignments=assignments)
    if figures_only:
        figures = draw_figures(config, cores=cores)
        if figures is None:
            sys.exit(1)
        if as_json:
            print_json({"figures": figures})
        else:
            click.echo("\n".join(figures))
        return
    target = (output or config.dataset / "report.html").resolve()
    if not make_report(config, target, cores=cores):
        sys.exit(1)
    if as_json:
        print_json({"report": target, "figures": config.dataset / "figures"})
    else:
        click.echo(f"{target}")


@click.command("workflow-path")
@json_option
def workflow_path(as_json: bool) -> None:
    """Print the folder of the Snakefile, for use with snakemake itself.

    \b
      snakemake --snakefile "$(pystamps workflow-path)/Snakefile" --cores 8 --config dataset=D
    """
    if as_json:
        print_json({"workflow": workflow_directory()})
    else:
        click.echo(str(workflow_directory()))
