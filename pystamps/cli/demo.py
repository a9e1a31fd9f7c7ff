"""``pystamps demo``."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import time
from pathlib import Path

import click

from pystamps.cli.options import cores_option, json_option, print_json, run_configuration
from pystamps.cli.report import bring_up_to_date_and_report
from pystamps.config import RunConfig
from pystamps.io.atomic import temporary_beside
from pystamps.io.dataset import TRUTH_NAME


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder for the simulated stack and its results.",
)
@cores_option
@json_option
def demo(output: Path, cores: int, as_json: bool) -> None:
    """Simulate an export of SNAP over a subsiding area, prepare it, run all stages, compare.

    A second call goes on with the stack that lies there and repeats nothing that is done.

    \b
    Example:
      pystamps demo --output demo --cores 4
    """
    from pystamps.products.assessment import assess_dataset
    from pystamps.report_page.contents import ReportRequest

    started = time.monotonic()
    root = output / "dataset"
    config = _simulated(output / "export", root, cores)
    report = (output / "report.html").resolve()
    request = ReportRequest(title="Simulated subsidence", client="whoever tries pySTAMPS")
    if bring_up_to_date_and_report(config, report, request, cores=cores) is None:
        sys.exit(1)
    assessment = assess_dataset(root, root / TRUTH_NAME)
    velocity_map = root.resolve() / "figures" / "velocity_map.png"
    seconds = time.monotonic() - started
    if as_json:
        found = {"velocity_map": velocity_map, "report": report, "seconds": seconds}
        print_json(found | {"assessment": assessment})
        return
    click.echo(f"velocity map   {velocity_map}")
    click.echo(f"report         {report}")
    for line in assessment.lines():
        click.echo(line)
    click.echo(f"finished in    {seconds:.0f} s")


def _simulated(export: Path, root: Path, cores: int) -> RunConfig:
    """Simulate the export where it is missing; give the configuration that prepares and runs it."""
    from pystamps.pipeline.run_lock import run_lock
    from pystamps.simulate import PRESETS, WriteOptions, simulate_dataset
    from pystamps.simulate.prepared import raw_export

    scene = PRESETS["demo"]
    if not (export / TRUTH_NAME).is_file():
        click.echo(f"simulating an export of SNAP in {export}", err=True)
        with run_lock(export, "simulate"):
            simulate_dataset(export, scene, options=WriteOptions(layout="raw", workers=cores))
    root.mkdir(parents=True, exist_ok=True)
    if not (root / TRUTH_NAME).is_file():
        with temporary_beside(root / TRUTH_NAME) as temporary:
            shutil.copy2(export / TRUTH_NAME, temporary)
    raw = raw_export(export, scene.preparation)
    return dataclasses.replace(run_configuration(root), raw=raw)
