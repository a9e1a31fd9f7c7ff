"""The results that a stage had before it runs again: kept until its new ones are complete.

Snakemake deletes the outputs of a job before it runs, and those of a job that failed. So hard links
to them (which take no room) and copies of Snakemake's records about them are laid aside in
``.pystamps/previous`` first. A job gives its new files their names within a swap that notes its
beginning and its end. Whoever looks at the data set next, or the run itself when it ends, settles:
a set that is complete stays; anything else gives way to the previous one, with its times and
records. So there is the old set or the new one after a kill at any instant.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pystamps.io.atomic import flush_to_disk, temporary_beside
from pystamps.io.dataset import STAGING, STAGING_COMPLETE
from pystamps.io.own_places import own_folder, remove_own_folder
from pystamps.io.set_notes import noted_files, noted_records, noted_shared, write_note
from pystamps.stage_table import PREPARATION

log = logging.getLogger(__name__)

PREVIOUS = Path(".pystamps", "previous")
"""Folder of the previous results, relative to the root; gone when nothing runs."""

_INDEX, _BEGUN, _ENDED = "index.json", "begun.json", "ended.json"
_SHARED = "shared"
_OFTEN = 100
_RECORDS, _INCOMPLETE = Path(".snakemake", "metadata"), Path(".snakemake", "incomplete")
_BYTES = "latin-1"
"""Keeps every byte of a record, whatever it holds."""
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK, errno.ENOSYS)


def keep_previous_set(root: Path, label: str, names: Sequence[str]) -> bool:
    """Lay the files of a stage aside that are there, and what Snakemake knows about them.

    Parameters
    ----------
    root : Path
    label : str
        Stage and patch, as in the names of records (``stage2_gamma.PATCH_1``).
    names : sequence of str
        Files of the stage and its record, relative to the root.

    Returns
    -------
    bool
        False where the file system has no hard links; nothing is kept then.
    """
    unfinished = _unfinished(root, label)
    _make_folder(root, unfinished.relative_to(root))
    kept = [name for name in dict.fromkeys(names) if os.path.lexists(root / name)]
    try:
        for number, name in enumerate(kept):
            os.link(root / name, unfinished / str(number), follow_symlinks=False)
    except OSError as error:
        remove_own_folder(root, unfinished.relative_to(root))
        if error.errno not in _NO_LINKS:
            raise
        log.warning(
            "%s: hard links are not possible here (%s): the previous results of %s are not kept "
            "while it runs again", root, error.strerror, label,
        )  # fmt: skip
        return False
    has_records = (root / _RECORDS).is_dir()
    records = {
        name: _text_of(snakemake_record_path(root / _RECORDS, name)) if has_records else None
        for name in names
    }
    write_note(unfinished / _INDEX, {"files": kept, "records": records})
    unfinished.rename(root / PREVIOUS / label)
    flush_to_disk(root / PREVIOUS)
    return True


@contextmanager
def set_swap(
    root: Path, label: str, names: Sequence[str], new: Sequence[str], shared: Sequence[str] = ()
) -> Iterator[None]:
    """Let the block give the new files of a stage their names, all or none.

    Parameters
    ----------
    root, label, names
        As for :func:`keep_previous_set`.
    new : sequence of str
        Files that the block brings, relative to the root.
    shared : sequence of str
        Files that the block replaces and stages before and after it too, but none at the same time:
        what they were when the block began belongs to the previous set.

    Notes
    -----
    What a run has laid aside before Snakemake deleted it counts as the previous set. The emptied
    folder of the sets stays: the jobs of other stages make theirs in it meanwhile. Outside such a
    run, Snakemake's records about the previous files are taken away with these: they would tell
    other settings of the new ones.
    """
    folder = root / PREVIOUS / label
    if (folder / _BEGUN).exists() or (folder / _ENDED).exists():
        _settle_set(root, folder)  # of an earlier attempt
    is_ours = not folder.is_dir()
    if is_ours and not keep_previous_set(root, label, names):
        yield
        return
    try:
        with temporary_beside(folder / _BEGUN) as temporary:
            write_note(
                temporary, {"files": list(new), "shared": _kept_shared(root, folder, shared)}
            )
        flush_to_disk(folder)
        if is_ours:
            for name in names:
                _write_record(root, name, None)
        yield
        (folder / _BEGUN).rename(folder / _ENDED)
    except BaseException:
        _put_back(root, folder)
        (folder / _BEGUN).unlink(missing_ok=True)
        if is_ours:
            _drop(root, folder)
        raise
    if is_ours:
        _drop(root, folder)


def settle_sets(root: Path) -> None:
    """Keep what is complete of the stages of a data set, and put back the rest.

    Nobody may work on the data set meanwhile.
    """
    folder = own_folder(root, PREVIOUS)
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            remove_own_folder(root, PREVIOUS / path.name)  # not begun, or settled already
        else:
            _settle_set(root, path)
    folder.rmdir()


def snakemake_record_path(folder: Path, name: str) -> Path:
    """Give the file in which Snakemake notes something about an output.

    Parameters
    ----------
    folder : Path
        An existing folder of records below ``.snakemake``.
    name : str
        Relative to the root: the file has its base 64, in folders where it is too long.
    """
    longest = os.pathconf(folder, "PC_NAME_MAX") - 1
    encoded = urlsafe_b64encode(name.encode()).decode()
    parts = [encoded[i : i + longest] for i in range(0, len(encoded), longest)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])


def _settle_set(root: Path, folder: Path) -> None:
    """Decide between the two sets of one stage."""
    if not _is_new_complete(root, folder):
        _put_back(root, folder)
        log.warning("%s: %s did not end well; its results of before are back", root, folder.name)
    _drop(root, folder)


def _is_new_complete(root: Path, folder: Path) -> bool:
    """Tell whether the files that lie in the data set are one set."""
    if (folder / _ENDED).is_file():
        return _are_there(root, noted_files(root, folder / _ENDED))
    if (folder / _BEGUN).is_file():
        return False
    if folder.name == PREPARATION.name and (root / STAGING / STAGING_COMPLETE).exists():
        return True  # the next preparation brings the rest of its files
    return _are_there(root, noted_files(root, folder / _INDEX))


def _put_back(root: Path, folder: Path) -> None:
    """Give a stage its previous files and Snakemake's records about them; may be repeated."""
    files = noted_files(root, folder / _INDEX)
    for number, name in enumerate(files):
        _link_again(root, folder / str(number), root / name)
    for note in (folder / _BEGUN, folder / _ENDED):
        if note.is_file():
            for name in set(noted_files(root, note)) - set(files):
                (root / name).unlink(missing_ok=True)
            _put_back_shared(root, folder, noted_shared(root, note))
    for name, text in noted_records(folder / _INDEX).items():
        _write_record(root, name, text)


