"""The package triangle, run by itself: its C code ends the process that calls it when it fails.

Started by :mod:`pystamps.pipeline.triangle_runner` as a script.

    python -P triangle_child.py PLACES.npy ARCS.npy
"""

from __future__ import annotations

import sys

import numpy as np


def write_triangle_arcs(places: str, arcs: str) -> None:
    """Triangulate the places of a file, and write the arcs to another one."""
    import triangle

    found = triangle.triangulate({"vertices": np.load(places)}, "e")
    np.save(arcs, found["edges"])


if __name__ == "__main__":
    write_triangle_arcs(sys.argv[1], sys.argv[2])
