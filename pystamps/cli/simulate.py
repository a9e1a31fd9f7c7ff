"""``pystamps simulate``: a stack with known truth."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from pystamps.simulate.scene import PRESETS, preset


@click.command()
@click.argument("output", type=click.Path(path_type=Path, file_okay=False))
@click.option("--preset", "name", type=click.Choice(list(PRESETS)), default="demo",
              show_default=True, help="Scene to start from.")  # fmt: skip
@click.option("--seed", type=int, help="Seed of all random streams.")
@click.option("--interferograms", type=int, help="Number of interferograms.")
@click.option("--lines", type=int, help="Azimuth lines of the image.")
@click.option("--samples", type=int, help="Range samples of the image.")
@click.option("--range-patches", type=int, help="Patches in range.")
@click.option("--azimuth-patches", type=int, help="Patches in azimuth.")
@click.option("--ps-density", type=float, help="Persistent scatterers per square kilometre.")
@click.option("--dem-error", type=float, help="Standard deviation of the height errors in m.")
@click.option("--atmosphere", type=float, help="Rms of the atmospheric delay in rad.")
@click.option("--ramp", type=float, help="Standard deviation of the orbital phase planes in rad.")
@click.option("--noise", type=float, help="Phase noise of the scatterers in rad.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def simulate(
    output: Path,
    name: str,
    range_patches: int | None,
    azimuth_patches: int | None,
    as_json: bool,
    **options: float | None,
) -> None:
    """Simulate a prepared data set with known truth in the new directory OUTPUT.

    The data set is the input of stage 1 (`pystamps run OUTPUT`); OUTPUT/truth.h5 holds what
    it was made from (`pystamps assess`).

    \b
    Examples:
      pystamps simulate demo
      pystamps simulate small --preset tiny --seed 7 --ps-density 120
    """
    from pystamps.simulate.writer import simulate_dataset

    scene = PRESETS[name]
    changes: dict[str, object] = {
        _SETTINGS.get(option, option): value
        for option, value in options.items()
        if value is not None
    }
    changes["patches"] = (range_patches or scene.patches[0], azimuth_patches or scene.patches[1])
    summary = simulate_dataset(output, preset(name, **changes))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), default=str))
        return
    click.echo(
        f"{summary.root}: {summary.patches} patches, {summary.interferograms} interferograms, "
        f"{summary.candidates} candidates, {summary.persistent_scatterers} persistent scatterers "
        f"on {summary.area_km2:.0f} km2; truth in {summary.truth}"
    )


_SETTINGS = {
    "ps_density": "ps_density_per_km2",
    "dem_error": "dem_error_std_m",
    "atmosphere": "atmosphere_rms_rad",
    "ramp": "ramp_rad",
    "noise": "ps_phase_noise_rad",
}
