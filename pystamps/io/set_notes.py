"""Notes in the folder of a set of results: which files belong to it, and what was known of them.

People and other programs may have put anything there: what is no such note, or names a file
outside the data set, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pystamps.errors import DatasetError
from pystamps.io.atomic import flush_to_disk
from pystamps.io.bounded_text import json_of, read_bounded


def write_note(path: Path, content: Mapping[str, Any]) -> None:
    """Write a note, and see that it outlives a failure of the power."""
    path.write_text(json.dumps(content))
    flush_to_disk(path)


def noted_files(root: Path, path: Path) -> list[str]:
    """Read names of files, relative to the root; what leads out of the data set is refused."""
    found = _read_json(path).get("files")
    if not isinstance(found, list) or not all(_is_inside(root, name) for name in found):
        raise _damaged(path)
    return found


def noted_shared(root: Path, path: Path) -> dict[str, bool]:
    """Read which files of several stages there were when a swap began; older notes know none."""
    found = _read_json(path).get("shared", {})
    if not isinstance(found, dict) or not all(
        _is_inside(root, name) and isinstance(was_there, bool) for name, was_there in found.items()
    ):
        raise _damaged(path)
    return found


def noted_records(path: Path) -> dict[str, str | None]:
    """Read what Snakemake had noted about files."""
    found = _read_json(path).get("records")
    if not isinstance(found, dict) or not all(
        isinstance(text, str | None) for text in found.values()
    ):
        raise _damaged(path)
    return found


def _is_inside(root: Path, name: object) -> bool:
    """Tell whether a name is one of a file in the data set."""
    if not isinstance(name, str) or not name or ".." in Path(name).parts or "\0" in name:
        return False
    return (root / name).parent.resolve().is_relative_to(root.resolve())


def _read_json(path: Path) -> dict[str, Any]:
    found = json_of(path, read_bounded(path, error=DatasetError), error=DatasetError)
    if not isinstance(found, dict):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> DatasetError:
    return DatasetError(
        f"{path}: is damaged, expected the list of the files that a stopped run had laid aside; "
        f"{path.parent} holds them under numbers: take from there what is missing in the data "
        "set, then delete that folder"
    )
