"""Preparation beside the data set, and its publication: complete or not at all.

Everything is written into ``.pystamps/stage0`` of the data set and moved into place at the end.
An interrupted preparation leaves nothing but that folder; the next one finishes moving when
only that was left to do, and begins anew otherwise.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from pystamps.errors import DatasetError
from pystamps.io.atomic import flush_to_disk, temporary_beside
from pystamps.io.dataset import PATCH_LIST, STAGING, STAGING_COMPLETE, UPDATE_RECORD
from pystamps.io.own_places import open_own_file, own_folder, remove_own_folder
from pystamps.stage_table import FIRST_PASS_FOLDER, names_of_results

Existing = Literal["refuse", "replace", "keep results"]
"""What becomes of a data set that is there already: ``refuse`` it; ``replace`` it, that is delete
its patches and all results; or ``keep results``, that is exchange the prepared files only."""

OF_UPDATE = "update "
"""Beginning of the fingerprint of files that replace a part of a data set only."""
_CLEARED = "CLEARED"
_LAST = (PATCH_LIST, "parms.mat")
_OTHER_RESULTS = ("psver.mat", "no_ps_info.mat", "mv2.mat", "mean_amp.flt", "uw_space_time.mat")


@contextmanager
def only_preparation_of(root: Path) -> Iterator[None]:
    """Hold the lock of a data set's preparation.

    Raises
    ------
    DatasetError
        Another preparation is at work.
    """
    with open_own_file(root, STAGING.with_suffix(".lock"), "w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatasetError(
                f"{root}: is being prepared by another process; wait for it"
            ) from None
        yield


@contextmanager
def staging_folder(root: Path) -> Iterator[Path]:
    """Give a new folder to prepare in; it disappears when the block fails."""
    remove_own_folder(root, STAGING)
    folder = own_folder(root, STAGING)
    try:
        yield folder
    except BaseException:
        with suppress(OSError):  # what has ended the block is what counts
            remove_own_folder(root, STAGING)
        raise


def is_ready(root: Path, fingerprint: str) -> bool:
    """Tell whether an earlier preparation with the same input has only to be moved into place."""
    marker = root / STAGING / STAGING_COMPLETE
    return marker.is_file() and marker.read_bytes() == fingerprint.encode()


def is_update_ready(root: Path) -> bool:
    """Tell whether files of an update have only to be moved into place."""
    marker = root / STAGING / STAGING_COMPLETE
    return marker.is_file() and marker.read_text().startswith(OF_UPDATE)


def mark_complete(folder: Path, fingerprint: str) -> None:
    """Note that a staging folder holds everything."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            flush_to_disk(path)
    with temporary_beside(folder / STAGING_COMPLETE) as temporary:
        temporary.write_text(fingerprint)
        flush_to_disk(temporary)
    flush_to_disk(folder)


def refuse_existing(root: Path) -> None:
    """Refuse a directory that holds a data set.

    Raises
    ------
    DatasetError
    """
    found = find_existing(root)
    if found:
        listed = ", ".join(path.name for path in found[:4])
        raise DatasetError(
            f"{root}: holds a data set already ({listed}{', ...' if len(found) > 4 else ''}); give "
            "another folder, or --force to delete its patches and all results"
        )


def find_existing(root: Path) -> list[Path]:
    """Give what a data set in a directory consists of: patch list, patches, results."""
    return _prepared(root) + _results(root)


def publish_prepared(root: Path, existing: Existing) -> None:
    """Move the content of the staging folder into place; ``parms.mat`` comes last."""
    folder = root / STAGING
    if not is_update_ready(root):
        (root / UPDATE_RECORD).unlink(missing_ok=True)  # of what is prepared anew now
    if existing == "replace" and not (folder / _CLEARED).is_file():
        clear_prepared(root)
        (folder / _CLEARED).touch()
    staged = [path for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file()]
    markers = {folder / STAGING_COMPLETE, folder / _CLEARED}
    staged = [path for path in staged if path not in markers]
    for path in sorted(staged, key=lambda path: path.parent == folder and path.name in _LAST):
        target = root / path.relative_to(folder)
        own_folder(root, target.parent.relative_to(root))
        path.replace(target)
    _remove_staging(root)


def _remove_staging(root: Path) -> None:
    """Remove an emptied staging folder; that its data set was cleared is forgotten last.

    Otherwise the next preparation would clear the data set that has just been moved into place.
    """
    for path in list((root / STAGING).iterdir()):
        if path.is_dir():
            remove_own_folder(root, path.relative_to(root))
    (root / STAGING / STAGING_COMPLETE).unlink()
    remove_own_folder(root, STAGING)


def clear_prepared(root: Path) -> None:
    """Delete patches and results of a data set; parameters, logs and foreign files stay."""
    for path in dict.fromkeys([*find_existing(root), *_beside_results(root)]):
        if path.is_dir() and not path.is_symlink():
            remove_own_folder(root, path.relative_to(root))
        else:
            path.unlink()


def _prepared(root: Path) -> list[Path]:
    patches = [path for path in sorted(root.glob("PATCH_*")) if path.is_dir()]
    listed = root / PATCH_LIST
    return [listed, *patches] if listed.is_file() else patches


def _results(root: Path) -> list[Path]:
    """Give the results of the stages in the root."""
    names = names_of_results() | set(_OTHER_RESULTS)
    found = [root / name for name in sorted(names) if (root / name).is_file()]
    return [*found, *_beside_results(root)] if found else found


def _beside_results(root: Path) -> list[Path]:
    """Give the folders that belong to results; alone they are no data set."""
    names = (".pystamps/stage6", ".pystamps/provenance", FIRST_PASS_FOLDER)
    folders = [root / name for name in names]
    return [folder for folder in folders if folder.is_dir()]
