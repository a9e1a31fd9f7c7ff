"""Figures to files: complete or not at all, nothing overwritten that nobody named."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pystamps.errors import ParameterError
from pystamps.figures.style import drawing_settings
from pystamps.io.atomic import temporary_beside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_METADATA: dict[str, dict[str, Any]] = {
    ".png": {},
    ".pdf": {"CreationDate": None},  # equal figures are equal files
    ".svg": {"Date": None},
}
_SALT = "pystamps"


def checked_target(path: Path, *, overwrite: bool) -> Path:
    """Refuse a file that is there, has no folder, or an ending that means no picture.

    Raises
    ------
    ParameterError
    """
    if path.suffix.lower() not in _METADATA:
        raise ParameterError(
            f"{path}: its ending means no picture; use one of {', '.join(_METADATA)}"
        )
    return checked_new_file(path, overwrite=overwrite)


def checked_new_file(path: Path, *, overwrite: bool) -> Path:
    """Refuse a file that is there, unless that is asked for, or whose folder is not.

    Raises
    ------
    ParameterError
    """
    if path.exists() and not overwrite:
        raise ParameterError(f"{path}: is there already; give another name, or --overwrite")
    if not path.absolute().parent.is_dir():
        raise ParameterError(f"{path.parent}: no such folder; make it, or give another one")
    return path


def save_figure(figure: Figure, path: Path, *, dpi: float) -> None:
    """Save one figure; the ending of the file means its kind."""
    ending = path.suffix.lower()
    with drawing_settings(svg_hashsalt=_SALT), temporary_beside(path) as temporary:
        figure.savefig(temporary, format=ending[1:], dpi=dpi, metadata=_METADATA[ending])


def save_pages(
    figures: Iterable[Figure], path: Path, *, dpi: float, overwrite: bool
) -> tuple[Path, ...]:
    """Save pages: one PDF, or a numbered picture each (``NAME_001.png``).

    Parameters
    ----------
    figures : iterable of Figure
        Drawn one after the other.
    path : Path
    dpi : float
    overwrite : bool
        Replace files that are there.

    Returns
    -------
    tuple of Path
        All or none: they appear together at the end.
    """
    if path.suffix.lower() == ".pdf":
        from matplotlib.backends.backend_pdf import PdfPages

        with temporary_beside(path) as temporary:
            with PdfPages(temporary, metadata=_METADATA[".pdf"]) as pages:
                for figure in figures:
                    with drawing_settings():
                        pages.savefig(figure, dpi=dpi)
            return (path,)
    written = []
    ending = path.suffix.lower()
    with ExitStack() as stack:
        for number, figure in enumerate(figures, start=1):
            page = path.with_name(f"{path.stem}_{number:03d}{path.suffix}")
            temporary = stack.enter_context(
                temporary_beside(checked_new_file(page, overwrite=overwrite))
            )
            with drawing_settings(svg_hashsalt=_SALT):
                figure.savefig(temporary, format=ending[1:], dpi=dpi, metadata=_METADATA[ending])
            written.append(page)
    return tuple(written)


def save_table(text: str, path: Path) -> None:
    """Save a table as text."""
    with temporary_beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
