"""A figure as pixels, drawn once for whatever files are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt

from pystamps.figures.style import DPI, drawing_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FigurePixels = npt.NDArray[np.uint8]
"""Rows, from the top, columns, and red, green, blue."""


def pixels_of_figure(figure: Figure, *, dpi: float = DPI) -> FigurePixels:
    """Give the pixels of a figure; the layout is found and everything drawn once.

    ``Figure.savefig`` draws twice: once to know where everything lies.

    Parameters
    ----------
    figure : Figure
    dpi : float
        Pixels per inch.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with drawing_settings():
        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        drawn = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        return np.array(np.asarray(drawn)[:, :, :3])


def write_png(
    pixels: FigurePixels,
    file: BinaryIO,
    *,
    dpi: float = DPI,
    words: Mapping[str, str] | None = None,
) -> None:
    """Write pixels as PNG.

    Parameters
    ----------
    pixels : FigurePixels
    file : file object
    dpi : float
        Pixels per inch, which it says of itself.
    words : mapping, optional
        Texts by name to be kept in the file.
    """
    from matplotlib.image import imsave

    imsave(file, pixels, format="png", dpi=dpi, metadata=dict(words or {}))


def write_jpeg(pixels: FigurePixels, file: BinaryIO, *, quality: int) -> None:
    """Write pixels as JPEG, with colours as fine as the light.

    Parameters
    ----------
    pixels : FigurePixels
    file : file object
    quality : int
        1 to 95.
    """
    from matplotlib.image import imsave

    options = {"quality": quality, "subsampling": 0}
    imsave(file, pixels, format="jpg", pil_kwargs=options)
