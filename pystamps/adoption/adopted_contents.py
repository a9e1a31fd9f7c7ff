"""Whether files that are taken over on trust are what a stage would read, value by value."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pystamps.io.artifacts import read_artifact, sizes_of
from pystamps.io.layouts import LAYOUTS
from pystamps.io.sizes import Sizes
from pystamps.model import Pixels
from pystamps.replay.contents import artifact_kind
from pystamps.rows import Rows, row_blocks


def check_contents_of(root: Path, names: Iterable[str]) -> None:
    """Read artifacts as stages do, against their layouts and the pixels that they belong to.

    Parameters
    ----------
    root : Path
    names : iterable of str
        Relative to the root.

    Raises
    ------
    ArtifactError
        Names file and variable, and what is wrong.
    """
    for name in names:
        path = root / name
        kind = artifact_kind(path.name)
        matrices = [n for n, v in LAYOUTS[kind].fields.items() if v.kind == "matrix"]
        artifact: Any = read_artifact(kind, path, by_rows=matrices, sizes=_sizes_beside(path))
        for value in (getattr(artifact, field) for field in matrices):
            if isinstance(value, Rows):
                for rows in row_blocks(value):
                    _ = value[rows]  # checked while it is read


def _sizes_beside(path: Path) -> Sizes | None:
    """Give the sizes that the pixels prescribe which lie beside a file."""
    generation = path.stem[-1] if path.stem[-1] in "12" else "2"
    pixels = path.with_name(f"ps{generation}.mat")
    if not pixels.is_file():
        return None
    return sizes_of(read_artifact(Pixels, pixels), pixels)
