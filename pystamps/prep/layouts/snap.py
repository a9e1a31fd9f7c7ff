"""Export of SNAP (operator StampsExport): big-endian complex float, single master.

Small-baseline trees in this layout are made by other tools and are accepted.
"""

from __future__ import annotations

from pathlib import Path

from pystamps.prep.export import Export
from pystamps.prep.layouts.gamma_family import find_gamma_family


def find(folder: Path, master: str) -> Export:
    """Find a SNAP export (StaMPS: ``mt_prep_snap``)."""
    return find_gamma_family(folder, master, processor="snap", default_format="FCOMPLEX")
