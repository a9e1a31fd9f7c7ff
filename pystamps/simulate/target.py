"""Directory of a simulation: empty before, marked while it is unfinished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.io.dataset import TRUTH_NAME
from pystamps.io.own_places import own_folder, remove_own_folder

RAW_NAME = "raw"
"""Folder of the export in a prepared data set."""

_RECORDS = Path(".pystamps")
_UNFINISHED = "simulation"
_LOCK = "run.lock"
_MADE = (
    RAW_NAME, TRUTH_NAME, f".{TRUTH_NAME}.*", "rslc", "diff0", "geo", "dem", "RSLC_tab", "itab",
    "INSAR_*", "SLC", "merged", "input_file_*", "*.1.in", "ifgday.1.in", "demparms.in",
    "inc_angle.raw*", "baselineGRID_*", "PATCH_*",
    "patch.list", "calamp.*", "len.txt", "width.txt", "processor.txt", "psc*.in", "selpsc.in",
    "gacos", "rsc.txt", "parms.mat", ".parms.mat.*", ".pystamps/stage0*",
    ".pystamps/preparation.json", ".pystamps/provenance",
)  # fmt: skip
"""What a simulation makes in its directory."""


@contextmanager
def simulation_target(root: Path) -> Iterator[None]:
    """Make the directory of a simulation; what a killed one has left there is removed first.

    One that fails leaves nothing.

    Raises
    ------
    DatasetError
        The directory holds something else.
    """
    marker = root / _RECORDS / _UNFINISHED
    if marker.is_file():
        _remove_unfinished(root)
    _require_empty(root)
    own_folder(root, _RECORDS)
    marker.touch()
    try:
        yield
    except BaseException:
        _remove_unfinished(root)
        marker.unlink()
        raise
    marker.unlink()
    if not any(marker.parent.iterdir()):
        marker.parent.rmdir()


def _require_empty(root: Path) -> None:
    """Refuse a directory that holds anything but the records of this command."""
    own = {root / _RECORDS, root / _RECORDS / _UNFINISHED, root / _RECORDS / _LOCK}
    if root.exists() and (not root.is_dir() or set(root.rglob("*")) - own):
        raise DatasetError(f"{root}: exists and is not an empty directory; give a new directory")


def _remove_unfinished(root: Path) -> None:
    """Remove what a simulation makes; what anybody else has put beside it stays."""
    for pattern in _MADE:
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                remove_own_folder(root, path.relative_to(root))
            else:
                path.unlink()
