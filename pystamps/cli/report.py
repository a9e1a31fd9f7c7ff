"""``pystamps report`` and ``pystamps workflow-path``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import (
    configuration_options,
    cores_option,
    dataset_argument,
    json_option,
    print_json,
    run_configuration,
)
from pystamps.cli.plot_options import lonlat_of_text
from pystamps.resources import workflow_directory

if TYPE_CHECKING:
    from pystamps.config import RunConfig
    from pystamps.report_page.contents import ReportContents, ReportRequest


@click.command()
@dataset_argument
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="HTML file to write; report.html in the data set when omitted.",
)
@click.option("--title", default="", help="Heading of the report.  [default: made of the data set]")
@click.option("--client", default="", help="For whom it is made.")
@click.option(
    "--logo", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Picture beside the title: PNG or JPEG, at most 500 kB.",
)  # fmt: skip
@click.option("--lonlat", "places", multiple=True, metavar="LON,LAT",
              help="A place whose motion in time is shown, degrees; may be repeated.",
              )  # fmt: skip
@click.option("--radius", type=click.FloatRange(0, min_open=True), default=100.0,
              show_default=True, help="Points within so many metres stand for a place.",
              )  # fmt: skip
@click.option(
    "--figures-only", is_flag=True, help="Draw what the results allow; run no stage, no report."
)
@cores_option
@configuration_options
@json_option
def report(
    dataset: Path,
    output: Path | None,
    title: str,
    client: str,
    logo: Path | None,
    places: Sequence[str],
    radius: float,
    figures_only: bool,
    cores: int,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Write a report to pass on: one HTML file that needs neither server nor network.

    Map and numbers, data, method, selection, unwrapping, results, motion of places in time, limits
    in words, provenance; it prints on A4 and Letter. Stages that are not up to date are run first,
    as `pystamps run` does, and the figures of the workflow are drawn.

    \b
    Examples:
      pystamps report INSAR_20180624 --cores 8 -o motion.html
      pystamps report INSAR_20180624 --title "Motion of the dam" --client "Water Board"
      pystamps report INSAR_20180624 --lonlat 14.1,40.8 --lonlat 14.2,40.9 --radius 50
      pystamps report -d INSAR_20180624 --figures-only
    """
    from pystamps.report_page.contents import ReportRequest

    config = run_configuration(dataset, config_file=config_file, assignments=assignments)
    if figures_only:
        _figures_alone(config, cores=cores, as_json=as_json)
        return
    target = (output or config.dataset / "report.html").resolve()
    request = ReportRequest(title, client, logo, tuple(map(lonlat_of_text, places)), radius)
    found = bring_up_to_date_and_report(config, target, request, cores=cores)
    if found is None:
        sys.exit(1)
    if as_json:
        print_json(
            {
                "report": target,
                "figures": config.dataset / "figures",
                "numbers": found.numbers,
                "interferograms": found.share,
            }
        )
    else:
        click.echo(f"{target}")


def bring_up_to_date_and_report(
    config: RunConfig, target: Path, request: ReportRequest, *, cores: int
) -> ReportContents | None:
    """Run what is not up to date and write the report; give what it says, None on a failure.

    Parameters
    ----------
    config : RunConfig
    target : Path
    request : ReportRequest
    cores : int

    Raises
    ------
    PystampsError
        The request is wrong, or the file is somebody else's: nothing has been run then.
    """
    from pystamps.pipeline.report import make_report
    from pystamps.report_page.page import refuse_report, write_report_page

    refuse_report(target, request)
    found: list[ReportContents] = []
    is_done = make_report(
        config, lambda: found.append(write_report_page(config, target, request)), cores=cores
    )
    return found[0] if is_done else None


def _figures_alone(config: RunConfig, *, cores: int, as_json: bool) -> None:
    """Draw the figures that the results allow, and name them."""
    from pystamps.pipeline.report import draw_figures

    figures = draw_figures(config, cores=cores)
    if figures is None:
        sys.exit(1)
    if as_json:
        print_json({"figures": figures})
    else:
        click.echo("\n".join(figures))


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
