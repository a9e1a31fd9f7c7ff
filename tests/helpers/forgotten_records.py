"""Data sets of which nobody knows who made them: their files may be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from pystamps.io.manifest import TREE_MANIFEST
from pystamps.io.stage_records import FOLDER


def forget_records(root: Path) -> None:
    """Delete the records of all stages, and the manifest that sums them up."""
    shutil.rmtree(root / FOLDER)
    (root / TREE_MANIFEST).unlink()
