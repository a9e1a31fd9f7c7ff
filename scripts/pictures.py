"""Make the pictures of README and of the documentation site, all from the demonstration stack.

``make pictures`` simulates and runs that stack (``pystamps demo``), then calls this::

    python scripts/pictures.py demo/dataset

The pictures are part of the repository, because a checkout, the package index and a build of the
site should show them without a run of minutes; they are small (:data:`MOST_BYTES` each).
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

from pystamps.io.atomic import temporary_beside

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "pictures"
MOST_BYTES = 200_000
WIDTHS = (1200, 1000, 800, 640)
"""Pixels: twice what a page shows, for dense screens; less where a picture would be too large."""
COLOURS = 256

FIGURES = ("velocity_map", "coherence_histogram", "unwrapped_panel", "time_series")
"""Figures of the report that pages show."""


def small_picture(source: Path, target: Path) -> None:
    """Write a picture with fewer colours, as wide as its size in bytes allows.

    Raises
    ------
    ValueError
        The narrowest is too large.
    """
    with Image.open(source) as picture:
        whole = picture.convert("RGB")
    for width in WIDTHS:
        shown = whole.copy()
        shown.thumbnail((width, width), Image.Resampling.LANCZOS)
        stored = BytesIO()
        few = shown.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(stored, "PNG", optimize=True)
        if stored.tell() <= MOST_BYTES:
            with temporary_beside(target) as temporary:
                temporary.write_bytes(stored.getvalue())
            return
    raise ValueError(f"{target.name}: {stored.tell():,} bytes; at most {MOST_BYTES:,}")


def make_pictures(dataset: Path, folder: Path) -> list[Path]:
    """Make all pictures from a finished data set whose figures are drawn.

    Raises
    ------
    FileNotFoundError
        A figure is missing: ``pystamps report --figures-only`` draws them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{name}.png" for name in FIGURES]
    for target in made:
        small_picture(dataset / "figures" / target.name, target)
    return made


def main() -> int:
    """Make the pictures of the checkout."""
    dataset = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "demo" / "dataset"
    for path in make_pictures(dataset, FOLDER):
        print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
