"""Pictures inside a page, none larger than a budget, so that the page has a largest size."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, TypeAlias

from pystamps.figures.rendering import pixels_of_figure, write_jpeg, write_png
from pystamps.figures.style import DPI

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DrawnPicture: TypeAlias = "Figure | bytes"
"""A figure to be drawn, or a PNG that has been."""

MOST_PICTURE_BYTES = 450_000
"""Of one picture, before it is written as text."""

_QUALITIES = (90, 80, 65)
_SMALLER = 0.75


def picture_address(picture: DrawnPicture) -> str:
    """Give a picture as a data address of at most :data:`MOST_PICTURE_BYTES` bytes, in Base64.

    Parameters
    ----------
    picture : Figure or bytes
        To be drawn, or a PNG of at most so many bytes.
    """
    kind, content = ("png", picture) if isinstance(picture, bytes) else bounded_picture(picture)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def bounded_picture(figure: Figure, *, most: int = MOST_PICTURE_BYTES) -> tuple[str, bytes]:
    """Give a figure as a picture of at most so many bytes: ``png`` or ``jpeg``, and the bytes.

    Parameters
    ----------
    figure : Figure
    most : int

    Notes
    -----
    Without loss where it fits, which drawings do; maps of many points as JPEG, and coarser until
    they fit.
    """
    dpi = float(DPI)
    while True:
        pixels = pixels_of_figure(figure, dpi=dpi)
        drawn = io.BytesIO()
        write_png(pixels, drawn, dpi=dpi)
        if drawn.tell() <= most:
            return "png", drawn.getvalue()
        for quality in _QUALITIES:
            coded = io.BytesIO()
            write_jpeg(pixels, coded, quality=quality)
            if coded.tell() <= most:
                return "jpeg", coded.getvalue()
        dpi *= _SMALLER
