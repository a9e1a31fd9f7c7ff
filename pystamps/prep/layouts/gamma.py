"""Stack of GAMMA: as SNAP's, but images may be complex int16 (``image_format: SCOMPLEX``)."""

from __future__ import annotations

from pathlib import Path

from pystamps.prep.export import Export
from pystamps.prep.layouts.gamma_family import find_gamma_family


def find(folder: Path, master: str) -> Export:
    """Find a GAMMA export (StaMPS: ``mt_prep_gamma``)."""
    return find_gamma_family(folder, master, processor="gamma")
