"""Text for GMT: one line per point."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress


def write_gmt(path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress) -> None:
    """Write longitude, latitude and velocity between tabs, under comments that say what they are.

    Grids are left to GMT (``gmt blockmean``), which states how it fills cells.
    """
    columns = [points.columns[name] for name in ("longitude", "latitude", "velocity")]
    known = np.isfinite(columns[2])
    about = points.about
    head = (
        "# longitude latitude velocity[mm/yr], positive toward the satellite\n"
        f"# {about.get('value_type', '')}, without: {about.get('taken_off', '')}; relative to "
        f"{about.get('reference_area', '')}\n"
    ).replace("\r", " ")
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(head)
        rows = zip(*(column[known].tolist() for column in columns), strict=True)
        stream.writelines([f"{x:.8f}\t{y:.8f}\t{v:.3f}\n" for x, y, v in rows])
    progress(len(points), len(points))
