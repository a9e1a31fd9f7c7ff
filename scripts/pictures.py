"""Make the pictures of README and of the documentation site, all from the demonstration stack.

``make pictures`` simulates and runs that stack (``pystamps demo``), then calls this::

    python scripts/pictures.py demo/dataset

The pictures are part of the repository, because a checkout, the package index and a build of the
site should show them without a run of minutes; they are small (:data:`MOST_BYTES` each).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import pystamps
from pystamps.io.atomic import temporary_beside

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "pictures"
MOST_BYTES = 200_000
WIDTHS = (1200, 1000, 800, 640)
"""Pixels: twice what a page shows, for dense screens; less where a picture would be too large."""
COLOURS = 256

FIGURES = ("velocity_map", "coherence_histogram", "unwrapped_panel", "time_series")
"""Figures of the report that pages show."""


VIEWER = "viewer"
"""The viewer in a browser, with the series of two points."""
PICTURES = (*FIGURES, VIEWER)
_BROWSER = (
    "--headless=new --no-sandbox --disable-dev-shm-usage --hide-scrollbars --use-angle=swiftshader "
    "--enable-unsafe-swiftshader --force-device-scale-factor=1 --window-size=1200,800 "
    "--virtual-time-budget=20000"
)


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


def viewer_picture(dataset: Path, target: Path) -> None:
    """Write what the viewer shows of a data set: its map, the fastest and the stillest point.

    Raises
    ------
    FileNotFoundError
        There is no Chromium here.
    """
    browser = shutil.which("chromium")
    if browser is None:
        raise FileNotFoundError("chromium is not installed: it draws the picture of the viewer")
    velocity = pystamps.open(dataset).velocity()
    fastest = int(np.argsort(velocity)[velocity.size // 200])  # no outlier
    stillest = int(np.nanargmin(np.abs(velocity)))
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder, "viewer.html"), Path(folder, "viewer.png")
        export = [sys.executable, "-m", "pystamps", "export", str(dataset), "--to", str(page)]
        subprocess.run(export, check=True, capture_output=True)
        address = f"{page.as_uri()}#points={fastest + 1},{stillest + 1}"
        command = [browser, *_BROWSER.split(), f"--screenshot={picture}", address]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        small_picture(picture, target)


def make_pictures(dataset: Path, folder: Path) -> list[Path]:
    """Make all pictures from a finished data set whose figures are drawn.

    Raises
    ------
    FileNotFoundError
        A figure is missing: ``pystamps report --figures-only`` draws them. Or Chromium is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{name}.png" for name in FIGURES]
    for target in made:
        small_picture(dataset / "figures" / target.name, target)
    viewer_picture(dataset, folder / f"{VIEWER}.png")
    return [*made, folder / f"{VIEWER}.png"]


def main() -> int:
    """Make the pictures of the checkout."""
    dataset = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "demo" / "dataset"
    for path in make_pictures(dataset, FOLDER):
        print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
