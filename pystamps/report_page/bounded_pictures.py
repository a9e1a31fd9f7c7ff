"""Pictures inside a page, none larger than a budget, so that the page has a largest size."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from pystamps.figures.style import drawing_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PICTURE_BYTES = 450_000
"""Of one picture, before it is written as text."""

_DPI = 150.0
_QUALITIES = (90, 80, 65)
_SMALLER = 0.75


def picture_address(figure: Figure) -> str:
    """Give a figure as a data address of at most :data:`MOST_PICTURE_BYTES` bytes, in Base64.

    Parameters
    ----------
    figure : Figure
    """
    kind, content = bounded_picture(figure)
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
    from matplotlib.image import imread, imsave

    dpi = _DPI
    while True:
        drawn = io.BytesIO()
        with drawing_settings():
            figure.savefig(drawn, format="png", dpi=dpi)
        if drawn.tell() <= most:
            return "png", drawn.getvalue()
        drawn.seek(0)
        image = imread(drawn)[:, :, :3]
        for quality in _QUALITIES:
            coded = io.BytesIO()
            options = {"quality": quality, "subsampling": 0}
            imsave(coded, image, format="jpg", pil_kwargs=options)
            if coded.tell() <= most:
                return "jpeg", coded.getvalue()
        dpi *= _SMALLER
