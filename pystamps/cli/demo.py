"""``pystamps demo``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from pystamps.cli.options import cores_option, json_option, print_json, run_configuration


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
    """Simulate a stack over a subsiding area, run all stages and compare with the truth.

    A second call goes on with the stack that lies there and repeats nothing that is done.
    """
    from pystamps.io.dataset import discover_dataset
    from pystamps.pipeline.report import make_report
    from pystamps.products.assessment import assess_dataset
    from pystamps.simulate import PRESETS, simulate_dataset

    started = time.monotonic()
    root = output / "dataset"
    truth = root / "truth.h5"
    if not truth.is_file():
        click.echo(f"simulating a stack in {root}", err=True)
        simulate_dataset(root, PRESETS["demo"])
    discover_dataset(root)
    report = (output / "report.html").resolve()
    if not make_report(run_configuration(root), report, cores=cores):
        sys.exit(1)
    assessment = assess_dataset(root, truth)
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
