"""Where the checkout and the golden trees lie, and writable copies of trees."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("PYSTAMPS_SHARED", CHECKOUT.parent / "shared"))


def copy_writable(source: Path, target: Path) -> None:
    """Copy a read-only tree on top of another so that the copy can be changed."""
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
