"""A folder that a dry run takes for the data set, so that asking for a plan writes nothing there.

Snakemake makes ``.snakemake`` also when it only plans, and cannot plan where it may not write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pystamps.pipeline.scratch import scratch_folder

STAND_IN_VARIABLE = "PYSTAMPS_STAND_IN"
"""Folder in which Snakemake works instead of the data set (:mod:`pystamps.pipeline.placement`)."""

_RECORDS = ".snakemake"
_READ_RECORDS = ("metadata", "incomplete")


@contextmanager
def stand_in_for(root: Path, patches: Sequence[str]) -> Iterator[Path]:
    """Give a folder of links to the files of a data set, and take it away afterwards.

    Links have the times of the files themselves, because Snakemake asks links for theirs. A patch
    is one link; where something in it may not be written, its files are linked one by one, because
    Snakemake refuses to plan for a protected file and takes no link for one. A data set that does
    not exist yet is an empty folder.

    Parameters
    ----------
    root : Path
    patches : sequence of str

    Yields
    ------
    Path
    """
    with scratch_folder() as folder:
        patches = [patch for patch in patches if "/" not in patch]
        _link_all(root, folder, leave_out={_RECORDS, *patches})
        for patch in patches:
            if not (root / patch).is_dir():
                continue
            if _may_be_written(root / patch):
                (folder / patch).symlink_to(root / patch)
            else:
                (folder / patch).mkdir(parents=True)
                _link_all(root / patch, folder / patch)
        (folder / _RECORDS).mkdir()
        for name in _READ_RECORDS:
            if (root / _RECORDS / name).is_dir():
                (folder / _RECORDS / name).symlink_to(root / _RECORDS / name)
        yield folder


def _may_be_written(patch: Path) -> bool:
    """Tell whether a patch and everything in it may be written."""
    if not os.access(patch, os.W_OK):
        return False
    with os.scandir(patch) as entries:
        return all(entry.is_symlink() or os.access(entry.path, os.W_OK) for entry in entries)


def _link_all(source: Path, folder: Path, *, leave_out: set[str] | None = None) -> None:
    """Link everything that lies in a folder, with its time.

    A stage may be at work there: files that it takes away meanwhile are left out.
    """
    if not source.is_dir():
        return
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name not in (leave_out or ()):
                with suppress(FileNotFoundError):
                    _link(entry, folder / entry.name)


def _link(entry: os.DirEntry[str], link: Path) -> None:
    time = entry.stat(follow_symlinks=False).st_mtime_ns
    link.symlink_to(entry.path)
    os.utime(link, ns=(time, time), follow_symlinks=False)
