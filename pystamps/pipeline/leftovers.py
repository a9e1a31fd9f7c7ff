"""What killed commands leave in a data set: found and cleared by the next one that has the lock."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from pystamps.io.atomic import STALE_AFTER_S
from pystamps.io.dataset import STAGING, STAGING_COMPLETE
from pystamps.io.own_places import remove_own_folder
from pystamps.pipeline.scratch import remove_abandoned_scratch
from pystamps.stage_table import FIRST_PASS_FOLDER

SNAKEMAKE_LOCKS = Path(".snakemake", "locks")
"""Folder of Snakemake's locks, relative to the data set."""

_STAGE_6 = Path(".pystamps", "stage6")
_TEMPORARY = re.compile(r"\..+\.(\d+)-[0-9a-f]{8}\.part")
_FOLDERS = (
    *("", "PATCH_*", FIRST_PASS_FOLDER, "figures", "products", "raw", ".snakemake/metadata"),
    *(".pystamps", ".pystamps/*", ".pystamps/runs/*", ".pystamps/stage6/*"),
    ".pystamps/stage6/arc_cycles/*",
)
"""Where we write files under temporary names first; records of Snakemake's jobs are ours too."""


def clear_leftovers(root: Path, *, is_local: bool) -> list[str]:
    """Remove what nobody needs any more of commands that were killed; give it in words.

    To be called by the process that holds the lock of the data set, when no Snakemake works on it.
    Marks of unfinished files stay: Snakemake repeats their jobs. So do finished interferograms of
    stage 6.

    Parameters
    ----------
    root : Path
    is_local : bool
        No other host works on these files; otherwise temporary files are cleared after a day.
    """
    locks = list((root / SNAKEMAKE_LOCKS).glob("*.lock"))
    scripts = list((root / ".snakemake" / "scripts").glob("tmp*"))
    parts = clear_temporary_files(root, is_local=is_local)
    for path in (*locks, *scripts):
        path.unlink(missing_ok=True)
    folders = [*(root / _STAGE_6).glob("ifg_*"), *(root / _STAGE_6).glob("arc_cycles/ifg_*")]
    folders = folders if locks else []
    for folder in folders:
        if folder.is_dir() and not folder.is_symlink():
            remove_own_folder(root, folder.relative_to(root))
    staged = _abandoned_staging(root)
    found = {
        "the lock of Snakemake": locks,
        "an unfinished preparation": staged,
        "temporary files": [*scripts, *parts],
        "work of snaphu": folders,
        "temporary folders": remove_abandoned_scratch(),
    }
    return [f"{words} ({len(paths)})" for words, paths in found.items() if paths]


def _abandoned_staging(root: Path) -> list[Path]:
    """Remove what a killed preparation has written; one that has only to be moved stays."""
    folder = root / STAGING
    if folder.is_symlink() or not folder.is_dir() or (folder / STAGING_COMPLETE).exists():
        return []
    remove_own_folder(root, STAGING)
    return [folder]


def clear_temporary_files(root: Path, *, is_local: bool) -> list[Path]:
    """Remove temporary files of processes that are gone; give them. As :func:`clear_leftovers`."""
    parts = list(_abandoned_parts(root, is_local=is_local))
    for path in parts:
        path.unlink(missing_ok=True)
    return parts


def _abandoned_parts(root: Path, *, is_local: bool) -> Iterator[Path]:
    """Give temporary files of processes that are gone."""
    for pattern in _FOLDERS:
        for folder in root.glob(pattern) if pattern else (root,):
            if folder.is_symlink() or not folder.is_dir():
                continue
            for path in folder.glob(".*.part"):
                found = _TEMPORARY.fullmatch(path.name)
                if found and _is_abandoned(path, int(found[1]), is_local=is_local):
                    yield path


def _is_abandoned(path: Path, pid: int, *, is_local: bool) -> bool:
    if is_local:
        import psutil  # most data sets have nothing left over

        return not psutil.pid_exists(pid) or _is_zombie(pid)
    return time.time() - path.lstat().st_mtime > STALE_AFTER_S


def _is_zombie(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
