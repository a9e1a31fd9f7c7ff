"""An export: points to a file, complete or not at all, and beside it what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.export.fields import about_as_json
from pystamps.export.formats import ExportOptions, Format
from pystamps.export.qgis_style import write_qgis_style
from pystamps.io.atomic import temporary_beside, temporary_name
from pystamps.io.own_places import remove_own_folder
from pystamps.products.accurate_columns import with_modes_of
from pystamps.products.accurate_table import points_as_asked
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.known_reference import with_known_reference
from pystamps.products.point_storage import read_point_table
from pystamps.progress import reporter


def export_points(
    table: Path,
    target: Path,
    kind: Format,
    choice: PointChoice,
    options: ExportOptions,
    *,
    ref_velocity: float = 0.0,
    overwrite: bool = False,
) -> ChosenPoints:
    """Write points to a file, beside it ``FILE.json`` (what they mean) and a style for QGIS.

    Parameters
    ----------
    table : Path
        ``products/ps.h5`` of a data set.
    target : Path
    kind : Format
    choice : PointChoice
    options : ExportOptions
    ref_velocity : float
        Velocity of the reference area of the run in m/yr, which is added.
    overwrite : bool
        Replace files that are there.

    Returns
    -------
    ChosenPoints
        What was written.

    Raises
    ------
    ParameterError
        A file is there already, its folder is not, nothing is chosen, or the velocity of the
        reference area has no meaning for the choice.
    """
    write = kind.load()
    if not (kind.has_crs or options.crs.is_geographic):
        raise ParameterError(f"{kind.name}: positions are longitude and latitude; leave --crs out")
    if choice.functions is not None and not kind.has_fits:
        raise ParameterError(
            f"{kind.name}: has no place for functions of time; leave --fit out, or export to "
            "another format"
        )
    beside, style = target.with_name(f"{target.name}.json"), target.with_suffix(".qml")
    for path in (*_files(target, kind), beside, *([style] if kind.velocity_field else [])):
        if path.exists() and not overwrite:
            raise ParameterError(f"{path}: is there already; give another name, or --overwrite")
    if ref_velocity and (choice.reference or choice.functions is not None):
        raise ParameterError(
            f"ref_velocity={ref_velocity:g}: is the velocity of the reference area of the run; "
            "leave --reference and --fit out, or set ref_velocity to 0"
        )
    if not target.absolute().parent.is_dir():
        raise ParameterError(f"{target.parent}: no such folder; make it, or give another one")
    if kind.most_points:
        choice = replace(choice, most_points=kind.most_points)
    points = points_as_asked(read_point_table(table), choice, options.dataset)
    if kind.has_modes:
        points = with_modes_of(options.dataset, points)
    points = with_known_reference(points, ref_velocity)
    with (
        _made_beside(target, kind) as temporary,
        reporter(f"{target.name}: points") as progress,
    ):
        write(temporary, points, options, progress)
    about = {"file": target.name, "format": kind.name, **points.about}
    with temporary_beside(beside) as temporary:
        temporary.write_text(about_as_json(about, indent=1) + "\n")
    if kind.velocity_field:
        write_qgis_style(style, points, kind.velocity_field)
    return points


def _files(target: Path, kind: Format) -> list[Path]:
    """Give all files that an export of this kind makes, the one that is named first."""
    return [target, *(target.with_suffix(part) for part in kind.parts[1:])]


@contextmanager
def _made_beside(target: Path, kind: Format) -> Iterator[Path]:
    """Give a temporary name; what is made there takes the place of the target, or is deleted."""
    if not (kind.is_folder or kind.parts):
        with temporary_beside(target) as temporary:
            yield temporary
        return
    folder = temporary_name(target)
    folder.mkdir()
    try:
        yield folder / target.name
        for path in _files(target, kind):
            if path.is_dir():  # asked for: a folder of another export gives way as a whole
                path.rename(folder / "replaced")
            (folder / path.name).rename(path)
    finally:
        remove_own_folder(folder.absolute().parent, folder.name)
