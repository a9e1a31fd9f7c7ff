"""``pystamps assess``: results against the truth of a simulation."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--run", "root", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True,
    help="Root of the processed data set.",
)  # fmt: skip
@click.option(
    "--truth", type=click.Path(path_type=Path, dir_okay=False),
    help="Truth file of the simulation.  [default: truth.h5 in the data set]",
)  # fmt: skip
@click.option("--budget", "with_budget", is_flag=True,
              help="Say where the errors come from: every true part through stages 7 and 8 "
              "alone.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def assess(root: Path, truth: Path | None, *, with_budget: bool, as_json: bool) -> None:
    """Compare a processed data set with the truth that `pystamps simulate` wrote.

    Velocity and DEM error are compared at the selected pixels after removing the mean
    difference, displacement after removing a plane per image; the selection is compared with the
    simulated persistent scatterers, unwrapped phase with the true one (whole cycles, one
    constant per interferogram is free). The stated uncertainty of the velocity (v-d) is compared
    with its errors: how many lie within 1 and 2 standard deviations, and the plane over the scene
    apart, found and stated. Where tca2.mat holds tropospheric phase, its spread is that of the true
    atmosphere before and after it is taken off. Results of the accuracy modes stand beside these,
    where they were made from the same files and parameters.

    With --budget every part of the phase that the truth knows (motion, height errors, turbulence,
    orbits, ...), wrong cycles and noise goes through stages 7 and 8 and the products alone: what
    comes out beside the truth is its share of the error. Nothing is written.

    \b
    Examples:
      pystamps assess --run demo/dataset --json
      pystamps assess --run demo/dataset --budget
    """
    from pystamps.products.assessment import assess_dataset

    known = truth or root / "truth.h5"
    found = assess_dataset(root, known)
    budget = None
    if with_budget:
        from pystamps.products.error_budget import error_budget

        budget = error_budget(root, known)
    if as_json:
        values = dataclasses.asdict(found, dict_factory=_without_nan)
        if budget is not None:
            values["budget"] = dataclasses.asdict(budget, dict_factory=_without_nan)
        click.echo(json.dumps(values, indent=2))
        return
    for line in [*found.lines(), *found.coherence_lines(), *(budget.lines() if budget else ())]:
        click.echo(line)


def _without_nan(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Give a dictionary in which null stands for NaN, which JSON does not have."""
    return {name: _known(value) for name, value in items}


def _known(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_known(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
