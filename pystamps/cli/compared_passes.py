"""``pystamps compare D --passes``: what the second of two unwrappings has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import print_json
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from pystamps.products.pass_differences import PassDifferences

_LISTED = 10
"""Interferograms that the table lists."""


def say_compared_passes(root: Path, map_file: Path | None, *, as_json: bool) -> None:
    """Compare the two passes of a data set; print the numbers, draw the map where one is wanted."""
    from pystamps.products.pass_differences import read_pass_differences

    found = read_pass_differences(root)
    if map_file is not None:
        _draw(root, map_file, found)
    if as_json:
        print_json(_as_mapping(root, found))
        return
    for line in _lines(root, found):
        click.echo(visible_line(line))
    if map_file is not None:
        click.echo(visible_line(f"map {map_file}"))


def _draw(root: Path, map_file: Path, found: PassDifferences) -> None:
    from pystamps.io.artifacts import artifact_name, read_artifact
    from pystamps.model import Pixels
    from pystamps.plotting.pass_map import pass_map
    from pystamps.plotting.saving import save_figure

    pixels = read_artifact(Pixels, root / artifact_name(Pixels, 2))
    save_figure(pass_map(pixels.lonlat, found, name=str(root)), map_file, dpi=150)


def _lines(root: Path, found: PassDifferences) -> Iterator[str]:
    """Give what was found, in 80 columns."""
    n_ps, n_used = found.cycles.shape
    changed = found.changed_pixels
    pixels = int((found.changed_interferograms > 0).sum())
    yield f"{root}: two passes, {n_ps:,} pixels, {n_used} interferograms"
    yield (
        f"other whole cycles  {int(changed.sum()):>10,}  "
        f"{_percent(int(changed.sum()), n_ps * n_used)} of all phases"
    )
    yield f"pixels with them    {pixels:>10,}  {_percent(pixels, n_ps)}"
    yield f"look-angle error    {found.k_rms:>10.3g}  rad/m, rms of the change"
    order = [k for k in changed.argsort(kind="stable")[::-1] if changed[k]]
    for k in order[:_LISTED]:
        name = found.names[k]
        yield f"  {name!s:<34} {int(changed[k]):>8,} pixels  {_percent(int(changed[k]), n_ps)}"
    if len(order) > _LISTED:
        yield f"  and {len(order) - _LISTED} more interferograms"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.2f} %"


def _as_mapping(root: Path, found: PassDifferences) -> dict[str, Any]:
    return {
        "data_set": str(root),
        "pixels": found.cycles.shape[0],
        "changed_phases": int(found.is_changed.sum()),
        "pixels_with_changes": int((found.changed_interferograms > 0).sum()),
        "look_angle_error_change_rms_rad_per_m": found.k_rms,
        "interferograms": [
            {"number": name.number, "date": name.date, "changed_pixels": int(n), "level": int(c)}
            for name, n, c in zip(found.names, found.changed_pixels, found.level, strict=True)
        ],
    }