def _put_back_shared(root: Path, folder: Path, shared: Mapping[str, bool]) -> None:
    """Make the files that several stages write what they were when the swap began."""
    for number, (name, was_there) in enumerate(shared.items()):
        if was_there:
            with temporary_beside(root / name) as temporary:
                shutil.copy2(folder / f"{_SHARED}{number}", temporary)
        else:
            (root / name).unlink(missing_ok=True)


def _link_again(root: Path, kept: Path, target: Path) -> None:
    """Let a name stand for the file that was laid aside, unless it does."""
    if os.path.lexists(target) and os.path.samestat(kept.lstat(), target.lstat()):
        return
    own_folder(root, target.parent.relative_to(root))
    with temporary_beside(target) as link:
        os.link(kept, link, follow_symlinks=False)


def _write_record(root: Path, name: str, text: str | None) -> None:
    """Make Snakemake's record of a file what it was, and take its mark of a stopped job away."""
    if not (root / _RECORDS).is_dir():
        return
    path = snakemake_record_path(root / _RECORDS, name)
    if text is None:
        path.unlink(missing_ok=True)
    elif _text_of(path) != text:
        own_folder(root, path.parent.relative_to(root))
        with temporary_beside(path) as temporary:
            temporary.write_text(text, _BYTES)
    if (root / _INCOMPLETE).is_dir():
        snakemake_record_path(root / _INCOMPLETE, name).unlink(missing_ok=True)


def _kept_shared(root: Path, folder: Path, shared: Sequence[str]) -> dict[str, bool]:
    """Lay the files aside that several stages write; tell which of them there are."""
    for number, name in enumerate(shared):
        kept = folder / f"{_SHARED}{number}"
        kept.unlink(missing_ok=True)  # of an earlier attempt
        if (root / name).is_file():
            shutil.copy2(root / name, kept)
    return {name: (root / name).is_file() for name in shared}


def _make_folder(root: Path, name: Path) -> None:
    """Make a folder in the common one, which another job may just take away, as it is empty."""
    for _ in range(_OFTEN):
        try:
            own_folder(root, name)
        except FileNotFoundError:
            continue
        return
    own_folder(root, name)


def _unfinished(root: Path, label: str) -> Path:
    """Give the name of a set that does not count, and see that nothing has it."""
    name = PREVIOUS / f".{label}"
    remove_own_folder(root, name)
    return root / name


def _drop(root: Path, folder: Path) -> None:
    """Take a set away: at once by its name, then its files."""
    settled = _unfinished(root, folder.name)
    folder.rename(settled)
    remove_own_folder(root, settled.relative_to(root))


def _are_there(root: Path, names: Sequence[str]) -> bool:
    return all(os.path.lexists(root / name) for name in names)


def _text_of(path: Path) -> str | None:
    return path.read_text(_BYTES) if path.is_file() else None
