"""Text for GMT: one line per point."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress


def write_gmt(path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress) -> None:
    """Write longitude, latitude, velocity and columns of a fit, under comments that name them.

    Grids are left to GMT (``gmt blockmean``), which states how it fills cells.
    """
    columns = [points.columns[name] for name in ("longitude", "latitude", "velocity")]
    fitted = [points.columns[name] for name in points.fit_meanings]
    names = "".join(f" {name}[{c.unit}]" for name, c in points.fit_meanings.items())
    known = np.isfinite(columns[2])
    about = points.about
    head = (
        f"# longitude latitude velocity[mm/yr]{names}, positive toward the satellite\n"
        f"# {about.get('value_type', '')}, without: {about.get('taken_off', '')}; relative to "
        f"{about.get('reference_area', '')}\n"
    ).replace("\r", " ")
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(head)
        rows = zip(*(column[known].tolist() for column in [*columns, *fitted]), strict=True)
        line = "\t".join(["%.8f", "%.8f", "%.3f", *["%.3f"] * len(fitted)]) + "\n"
        stream.writelines([line % row for row in rows])
    progress(len(points), len(points))
