"""``pystamps simulate``: a stack with known truth."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from pystamps.cli.options import setting_option
from pystamps.config.setting import Setting
from pystamps.errors import ParameterError
from pystamps.simulate.exporters import CLEAN, EXPORTERS, exporter_forms
from pystamps.simulate.families import FAMILIES, family_scene
from pystamps.simulate.scene import PRESETS, Scene, changed_scene
from pystamps.simulate.scene_settings import scene_settings

_SETTINGS = {
    "seed": "seed",
    "sensor": "view.sensor",
    "pass": "view.orbit",
    "interferograms": "acquisitions.interferograms",
    "revisit_days": "acquisitions.revisit_days",
    "baseline_std": "acquisitions.baseline_std_m",
    "pairs_with_next": "acquisitions.pairs_with_next",
    "longest_pair_days": "acquisitions.longest_pair_days",
    "largest_pair_baseline": "acquisitions.largest_pair_baseline_m",
    "lines": "lines",
    "samples": "samples",
    "ps_density": "scatterers.density_per_km2",
    "dem_error": "dem_error.uncorrelated_m",
    "atmosphere": "atmosphere.rms_rad",
    "ramp": "atmosphere.ramp_rad",
    "noise": "scatterers.phase_noise_rad",
}
"""Setting of each option; the option says what the field of the setting says."""


def _forms_text() -> str:
    """Say which forms the exporters have."""
    return "; ".join(f"{name} {', '.join(exporter_forms(name))}" for name in EXPORTERS)


def _scene_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that change a setting of the scene."""
    by_key = {item.key: item for item in scene_settings()}
    for side in ("azimuth", "range"):
        command = click.option(f"--{side}-patches", type=int, help=f"Patches in {side}.")(command)
    for name, key in reversed(_SETTINGS.items()):
        command = _scene_option(name, by_key[key])(command)
    return command


def _scene_option(name: str, setting: Setting) -> Callable[..., Any]:
    info, types = setting.info, (setting.type, *get_args(setting.type))
    kind = click.Choice(info.choices) if info.choices else int if int in types else float
    unit = f" [{info.unit}]" if info.unit else ""
    return click.option(
        f"--{name.replace('_', '-')}", name, type=kind, help=f"{info.meaning.rstrip('.')}{unit}."
    )


@click.command()
@click.argument("output", type=click.Path(path_type=Path, file_okay=False))
@click.option("--preset", "name", type=click.Choice(list(PRESETS)),
              help="Scene to start from.  [default: demo]")  # fmt: skip
@click.option("--family", type=click.Choice(list(FAMILIES)),
              help="Kind of scene to draw by --seed, instead of a preset.")  # fmt: skip
@click.option("--scene", "scene_file", type=click.Path(path_type=Path, dir_okay=False),
              help="Scene file (YAML) with any settings; options below come on top.")  # fmt: skip
@click.option("--layout", type=click.Choice(["prepared", "raw", "both"]), default="prepared",
              show_default=True, help="Input of stage 1, export, or both.")  # fmt: skip
@click.option("--exporter", type=click.Choice([CLEAN, *EXPORTERS]), default=CLEAN,
              show_default=True, help="Program whose export is written, with its habits; clean: "
              "rasters of SNAP with exact texts.")  # fmt: skip
@click.option("--exporter-form", default="", metavar="FORM", help="Version or kind of the "
              f"export, the first is the default: {_forms_text()}.")  # fmt: skip
@click.option("--workers", "-w", type=click.IntRange(1), default=1, show_default=True,
              help="Blocks of lines made at a time.")  # fmt: skip
@setting_option("runtime.memory_budget_mb", type=click.IntRange(1),
                help="Memory that the workers share.")  # fmt: skip
@click.option("--truth-cubes/--no-truth-cubes", default=None,
              help="Every image at every pixel in the truth file.  "
              "[default: small scenes]")  # fmt: skip
@click.option("--gacos/--no-gacos", default=False, help="Write the delays of the images into "
              "OUTPUT/gacos, as GACOS gives zenith delays.")  # fmt: skip
@_scene_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def simulate(
    output: Path,
    name: str | None,
    family: str | None,
    scene_file: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Simulate a stack with known truth in the new directory OUTPUT.

    A prepared data set is the input of stage 1 (`pystamps run -d OUTPUT`), a raw one that of
    `pystamps prep`; OUTPUT/truth.h5 holds what it was made from (`pystamps assess`).
    All settings of a scene file are in docs/simulator.md.

    \b
    Examples:
      pystamps simulate demo
      pystamps simulate small --preset tiny --seed 7 --ps-density 120
      pystamps simulate export --layout raw --sensor ers --pass descending
      pystamps simulate isce --layout raw --exporter isce --preset tiny
      pystamps simulate pairs --preset tiny --pairs-with-next 3
      pystamps simulate delayed --preset tiny --gacos
      pystamps simulate fast --family fast-bowls --seed 5
      pystamps simulate big --scene volcano.yaml --workers 8 --memory-budget-mb 4000
    """
    from pystamps.pipeline.failures import errors_of_machine
    from pystamps.pipeline.run_lock import run_lock
    from pystamps.progress import reporter
    from pystamps.simulate.writer import WriteOptions, simulate_dataset

    written = WriteOptions(**{item.name: options.pop(item.name)
                              for item in dataclasses.fields(WriteOptions)})  # fmt: skip
    scene = _scene(_base_scene(name, family, options["seed"]), scene_file, options)
    with (
        errors_of_machine(output),
        run_lock(output, "simulate"),
        reporter("simulating, blocks of lines") as progress,
    ):
        summary = simulate_dataset(output, scene, options=written, progress=progress)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), default=str))
        return
    content = (
        f"{summary.patches} patches, {summary.candidates} candidates"
        if summary.patches
        else "raw export"
    )
    click.echo(
        f"{summary.root}: {content}, {summary.interferograms} interferograms, "
        f"{summary.persistent_scatterers} persistent scatterers on {summary.area_km2:.0f} km2; "
        f"truth in {summary.truth}"
    )


def _base_scene(preset: str | None, family: str | None, seed: int | None) -> Scene:
    """Give the scene that settings come on top of."""
    if family is None:
        return PRESETS[preset or "demo"]
    if preset is not None:
        raise ParameterError(
            f"--family {family} and --preset {preset} are two scenes; leave one of them out"
        )
    return family_scene(family, Scene().seed if seed is None else seed)


def _scene(base: Scene, scene_file: Path | None, options: dict[str, Any]) -> Scene:
    """Put a scene file and options on top of a scene."""
    from pystamps.simulate.scene_file import read_scene

    scene = read_scene(scene_file, base) if scene_file else base
    patches = scene.preparation.patches
    given = (options.pop("range_patches"), options.pop("azimuth_patches"))
    changes = {_SETTINGS[key]: value for key, value in options.items() if value is not None}
    if any(given):
        changes["preparation.patches"] = (given[0] or patches[0], given[1] or patches[1])
    if "view.sensor" in changes and changes["view.sensor"] != scene.view.sensor:
        # what the scene sets for its own sensor does not fit another one
        changes |= {"view.near_range_m": None, "view.heading_deg": None}
    return changed_scene(scene, changes)
