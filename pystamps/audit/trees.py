"""Working trees of an audit: copies, so that nothing golden is ever written to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from pystamps.audit.golden import GoldenTree
from pystamps.stage_table import position, stage_that_makes

RUN, RAW = "run", "raw"


def copy_prepared(source: Path, folder: Path) -> Path:
    """Copy a prepared data set; the export beside it is only linked, because nothing writes there.

    Parameters
    ----------
    source : Path
        Holds ``run`` and, where the stack has one, ``raw``.
    folder : Path
        New folder for the copy.

    Returns
    -------
    Path
        Root of the copy.
    """
    copy_files(_files_below(source / RUN), folder / RUN)
    if (source / RAW).is_dir():
        _link_export(source / RAW, folder)
    return folder / RUN


def add_golden_before(root: Path, tree: GoldenTree, stage: str) -> None:
    """Put on a copy what the original had written before a stage."""
    copy_files(tree.files_before(stage), root)


def copy_before(root: Path, folder: Path, stage: str) -> Path:
    """Copy a finished tree without what a stage and those after it have made.

    Parameters
    ----------
    root : Path
        Finished tree; its export lies beside it.
    folder : Path
        New folder for the copy.
    stage : str
        First stage that has not run in the copy; empty: all have.
    """
    kept = (
        (name, path) for name, path in _files_below(root) if not stage or _is_older(name, stage)
    )
    copy_files(kept, folder / RUN)
    export = root.parent / RAW
    if export.exists():
        _link_export(export, folder)
    return folder / RUN


def _link_export(export: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RAW).symlink_to(export.resolve(), target_is_directory=True)


def _is_older(name: str, stage: str) -> bool:
    """Tell whether a file belongs to a tree in which a stage has not run."""
    if name.startswith("."):
        return False
    maker = stage_that_makes(name)
    return maker is None or position(maker.name) < position(stage)


def _files_below(folder: Path) -> Iterable[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def copy_files(files: Iterable[tuple[str, Path]], root: Path) -> None:
    """Copy files to names below a root; later ones replace earlier ones."""
    for name, path in files:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
