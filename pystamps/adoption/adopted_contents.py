"""Whether files that are taken over on trust are what a stage would read, value by value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact, sizes_of
from pystamps.io.layouts import LAYOUTS
from pystamps.io.sizes import Sizes
from pystamps.model import Pixels
from pystamps.pipeline.words import some_of
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


def unreadable_among(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Give the files that no stage would read, and why."""
    found = {}
    for name in names:
        try:
            check_contents_of(root, [name])
        except ArtifactError as error:
            found[name] = str(error)
    return found


def refuse_unreadable(root: Path, unreadable: Mapping[str, str]) -> None:
    """Refuse files that were cut off while they were saved, or are of another selection of pixels.

    Raises
    ------
    ArtifactError
        What is wrong with the first, the names of all.
    """
    if unreadable:
        names = list(unreadable)
        others = f" (like it: {some_of(names[1:], shown=12)})" if len(names) > 1 else ""
        raise ArtifactError(
            f"{unreadable[names[0]]}{others}. Bring the right files back, or move these out of "
            f"{root}: the next run makes what is not there"
        )


def _sizes_beside(path: Path) -> Sizes | None:
    """Give the sizes that the pixels prescribe which lie beside a file."""
    generation = path.stem[-1] if path.stem[-1] in "12" else "2"
    pixels = path.with_name(f"ps{generation}.mat")
    if not pixels.is_file():
        return None
    return sizes_of(read_artifact(Pixels, pixels), pixels)
