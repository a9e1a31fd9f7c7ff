"""``pystamps info``: a data set on one page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import (
    configuration_options,
    dataset_argument,
    json_option,
    print_json,
    run_configuration,
)
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from pystamps.pipeline.overview import ImageDates, Overview
    from pystamps.pipeline.stack_facts import StackFacts

_WIDTH = 80
_LABEL = 12


@click.command()
@dataset_argument
@configuration_options
@json_option
def info(
    dataset: Path, config_file: Path | None, assignments: Sequence[str], as_json: bool
) -> None:
    """Show a data set on one page: what it is, how far it has come, what is next.

    Scene, sensor, dates, candidates and pixels after each stage, reference area, parameters that
    differ from their defaults, versions, the last run. It writes nothing. `pystamps status` says
    more about stages, `pystamps params` about parameters.

    \b
    Examples:
      pystamps info INSAR_20180624
      pystamps info -d INSAR_20180624 --json
    """
    from pystamps.pipeline.overview import overview_of

    config = run_configuration(dataset, config_file=config_file, assignments=assignments)
    found = overview_of(dataset, config)
    if as_json:
        print_json(found)
        return
    for label, text in _lines(found):
        for line in _wrapped(label, text):
            click.echo(line)


def _wrapped(label: str, text: str) -> list[str]:
    """Lay a text beside its label, in 80 columns."""
    indent = " " * _LABEL
    return textwrap.wrap(
        visible_line(text), _WIDTH, initial_indent=label.ljust(_LABEL), subsequent_indent=indent,
        break_on_hyphens=False,
    )  # fmt: skip


def _lines(found: Overview) -> Iterator[tuple[str, str]]:
    """Give the lines of the page: label and text."""
    from pystamps.pipeline.pixel_counts import counts_in_words

    yield "data set", str(found.root)
    if found.scene is not None:
        yield from _lines_of_scene(found.scene)
    if found.dates is not None:
        yield from _lines_of_dates(found.dates)
    yield "patches", f"{len(found.patches)}: {_some(found.patches)}"
    yield "pixels", counts_in_words(found.counts, len(found.patches)) or "stage 1 has not run yet"
    yield "stages", _states_in_words(found)
    yield "reference", found.reference or "unknown"
    changed = [f"{c.name} = {c.value} ({c.other}; {c.source})" for c in found.changed]
    yield "parameters", "; ".join(changed) or "all have their default"
    made = f"results made by pySTAMPS {', '.join(found.made_by)}; " if found.made_by else ""
    yield "versions", f"{made}here is pySTAMPS {found.version}"
    yield "results", ", ".join(found.results) or "none yet"
    if found.last_run is not None:
        run = found.last_run
        failed = f" in {', '.join(run.failed)}" if run.failed else ""
        yield "last run", f"{run.state}{failed}, {run.started}: {run.command}"
    for problem in found.problems:
        yield "problem", problem
    for number, step in enumerate(found.next_steps):
        yield "" if number else "next", step


def _lines_of_scene(scene: StackFacts) -> Iterator[tuple[str, str]]:
    width, length = scene.size
    size = f"{width:,} samples x {length:,} lines" if width and length else "size unknown"
    if scene.extent is not None:
        west, south, east, north = scene.extent
        size += f"; longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
    yield "scene", size
    wavelength, heading = scene.wavelength_m, scene.heading_deg
    yield (
        "sensor",
        f"{scene.platform}, wavelength {_known(wavelength and wavelength * 1000)} mm, heading "
        f"{_known(heading)} degrees ({scene.orbit_direction}); by {scene.processor}",
    )


def _known(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"


def _lines_of_dates(dates: ImageDates) -> Iterator[tuple[str, str]]:
    images = dates.images
    left_out = f"; left out: {', '.join(dates.dropped)}" if dates.dropped else ""
    yield (
        "dates",
        f"{len(images)} images, {images[0]} to {images[-1]}, reference {dates.reference}{left_out}",
    )


def _states_in_words(found: Overview) -> str:
    """Say how far the stages have come, those in the same state together."""
    groups: dict[str, list[str]] = {}
    for stage, states in found.states.items():
        words = ", ".join(
            state if sum(states.values()) == count else f"{count} {state}"
            for state, count in states.items()
        )
        groups.setdefault(words, []).append(stage)
    return "; ".join(f"{words}: {_span(names)}" for words, names in groups.items()) or "unknown"


def _span(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _some(names: Sequence[str]) -> str:
    from pystamps.pipeline.words import some_of

    return some_of(names)
