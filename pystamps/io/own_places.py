"""Places of a data set in which commands write, delete and create: never through a link.

A data set may come from anybody. A link where a folder or a file of ours belongs would lead our
writing and deleting to files of the user elsewhere, so every command that changes a data set
refuses such links before it begins, and the functions here follow none, also where one appears
afterwards. Inputs of a data set (rasters, candidates, texts) may be links: they are only read.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pystamps.errors import DatasetError
from pystamps.io.dataset import OWN_FOLDERS, STAGING
from pystamps.stage_table import DELAYS, PAIR_DELAYS, names_of_results

_RECORDS = ".snakemake"
_ENVIRONMENTS = ("conda", "conda-archive", "singularity", "pixi", "shadow", "storage")
_WITH_LINKS = {str(STAGING), *(f"{_RECORDS}/{name}" for name in _ENVIRONMENTS)}
"""Folders in which links belong: of prepared rasters, and of environments of Snakemake."""
_PATCHES = "PATCH_*"
_OTHER_FILES = (
    "parms.mat", ".parms.mat.lock", "psver.mat", "no_ps_info.mat", "patch.list", "report.html",
    DELAYS, PAIR_DELAYS,
)  # fmt: skip
_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | _NO_LINK
_NAMED = 3
"""Links that a message names."""


def links_in_own_places(root: Path, patches: Iterable[str] = ()) -> list[Path]:
    """Find links where commands would write, delete or create in a data set.

    Parameters
    ----------
    root : Path
    patches : iterable of str
        Patches that are not called ``PATCH_*``.

    Returns
    -------
    list of Path
        In the order of names; empty where the data set does not exist yet.
    """
    if not root.is_dir():
        return []
    folders = dict.fromkeys([*(root / name for name in patches), *root.glob(_PATCHES)])
    found = {folder for folder in folders if folder.is_symlink()}
    names = names_of_results() | set(_OTHER_FILES)
    for folder in (root, *folders):
        here = (entry for entry in _entries(folder) if entry.name in names)
        found.update(Path(entry.path) for entry in here if entry.is_symlink())
    for name in OWN_FOLDERS:
        found.update(_links_below(root / name, name))
    return sorted(found)


def refuse_links(root: Path, patches: Iterable[str] = ()) -> None:
    """Refuse a data set in which a link stands where commands would write.

    Raises
    ------
    DatasetError
        Names the first links and where they lead.
    """
    found = links_in_own_places(root, patches)
    if found:
        named = ", ".join(f"{link.relative_to(root)} -> {_target(link)}" for link in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise DatasetError(
            f"{root}: a link stands where results and records are written: {named}{more}; nothing "
            "is written or deleted through links: put the file or folder itself there, or delete "
            "the link"
        )


def own_folder(root: Path, name: str | os.PathLike[str]) -> Path:
    """Make a folder of a data set where it is missing, and see that no part of it is a link.

    Parameters
    ----------
    root : Path
    name : path
        Relative to the root.

    Raises
    ------
    DatasetError
        A part of it is a link, or no folder.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _opened_folder(root, Path(name), makes=True):
        return root / name


def open_own_file(root: Path, name: str | os.PathLike[str], mode: str) -> IO[str]:
    """Open a file of a data set for writing, as ``open`` does, but never through a link.

    Parameters
    ----------
    root : Path
    name : path
        Relative to the root; its folder is made where it is missing.
    mode : str
        Of ``open``: what it makes, cuts or adds to.

    Raises
    ------
    DatasetError
        The file, or a folder above it, is a link.
    """
    path = root / name
    own_folder(root, Path(name).parent)
    with _opened_folder(root, Path(name).parent) as folder:

        def opened(_: str, flags: int) -> int:
            return os.open(path.name, flags | _NO_LINK, 0o666, dir_fd=folder)

        with _links_refused(path):
            return open(path, mode, opener=opened)


def new_own_file(path: Path) -> IO[bytes]:
    """Open a new file for writing in the place of whatever has the name, link or not.

    Nothing that was known under the name is changed, through links of either kind.
    """

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags | _NO_LINK, 0o666)

    path.unlink(missing_ok=True)
    return open(path, "xb", opener=opened)


def remove_own_folder(root: Path, name: str | os.PathLike[str]) -> None:
    """Remove a folder of a data set with all that it holds, if it is there; follow no link.

    Also what is exchanged for a link meanwhile is not followed: every folder is opened as such.

    Parameters
    ----------
    root : Path
    name : path
        Relative to the root.

    Raises
    ------
    DatasetError
        The folder, or one above it, is a link.
    """
    path = root / name
    try:
        with _opened_folder(root, Path(name).parent) as folder:
            if _is_link_at(path.name, folder):
                raise _refused(path)
            shutil.rmtree(path.name, dir_fd=folder)
    except FileNotFoundError:
        return  # nothing has that name


@contextmanager
def _opened_folder(root: Path, name: Path, *, makes: bool = False) -> Iterator[int]:
    """Open a folder below the root, part by part, none of which may be a link."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for number, part in enumerate(name.parts):
            if makes:
                _make_at(part, descriptor)
            with _links_refused(root.joinpath(*name.parts[: number + 1])):
                below = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _make_at(name: str, folder: int) -> None:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        return  # what it is shows when it is opened


@contextmanager
def _links_refused(path: Path) -> Iterator[None]:
    """Say that a path is a link, where that is why it could not be opened."""
    try:
        yield
    except OSError as error:
        if path.is_symlink():
            raise _refused(path) from error
        if error.filename is not None:
            error.filename = str(path)  # people do not know the folder that it is relative to
        raise


def _refused(path: Path) -> DatasetError:
    return DatasetError(
        f"{path}: is a link to {_target(path)}; nothing is written or deleted through links: put "
        "the file or folder itself there, or delete the link"
    )


def _target(link: Path) -> str:
    return repr(os.readlink(link))  # noqa: PTH115 - as it is written


def _is_link_at(name: str, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Give what lies in a folder; nothing where it is a link or has gone."""
    if folder.is_symlink():
        return []
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _links_below(folder: Path, shown: str) -> Iterator[Path]:
    """Give the links of a tree, itself included; ``shown`` is its name from the root.

    What may not be read within it is passed over, as by :func:`os.walk`.
    """
    if folder.is_symlink():
        yield folder
    try:
        entries = _entries(folder)
    except PermissionError:
        return
    for entry in entries:
        below = f"{shown}/{entry.name}"
        if entry.is_symlink():
            yield Path(entry.path)
        elif below not in _WITH_LINKS and entry.is_dir():
            yield from _links_below(Path(entry.path), below)
