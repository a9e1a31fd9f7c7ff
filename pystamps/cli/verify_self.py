"""``pystamps verify --self``: a data set against its own records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import print_json

if TYPE_CHECKING:
    from pystamps.io.tree_integrity import TreeIntegrity


def verify_own_records(root: Path, *, as_json: bool) -> bool:
    """Read every artifact, compare it with the record of its stage, and say what differs.

    Parameters
    ----------
    root : Path
    as_json : bool

    Returns
    -------
    bool
        Whether nothing contradicts the records.
    """
    from pystamps.io.tree_integrity import tree_integrity

    found = tree_integrity(root.resolve(), thorough=True)
    if as_json:
        print_json(_mapping(root, found))
    else:
        for line in _lines(root, found):
            click.echo(line)
    return found.is_sound


def _mapping(root: Path, found: TreeIntegrity) -> dict[str, Any]:
    return {
        "root": root,
        "is_sound": found.is_sound,
        "unchanged": found.unchanged,
        "changed": [{"file": item.name, "found": item.sentence} for item in found.changed],
        "made_from_others": [
            {"files": sorted(item.record.states), "inputs": item.inputs} for item in found.outdated
        ],
        "unrecorded": found.unrecorded,
        "without_checksum": found.without_checksum,
        "damaged_records": found.damaged,
        "lost_records": found.lost,
    }


def _lines(root: Path, found: TreeIntegrity) -> Iterator[str]:
    from pystamps.io.manifest import TREE_MANIFEST, is_manifest_current
    from pystamps.io.tree_integrity import ACCEPT_OR_REMAKE

    for item in found.changed:
        yield f"changed  {item.name}: {item.sentence}; {ACCEPT_OR_REMAKE}"
    for name in (*found.damaged, *found.lost):
        yield f"changed  {name}: is damaged or gone; `pystamps import` notes its files as they are"
    for outdated in found.outdated:
        made = ", ".join(sorted(outdated.record.states))
        yield f"outdated {made}: made from another {', '.join(outdated.inputs)}"
    if found.unrecorded:
        yield f"No record says who made {len(found.unrecorded)} files; `pystamps import` notes them"
    if found.without_checksum:
        yield (
            f"{len(found.without_checksum)} files have records of an earlier version without "
            "checksums; `pystamps import` notes them"
        )
    if not is_manifest_current(root):
        yield (
            f"{TREE_MANIFEST} is behind the records of the stages; the next stage, or `pystamps "
            "import`, brings it up to date"
        )
    n_wrong = len(found.changed) + len(found.damaged) + len(found.lost)
    yield (
        f"{root}: {len(found.unchanged)} files are as their records say, {n_wrong} are not, "
        f"{len(found.outdated)} stages were made from others: "
        f"{'sound' if found.is_sound else 'not sound'}"
    )
