"""Style of QGIS beside a layer: points coloured by velocity, symmetric about no motion."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from pystamps.io.atomic import temporary_beside
from pystamps.products.chosen import ChosenPoints

_CLASSES = 11
_COLOURS = (
    "103,0,31", "178,24,43", "214,96,77", "244,165,130", "253,219,199", "247,247,247",
    "209,229,240", "146,197,222", "67,147,195", "33,102,172", "5,48,97",
)  # fmt: skip
"""Red = away from, blue = toward the satellite; can be told apart by the colour-blind."""


def write_qgis_style(path: Path, points: ChosenPoints, field: str = "velocity") -> None:
    """Write a style file (QML) that QGIS takes when it opens a layer of the same name.

    Parameters
    ----------
    path : Path
        ``LAYER.qml``.
    points : ChosenPoints
    field : str
        Name of the velocity in the layer.
    """
    velocity = points.columns["velocity"]
    limit = float(np.percentile(np.abs(velocity[np.isfinite(velocity)]), 99)) or 1.0
    edges = np.linspace(-limit, limit, _CLASSES + 1)
    wide = [-1e9, *edges[1:-1].tolist(), 1e9]
    ranges = "".join(
        f'<range lower="{wide[k]:.3f}" upper="{wide[k + 1]:.3f}" symbol="{k}" render="true" '
        f"label={quoteattr(f'{edges[k]:.1f} to {edges[k + 1]:.1f} mm/yr')}/>"
        for k in range(_CLASSES)
    )
    symbols = "".join(
        f'<symbol type="marker" name="{k}" alpha="1"><layer class="SimpleMarker" enabled="1">'
        '<Option type="Map">'
        f'<Option type="QString" name="color" value="{colour},255"/>'
        '<Option type="QString" name="name" value="circle"/>'
        '<Option type="QString" name="outline_style" value="no"/>'
        '<Option type="QString" name="size" value="1.4"/>'
        "</Option></layer></symbol>"
        for k, colour in enumerate(_COLOURS)
    )
    text = (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.28" styleCategories="Symbology">'
        f'<renderer-v2 type="graduatedSymbol" attr={quoteattr(field)} symbollevels="0" '
        f'graduatedMethod="GraduatedColor" enableorderby="0">'
        f"<ranges>{ranges}</ranges><symbols>{symbols}</symbols>"
        "</renderer-v2></qgis>\n"
    )
    with temporary_beside(path) as temporary:
        temporary.write_text(text)
